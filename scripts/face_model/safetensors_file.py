"""Reads and writes model tensors in the public safetensors format, and the manifest beside them.

A file is an 8-byte little-endian header length, a JSON header that names every tensor's dtype, shape and
byte range, and the raw little-endian data without gaps.
"""

import hashlib
import json
import os
import pathlib
import struct
import tempfile

import numpy as np

DTYPES = {
    "F32": np.dtype("<f4"),
    "I32": np.dtype("<i4"),
    "F16": np.dtype("<f2"),
    "U8": np.dtype("u1"),
}
MAX_HEADER_BYTES = 1 << 20
MANIFEST_NAME = "manifest.json"


def _dtype_name(array):
    for name, dtype in DTYPES.items():
        if array.dtype == dtype:
            return name
    raise ValueError(f"tensors of type {array.dtype} are not stored; use one of {', '.join(DTYPES)}")


def _replace(path, data):
    """Writes beside `path` and renames, so that a reader never sees half a file."""
    path = pathlib.Path(path)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(data)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def save(path, tensors, metadata):
    """Writes `tensors` (name -> array) and `metadata` (text -> text)."""
    names = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    header = {"__metadata__": dict(metadata)}
    blobs = []
    offset = 0
    for name in names:
        array = tensors[name]
        blobs.append(array.tobytes())
        header[name] = {
            "dtype": _dtype_name(array),
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(blobs[-1])],
        }
        offset += len(blobs[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    _replace(path, struct.pack("<Q", len(text)) + text + b"".join(blobs))


def load(path):
    """Returns (tensors, metadata). Raises ValueError when the file is damaged."""
    data = pathlib.Path(path).read_bytes()
    if len(data) < 8:
        raise ValueError(f"{path} is too short for a safetensors file")
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(MAX_HEADER_BYTES, len(data) - 8):
        raise ValueError(f"{path} has a header of {length} bytes, which cannot be")
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    end = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = entry["data_offsets"]
        dtype, shape = DTYPES.get(entry["dtype"]), tuple(entry["shape"])
        if dtype is None:
            raise ValueError(f"{path}: tensor '{name}' has the unknown type {entry['dtype']}")
        size = dtype.itemsize * int(np.prod(shape, dtype=object))
        if start != end or stop - start != size or stop > len(body):
            raise ValueError(f"{path}: the byte range of tensor '{name}' does not fit")
        tensors[name] = np.frombuffer(body[start:stop], dtype).reshape(shape).copy()
        end = stop
    if end != len(body):
        raise ValueError(f"{path} has {len(body) - end} bytes after its last tensor")
    return tensors, metadata


def sha256_of_file(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def load_manifest(directory):
    return json.loads((pathlib.Path(directory) / MANIFEST_NAME).read_text())


def update_manifest(directory, file_name, fields=None):
    """Records size and sha256 of `file_name` in the manifest beside it, and merges `fields` into it."""
    directory = pathlib.Path(directory)
    path = directory / MANIFEST_NAME
    manifest = load_manifest(directory) if path.exists() else {}
    manifest.update(fields or {})
    manifest["file"] = file_name
    manifest["bytes"] = (directory / file_name).stat().st_size
    manifest["sha256"] = sha256_of_file(directory / file_name)
    _replace(path, (json.dumps(manifest, indent=2) + "\n").encode())
    return manifest
