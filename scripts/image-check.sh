#!/bin/bash
# Try the Dockerfile's steps where no image can be built: each RUN script in a clean folder, then the
# program from what they made, asked by the image's health check. Run as root, in a clean checkout.
#   image-check.sh
set -euo pipefail

root=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$root"
}
trap finish EXIT
chmod 0755 "$root"
home=$root/srv/alongside
mkdir -p "$home" "$root/etc"
touch "$root/etc/group" "$root/etc/passwd"

sh scripts/image-packages.sh "$home/.venv" requirements/runtime.txt
sh scripts/image-user.sh "$root"
grep -q '^alongside:x:10001:' "$root/etc/passwd"
cp -r pyproject.toml alembic.ini migrations openapi app scripts "$home/"

# pip is gone and what is left needs nothing else: the application imports and knows its contract
"$home/.venv/bin/python" -c 'import importlib.util as u; assert u.find_spec("pip") is None'
cd "$home"
port=$("$home/.venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ALONGSIDE_DATA_DIR=$root/data "$home/.venv/bin/python" -m app.cli serve --port "$port" \
    >"$root/log" 2>&1 &
server=$!
for _ in $(seq 1 120); do
    if "$home/.venv/bin/python" -I scripts/healthcheck.py "$port"; then
        echo "the image's steps work: the program answers its health check"
        exit 0
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.5
done
cat "$root/log" >&2
exit 1
