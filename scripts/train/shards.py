"""The files of the prepared data: shards of JPEG pictures with their fits, and the index that describes them.

A shard (shard-000.npz, NumPy arrays without pickles) holds for its records, one per picture:
`jpeg` uint8 (all pictures joined), `ends` int64 [N] (where each ends in `jpeg`), `states` float32 [N,D]
(FaceState.pack, in pixels of the picture), `frames` int32 [N] (frame number in the clip) and `errors` float32 [N]
(mean landmark error over the inter-ocular distance). index.json lists the shards with their SHA-256 and the items
(clips and stills) with person, split, source, licence and the records they own.
"""

import hashlib
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

FORMAT = "reenact-shards"
FORMAT_VERSION = 1
INDEX_NAME = "index.json"
RECORD_ARRAYS = {"ends": np.int64, "states": np.float32, "frames": np.int32, "errors": np.float32}


def sha256_of_file(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def replace_file(path, write):
    """Calls write(temporary path) and renames, so that a reader never sees half a file."""
    path = Path(path)
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    os.replace(temporary, path)


def write_npz(path, arrays):
    def write(temporary):
        with open(temporary, "wb") as file:
            np.savez(file, **arrays)

    replace_file(path, write)


def read_landmark_lines(path):
    """Yields (file, frame, points and iris joined [478,2]) of a file of extract_landmarks."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            yield entry["file"], entry["frame"], np.float32(entry["points"] + entry["iris"])


def scaled_state(state, scale):
    """The face in the pixels of its picture resampled by `scale`."""
    return replace(state, scale=state.scale * scale, translation=(state.translation + 0.5) * scale - 0.5)


def write_records(path, records):
    """`records`: {"jpeg": [uint8 [n]], "states": [[D]], "frames": [int], "errors": [float]}"""
    ends = np.cumsum([len(jpeg) for jpeg in records["jpeg"]], dtype=np.int64)
    jpeg = np.concatenate(records["jpeg"]) if records["jpeg"] else np.zeros(0, np.uint8)
    arrays = {name: np.asarray(records[name], dtype) for name, dtype in RECORD_ARRAYS.items() if name != "ends"}
    write_npz(path, {"jpeg": jpeg.astype(np.uint8), "ends": ends, **arrays})


def read_records(path):
    """The reverse of write_records. Raises ValueError when the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ["jpeg", *RECORD_ARRAYS]}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a shard ({error}); prepare the data again") from error
    ends = arrays["ends"]
    starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    sizes_agree = all(len(arrays[name]) == len(ends) for name in RECORD_ARRAYS)
    if not sizes_agree or np.any(ends <= starts) or (len(ends) and ends[-1] != len(arrays["jpeg"])):
        raise ValueError(f"{path} is damaged: its arrays do not fit together; prepare the data again")
    if not np.isfinite(arrays["states"]).all():
        raise ValueError(f"{path} holds a fit that is not finite; prepare the data again")
    pictures = [arrays["jpeg"][start:end] for start, end in zip(starts, ends)]
    return {"jpeg": pictures, **{name: arrays[name] for name in RECORD_ARRAYS if name != "ends"}}


class ShardWriter:
    """Fills shards of about `shard_bytes` one after the other."""

    def __init__(self, folder, shard_bytes):
        self.folder = Path(folder)
        self.shard_bytes = shard_bytes
        self.items, self.shards = [], []
        self._clear()

    def _clear(self):
        self.records = {"jpeg": [], "states": [], "frames": [], "errors": []}
        self.bytes = 0

    def add(self, fields, records):
        """Adds one item; `fields` go into the index as they are."""
        size = sum(len(jpeg) for jpeg in records["jpeg"])
        if self.bytes and self.bytes + size > self.shard_bytes:
            self._flush()
        first = len(self.records["jpeg"])
        self.items.append({**fields, "shard": len(self.shards), "first": first, "count": len(records["jpeg"])})
        for name, values in self.records.items():
            values.extend(records[name])
        self.bytes += size

    def _flush(self):
        path = self.folder / f"shard-{len(self.shards):03}.npz"
        write_records(path, self.records)
        self.shards.append({"file": path.name, "bytes": path.stat().st_size, "sha256": sha256_of_file(path)})
        self._clear()

    def close(self, fields):
        """Writes the last shard and the index with the further `fields`."""
        if self.records["jpeg"]:
            self._flush()
        index = {"format": FORMAT, "format_version": FORMAT_VERSION, **fields}
        text = json.dumps({**index, "shards": self.shards, "items": self.items}, indent=1) + "\n"
        replace_file(self.folder / INDEX_NAME, lambda temporary: temporary.write_text(text))


def read_index(folder):
    """index.json. Raises ValueError when it is missing or of another format."""
    path = Path(folder) / INDEX_NAME
    try:
        index = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({error}); run scripts/train/prepare.py") from error
    if not isinstance(index, dict) or (index.get("format"), index.get("format_version")) != (FORMAT, FORMAT_VERSION):
        raise ValueError(f"{path} is not an index of {FORMAT} version {FORMAT_VERSION}; prepare the data again")
    return index


def read_shards(folder, index, check=True):
    """Records of all shards of `index`. With `check` their SHA-256 must agree."""
    result = []
    for entry in index["shards"]:
        path = Path(folder) / entry["file"]
        if not path.exists():
            raise ValueError(f"{path} is missing: copy all shards that index.json names")
        if check and sha256_of_file(path) != entry["sha256"]:
            raise ValueError(f"{path} is damaged (its SHA-256 is not that of index.json); copy it again")
        result.append(read_records(path))
    return result
