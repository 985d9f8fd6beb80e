#!/bin/sh
# Write requirements.lock: the newest versions that pyproject.toml admits, in a fresh environment.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3.11}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" - > "$scratch/wanted.txt" <<'PY'
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print("\n".join(project["dependencies"] + project["optional-dependencies"]["dev"]))
PY
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check -r "$scratch/wanted.txt"
{
    echo "# Exact versions of everything, made by \`make lock\` from pyproject.toml. Do not edit."
    "$scratch/venv/bin/pip" freeze --exclude pip --exclude setuptools | sed -e 's/+cpu$//'
} > requirements.lock.part
mv requirements.lock.part requirements.lock
