"""Finds the Python binding and loads the face model through it."""

import importlib
import json
import os
import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
BINDING_VARIABLE = "REENACT_NATIVE"
FACE_MODEL_VARIABLE = "REENACT_FACE_MODEL"

sys.path[:0] = [str(REPOSITORY / "scripts" / "face_model"), str(REPOSITORY / "scripts")]

import safetensors_file  # noqa: E402


def load_binding():
    """The module reenact_native, from the folder in $REENACT_NATIVE or the newest build under build/."""
    named = os.environ.get(BINDING_VARIABLE)
    files = Path(named).glob("reenact_native*.so") if named else REPOSITORY.glob("build/*/python/reenact_native*.so")
    newest = max(files, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        raise ImportError(
            f"reenact_native is in no build folder; build it with -DREENACT_BUILD_PYTHON=ON or set {BINDING_VARIABLE}"
        )
    sys.path.insert(0, str(newest.parent))
    return importlib.import_module("reenact_native")


class FaceModel:
    """The face model for the binding (`native`) and as arrays (`arrays`, float32 where they are floats), from
    models/face_model or the folder in $REENACT_FACE_MODEL."""

    def __init__(self):
        directory = os.environ.get(FACE_MODEL_VARIABLE) or REPOSITORY / "models" / "face_model"
        path = Path(directory) / "face_model.safetensors"
        tensors, metadata = safetensors_file.load(path)
        self.arrays = {
            name: array.astype(np.float32) if array.dtype.kind == "f" else array for name, array in tensors.items()
        }
        self.name = metadata["name"]
        self.expression_names = json.loads(metadata["expression_names"])
        self.binding = load_binding()
        self.native = self.binding.FaceModel(self.name, tensors, self.expression_names)
        self.on_head = self.arrays["head_weight"] >= 1
        self.sha256 = safetensors_file.sha256_of_file(path)

    def __eq__(self, other):
        return isinstance(other, FaceModel) and self.sha256 == other.sha256

    def __hash__(self):
        return hash(self.sha256)

    @property
    def identity_count(self):
        return len(self.arrays["identity"])

    @property
    def expression_count(self):
        return len(self.arrays["expression"])
