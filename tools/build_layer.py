"""Build what Lambda runs: the layer of third-party packages, the layer of our own, and the functions' folders.

The Makefiles that `sam build` calls end here. Packages are installed for the target's Python and processor from wheels with hashes, trimmed, and
compiled: Lambda's file system is read-only, so without .pyc every cold start compiles some 400 files again (0.3 s of CPU).
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script from a Makefile, where the project is not installed
    sys.path.insert(0, str(ROOT))

from tools.trim_botocore import read_services, trim  # noqa: E402 - needs the path above

PLATFORMS = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
"""Lambda's processors, as uv names the oldest platform whose wheels they take."""
NEWER = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
"""The same for Amazon Linux 2023 (Python 3.12 and later): argon2 is built for nothing older."""
HOST = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}
UNUSED = (
    "*.pyi",
    "py.typed",
    "bin",
    "tests",
    "test",
    "boto3/examples",
    "*.dist-info/RECORD",
    "*.dist-info/direct_url.json",
)
"""Not needed to run. Licences and METADATA stay: the one is owed, the other says which version it is."""
WHERE = {"layer": "/opt/python", "function": "/var/task"}
"""Where Lambda puts the files: tracebacks of compiled code name this place."""


def find_uv() -> str:
    """uv of the project's environment, else of the PATH. Raises SystemExit where there is none."""
    local = ROOT / ".venv" / "bin" / "uv"
    found = str(local) if local.exists() else shutil.which("uv")
    if not found:
        raise SystemExit(
            "uv is needed to build: `make local` or `pip install -r requirements/dev.txt` brings it"
        )
    return found


def find_python(minor: str) -> str | None:
    """An interpreter of exactly this minor version (its .pyc fit no other), or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [
        sys.executable,
        shutil.which(f"python{minor}"),
        *(str(each) for each in sorted(pyenv.glob(f"{minor}.*/bin/python{minor}"))),
        _ask_uv(minor),
    ]
    return next((each for each in candidates if each and _is_python(each, minor)), None)


def _ask_uv(minor: str) -> str | None:
    command = [find_uv(), "python", "find", "--offline", "--no-project", minor]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def _is_python(path: str, minor: str) -> bool:
    """Ask the thing itself: a version manager's shim may exist for a version that does not."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == minor


def compile_tree(folder: Path, *, minor: str, place: str) -> bool:
    """Put .pyc beside the sources, unchecked: dates in an archive prove nothing. False, and a loud word, without an interpreter."""
    interpreter = find_python(minor)
    if interpreter is None:
        print(
            f"WARNING: no Python {minor} on this machine: shipping source only. Every cold start will compile it again\n"
            f"         (about 0.3 s of CPU). `uv python install {minor}` mends that.",
            file=sys.stderr,
        )
        return False
    command = [interpreter, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), "-p", place, str(folder)], check=True)
    return True


def build_deps(target: Path, *, minor: str, arch: str | None) -> None:
    """The third-party layer in `target` (python/...). `arch` None builds for this machine as it is: a laptop need not be Linux."""
    site = target / "python"
    _install("deps", site, minor=minor, platform=PLATFORMS[arch] if arch else None)
    services = (ROOT / "layers" / "deps" / "services.txt").read_text(encoding="utf-8")
    trim(site / "botocore" / "data", read_services(services))
    _finish(site, minor=minor)


def build_accounts(target: Path, *, minor: str, arch: str | None) -> None:
    """The layer of packages that only signing in needs, in `target` (python/...)."""
    site = target / "python"
    _install("accounts", site, minor=minor, platform=NEWER[arch] if arch else None)
    _finish(site, minor=minor)


def _install(layer: str, site: Path, *, minor: str, platform: str | None) -> None:
    """The packages of a layer's one list, from wheels with hashes."""
    command = [find_uv(), "pip", "install", "--quiet", "--target", str(site), "--python-version", minor]
    command += ["--python-platform", platform] if platform else []
    command += ["--only-binary", ":all:", "--require-hashes"]
    command += ["--link-mode", "copy"]  # files are cut down below: a hard link would cut uv's cache down too
    requirements = ROOT / "layers" / layer / "requirements.txt"
    subprocess.run([*command, "--requirement", str(requirements)], check=True)


def _finish(site: Path, *, minor: str) -> None:
    """Drop what is not needed to run, and compile the rest."""
    for pattern in UNUSED:
        for path in [*site.glob(pattern), *site.glob(f"**/{pattern}")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    compile_tree(site, minor=minor, place=WHERE["layer"])


def build_core(target: Path, *, minor: str) -> None:
    """The layer of our own package in `target` (python/pratique/...)."""
    site = target / "python"
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(
        ROOT / "layers" / "core" / "pratique", site / "pratique", ignore=ignored, dirs_exist_ok=True
    )
    compile_tree(site, minor=minor, place=WHERE["layer"])


def build_function(name: str, target: Path, *, minor: str) -> None:
    """One function's folder in `target` (app.py). Raises SystemExit for a function that is not there."""
    source = ROOT / "functions" / name / "app.py"
    if not source.is_file():
        raise SystemExit(f"there is no {source}")
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target / "app.py")
    compile_tree(target, minor=minor, place=WHERE["function"])


def host_arch() -> str:
    """This machine's processor, in Lambda's words."""
    return HOST[platform.machine()]


def host_minor() -> str:
    """This interpreter's minor version, such as 3.13."""
    return "{}.{}".format(*sys.version_info[:2])


def main(arguments: list[str] | None = None) -> None:
    """Read the command line: `build_layer.py deps|accounts|core|function TARGET [--name] [--python] [--arch]`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["deps", "accounts", "core", "function"])
    parser.add_argument("target", type=Path, help="folder to build in")
    parser.add_argument("--name", default="", help="function to build")
    parser.add_argument("--python", default="3.13", help="minor version that Lambda runs")
    parser.add_argument("--arch", default="arm64", choices=[*PLATFORMS, "host"])
    chosen = parser.parse_args(arguments)
    arch = host_arch() if chosen.arch == "host" else chosen.arch
    if chosen.what == "deps":
        build_deps(chosen.target, minor=chosen.python, arch=arch)
    elif chosen.what == "accounts":
        build_accounts(chosen.target, minor=chosen.python, arch=arch)
    elif chosen.what == "core":
        build_core(chosen.target, minor=chosen.python)
    else:
        build_function(chosen.name, chosen.target, minor=chosen.python)


if __name__ == "__main__":
    main()
