#!/usr/bin/env bash
# Installs what the program needs on Debian 12 and is not there yet, makes the networks for
# landmarks and segmentation, and fetches the demo media; with `tests`, also what the tests and the scripts for training and scoring need.
# Safe to run again: it then only checks.
set -euo pipefail
purpose=${1:-run}
case $purpose in
  run | tests) ;;
  *)
    echo "usage: scripts/setup.sh [tests]" >&2
    exit 2
    ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
  g++ cmake ninja-build ccache pkg-config
  libtorch-dev libopenblas0-pthread libopencv-dev libdlib-dev libdlib-data libeigen3-dev libcli11-dev
  libspdlog-dev nlohmann-json3-dev libavformat-dev libavcodec-dev libavutil-dev libswresample-dev
  libswscale-dev liblcms2-dev libturbojpeg0-dev libheif-dev libwebp-dev libtiff-dev zlib1g-dev
  python3 python3-torch python3-numpy
  ffmpeg
)
if [ "$purpose" = tests ]; then
  packages+=(
    libgtest-dev libgmock-dev python3-dev pybind11-dev python3-scipy python3-opencv python3-skimage python3-h5py python3-pytest
    chromium chromium-driver python3-selenium
  )
fi
command -v npm >/dev/null || packages+=(npm)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${missing[*]}" >&2
  sudo=()
  if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Debian's LibTorch calls whatever BLAS is installed; the reference BLAS is several times slower.
if ! readlink -f /usr/lib/*/libblas.so.3 | grep -q openblas; then
  echo "setup: warning: libblas.so.3 is not OpenBLAS; choose it with update-alternatives" >&2
fi

/usr/bin/python3 scripts/convert_landmarks.py --output models/landmarks
/usr/bin/python3 scripts/convert_segmentation.py --output models/segmentation
if [ "$purpose" = tests ]; then
  /usr/bin/python3 scripts/convert_face_recognition.py --output models/face_recognition
fi
scripts/fetch_media.sh
