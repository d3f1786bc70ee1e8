#!/usr/bin/env bash
# Runs on a GPU machine that has PyTorch, NumPy, OpenCV for Python, pybind11 and a C++ compiler, and nothing else:
#   remote.sh keep             moves the load of carry.sh from .cache/carry to the store
#   remote.sh build            builds the Python binding there
#   remote.sh run SCRIPT NAME ARGS...    goes on with the run NAME of train.py or train_windows.py; ARGS are theirs
# The store ($REENACT_STORE, outside the checkout) lives as long as the machine. What shall come back is copied to
# $OUT as NAME.tar: weights, log and the newest pictures.
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
      'c++ -std=c++17 -O3 -march=native -DNDEBUG -DREENACT_WITHOUT_WINDOWS -fPIC -Iinclude -Isrc -isystem "$1/eigen3" $2 -c "$3" \
         -o "$1/python/$(echo "$3" | tr / _).o"' sh "$store" "$includes" {}
  c++ -shared "$store"/python/*.o -o "$store/python/reenact_native$suffix"
}

run() {
  local script=$1 name=$2
  export REENACT_NATIVE="$store/python" PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1
  mkdir -p models/face_recognition
  [[ -e models/face_recognition/face_recognition.pt ]] || cp "$store/face_recognition.pt" models/face_recognition/
  "$python" "scripts/train/$script" --data "$store/shards" --output "$store/$name" "${@:3}"
  if [[ -n ${OUT:-} ]]; then
    find "$store/$name" -name 'pictures-*' | sort | head -n -1 | xargs -r rm
    tar -C "$store" --exclude=checkpoints -cf "$OUT/$name.tar" "$name"
  fi
}

command=$1
shift
case $command in
  keep | build | run) "$command" "$@" ;;
  *) echo "remote.sh: unknown command $command" >&2; exit 2 ;;
esac
