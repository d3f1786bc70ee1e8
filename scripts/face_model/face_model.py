"""Face models of this program, as Python sees them."""

import dataclasses
import json
import pathlib

import numpy as np

import safetensors_file

FORMAT = "reenact-face-model"
FORMAT_VERSION = 1
FILE_NAME = "face_model.safetensors"


@dataclasses.dataclass
class FaceModel:
    """X(identity, expression) = mean + identity weights * identity + expression weights * expression."""

    mean: np.ndarray  # (V, 3) centimetres
    identity: np.ndarray  # (K, V, 3)
    expression: np.ndarray  # (E, V, 3)
    expression_names: list
    triangles: np.ndarray  # (T, 3)
    region: np.ndarray  # (V,)
    head_weight: np.ndarray  # (V,)
    mirror: np.ndarray  # (V,)
    neutral_coordinates: np.ndarray  # (V, 3)
    landmarks68: np.ndarray  # (68,)
    landmarks468_triangle: np.ndarray = None  # (468,)
    landmarks468_barycentric: np.ndarray = None  # (468, 3)

    def shape(self, identity=(), **expression):
        """Vertices (V, 3) for leading identity weights and named expression weights."""
        vertices = self.mean + np.tensordot(np.asarray(identity), self.identity[: len(identity)], axes=1)
        for name, weight in expression.items():
            vertices = vertices + weight * self.expression[self.expression_names.index(name)]
        return vertices


def load(directory):
    """Reads models/<name>, after checking the file against its manifest."""
    manifest = safetensors_file.load_manifest(directory)
    path = pathlib.Path(directory) / manifest["file"]
    if safetensors_file.sha256_of_file(path) != manifest["sha256"]:
        raise ValueError(f"{path} does not match the sha256 in its manifest; fetch or build it again")
    tensors, metadata = safetensors_file.load(path)
    fields = {field.name for field in dataclasses.fields(FaceModel)} & tensors.keys()
    for name in ("identity", "expression"):
        tensors[name] = tensors[name].astype(np.float32)
    return FaceModel(
        expression_names=json.loads(metadata["expression_names"]), **{name: tensors[name] for name in fields}
    )


def save(directory, name, tensors, expression_names, manifest):
    """Writes a face model into `directory`, which is made; `manifest` says what is known of it besides."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    about = {"format": FORMAT, "format_version": FORMAT_VERSION, "name": name}
    metadata = {key: str(value) for key, value in about.items()}
    metadata["expression_names"] = json.dumps(expression_names)
    safetensors_file.save(directory / FILE_NAME, tensors, metadata)
    safetensors_file.update_manifest(directory, FILE_NAME, {**about, **manifest})
