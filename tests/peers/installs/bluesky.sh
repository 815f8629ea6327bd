#!/bin/sh
# Needs Node 20 or newer with npm; PostgreSQL and Redis come from the operating system's packages.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target="${PEERS_HOME:-$HOME/.cache/amends-peers}/bluesky"
stamp="$target/installed"
wanted=$(cksum < "$here/bluesky.json")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi
command -v npm > /dev/null || { echo "The Bluesky peer needs Node 20 or newer with npm: install Node.js, then run this again." >&2; exit 1; }
mkdir -p "$target"
cp "$here/bluesky.json" "$target/package.json"
echo "Installing the Bluesky peer into $target; this compiles for about three minutes."
(cd "$target" && npm install --no-audit --no-fund --loglevel=error)
printf '%s' "$wanted" > "$stamp"
