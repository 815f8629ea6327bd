#!/bin/sh
# Needs Python 3.11 or newer; mastodon-mock and all that it needs come as wheels.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target="${PEERS_HOME:-$HOME/.cache/amends-peers}/mastodon"
stamp="$target/installed"
wanted=$(cksum < "$here/mastodon.txt")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi
mkdir -p "$target"
echo "Installing the Mastodon peer (mastodon-mock) into $target; this takes about a minute."
"${PYTHON:-python3}" -m venv "$target/venv"
"$target/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: -r "$here/mastodon.txt"
printf '%s' "$wanted" > "$stamp"
