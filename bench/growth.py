#!/usr/bin/python3
"""Time and memory of runs of growing length: a clip is repeated to the numbers of frames given.

    bench/growth.py --program build/release/reenact --photo PHOTO --clip CLIP [--frames 300 3000 30000] [--size 128]
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path


def repeated(clip, frames, folder):
    """The clip over and over, cut to `frames` frames, without sound and without being encoded again."""
    path = Path(folder) / f"{frames}.mp4"
    command = ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", clip, "-map", "0:v", "-c", "copy"]
    subprocess.run([*command, "-frames:v", str(frames), path], check=True)
    return path


def measured(command):
    """Wall-clock seconds and peak resident set in MB (10⁶ bytes) of a program."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command[0]} failed with status {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - start, usage.ru_maxrss * 1024 / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--photo", required=True)
    parser.add_argument("--clip", required=True)
    parser.add_argument("--frames", type=int, nargs="+", default=[300, 3000, 30000])
    parser.add_argument("--size", type=int, default=128, help="longer side of the output in pixels")
    arguments = parser.parse_args()
    print(f"{'frames':>8}  {'seconds':>8}  {'ms/frame':>8}  {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for frames in arguments.frames:
            driver = repeated(arguments.clip, frames, folder)
            output = Path(folder) / "output.mp4"
            command = [arguments.program, "-q", "-s", arguments.photo, "-d", driver, "-o", output, "--overwrite"]
            seconds, megabytes = measured([*map(str, command), "--size", str(arguments.size)])
            print(f"{frames:8}  {seconds:8.1f}  {1000 * seconds / frames:8.2f}  {megabytes:8.1f}", flush=True)


if __name__ == "__main__":
    main()
