#!/bin/sh
# Needs Python 3.11 or newer. Flask-WebSub comes as source, and needs no compiler.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target="${PEERS_HOME:-$HOME/.cache/amends-peers}/feeds"
stamp="$target/installed"
wanted=$(cksum < "$here/feeds.txt")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi
mkdir -p "$target"
echo "Installing the WebSub hub of Flask-WebSub into $target; this takes about half a minute."
"${PYTHON:-python3}" -m venv "$target/venv"
"$target/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/feeds.txt"
printf '%s' "$wanted" > "$stamp"
