"""The source of the face model: ICT-FaceKit Light, made exactly symmetric and cut in half.

The right half (the subject's right, x <= 0) carries the topology; the left half is its mirror image.
"""

import dataclasses
import pathlib

import numpy as np
import scipy.spatial

FACE, HEAD, MOUTH_SOCKET, EYE_SOCKET, GUMS_TONGUE, TEETH, EYEBALL_RIGHT, EYEBALL_LEFT = range(8)
REGION_NAMES = (
    "face", "head", "mouth_socket", "eye_socket", "gums_tongue", "teeth", "eyeball_right", "eyeball_left",
)  # fmt: skip

# First vertex of each part of the source; lacrimal fluid, blend, occlusion and lashes follow the last one.
_PART_STARTS = (0, 9409, 11248, 13294, 14062, 17039, 21451, 24591)
_MIDLINE_CM = 2e-3
_FLIP = np.array([-1.0, 1.0, 1.0])


@dataclasses.dataclass
class SourceModel:
    neutral: np.ndarray  # (V, 3) centimetres
    identity: np.ndarray  # (K, V, 3) per standard deviation
    expression: np.ndarray  # (E, V, 3) at weight 1
    expression_names: list
    triangles: np.ndarray  # (T, 3)
    region: np.ndarray  # (V,)
    mirror: np.ndarray  # (V,) the vertex on the other side
    midline: np.ndarray  # (V,) bool: its own mirror
    landmarks68: np.ndarray  # (68,) in iBUG order


def other_side(name):
    """Name of the same expression on the other side of the face."""
    if name.endswith("_L"):
        return name[:-2] + "_R"
    if name.endswith("_R"):
        return name[:-2] + "_L"
    return {"jawLeft": "jawRight", "jawRight": "jawLeft", "mouthLeft": "mouthRight", "mouthRight": "mouthLeft"}.get(
        name, name
    )


def mirrored(field, mirror):
    """Mirror image of a field of vectors (..., V, 3)."""
    return field[..., mirror, :] * _FLIP


def load(directory):
    """Reads the npz, drops what this project does not use and makes neutral and expressions symmetric."""
    with np.load(pathlib.Path(directory) / "ict_facekit_light.npz", allow_pickle=False) as data:
        count = _PART_STARTS[-1]
        neutral = data["neutral"][:count].astype(np.float64)
        identity = data["identity"][:, :count].astype(np.float64)
        names = [str(name) for name in data["expression_names"]]
        kept = [i for i, name in enumerate(names) if not name.startswith("PupilDilate")]
        expression = data["expression"][kept, :count].astype(np.float64)
        triangles = data["triangles"].astype(np.int64)
        landmarks68 = data["landmarks68"].astype(np.int64)
    names = [names[i] for i in kept]
    triangles = triangles[(triangles < count).all(axis=1)]

    region = np.searchsorted(_PART_STARTS, np.arange(count), side="right") - 1
    region[(region == EYEBALL_RIGHT) & (neutral[:, 0] > 0)] = EYEBALL_LEFT

    mirror = _mirror_map(neutral)
    midline = mirror == np.arange(count)
    neutral = (neutral + mirrored(neutral, mirror)) / 2
    opposite = [names.index(other_side(name)) for name in names]
    expression = (expression + mirrored(expression[opposite], mirror)) / 2
    return SourceModel(neutral, identity, expression, names, triangles, region, mirror, midline, landmarks68)


def _mirror_map(neutral):
    """Pairs each vertex right of the midline with the best vertex left of it; one-to-one."""
    count = len(neutral)
    mirror = np.arange(count)
    right = np.flatnonzero(neutral[:, 0] < -_MIDLINE_CM)
    left = np.flatnonzero(neutral[:, 0] > _MIDLINE_CM)
    distance, nearest = scipy.spatial.cKDTree(neutral[left] * _FLIP).query(neutral[right], k=4)
    free = np.ones(len(left), bool)
    for i, j in np.dstack(np.unravel_index(np.argsort(distance, axis=None), distance.shape))[0]:
        if mirror[right[i]] == right[i] and free[nearest[i, j]]:
            free[nearest[i, j]] = False
            mirror[right[i]] = left[nearest[i, j]]
            mirror[left[nearest[i, j]]] = right[i]
    if (mirror[right] == right).any() or free.any():
        raise ValueError("the source mesh is not symmetric")
    return mirror


def right_half(source):
    """Triangles of the right half; none crosses the midline."""
    side = np.where(source.midline, 0.0, np.sign(source.neutral[:, 0]))[source.triangles]
    if ((side.min(axis=1) < 0) & (side.max(axis=1) > 0)).any():
        raise ValueError("a triangle of the source crosses the midline")
    return source.triangles[side.min(axis=1) < 0]
