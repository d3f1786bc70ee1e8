#!/usr/bin/env bash
# Fills .cache/carry with what a borrowed GPU machine lacks, in loads small enough for one transfer:
#   carry.sh LOAD LOADS    LOAD counts from 0; load 0 also holds Eigen, the face recognition network and the index
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
load=$1 loads=$2
data=${REENACT_TRAINING_DATA:-.cache/train}
carry=.cache/carry

rm -rf "$carry"
mkdir -p "$carry/shards"
if [[ $load == 0 ]]; then
  eigen=$(pkg-config --variable=pcfiledir eigen3 >/dev/null && pkg-config --cflags-only-I eigen3 | sed 's/^-I//; s/ *$//')
  mkdir "$carry/eigen3"
  cp -r "$eigen/Eigen" "$carry/eigen3/"
  cp models/face_recognition/face_recognition.pt "$carry/"
  cp "$data/index.json" "$carry/shards/"
fi
i=0
for shard in "$data"/shard-*.npz; do
  if ((i++ % loads == load)); then cp "$shard" "$carry/shards/"; fi
done
du -sh "$carry"
