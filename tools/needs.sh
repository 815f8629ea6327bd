#!/bin/sh
# Says which programs `make test` needs and this machine lacks, and how Debian calls them.
missing=""
lacks() { missing="$missing $2"; echo "Missing: $1" >&2; }
command -v node > /dev/null && command -v npm > /dev/null || lacks "Node 20 or newer with npm (CSS and JavaScript checks, the Bluesky peer)" "nodejs npm"
command -v chromium > /dev/null || lacks "Chromium (browser tests)" chromium
command -v redis-server > /dev/null || lacks "Redis (the Bluesky peer)" redis-server
command -v initdb > /dev/null || ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || lacks "PostgreSQL's server (tests on both databases)" postgresql
if [ -n "$missing" ]; then
  echo "On Debian: apt-get install$missing" >&2
  exit 1
fi
