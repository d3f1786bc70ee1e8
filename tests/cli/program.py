"""The real program as a process, and the media it is tried on."""

import os
import pathlib
import subprocess

import cv2
import numpy as np

BINARY = os.environ["REENACT_BINARY"]
MEDIA = pathlib.Path(os.environ["REENACT_TEST_MEDIA"])
PHOTO = MEDIA / "joconde.jpg"
CHEAP = ["--generator", "geometry", "--crop", "--size", 64]  # what costs little to make


def run(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)


def one_sentence(result):
    """Whether all that a failed run says is one error."""
    lines = result.stderr.strip().splitlines()
    return len(lines) == 1 and lines[0].startswith("error: ")


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def cut_clip(path, start, frames, *options):
    """`frames` frames of the webcam clip from second `start` on, without sound."""
    ffmpeg("-ss", start, "-i", MEDIA / "cap13_edit2.mp4", "-frames:v", frames, "-an", *options,
           "-c:v", "libx264", "-pix_fmt", "yuv420p", path)  # fmt: skip
    return path


def frames_of(path):
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        ok, frame = capture.read()
        if not ok:
            return np.array(frames)
        frames.append(frame)
