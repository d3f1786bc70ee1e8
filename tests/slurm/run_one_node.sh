#!/usr/bin/env bash
# Spreads a batch of two photos and two clips over a real Slurm of one node and over GNU parallel, and compares the
# frames with those of a serial run:
#
#   tests/slurm/run_one_node.sh PHOTO VIDEO          (.cache/media/joconde.jpg .cache/media/cap13_edit2.mp4)
#
# Needs Debian's slurm-wlm, munge, parallel and ffmpeg. The daemons run as this user on the loopback interface, with all
# their files in a temporary folder, and end with the script. The program is $REENACT (build/release/reenact).
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export REENACT=${REENACT:-$repository/build/release/reenact}
export PATH=$PATH:/usr/sbin
shards=3

if [ $# -ne 2 ]; then
  echo "usage: $(basename "$0") PHOTO VIDEO" >&2
  exit 2
fi
for program in slurmctld slurmd munged sbatch parallel ffmpeg "$REENACT"; do
  if ! command -v "$program" >/dev/null; then
    echo "$(basename "$0"): $program is missing; install slurm-wlm, munge, parallel and ffmpeg, and build reenact" >&2
    exit 2
  fi
done

work=$(mktemp -d)
cluster=$(mktemp -d)
daemons=()
finish() {
  if [ ${#daemons[@]} -gt 0 ]; then kill "${daemons[@]}" 2>/dev/null || true; wait; fi
  rm -rf "$work" "$cluster"
}
trap finish EXIT

free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_cluster() {
  local host
  host=$(hostname -s)
  chmod 755 "$cluster"
  mkdir "$cluster/state" "$cluster/spool"
  (umask 077 && head -c 1024 /dev/urandom >"$cluster/munge.key")
  cat >"$cluster/slurm.conf" <<END
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthInfo=socket=$cluster/munge.socket
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc)
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE
END
  export SLURM_CONF=$cluster/slurm.conf
  munged --foreground --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" \
    --pid-file="$cluster/munged.pid" --log-file="$cluster/munged.log" --seed-file="$cluster/munge.seed" \
    >"$cluster/output.log" 2>&1 &
  daemons+=($!)
  for _ in {1..50}; do [ ! -S "$cluster/munge.socket" ] || break; sleep 0.2; done
  slurmctld -D -c >>"$cluster/output.log" 2>&1 &
  daemons+=($!)
  slurmd -D >>"$cluster/output.log" 2>&1 &
  daemons+=($!)
  for _ in {1..50}; do
    if sinfo --noheader --states=idle 2>/dev/null | grep -q idle; then return; fi
    sleep 0.5
  done
  tail -n 20 "$cluster"/*.log >&2
  echo "$(basename "$0"): Slurm does not come up; its logs are above" >&2
  return 1
}

# Photo and clip as given, and smaller or later ones made from them.
make_inputs() {
  mkdir "$work/photos" "$work/clips"
  ffmpeg -v error -i "$1" -vf scale=400:-2 "$work/photos/large.png"
  ffmpeg -v error -i "$1" -vf scale=240:-2 "$work/photos/small.png"
  ffmpeg -v error -i "$2" -frames:v 40 -an "$work/clips/early.mp4"
  ffmpeg -v error -ss 3 -i "$2" -frames:v 40 -an "$work/clips/late.mp4"
}

checksums() {
  (cd "$1" && for video in *.mp4; do
    echo "$video"
    ffmpeg -v error -i "$video" -f framemd5 - | grep -v '^#'
  done)
}

expect_same() {
  checksums "$work/$1" >"$work/$1.md5"
  if ! cmp "$work/serial.md5" "$work/$1.md5"; then
    echo "$(basename "$0"): $1 differs from the serial run" >&2
    exit 1
  fi
  echo "$1: $(grep -c mp4 "$work/$1.md5") videos, $(grep -vc mp4 "$work/$1.md5") frames, as in the serial run"
}

make_inputs "$1" "$2"
options=(--source "$work/photos" --driver "$work/clips" --quiet)
"$REENACT" "${options[@]}" --output "$work/serial" >"$work/serial.log"
checksums "$work/serial" >"$work/serial.md5"
if [ "$(grep -c mp4 "$work/serial.md5")" -ne 4 ]; then
  echo "$(basename "$0"): the serial run did not make four videos" >&2
  exit 1
fi

start_cluster
submit() {
  timeout 600 sbatch --wait --cpus-per-task=1 --array="$1" --output="$work/task-%a.log" \
    "$repository/scripts/slurm/reenact_array.sh" $shards -- "${options[@]}" --output "$work/slurm" ||
    { cat "$work"/task-*.log >&2; exit 1; }
}
submit 1-$shards
expect_same slurm
find "$work/slurm" -name 'small*.mp4' -print -delete | grep -q .
submit 1-$shards
expect_same slurm

"$repository/scripts/parallel/reenact_parallel.sh" $shards --jobs 2 -- "${options[@]}" --output "$work/parallel" \
  >"$work/parallel.log"
expect_same parallel
