"""A 3D morphable model as its authors publish it, before it is made into a face model of this program."""

import dataclasses
import re

import numpy as np

SIGNED_RANGE = 2.5  # standard deviations that weight 1 of a signed expression stands for


class ModelFileError(Exception):
    """A file cannot be used; the message is one sentence that names it."""


@dataclasses.dataclass
class Morphable:
    """X(identity, expression) = mean + identity weights * identity + expression weights * expression."""

    name: str
    mean: np.ndarray  # (V, 3) in the model's own unit and frame
    cm_per_unit: float
    identity: np.ndarray  # (K, V, 3) per standard deviation
    expression: np.ndarray  # (E, V, 3) at weight 1
    expression_names: list
    triangles: np.ndarray  # (T, 3)
    landmarks: dict  # iBUG number 0..67 -> vertex, as far as they are known
    source: str  # for the manifest
    licence: str
    region: np.ndarray = None  # (V,) of ict_facekit, where known
    head_weight: np.ndarray = None  # (V,) 1 on the head, 0 at the collar, where known


def both_ways(modes, stem="expression"):
    """Signed modes (E, V, 3), per standard deviation, as expressions of weights 0 to 1: one each way."""
    names = [f"{stem}{number}{sign}" for number in range(len(modes)) for sign in "+-"]
    signed = np.stack([modes, -modes], axis=1).reshape(-1, *modes.shape[1:]) * SIGNED_RANGE
    return signed, names


def read_landmark_mapping(path):
    """{iBUG number 0..67: vertex} of a text file with a line per landmark: its number from 1, and a vertex.

    The mappings of eos (share/ibug_to_*.txt) are such files; what is not two numbers is passed over.
    """
    if path.stat().st_size > 1 << 20:
        raise ModelFileError(f"{path} is too large for a list of 68 landmarks")
    mapping = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        found = re.match(r"""\s*["']?(\d{1,2})["']?\s*[=:,\s]\s*["']?(\d{1,7})["']?\s*([;#,].*)?$""", line)
        if found and 1 <= int(found[1]) <= 68:
            mapping[int(found[1]) - 1] = int(found[2])
    if not mapping:
        raise ModelFileError(f"{path} maps no landmark to a vertex; a line looks like '31 = 114'")
    return mapping
