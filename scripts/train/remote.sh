#!/usr/bin/env bash
# Runs on a GPU machine that has PyTorch, NumPy, OpenCV for Python, pybind11 and a C++ compiler, and nothing else:
#   remote.sh keep             moves the load of carry.sh from .cache/carry to the store
#   remote.sh build            builds the Python binding there
#   remote.sh train ARGS...    goes on with the training; ARGS are those of train.py
# The store ($REENACT_STORE, outside the checkout) lives as long as the machine. What shall come back is copied to
# $OUT in files under 16 MiB: weights.pt, log.csv and the newest pictures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
store=${REENACT_STORE:-/tmp/reenact-training}
python=${PYTHON:-python3}
mkdir -p "$store/shards" "$store/python"

keep() {
  cp -r .cache/carry/. "$store/"
}

build() {
  local includes suffix
  includes=$("$python" -m pybind11 --includes 2>/dev/null) ||
    includes="-I$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
  suffix=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
  # shellcheck disable=SC2086
  ls src/core/*.cpp src/fit/*.cpp src/render/*.cpp python/reenact_native.cpp |
    xargs -P "$(nproc)" -I{} sh -c \
      'c++ -std=c++17 -O3 -march=native -DNDEBUG -fPIC -Iinclude -Isrc -isystem "$1/eigen3" $2 -c "$3" \
         -o "$1/python/$(echo "$3" | tr / _).o"' sh "$store" "$includes" {}
  c++ -shared "$store"/python/*.o -o "$store/python/reenact_native$suffix"
}

train() {
  export REENACT_NATIVE="$store/python" PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1
  mkdir -p models/face_recognition
  cp -n "$store/face_recognition.pt" models/face_recognition/ || true
  "$python" scripts/train/train.py --config scripts/train/configs/large.json --data "$store/shards" \
    --output "$store/run" "$@"
  if [[ -n ${OUT:-} ]]; then
    cp "$store/run/weights.pt" "$store/run/log.csv" "$OUT/"
    cp "$(find "$store/run" -name 'pictures-*.jpg' | sort | tail -n 1)" "$OUT/"
  fi
}

command=$1
shift
case $command in
  keep | build | train) "$command" "$@" ;;
  *) echo "remote.sh: unknown command $command" >&2; exit 2 ;;
esac
