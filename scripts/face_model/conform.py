"""Makes a face model of this program of a morphable model of another mesh, by the model that ships.

The published landmarks lay the reference onto the model: a similarity, and what the landmarks miss of it, fading away
from them. What the model does not say itself comes over by that: missing landmarks, the 468 points of the face mesh,
what is face, head and neck, neutral coordinates, and eyeballs where it has none.
"""

import ict_facekit as ict
import numpy as np
import scipy.interpolate
import scipy.sparse
import scipy.sparse.csgraph
import scipy.spatial
from measure import nearest_on_surface
from morphable import ModelFileError

LEAST_LANDMARKS = 8
WORST_FIT_CM = 1.5  # mean distance of landmarks after the similarity
REACH_CM = 3.0  # of what landmarks miss
MIRROR_CM = 0.15  # vertices farther from each other's mirror images are no pair
EYE_NEAR_CM = 2.5  # an eyeball's centre lies so near to the middle of the eye
EYEBALL_RADII_CM = (0.8, 1.8)
RIGHT_EYE, LEFT_EYE = (36, 39), (42, 45)
SKIN = (ict.FACE, ict.HEAD)


def similarity(source, target):
    """Scale, rotation and shift of the best similarity (Umeyama, 1991) of points (N, 3)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    left, singular, right = np.linalg.svd(b.T @ a)
    turn = np.diag([1, 1, np.sign(np.linalg.det(left @ right))])
    rotation = left @ turn @ right
    scale = (singular * np.diag(turn)).sum() / (a**2).sum()
    return scale, rotation, target.mean(axis=0) - scale * rotation @ source.mean(axis=0)


class Warp:
    """Takes points near `source` to where they belong near `target`, both (N, 3)."""

    def __init__(self, source, target):
        self.scale, self.rotation, self.shift = similarity(source, target)
        moved = self._move(source)
        self.missed = scipy.interpolate.RBFInterpolator(
            moved, target - moved, kernel="gaussian", epsilon=1 / REACH_CM, degree=-1, smoothing=1e-2
        )

    def _move(self, points):
        return self.scale * points @ self.rotation.T + self.shift

    def __call__(self, points):
        moved = self._move(points)
        return moved + self.missed(moved)


def align(source, reference):
    """Mean, identity, expression of the model in centimetres, in the frame of the reference, and its landmarks.

    Raises ModelFileError when the landmarks are too few, or are not those of a face.
    """
    known = {number: vertex for number, vertex in source.landmarks.items() if 0 <= vertex < len(source.mean)}
    if len(known) < len(source.landmarks):
        raise ModelFileError(f"a landmark of the {source.name} model lies outside its {len(source.mean)} vertices")
    if len(known) < LEAST_LANDMARKS:
        raise ModelFileError(
            f"only {len(known)} landmarks of the {source.name} model are known; name at least {LEAST_LANDMARKS} with --landmarks"
        )
    numbers, vertices = np.array(list(known)), np.array(list(known.values()))
    target = reference.mean[reference.landmarks68[numbers]].astype(np.float64)
    points = source.mean * source.cm_per_unit
    scale, rotation, _ = similarity(points[vertices], target)
    moved = points @ rotation.T
    moved += target.mean(axis=0) - moved[vertices].mean(axis=0)
    fitted = scale * (moved[vertices] - moved[vertices].mean(axis=0)) + target.mean(axis=0)
    miss = np.linalg.norm(fitted - target, axis=1).mean()
    if not (0.5 < scale < 2 and miss < WORST_FIT_CM):
        raise ModelFileError(
            f"the landmarks of the {source.name} model do not lie as those of a face do (scale {scale:.2f}, "
            f"{miss:.1f} cm off); the mapping may belong to another mesh"
        )
    turn = rotation.T * source.cm_per_unit
    return moved, source.identity @ turn, source.expression @ turn, numbers, vertices


def components(triangles, count):
    """A number per vertex: the connected part of the mesh that it is in."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]]).T
    graph = scipy.sparse.coo_matrix((np.ones(edges.shape[1]), edges), (count, count))
    return scipy.sparse.csgraph.connected_components(graph, directed=False)[1]


def find_eyeballs(mean, triangles, corners_right, corners_left):
    """Vertices of the two eyeballs, parts of their own behind the lids, or nothing."""
    part = components(triangles, len(mean))
    found = []
    for corners in (corners_right, corners_left):
        balls = []
        for number in np.flatnonzero(np.bincount(part) >= 30):
            points = mean[part == number]
            centre = points.mean(axis=0)
            radius = np.linalg.norm(points - centre, axis=1).mean()
            near = np.linalg.norm(centre - corners.mean(axis=0)) < EYE_NEAR_CM
            if near and EYEBALL_RADII_CM[0] < radius < EYEBALL_RADII_CM[1]:
                balls.append(number)
        if not balls:
            return None
        found.append(np.isin(part, balls))
    return found


def mirror_map(mean):
    """(V,) the vertex on the other side; itself where the mesh has no pair."""
    tree = scipy.spatial.cKDTree(mean)
    distance, other = tree.query(mean * [-1, 1, 1])
    own = np.arange(len(mean))
    return np.where((other[other] == own) & (distance < MIRROR_CM), other, own)


def outward(mean, triangles, landmarks):
    """The triangles, turned where those of the face look inwards."""
    corners = mean[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    face = np.linalg.norm(corners.mean(axis=1) - mean[landmarks[30]], axis=1) < 4
    return triangles if normal[face, 2].sum() > 0 else triangles[:, ::-1]


def _append_eyeballs(model, reference):
    """Adds the reference's eyeballs behind the lids; they go with the corners of the eyes."""
    for region, corners in ((ict.EYEBALL_RIGHT, RIGHT_EYE), (ict.EYEBALL_LEFT, LEFT_EYE)):
        ball = np.flatnonzero(reference.region == region)
        own = model["landmarks68"][list(corners)]
        width = np.linalg.norm(np.diff(model["mean"][own], axis=0))
        scale = width / np.linalg.norm(np.diff(reference.mean[reference.landmarks68[list(corners)]], axis=0))
        points = reference.mean[ball].astype(np.float64)
        middle = reference.mean[reference.landmarks68[list(corners)]].mean(axis=0)
        placed = model["mean"][own].mean(axis=0) + scale * (points - middle)
        index = np.full(len(reference.mean), -1)
        index[ball] = len(model["mean"]) + np.arange(len(ball))
        inside = (index[reference.triangles] >= 0).all(axis=1)
        count = len(ball)
        model["mean"] = np.concatenate([model["mean"], placed])
        for basis in ("identity", "expression"):
            with_corners = model[basis][:, own].mean(axis=1, keepdims=True) * (basis == "identity")
            model[basis] = np.concatenate([model[basis], np.repeat(with_corners, count, axis=1)], axis=1)
        model["triangles"] = np.concatenate([model["triangles"], index[reference.triangles[inside]]])
        model["region"] = np.concatenate([model["region"], np.full(count, region)])
        model["head_weight"] = np.concatenate([model["head_weight"], np.ones(count)])


def conform(source, reference):
    """The tensors of a face model, from a Morphable and the face model that ships. Raises ModelFileError."""
    for basis in (source.identity, source.expression):
        if basis.ndim != 3 or basis.shape[1:] != source.mean.shape or len(basis) == 0:
            raise ModelFileError(f"the {source.name} model has no identity or expressions, or they are of another mesh")
    if not all(np.isfinite(part).all() for part in (source.mean, source.identity, source.expression)):
        raise ModelFileError(f"the {source.name} model holds numbers that are not finite")
    if source.triangles.min() < 0 or source.triangles.max() >= len(source.mean):
        raise ModelFileError(f"a triangle of the {source.name} model points outside of its vertices")
    mean, identity, expression, numbers, vertices = align(source, reference)
    own, theirs = mean[vertices], reference.mean[reference.landmarks68[numbers]].astype(np.float64)
    to_model, to_reference = Warp(theirs, own), Warp(own, theirs)

    used = np.bincount(source.triangles.ravel(), minlength=len(mean)) > 0
    landmarks = np.zeros(68, np.int64)
    missing = np.setdiff1d(np.arange(68), numbers)
    landmarks[numbers] = vertices
    if len(missing):
        candidates = np.flatnonzero(used)
        places = to_model(reference.mean[reference.landmarks68[missing]].astype(np.float64))
        landmarks[missing] = candidates[scipy.spatial.cKDTree(mean[candidates]).query(places)[1]]
    triangles = outward(mean, source.triangles, landmarks)

    in_reference = to_reference(mean)
    skin = np.flatnonzero(np.isin(reference.region, SKIN))
    nearest = skin[scipy.spatial.cKDTree(reference.mean[skin]).query(in_reference)[1]]
    region = reference.region[nearest].astype(np.int64) if source.region is None else source.region.copy()
    head_weight = reference.head_weight[nearest] if source.head_weight is None else source.head_weight.copy()
    if source.region is None:
        balls = find_eyeballs(mean, triangles, mean[landmarks[list(RIGHT_EYE)]], mean[landmarks[list(LEFT_EYE)]])
        for ball, number in zip(balls or (), (ict.EYEBALL_RIGHT, ict.EYEBALL_LEFT)):
            region[ball] = number
    head_weight[~np.isin(region, SKIN)] = 1

    on_skin = np.flatnonzero(np.isin(region, SKIN)[triangles].all(axis=1))
    corners = reference.mean[reference.triangles[reference.landmarks468_triangle]]
    points = (reference.landmarks468_barycentric[..., None] * corners).sum(axis=1).astype(np.float64)
    dense, weights, _ = nearest_on_surface(to_model(points), mean, triangles[on_skin])

    model = {
        "mean": mean, "identity": identity, "expression": expression, "triangles": triangles,
        "region": region, "head_weight": head_weight, "landmarks68": landmarks,
    }  # fmt: skip
    if not (region == ict.EYEBALL_RIGHT).any():
        _append_eyeballs(model, reference)
    low, high = reference.mean.min(axis=0), reference.mean.max(axis=0)
    neutral = (to_reference(model["mean"]) - low) / (high - low)
    return {
        "mean": model["mean"].astype(np.float32),
        "identity": model["identity"].astype(np.float16),
        "expression": model["expression"].astype(np.float16),
        "triangles": np.ascontiguousarray(model["triangles"]).astype(np.int32),
        "region": model["region"].astype(np.uint8),
        "head_weight": model["head_weight"].clip(0, 1).astype(np.float32),
        "mirror": mirror_map(model["mean"]).astype(np.int32),
        "neutral_coordinates": neutral.clip(0, 1).astype(np.float32),
        "landmarks68": landmarks.astype(np.int32),
        "landmarks468_triangle": on_skin[dense].astype(np.int32),
        "landmarks468_barycentric": weights.astype(np.float32),
    }
