"""The Basel Face Models of 2017 and 2019 (Gerig et al., "Morphable Face Models - An Open Framework", 2018): HDF5."""

import json

import numpy as np
from morphable import ModelFileError, Morphable, both_ways, read_landmark_mapping

# Landmarks that the files name, and their iBUG numbers.
NAMED = {
    "center.chin.tip": 8,
    "right.eyebrow.bend.upper": 19, "right.eyebrow.inner_upper": 21,
    "left.eyebrow.inner_upper": 22, "left.eyebrow.bend.upper": 24,
    "center.nose.tip": 30, "right.nose.wing.outer": 31, "center.nose.attachement_to_philtrum": 33,
    "left.nose.wing.outer": 35,
    "right.eye.corner_outer": 36, "right.eye.corner_inner": 39,
    "left.eye.corner_inner": 42, "left.eye.corner_outer": 45,
    "right.lips.corner": 48, "right.lips.philtrum_ridge": 50, "center.lips.upper.outer": 51,
    "left.lips.philtrum_ridge": 52, "left.lips.corner": 54, "center.lips.lower.outer": 57,
    "center.lips.upper.inner": 62, "center.lips.lower.inner": 66,
}  # fmt: skip
MAX_VALUES = 1 << 28  # of one array


def _array(file, name, path):
    import h5py

    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        raise ModelFileError(f"{path} is not a Basel Face Model: it lacks '{name}'")
    if found.size > MAX_VALUES:
        raise ModelFileError(f"{path} has an array '{name}' of {found.size} numbers, which cannot be")
    values = found[()]
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
        raise ModelFileError(f"{path} has no numbers in '{name}'")
    return values


def _pca(file, group, path):
    """Mean (V, 3) and modes (K, V, 3) per standard deviation."""
    mean = _array(file, f"{group}/model/mean", path).astype(np.float64).ravel()
    basis = _array(file, f"{group}/model/pcaBasis", path)
    variance = _array(file, f"{group}/model/pcaVariance", path).astype(np.float64).ravel()
    if len(mean) % 3 or basis.shape != (len(mean), len(variance)) or (variance < 0).any():
        raise ModelFileError(f"{path} has arrays of '{group}' that do not fit each other")
    return mean.reshape(-1, 3), (basis * np.sqrt(variance)).T.reshape(len(variance), -1, 3)


def _named_landmarks(file, mean, path):
    """{iBUG number: vertex}: the vertex nearest to each landmark whose name is known."""
    text = file.get("metadata/landmarks/json")
    if text is None:
        return {}
    value = np.asarray(text[()]).ravel()
    value = value[0] if len(value) else b""
    try:
        entries = json.loads(value if isinstance(value, (bytes, str)) else bytes(value))
        found = {NAMED[e["id"]]: np.array(e["coordinates"], float) for e in entries if e["id"] in NAMED}
    except (ValueError, TypeError, KeyError):
        raise ModelFileError(f"{path} has damaged landmarks") from None
    if any(place.shape != (3,) for place in found.values()):
        raise ModelFileError(f"{path} has damaged landmarks")
    return {number: int(((mean - place) ** 2).sum(axis=1).argmin()) for number, place in found.items()}


def load(path, landmarks, identity_modes, expression_modes, year):
    """`landmarks`, a mapping to vertices, adds to those that the file names, or may be None."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise ModelFileError("the Basel models are HDF5; install python3-h5py") from None
    if not path.is_file():
        raise ModelFileError(f"there is no file {path}")
    try:
        with h5py.File(path, "r") as file:
            mean, identity = _pca(file, "shape", path)
            expression_mean, modes = _pca(file, "expression", path)
            triangles = _array(file, "shape/representer/cells", path).astype(np.int64)
            known = _named_landmarks(file, mean, path)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read as HDF5: {error}") from None
    if expression_mean.shape != mean.shape:
        raise ModelFileError(f"{path} has expressions of another mesh")
    if triangles.ndim != 2 or 3 not in triangles.shape:
        raise ModelFileError(f"{path} has triangles in an unknown shape")
    if landmarks is not None:
        known.update(read_landmark_mapping(landmarks))
    expression, names = both_ways(modes[:expression_modes])
    return Morphable(
        name=f"basel-{year}",
        mean=mean + expression_mean,
        cm_per_unit=0.1,
        identity=identity[:identity_modes],
        expression=expression,
        expression_names=names,
        triangles=triangles.T if triangles.shape[0] == 3 else triangles,
        landmarks=known,
        source=f"Basel Face Model {year}, University of Basel",
        licence="that of the Basel Face Model, faces.dmi.unibas.ch",
    )
