"""The reader and writer of model tensors."""

import json
import pathlib
import struct
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "face_model"))

import safetensors_file  # noqa: E402

TENSORS = {
    "bytes": np.array([1, 2, 255], np.uint8),
    "half": np.array([[0.5, -2], [65504, 0]], np.float16),
    "single": np.linspace(0, 1, 7, dtype=np.float32),
    "index": np.array([[-1, 2**31 - 1]], np.int32),
    "empty": np.zeros((0, 3), np.float32),
    "scalar": np.float32(3).reshape(()),
}


def test_round_trip_is_exact(tmp_path):
    path = tmp_path / "t.safetensors"
    safetensors_file.save(path, TENSORS, {"name": "größe", "list": "[1]"})
    tensors, metadata = safetensors_file.load(path)
    assert metadata == {"name": "größe", "list": "[1]"}
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype and tensors[name].shape == tensor.shape
        assert (tensors[name] == tensor).all()


def test_file_has_the_public_layout(tmp_path):
    path = tmp_path / "t.safetensors"
    safetensors_file.save(path, {"a": np.array([1, 2], np.int32)}, {"k": "v"})
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    assert (8 + length) % 8 == 0
    assert json.loads(data[8 : 8 + length]) == {
        "__metadata__": {"k": "v"},
        "a": {"dtype": "I32", "shape": [2], "data_offsets": [0, 8]},
    }
    assert data[8 + length :] == struct.pack("<ii", 1, 2)


def test_same_content_gives_the_same_bytes(tmp_path):
    safetensors_file.save(tmp_path / "a", TENSORS, {"x": "y"})
    safetensors_file.save(tmp_path / "b", dict(reversed(TENSORS.items())), {"x": "y"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_types_that_are_not_stored_are_refused(tmp_path):
    with pytest.raises(ValueError, match="float64"):
        safetensors_file.save(tmp_path / "t", {"a": np.zeros(2)}, {})
    assert not list(tmp_path.iterdir())


def make_file(header, data=b"12345678"):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "too short"),
        (struct.pack("<Q", 2**63) + b"{}", "header"),
        (struct.pack("<Q", 3) + b"{}", "header"),
        (make_file({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}), "unknown type"),
        (make_file({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}}), "does not fit"),
        (make_file({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}), "does not fit"),
        (make_file({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}), "does not fit"),
        (make_file({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}), "after its last"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, reason):
    path = tmp_path / "t.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        safetensors_file.load(path)


def test_manifest_follows_the_file_and_keeps_other_fields(tmp_path):
    safetensors_file.save(tmp_path / "m.safetensors", TENSORS, {})
    first = safetensors_file.update_manifest(tmp_path, "m.safetensors", {"licence": "MIT"})
    safetensors_file.save(tmp_path / "m.safetensors", {"bytes": TENSORS["bytes"]}, {})
    second = safetensors_file.update_manifest(tmp_path, "m.safetensors")
    assert second == safetensors_file.load_manifest(tmp_path)
    assert second["licence"] == "MIT" and second["sha256"] != first["sha256"]
    assert second["sha256"] == safetensors_file.sha256_of_file(tmp_path / "m.safetensors")
    assert second["bytes"] == (tmp_path / "m.safetensors").stat().st_size


def test_shipped_model_matches_its_manifest():
    directory = ROOT / "models" / "face_model"
    manifest = safetensors_file.load_manifest(directory)
    tensors, metadata = safetensors_file.load(directory / manifest["file"])
    assert manifest["sha256"] == safetensors_file.sha256_of_file(directory / manifest["file"])
    assert manifest["bytes"] < 6_000_000
    assert manifest["vertices"] == len(tensors["mean"]) and manifest["triangles"] == len(tensors["triangles"])
    assert len(json.loads(metadata["expression_names"])) == manifest["expressions"] == len(tensors["expression"])
