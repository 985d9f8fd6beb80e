#!/bin/sh
# Find a Python for tools/make_venv.py, which says what the arguments are. PYTHON=... names one (3.11 or newer).
set -eu
for python in ${PYTHON:-.venv/bin/python python3.11 python3 python3.12 python3.13 python3.14}; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" tools/make_venv.py "$@"
    fi
done
echo "error: no Python 3.11 or newer with venv was found; install one (Debian: apt-get install python3 python3-venv) or set PYTHON=/path/to/python3.11" >&2
exit 2
