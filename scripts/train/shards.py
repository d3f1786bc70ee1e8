"""The files of the prepared data: shards of JPEG pictures with their fits, and the index that describes them.

A shard (shard-000.npz, NumPy arrays without pickles) holds for its records, one per picture:
`jpeg` uint8 (all pictures joined), `ends` int64 [N] (where each ends in `jpeg`), `states` float32 [N,D]
(FaceState.pack, in pixels of the picture), `frames` int32 [N] (frame number in the clip) and `errors` float32 [N]
(mean landmark error over the inter-ocular distance). index.json lists the shards with their SHA-256 and the items
(clips and stills) with person, split, source, licence and the records they own. The file of one item (items/) is the
same with `seconds`, how long its clip is.
"""

import hashlib
import json
import os
import struct
import uuid
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

FORMAT = "reenact-shards"
FORMAT_VERSION = 1
INDEX_NAME = "index.json"
SETTINGS_NAME = "settings.json"
MAPPED_SHARDS = 256  # at a time: each takes a file descriptor
RECORD_ARRAYS = {"ends": np.int64, "states": np.float32, "frames": np.int32, "errors": np.float32}


def sha256_of_file(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@contextmanager
def replaced(path):
    """A temporary path beside `path` that gets its name at the end, so that a reader never sees half a file, however
    many write it."""
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replaced_text(path):
    """The same as a text file to write to."""
    with replaced(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        yield file


def write_npz(path, arrays):
    with replaced(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


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
    """`records`: {"jpeg": [uint8 [n]], "states": [[D]], "frames": [int], "errors": [float]} and, of one item, "seconds":
    float."""
    ends = np.cumsum([len(jpeg) for jpeg in records["jpeg"]], dtype=np.int64)
    jpeg = np.concatenate(records["jpeg"]) if records["jpeg"] else np.zeros(0, np.uint8)
    arrays = {name: np.asarray(records[name], dtype) for name, dtype in RECORD_ARRAYS.items() if name != "ends"}
    if "seconds" in records:
        arrays["seconds"] = np.float64(records["seconds"])
    write_npz(path, {"jpeg": jpeg.astype(np.uint8), "ends": ends, **arrays})


def map_array(path, name):
    """An array of a file of write_npz, mapped into memory instead of read."""
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo(f"{name}.npy")
        with archive.open(member) as array:
            np.lib.format.read_magic(array)
            shape, _, dtype = np.lib.format.read_array_header_1_0(array)
            header = array.tell()
    with open(path, "rb") as file:
        file.seek(member.header_offset + 26)  # of the local header of 30 bytes: lengths of the two fields behind it
        start = member.header_offset + 30 + sum(struct.unpack("<HH", file.read(4))) + header
    return np.memmap(path, dtype, "r", start, shape).view(np.ndarray)


def read_records(path, mapped=False):
    """The reverse of write_records; the pictures stay in the file when they are `mapped`. Raises ValueError when the
    file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in RECORD_ARRAYS}
            arrays["jpeg"] = map_array(path, "jpeg") if mapped else file["jpeg"]
            seconds = {"seconds": float(file["seconds"])} if "seconds" in file else {}
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
    return {"jpeg": pictures, **{name: arrays[name] for name in RECORD_ARRAYS if name != "ends"}, **seconds}


def claim_folder(folder, settings, resume):
    """Notes in settings.json what the items of `folder` are made from, and makes the folder. Raises ValueError when it
    holds others, or holds any and `resume` is false."""
    path = Path(folder) / SETTINGS_NAME
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced_text(path) as file:
            json.dump(settings, file, indent=1)
        return
    held = json.loads(path.read_text(encoding="utf-8"))
    differing = [name for name in settings if held.get(name) != settings[name]]
    if differing:
        raise ValueError(f"{folder} was prepared with another {' and '.join(differing)}; name another --output")
    if not resume:
        raise ValueError(f"{folder} holds prepared items already; give --resume to go on with them")


@contextmanager
def shard_writer(folder, shard_bytes):
    """A ShardWriter of `folder`, whose index appears at the end."""
    with replaced_text(Path(folder) / INDEX_NAME) as index:
        yield ShardWriter(folder, shard_bytes, index)


class ShardWriter:
    """Fills shards of about `shard_bytes` one after the other, and the file `index` with an item a line, so that memory
    does not grow with their number."""

    def __init__(self, folder, shard_bytes, index):
        self.folder = Path(folder)
        self.shard_bytes = shard_bytes
        self.index = index
        self.index.write(json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION})[:-1] + ', "items": [')
        self.count, self.shards = 0, []
        self._clear()

    def _clear(self):
        self.records = {"jpeg": [], "states": [], "frames": [], "errors": []}
        self.bytes = 0

    def add(self, fields, records):
        """Adds one item; `fields` go into the index as they are."""
        size = sum(len(jpeg) for jpeg in records["jpeg"])
        if self.bytes and self.bytes + size > self.shard_bytes:
            self._flush()
        place = {"shard": len(self.shards), "first": len(self.records["jpeg"]), "count": len(records["jpeg"])}
        self.index.write((",\n" if self.count else "\n") + json.dumps({**fields, **place}))
        self.count += 1
        for name, values in self.records.items():
            values.extend(records[name])
        self.bytes += size

    def _flush(self):
        path = self.folder / f"shard-{len(self.shards):03}.npz"
        write_records(path, self.records)
        self.shards.append({"file": path.name, "bytes": path.stat().st_size, "sha256": sha256_of_file(path)})
        self._clear()

    def close(self, fields):
        """Writes the last shard, and the further `fields` into the index."""
        if self.records["jpeg"]:
            self._flush()
        self.index.write("],\n" + json.dumps({**fields, "shards": self.shards}, indent=1)[1:] + "\n")


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


class Shards:
    """The records of the shards of `index` by number. Pictures stay in the files, so that memory does not grow with the
    data; a file must have its SHA-256 when it is first used. Raises ValueError when one is missing or damaged."""

    def __init__(self, folder, index):
        self.folder, self.entries = Path(folder), index["shards"]
        self.checked = set()
        self.mapped = lru_cache(MAPPED_SHARDS)(self._map)
        for entry in self.entries:
            if not (self.folder / entry["file"]).exists():
                raise ValueError(f"{self.folder / entry['file']} is missing: copy all shards that index.json names")

    def __getitem__(self, number):
        return self.mapped(number)

    def _map(self, number):
        path = self.folder / self.entries[number]["file"]
        if number not in self.checked and sha256_of_file(path) != self.entries[number]["sha256"]:
            raise ValueError(f"{path} is damaged (its SHA-256 is not that of index.json); copy it again")
        self.checked.add(number)
        return read_records(path, mapped=True)
