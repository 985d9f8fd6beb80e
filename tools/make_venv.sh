#!/bin/sh
# Make .venv of the versions in requirements.lock. PYTHON=... chooses the interpreter (3.11 or newer).
set -eu
for python in ${PYTHON:-python3.11 python3 python3.12 python3.13 python3.14}; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "making .venv with $("$python" --version); this takes some minutes, once" >&2
        rm -rf .venv
        "$python" -m venv .venv
        .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.lock
        echo "compiling the kernels" >&2
        .venv/bin/python -m ops.pipeline.compile || echo "note: the first run will compile them" >&2
        cp requirements.lock .venv/requirements.lock
        exit 0
    fi
done
echo "error: no Python 3.11 or newer with venv was found; install one (Debian: apt-get install python3 python3-venv) or set PYTHON=/path/to/python3.11" >&2
exit 2
