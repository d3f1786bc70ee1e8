#!/usr/bin/env bash
# One batch, spread over processes or machines by GNU parallel in SHARDS parts:
#
#   scripts/parallel/reenact_parallel.sh SHARDS [OPTIONS OF parallel] -- --source photos --driver clips --output results
#
# --jobs 4 works on four parts at once, --sshlogin host1,host2 --workdir . on other machines, whose folders must have the
# same paths. The same command again goes on where it stopped. The program is $REENACT, or reenact in PATH. The exit
# code is parallel's: how many parts failed.
set -euo pipefail

usage="usage: $(basename "$0") SHARDS [OPTIONS OF parallel] -- OPTIONS OF reenact"
shards=${1:-}
if ! [[ $shards =~ ^[1-9][0-9]*$ ]]; then
  echo "$usage" >&2
  exit 2
fi
shift
parallel_options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  parallel_options+=("$1")
  shift
done
if [ $# -lt 2 ]; then
  echo "$usage" >&2
  exit 2
fi
shift
seq "$shards" | parallel --quote --line-buffer "${parallel_options[@]}" \
  "${REENACT:-reenact}" "$@" --shard "{}/$shards" --resume
