"""The nested stack of the panel: private files, one origin for them and the API, the laptop's own headers."""

from __future__ import annotations

from pathlib import Path

import boto3
from moto import mock_aws

from local.panel import HEADERS, POLICY, files
from tests.infra.loading import MAIN, ROOT, load
from tools.publish_panel import order, publish

PANEL = load(ROOT / "stacks" / "panel.yaml")
RESOURCES = PANEL["Resources"]
STACK = load(MAIN)["Resources"]["PanelStack"]
DISTRIBUTION = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]


def test_it_is_made_only_when_asked_for() -> None:
    assert STACK["Condition"] == "HasPanel"
    assert STACK["Properties"]["TemplateURL"] == "stacks/panel.yaml"
    assert set(STACK["Properties"]["Parameters"]) == set(PANEL["Parameters"])


def test_the_files_are_private_but_for_this_distribution() -> None:
    bucket = RESOURCES["PanelBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    statements = {
        s["Sid"]: s for s in RESOURCES["PanelBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    }
    assert statements["TlsOnly"]["Effect"] == "Deny"
    reads = statements["ThisDistributionReads"]
    assert (reads["Principal"], reads["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert "distribution/${Distribution}" in reads["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert len(statements) == 2


def test_the_headers_are_the_laptops() -> None:
    """What was tried in a browser on the laptop is what the cloud sends."""
    given = RESOURCES["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = given["SecurityHeadersConfig"]
    assert " ".join(security["ContentSecurityPolicy"]["ContentSecurityPolicy"].split()) == POLICY
    assert security["FrameOptions"]["FrameOption"] == HEADERS["X-Frame-Options"]
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == HEADERS["Referrer-Policy"]
    custom = {each["Header"]: each["Value"] for each in given["CustomHeadersConfig"]["Items"]}
    assert custom == {name: HEADERS[name] for name in custom}
    assert set(HEADERS) == {
        *custom,
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Referrer-Policy",
    }
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000


def test_files_and_api_share_one_origin() -> None:
    behaviours = DISTRIBUTION["CacheBehaviors"]
    assert [each["PathPattern"] for each in behaviours] == ["/v1/*", "/d/*"]
    for api in behaviours:
        assert api["ViewerProtocolPolicy"] == "https-only"
        assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
        assert (
            api["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
        )  # AllViewerExceptHostHeader
        assert "POST" in api["AllowedMethods"]
        assert "ResponseHeadersPolicyId" not in api  # a message's page brings a policy of its own
    origins = {each["Id"]: each for each in DISTRIBUTION["Origins"]}
    assert origins["api"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origins["files"]["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    assert "OriginAccessControlId" in origins["files"]
    assert DISTRIBUTION["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD"]


def test_the_page_goes_up_last() -> None:
    names = order(["index.html", "assets/a.js", "icon.svg"])
    assert names == ["assets/a.js", "icon.svg", "index.html"]


@mock_aws
def test_what_is_published_is_what_was_built(tmp_path: Path) -> None:
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    s3.create_bucket(Bucket="panel")
    names = publish(s3, "panel")
    assert names[-1] == "index.html"
    assert sorted(names) == files()
    page = s3.get_object(Bucket="panel", Key="index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    script = next(name for name in names if name.endswith(".js"))
    assert "immutable" in s3.get_object(Bucket="panel", Key=script)["CacheControl"]
