#!/usr/bin/env bash
# One batch, spread over the tasks of a Slurm array job. Task i makes shard i of SHARDS:
#
#   sbatch --array=1-SHARDS scripts/slurm/reenact_array.sh SHARDS -- --source photos --driver clips --output results
#
# The folders must be visible to all nodes under the same path. A task that Slurm runs again, or an array that is
# submitted again (all of it, or --array=3,5), goes on where it stopped. The program is $REENACT, or reenact in PATH.
#SBATCH --job-name=reenact
#SBATCH --cpus-per-task=2
set -euo pipefail

if [ $# -lt 3 ] || [ "$2" != -- ]; then
  echo "usage: sbatch --array=1-SHARDS $(basename "$0") SHARDS -- OPTIONS OF reenact" >&2
  exit 2
fi
if [ -z "${SLURM_ARRAY_TASK_ID:-}" ]; then
  echo "$(basename "$0"): this is no task of an array job; submit it with sbatch --array=1-$1" >&2
  exit 2
fi
shards=$1
shift 2
exec "${REENACT:-reenact}" "$@" --shard "$SLURM_ARRAY_TASK_ID/$shards" --resume
