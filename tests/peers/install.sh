#!/bin/sh
# Installs the real servers that tests talk to, into a folder outside the repository. Safe to run again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for one in "$here"/installs/*.sh; do
  sh "$one"
done
