#!/bin/sh
# Make the image's user and its data folder. Used by the Dockerfile.
#   image-user.sh [PREFIX]   PREFIX is a folder that stands for /, to try it elsewhere
# The user has a line in passwd because PostgreSQL's initdb refuses a user without a name.
set -eu
prefix=${1:-}
id=10001

grep -q '^alongside:' "$prefix/etc/group" || echo "alongside:x:$id:" >>"$prefix/etc/group"
grep -q '^alongside:' "$prefix/etc/passwd" ||
    echo "alongside:x:$id:$id::/var/lib/alongside:/usr/sbin/nologin" >>"$prefix/etc/passwd"
install -d -m 0700 -o "$id" -g "$id" "$prefix/var/lib/alongside"
