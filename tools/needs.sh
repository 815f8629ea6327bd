#!/bin/sh
# Says which programs `make test` needs and this machine lacks, and how Debian calls them.
packages=""
lacks() { packages="$packages $1"; shift; echo "Missing: $*" >&2; }
there() { command -v "$1" > /dev/null; }
{ there npm && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2> /dev/null; } ||
  lacks "nodejs npm" "Node 20 or newer with npm (it checks CSS and JavaScript, and runs the Bluesky peer)"
there c++ || lacks g++ "a C++ compiler (the Bluesky peer compiles parts of itself)"
there chromium || lacks chromium "Chromium (browser tests)"
there redis-server || lacks redis-server "Redis (the Bluesky peer)"
there initdb || ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || lacks postgresql "PostgreSQL's server (tests on both databases)"
if [ -n "$packages" ]; then
  echo "On Debian: apt-get install$packages" >&2
  exit 1
fi
