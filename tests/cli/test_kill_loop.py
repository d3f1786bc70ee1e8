"""A batch in two shards at once, killed at random moments again and again and resumed.

REENACT_KILLS=100 tries it with as many kills, over 40 items.
"""

import json
import os
import random
import signal
import subprocess
import time

import cv2
import pytest
from program import BINARY, MEDIA, PHOTO, ffmpeg

KILLS = int(os.environ.get("REENACT_KILLS", 4))
PHOTOS, CLIPS = (4, 10) if KILLS > 20 else (2, 4)
SHARDS = ("1/2", "2/2")


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    (folder / "photos").mkdir()
    (folder / "clips").mkdir()
    photo = cv2.imread(str(PHOTO))
    for i in range(PHOTOS):
        scale = 0.2 + 0.02 * i
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(folder / "photos" / f"p{i}.png"), small)
    for i in range(CLIPS):
        ffmpeg("-ss", 0.4 * i, "-i", MEDIA / "cap13_edit2.mp4", "-frames:v", 3, "-vf", "scale=240:-2", "-an",
               folder / "clips" / f"c{i}.mp4")  # fmt: skip
    return folder


def start(media, results, shard):
    arguments = ["--quiet", "--resume", "-s", media / "photos", "-d", media / "clips", "-o", results, "--shard", shard,
                 "--generator", "geometry", "--crop", "--size", 64]  # fmt: skip
    return subprocess.Popen([BINARY, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(media, results):
    """Both shards, undisturbed; returns the seconds that it took."""
    began = time.monotonic()
    for process in [start(media, results, shard) for shard in SHARDS]:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    return time.monotonic() - began


def contents(results):
    files = [path for path in results.rglob("*") if path.is_file() and not path.name.startswith("report")]
    return {str(path.relative_to(results)): path.read_bytes() for path in files}


def test_a_batch_killed_again_and_again_ends_with_the_same_files(media):
    longest = finish(media, media / "whole")
    rng = random.Random(7)
    results = media / "killed"
    running = {}
    for _ in range(KILLS):
        for shard in SHARDS:
            if shard not in running or running[shard].poll() is not None:
                running[shard] = start(media, results, shard)
        time.sleep(rng.uniform(0, 0.8 * longest))
        victim = running[rng.choice(SHARDS)]
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    for process in running.values():
        process.kill()
        process.wait()
    finish(media, results)
    made, whole = contents(results), contents(media / "whole")
    assert set(made) == set(whole)
    assert made == whole
    lines = [json.loads(line) for path in results.glob("report-*.jsonl") for line in path.read_text().splitlines()]
    assert len(lines) == PHOTOS * CLIPS and all(line["status"] == "done" for line in lines)
    assert len(list(results.glob("*.mp4"))) == PHOTOS * CLIPS
