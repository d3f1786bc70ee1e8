"""What the scripts that compare results with true clips share: which clips, their frames and landmarks."""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent


def frames_of(path):
    capture = cv2.VideoCapture(str(path))
    while True:
        found, picture = capture.read()
        if not found:
            return
        yield picture


def landmarks_of(program, models, videos, folder):
    """By video: frame number to (points, iris)."""
    path = folder / "landmarks.jsonl"
    subprocess.run([program, "--models", models, *videos, "-o", path], check=True, stdout=subprocess.DEVNULL)
    found = defaultdict(dict)
    with open(path) as lines:
        for line in map(json.loads, lines):
            found[Path(line["file"]).name][line["frame"]] = (np.array(line["points"]), np.array(line["iris"]))
    path.unlink()
    return found


def clips_of(data, persons, count):
    """The first `count` clips of each person."""
    wanted = {line.strip() for line in open(persons) if line.strip() and not line.startswith("#")}
    taken = defaultdict(int)
    with open(data / "clips.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["person_id"] in wanted and taken[row["person_id"]] < count:
                taken[row["person_id"]] += 1
                yield data / "clips" / row["file"]


def parser(description):
    """The arguments that all of them take."""
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("data", type=Path, help="folder with clips.csv and clips/")
    result.add_argument("--persons", type=Path, default=REPOSITORY / "scripts/data/validation_persons.txt")
    result.add_argument("--clips-per-person", type=int, default=1)
    result.add_argument("--limit", type=int, default=0, help="clips measured in all; 0 takes every one")
    result.add_argument("--reenact", default=REPOSITORY / "build/release/reenact")
    result.add_argument("--extract-landmarks", default=REPOSITORY / "build/release/tools/extract_landmarks")
    result.add_argument("--models", default=REPOSITORY / "models")
    return result


def evaluate_each(arguments, evaluate_clip):
    """The results of evaluate_clip(arguments, clip, folder) for the clips asked for; it returns None to leave one out."""
    clips = list(clips_of(arguments.data, arguments.persons, arguments.clips_per_person))
    if not clips:
        sys.exit(f"no clip of the persons in {arguments.persons} is in {arguments.data / 'clips.csv'}")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for clip in clips:
            if arguments.limit and len(results) == arguments.limit:
                break
            try:
                result = evaluate_clip(arguments, clip, Path(folder))
            except subprocess.CalledProcessError as error:
                print(f"{clip.name}: left out, {error}", file=sys.stderr)
                continue
            if result is not None:
                results.append(result)
    if not results:
        sys.exit("no clip could be measured")
    return results
