"""Clips and stills to prepare: from the tables of a folder, or from the tree of a published data set."""

import csv
import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from native import REPOSITORY

VALIDATION_PERSONS = REPOSITORY / "scripts" / "data" / "validation_persons.txt"
BLURRED = "blurr"  # in the notes of clips.csv
# The part of each data set (docs/datasets.md) that is meant for training, without the persons it keeps for tests.
TRAINING_SPLITS = {"voxceleb2": "dev", "hq-voxceleb": "train", "celebv": "all", "uva-nemo": "all"}
FRAMES_PER_CLIP = 240  # of a recording that is published as pictures


@dataclass
class Media:
    """One clip or still."""

    name: str  # may have slashes
    kind: str  # "clip" or "still"
    path: Path  # of the video or picture
    person: str
    split: str  # "train" or "validation"
    source: str
    licence: str
    real: bool
    weight: float
    frames: list = field(default_factory=list)  # paths of the pictures of a clip that is no video


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def validation_persons(path=VALIDATION_PERSONS):
    lines = (line.strip() for line in Path(path).read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def media_of_folder(data, held_out):
    """All clips and stills that clips.csv and stills.csv of `data` list. A still's weight keeps large collections
    from outvoting small ones."""
    media = []
    for row in read_csv(data / "clips.csv"):
        split = "validation" if row["person_id"] in held_out else "train"
        weight = 0.5 if BLURRED in row["notes"] else 1.0
        path = data / "clips" / row["file"]
        origin = (row["source_repo"], row["licence"], row["real_or_generated"] == "real")
        media.append(Media(path.stem, "clip", path, row["person_id"], split, *origin, weight))
    rows = read_csv(data / "stills.csv")
    per_source = {}
    for row in rows:
        per_source[row["source_repo"]] = per_source.get(row["source_repo"], 0) + 1
    for row in rows:
        if row["person_id"] in held_out:
            continue
        weight = per_source[row["source_repo"]] ** -0.5
        path = data / "stills" / row["file"]
        origin = (row["source_repo"], row["licence"], row["real_or_generated"] == "real")
        media.append(Media(path.stem, "still", path, row["person_id"], "train", *origin, weight))
    return sorted(media, key=lambda entry: (entry.split, entry.name))


class DatasetMedia:
    """Clips and stills of a published data set, as the program list_dataset lists its tree: a video is a clip, pictures
    of a recording are clips of FRAMES_PER_CLIP frames, other pictures are stills. The list stays in a file and is read
    anew by each iteration, so that memory does not grow with the data set.

    A share of the persons is held out for validation: which ones depends on their names alone, so that all shards and
    later runs agree."""

    def __init__(self, lister, dataset, root, split, validation_share, list_file):
        """Writes the list to `list_file`. Raises ValueError when the tree is not laid out as published."""
        with open(list_file, "wb") as file:
            command = [str(lister), dataset, "--root", str(root), "--split", split]
            result = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, text=True, check=False)
        if result.returncode != 0:
            raise ValueError(result.stderr.strip().removeprefix("error: "))
        self.dataset, self.list_file, self.validation_share = dataset, list_file, validation_share
        self.held_out = validation_persons()
        stills = sum(len(item.get("photos", [])) for item in self.items())
        self.still_weight = stills**-0.5 if stills else 0.0

    def items(self):
        with open(self.list_file, encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def __iter__(self):
        for item in self.items():
            if "video" in item:
                yield self.media(item, item["name"], "clip", item["video"])
            for path in item.get("photos", []):
                yield self.media(item, f"{item['name']}/{Path(path).name}", "still", path)
            frames = item.get("frames", [])
            for start in range(0, len(frames), FRAMES_PER_CLIP):
                part = frames[start : start + FRAMES_PER_CLIP]
                yield self.media(item, f"{item['name']}/{start:06}", "clip", part[0], part)

    def media(self, item, name, kind, path, frames=()):
        split = "validation" if self.is_held_out(item["person"]) else "train"
        weight = 1.0 if kind == "clip" else self.still_weight
        origin = (self.dataset, f"terms of {self.dataset}", True)
        return Media(name, kind, Path(path), item["person"], split, *origin, weight, list(frames))

    def is_held_out(self, person):
        drawn = int.from_bytes(hashlib.sha256(person.encode()).digest()[:4], "big") / 2**32
        return person in self.held_out or drawn < self.validation_share
