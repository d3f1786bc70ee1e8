"""FLAME (Li et al., "Learning a model of facial shape and expression from 4D scans", 2017): its authors' pickle."""

import numpy as np
import restricted_pickle
from morphable import ModelFileError, Morphable, both_ways, read_landmark_mapping

SHAPE_MODES = 300  # of shapedirs; expressions follow
NECK, JAW = 1, 2  # joints; 0 turns what stays with the torso
JAW_TURNS = {"jawOpen": (0, 0.45), "jawLeft": (1, 0.15), "jawRight": (1, -0.15)}  # axis, radians at weight 1
FIRST_INNER_LANDMARK = 17  # static embeddings leave out the contour


def _rotation(axis, angle):
    rotation = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    rotation[[i, j], [i, j]] = np.cos(angle)
    rotation[i, j], rotation[j, i] = -np.sin(angle), np.sin(angle)
    return rotation


def _jaw_shapes(mean, weights, joints, pose_directions):
    """What turning the jaw does to the vertices, by linear blend skinning with the pose correctives."""
    shapes = []
    for axis, angle in JAW_TURNS.values():
        rotation = _rotation(axis, angle)
        corrective = pose_directions[:, :, 9 * (JAW - 1) : 9 * JAW] @ (rotation - np.eye(3)).ravel()
        moved = mean + corrective - joints[JAW]
        shapes.append(corrective + weights[:, JAW, None] * (moved @ rotation.T - moved))
    return np.stack(shapes)


def read_embedding(path, triangles):
    """{iBUG number: vertex} of a landmark embedding: triangles and barycentric weights of 51 or 68 landmarks."""
    table = restricted_pickle.load(path)
    if not isinstance(table, dict):
        raise ModelFileError(f"{path} is no landmark embedding")
    for faces, weights in (("full_lmk_faces_idx", "full_lmk_bary_coords"), ("static_lmk_faces_idx", "static_lmk_bary_coords"),
                           ("lmk_face_idx", "lmk_b_coords")):  # fmt: skip
        if faces in table and weights in table:
            index = restricted_pickle.as_array(table[faces], path, faces).ravel().astype(np.int64)
            barycentric = restricted_pickle.as_array(table[weights], path, weights).reshape(-1, 3)
            break
    else:
        raise ModelFileError(f"{path} has no landmarks of a name that is known")
    if len(index) not in (51, 68) or len(barycentric) != len(index) or index.min() < 0 or index.max() >= len(triangles):
        raise ModelFileError(f"{path} does not embed 51 or 68 landmarks into this mesh")
    first = FIRST_INNER_LANDMARK if len(index) == 51 else 0
    vertices = triangles[index, barycentric.argmax(axis=1)]
    return {first + number: int(vertex) for number, vertex in enumerate(vertices)}


def load(path, landmarks, identity_modes, expression_modes):
    """`landmarks` is an embedding (.pkl, .npy) or a mapping to vertices (.txt)."""
    table = restricted_pickle.load(path)
    if not isinstance(table, dict):
        raise ModelFileError(f"{path} is not a FLAME model: it holds no names with arrays")

    def array(name, dimensions):
        if name not in table:
            raise ModelFileError(f"{path} is not a FLAME model: it lacks '{name}'")
        found = restricted_pickle.as_array(table[name], path, name)
        if found.ndim != dimensions:
            raise ModelFileError(f"{path} has the array '{name}' in an unknown shape")
        return found

    mean = array("v_template", 2).astype(np.float64)
    count = len(mean)
    directions = array("shapedirs", 3).astype(np.float64)
    pose_directions = array("posedirs", 3).astype(np.float64)
    weights = array("weights", 2).astype(np.float64)
    regressor = array("J_regressor", 2).astype(np.float64)
    triangles = array("f", 2).astype(np.int64)
    shapes = (
        mean.shape == (count, 3) and directions.shape[:2] == (count, 3) and directions.shape[2] > SHAPE_MODES
        and pose_directions.shape == (count, 3, 36) and weights.shape == (count, 5) and regressor.shape == (5, count)
        and triangles.shape[1] == 3
    )  # fmt: skip
    if not shapes:
        raise ModelFileError(f"{path} is not a FLAME model: its arrays do not fit each other")
    if landmarks is None:
        raise ModelFileError("FLAME's file tells no landmarks; name an embedding or a mapping with --landmarks")
    known = read_landmark_mapping(landmarks) if landmarks.suffix == ".txt" else read_embedding(landmarks, triangles)
    modes = directions.transpose(2, 0, 1)
    expression, names = both_ways(modes[SHAPE_MODES : SHAPE_MODES + expression_modes])
    jaw = _jaw_shapes(mean, weights, regressor @ mean, pose_directions)
    return Morphable(
        name="flame",
        mean=mean,
        cm_per_unit=100.0,
        identity=modes[: min(identity_modes, SHAPE_MODES)],
        expression=np.concatenate([expression, jaw]),
        expression_names=names + list(JAW_TURNS),
        triangles=triangles,
        landmarks=known,
        source="FLAME, Max Planck Institute for Intelligent Systems",
        licence="that of the FLAME model, flame.is.tue.mpg.de",
        head_weight=np.clip(weights[:, NECK:].sum(axis=1), 0, 1),
    )
