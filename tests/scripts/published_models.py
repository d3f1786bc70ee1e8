"""Small models in the formats of the Basel, FLAME and Surrey models, cut out of the face model that ships."""

import json
import pickle
import pathlib
import struct
import sys
import types

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "face_model"))

import basel  # noqa: E402
import face_model  # noqa: E402
import ict_facekit as ict  # noqa: E402

REFERENCE = face_model.load(ROOT / "models" / "face_model")


class Stranger:
    """The skin of the reference, of another size and place, its vertices in another order; no eyes and no mouth inside."""

    def __init__(self, with_neck=True, with_eyeballs=False, seed=3):
        rng = np.random.default_rng(seed)
        regions = [ict.FACE, ict.HEAD] + ([ict.EYEBALL_RIGHT, ict.EYEBALL_LEFT] if with_eyeballs else [])
        wanted = np.isin(REFERENCE.region, regions)
        if not with_neck:
            wanted &= REFERENCE.head_weight >= 1
        wanted[REFERENCE.landmarks68] = True
        kept = rng.permutation(np.flatnonzero(wanted))
        index = np.full(len(REFERENCE.mean), -1)
        index[kept] = np.arange(len(kept))
        self.triangles = index[REFERENCE.triangles[wanted[REFERENCE.triangles].all(axis=1)]]
        self.kept = kept
        self.landmarks = index[REFERENCE.landmarks68]
        self.mean_cm = REFERENCE.mean[kept].astype(np.float64) + [3.0, -20.0, 7.0]
        self.identity = REFERENCE.identity[:6, kept].astype(np.float64)
        self.expression = REFERENCE.expression[:, kept].astype(np.float64)
        self.region = REFERENCE.region[kept]
        self.head_weight = REFERENCE.head_weight[kept]

    def shape(self, name):
        return self.expression[REFERENCE.expression_names.index(name)]

    def modes(self):
        """Three signed expressions (3, V, 3) without names."""
        return np.stack([self.shape("jawOpen"), self.shape("mouthSmile_L") + self.shape("mouthSmile_R"),
                         self.shape("browInnerUp_L") + self.shape("browInnerUp_R")])  # fmt: skip


def flat(field):
    """(K, V, 3) as (3V, K)."""
    return field.reshape(len(field), -1).T


def write_basel(path, stranger):
    import h5py

    scale = 10.0  # millimetres
    with h5py.File(path, "w") as file:
        for group, mean, modes in (
            ("shape", stranger.mean_cm, stranger.identity),
            ("expression", np.zeros_like(stranger.mean_cm), stranger.modes() / 2.5),
        ):
            deviation = np.linalg.norm(flat(modes) * scale, axis=0)
            file[f"{group}/model/mean"] = (mean * scale).ravel().astype(np.float32)
            file[f"{group}/model/pcaBasis"] = (flat(modes) * scale / deviation).astype(np.float32)
            file[f"{group}/model/pcaVariance"] = (deviation**2).astype(np.float32)
            file[f"{group}/representer/cells"] = stranger.triangles.T.astype(np.int32)
        entries = [
            {"id": name, "coordinates": (stranger.mean_cm[stranger.landmarks[number]] * scale).tolist()}
            for name, number in basel.NAMED.items()
        ]
        entries.append({"id": "left.ear.lobule.tip", "coordinates": [0.0, 0.0, 0.0]})
        file["metadata/landmarks/json"] = np.array([json.dumps(entries).encode()], dtype=object).astype("S")


def _chumpy():
    """The part of chumpy that FLAME's pickles name, for writing them."""
    chumpy, ch = types.ModuleType("chumpy"), types.ModuleType("chumpy.ch")

    class Ch:
        def __init__(self, x):
            self.x = x

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    ch.Ch, chumpy.ch = Ch, ch
    return {"chumpy": chumpy, "chumpy.ch": ch}


def write_flame(path, embedding, stranger):
    import scipy.sparse

    count = len(stranger.mean_cm)
    metres = 0.01
    directions = np.zeros((count, 3, 400))
    directions[:, :, : len(stranger.identity)] = stranger.identity.transpose(1, 2, 0) * metres
    modes = stranger.modes()[1:]
    directions[:, :, 300 : 300 + len(modes)] = modes.transpose(1, 2, 0) * metres / 2.5
    lowered = np.linalg.norm(stranger.shape("jawOpen"), axis=1)
    jaw = stranger.head_weight * lowered / lowered.max()
    weights = np.zeros((count, 5))
    weights[:, 2] = jaw
    weights[:, 1] = stranger.head_weight * (1 - jaw)
    weights[:, 0] = 1 - weights.sum(axis=1)
    regressor = np.zeros((5, count))
    regressor[:, stranger.landmarks[[8, 8, 2, 36, 45]]] = 0
    for joint, landmark in enumerate((8, 8, 2, 36, 45)):
        regressor[joint, stranger.landmarks[landmark]] = 1
    modules = _chumpy()
    sys.modules.update(modules)
    try:
        table = {
            "v_template": modules["chumpy.ch"].Ch(stranger.mean_cm * metres),
            "shapedirs": modules["chumpy.ch"].Ch(directions),
            "posedirs": np.zeros((count, 3, 36)),
            "J_regressor": scipy.sparse.csc_matrix(regressor),
            "weights": weights,
            "kintree_table": np.array([[4294967295, 0, 1, 1, 1], [0, 1, 2, 3, 4]]),
            "f": stranger.triangles.astype(np.uint32),
            "bs_type": "lrotmin",
        }
        path.write_bytes(pickle.dumps(table, protocol=2))
    finally:
        for name in modules:
            del sys.modules[name]
    faces = np.array([np.flatnonzero((stranger.triangles == v).any(axis=1))[0] for v in stranger.landmarks[17:]])
    corners = (stranger.triangles[faces] == stranger.landmarks[17:, None]).astype(np.float64)
    embedding.write_bytes(pickle.dumps({"lmk_face_idx": faces.astype(np.uint32), "lmk_b_coords": corners}, protocol=2))


def _matrix(values):
    values = np.asarray(values, np.float32)
    values = values[:, None] if values.ndim == 1 else values
    return struct.pack("<ii", *values.shape) + values.T.tobytes()


def _pca(mean, modes, triangles):
    deviation = np.linalg.norm(flat(modes), axis=0) if len(modes) else np.zeros(0)
    basis = flat(modes) / deviation if len(modes) else np.zeros((0, 0))
    return (_matrix(mean.ravel()) + _matrix(basis) + _matrix(deviation**2)
            + struct.pack("<Q", len(triangles)) + triangles.astype("<i4").tobytes())  # fmt: skip


SFM_EXPRESSIONS = {"anger": "browDown_L", "disgust": "noseSneer_L", "fear": "eyeWide_L", "happiness": "mouthSmile_L",
                   "sadness": "mouthFrown_L", "surprise": "jawOpen"}  # fmt: skip


def write_surrey(path, blendshapes, mapping, stranger, version=1):
    scale = 10.0
    data = struct.pack("<I", version) + _pca(stranger.mean_cm * scale, stranger.identity * scale, stranger.triangles)
    data += _pca(np.zeros((0, 3)), np.zeros((0, 0, 3)), np.zeros((0, 3)))
    data += struct.pack("<B", 1) if version >= 2 else b""  # no expressions
    data += struct.pack("<B", 1) if version >= 3 else b""  # no landmarks
    data += struct.pack("<Q", 0) * (2 if version == 4 else 1)
    path.write_bytes(data)
    shapes = struct.pack("<Q", len(SFM_EXPRESSIONS))
    for name, ours in SFM_EXPRESSIONS.items():
        both = stranger.shape(ours) + (stranger.shape(ours[:-1] + "R") if ours.endswith("_L") else 0)
        shapes += struct.pack("<Q", len(name)) + name.encode() + _matrix((both * scale).ravel())
    blendshapes.write_bytes(shapes)
    lines = ["# made for a test", "[landmark_mappings]"]
    lines += [f"{number + 1} = {stranger.landmarks[number]} # a point" for number in range(17, 68) if number not in (60, 64)]
    mapping.write_text("\n".join(lines) + "\n")
