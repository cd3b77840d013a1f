#!/bin/sh
# Make (or renew) a virtual environment from a lock file with hashes:  environment.sh FOLDER LOCK [UV]
#
# FOLDER is made with the newest suitable Python and filled with LOCK's packages by UV, which is taken from requirements/uv.txt where
# it is not given. A stamp in FOLDER holds what it was made from: where nothing has changed this does nothing, and needs no network.
set -eu

folder=$1
lock=$2
uv=${3:-}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

suitable='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2])'

choose_python() {
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3}; do
        # Run it: a version manager's shim may exist for a version that does not, and Debian's Python may lack ensurepip.
        if "$name" -c "$suitable" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11 or newer with the modules venv and ensurepip is needed (on Debian and Ubuntu: apt install python3-venv)." >&2
    echo "Looked for: ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3}. Name another with: make PYTHON=/path/to/python ..." >&2
    exit 1
}

stamp=$folder/.made-from
key="$lock $(cksum <"$lock") $(cksum <requirements/uv.txt) $(cksum <tools/environment.sh)"
if [ -x "$folder/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ] && "$folder/bin/python" -c "" 2>/dev/null; then
    exit 0
fi

if ! "$folder/bin/python" -c "$suitable" >/dev/null 2>&1; then
    python=$(choose_python)
    echo "making $folder with $("$python" --version)"
    "$python" -m venv --clear "$folder"
fi
rm -f "$stamp"
if [ -z "$uv" ]; then
    uv=$folder/bin/uv
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
fi
echo "installing $lock into $folder"
"$uv" pip install --quiet --python "$folder/bin/python" --require-hashes -r "$lock"
echo "$key" >"$stamp"
