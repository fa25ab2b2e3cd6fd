#!/bin/sh
# Make a virtual environment with the packages of a hashed lock. Used by the Dockerfile.
#   image-packages.sh FOLDER LOCK
set -eu
folder=$1
lock=$2

python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    --require-hashes -r "$lock"
# what runs needs no installer
"$folder/bin/python" -m pip uninstall --quiet --yes pip setuptools 2>/dev/null || true
"$folder/bin/python" -m compileall -q "$folder/lib"
