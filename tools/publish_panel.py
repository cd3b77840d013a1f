"""Put the panel's files into the bucket that CloudFront serves:  python tools/publish_panel.py STACK

The bucket and the distribution are read from the outputs of the stack. Files whose names hold a hash go first and are kept for open tabs; the page
that names them goes last, so that nobody gets a page whose files are not there yet.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import boto3

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.panel import DIST, cache_control, content_type, files


def order(names: list[str]) -> list[str]:
    """Assets, then the rest, the page last."""
    return sorted(names, key=lambda name: (name == "index.html", not name.startswith("assets/"), name))


def publish(s3: Any, bucket: str, folder: Path = DIST) -> list[str]:
    """Upload; returns the names in the order in which they went."""
    names = order(files(folder))
    for name in names:
        s3.put_object(
            Bucket=bucket,
            Key=name,
            Body=(folder / name).read_bytes(),
            ContentType=content_type(name),
            CacheControl=cache_control(name),
        )
    return names


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """The outputs of the stack."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {each["OutputKey"]: each["OutputValue"] for each in found}


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Put the panel's files where CloudFront serves them.")
    parser.add_argument("stack", help="the name of the stack that sam deploy made")
    chosen = parser.parse_args()
    told = outputs(boto3.client("cloudformation"), chosen.stack)
    if "PanelBucket" not in told:
        print(f"{chosen.stack} has no panel: deploy it with the parameter Panel=yes first", file=sys.stderr)
        return 1
    names = publish(boto3.client("s3"), told["PanelBucket"])
    boto3.client("cloudfront").create_invalidation(
        DistributionId=told["PanelDistribution"],
        InvalidationBatch={
            "Paths": {"Quantity": 2, "Items": ["/", "/index.html"]},
            "CallerReference": f"panel-{time.time_ns()}",
        },
    )
    print(f"{len(names)} files in {told['PanelBucket']}; the panel is at {told['PanelAddress']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
