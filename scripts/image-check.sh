#!/bin/bash
# Try what Dockerfile and compose.yaml do, without Docker, in a clean copy of the source:
# the scripts of the RUN steps, then the program on exactly the files that the image copies.
# As root the program runs as another user. Leaves nothing outside the folder it is started in.
set -Eeuo pipefail
cd "$(dirname "$0")/.."
root=$PWD/image-root
home=$root/srv/alongside
data=$root/var/lib/alongside
rm -rf "$root"
mkdir -p "$home" "$root/etc"
touch "$root/etc/passwd" "$root/etc/group"

# what the last stage copies from the source, each allowed by .dockerignore
copied=$(sed -n '/^FROM/h; /^FROM/d; /^COPY --from/d; s/^COPY //p' Dockerfile | sed 's/ [^ ]*$//')
for path in $copied; do
    grep -qxE "!(${path}|${path%%/*})" .dockerignore || { echo ".dockerignore hides $path"; exit 1; }
    mkdir -p "$home/$(dirname "$path")"
    cp -r "$path" "$home/$path"
done

# a Python that an unprivileged user can run, where the machine has one
[ ! -x /usr/bin/python3 ] || export PATH=/usr/bin:$PATH
sh scripts/image-packages.sh "$home/.venv" requirements/runtime.txt
as=()
if [ "$(id -u)" = 0 ]; then
    sh scripts/image-user.sh "$root"
    sh scripts/image-user.sh "$root" # again: it must not mind
    [ "$(grep -c alongside "$root/etc/passwd")" = 1 ]
    [ "$(stat -c %u:%a "$data")" = 10001:700 ]
    # this machine has no user 10001, and PostgreSQL wants one with a name
    chown nobody "$data"
    as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
    "${as[@]}" "$home/.venv/bin/python" -c pass 2>/dev/null || as=()
else
    mkdir -p -m 0700 "$data"
fi

python=$home/.venv/bin/python
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
program=
trap 'if [ -n "$program" ]; then kill "$program" 2>/dev/null || true; fi' EXIT

answers() { # answers LOG: wait for the program as the image's HEALTHCHECK does
    for _ in $(seq 240); do
        (cd "$home" && "$python" -I scripts/healthcheck.py "$port") && return 0
        kill -0 "$program" 2>/dev/null || break
        sleep 0.5
    done
    cat "$1"
    return 1
}
ends() {
    kill -TERM "$program"
    wait "$program" || [ $? = 143 ]
    program=
    if (cd "$home" && "$python" -I scripts/healthcheck.py "$port"); then
        echo "healthcheck.py finds a program that has ended"
        return 1
    fi
}

echo "the image's command, with a database of its own"
(cd "$home" && exec env -u DATABASE_URL ALONGSIDE_DATA_DIR="$data" "${as[@]}" \
    "$python" -m app.cli serve --host 127.0.0.1 --port "$port") >"$root/demo.log" 2>&1 &
program=$!
answers "$root/demo.log"
ends

echo "compose.yaml's steps: roles, migrate, serve"
(cd "$home" && exec "$python" "$OLDPWD/scripts/compose_check.py" "$port" "$root" "${as[@]}") \
    >"$root/compose.log" 2>&1 &
program=$!
answers "$root/compose.log"
ends
grep -q "up to date" "$root/compose.log"
rm -rf "$root"
echo "the image's steps work."
