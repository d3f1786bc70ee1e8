#!/usr/bin/python3
"""Trains the face model that ships (models/face_model) from ICT-FaceKit Light.

    scripts/face_model/build_face_model.py --ict DIRECTORY --output models/face_model

Own topology by symmetric simplification, identity basis by PCA of sampled heads, expressions on the own
vertices. Numbers of the run go into manifest.json.
"""

import argparse
import itertools
import json
import pathlib
import shutil

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph

import face_model
import ict_facekit as ict
import measure
import simplify

NAME = "reenact-head"

# Vertices per region of the right half, midline included; eyeballs have their own grid.
HALF_TARGETS = {
    ict.FACE: 1560, ict.HEAD: 200, ict.MOUTH_SOCKET: 130, ict.EYE_SOCKET: 120,
    ict.GUMS_TONGUE: 150, ict.TEETH: 200, ict.EYEBALL_RIGHT: 0, ict.EYEBALL_LEFT: 0,
}  # fmt: skip

# The source's lips and closed lids leave a slit of about a millimetre, wider on many of its identities.
LIP_CLOSURE = 0.04  # of mouthClose, added to the neutral face
BLINK_GAIN = 1.2
BLINK_SQUINT = 0.3  # of eyeSquint, added to eyeBlink: the lower lid comes up

# Poses of the face that the simplified surface must follow as well as the neutral one.
SHAPES = (
    {"jawOpen": 1}, {"eyeBlink_R": 1}, {"eyeBlink_R": 0.5}, {"mouthSmile_R": 1}, {"mouthPucker": 1},
    {"mouthFunnel": 1}, {"jawOpen": 1, "mouthClose": 1}, {"browInnerUp_R": 1, "browOuterUp_R": 1},
    {"browDown_R": 1}, {"cheekPuff_R": 1}, {"noseSneer_R": 1}, {"mouthUpperUp_R": 1, "mouthLowerDown_R": 1},
    {"mouthStretch_R": 1}, {"eyeWide_R": 1}, {"eyeLookDown_R": 1}, {"mouthRollLower": 1, "mouthRollUpper": 1},
)  # fmt: skip

EYEBALL_FRONT_RINGS = (7, 9, 10, 12, 14, 16)  # of the source's 24; the iris ends between the 9th and 10th
EYEBALL_BACK_RINGS = range(17, 25)
EYEBALL_MERIDIAN_STEP = 2  # of the source's 32

NECK_START_BELOW_CHIN_CM = 1.0  # where the head stops being rigid, at the front
NECK_PLANE_SLOPE = 0.35  # rise towards the back: from under the chin to the base of the skull
NECK_LENGTH_CM = 8.0  # from there down to the collar, which stays with the torso
EAR_MIN_X_CM = 8.0  # skin further out, above the chin, belongs to the ears

IDENTITY_MODES = 50
TRAINING_HEADS = 4000
HELD_OUT_HEADS = 500
SURFACE_HEADS = 20
SEED = 1

# Weight of each region in the identity PCA, per square centimetre of surface.
PCA_WEIGHTS = {
    ict.FACE: 1.0, ict.HEAD: 0.3, ict.MOUTH_SOCKET: 0.05, ict.EYE_SOCKET: 0.2,
    ict.GUMS_TONGUE: 0.05, ict.TEETH: 0.1, ict.EYEBALL_RIGHT: 0.3, ict.EYEBALL_LEFT: 0.3,
}  # fmt: skip


def close_lips_and_lids(source):
    """Makes the neutral mouth shut and eyeBlink at weight 1 close the eye."""
    named = source.expression_names.index
    source.neutral += LIP_CLOSURE * source.expression[named("mouthClose")]
    for side in "RL":
        squint = source.expression[named(f"eyeSquint_{side}")]
        blink = source.expression[named(f"eyeBlink_{side}")]
        blink[:] = BLINK_GAIN * blink + BLINK_SQUINT * squint


def posed(source, weights):
    offsets = sum(w * source.expression[source.expression_names.index(name)] for name, w in weights.items())
    return source.neutral + offsets


def vertex_importance(source):
    """Factor on the simplification error: high at eyelids, lips and nose, low where nobody looks."""
    points = source.neutral
    landmarks = points[source.landmarks68]

    def nearness(indices, radius_cm):
        distance = np.linalg.norm(points[:, None] - landmarks[indices], axis=2).min(axis=1)
        return np.exp(-((distance / radius_cm) ** 2))

    eyes, lips, nose = range(36, 48), range(48, 68), range(27, 36)
    importance = 1 + 40 * nearness(eyes, 1.2) + 10 * nearness(lips, 1.2) + 2 * nearness(nose, 1.5)
    importance[points[:, 2] < landmarks[0, 2]] = 0.3  # ears and the back of the head
    below_jaw = points[:, 1] < landmarks[8, 1] - 1.5
    importance[below_jaw] = 0.15
    teeth = source.region == ict.TEETH
    importance[teeth] = np.interp(points[teeth, 2], (7, 10), (0.15, 1))  # molars to incisors
    return importance


def eyeball_grid(source):
    """Triangles of a coarser grid of rings and meridians on the outer shell of the right eyeball.

    Rings near the iris are kept; of the rings behind, those that bring the mean of the vertices
    closest to the centre of the eyeball, because the program turns the eyeball about that mean.
    """
    shell = source.triangles[(source.region[source.triangles] == ict.EYEBALL_RIGHT).all(axis=1)]
    count = len(source.neutral)
    a, b = np.concatenate([shell[:, [0, 1]], shell[:, [1, 2]], shell[:, [2, 0]]]).T
    adjacency = scipy.sparse.coo_matrix((np.ones(len(a)), (a, b)), (count, count)).tocsr()
    meridians = int(np.diff(adjacency.indptr).max())
    poles = np.flatnonzero(np.diff(adjacency.indptr) == meridians)
    front, back = sorted(poles, key=lambda v: -source.neutral[v, 2])
    depth = scipy.sparse.csgraph.shortest_path(adjacency, unweighted=True, indices=front)

    points = source.neutral
    axis = points[front] - points[back]
    axis /= np.linalg.norm(axis)
    across = np.cross(axis, [0.0, 1.0, 0.0])
    up = np.cross(across, axis)

    def ring(number):
        """Vertices of a ring, one per meridian, in the order of the meridians."""
        vertices = np.flatnonzero(depth == number)
        offset = points[vertices] - points[back]
        turn = np.arctan2(offset @ up, offset @ across) / (2 * np.pi) * meridians
        return vertices[np.argsort((turn + 0.25) % meridians)][::EYEBALL_MERIDIAN_STEP]

    centre, _ = fit_sphere(points[np.isin(depth, EYEBALL_BACK_RINGS)])

    def offset_from_centre(back_rings):
        vertices = [front, back, *np.concatenate([ring(n) for n in EYEBALL_FRONT_RINGS + back_rings])]
        return np.linalg.norm(points[vertices].mean(axis=0) - centre)

    choices = [c for size in (5, 6) for c in itertools.combinations(EYEBALL_BACK_RINGS, size)]
    rings = [ring(n) for n in EYEBALL_FRONT_RINGS + min(choices, key=offset_from_centre)]
    triangles = []
    for inner, outer in zip(rings, rings[1:]):
        following, outer_following = np.roll(inner, -1), np.roll(outer, -1)
        triangles += [np.stack([inner, outer, outer_following], 1), np.stack([inner, outer_following, following], 1)]
    for pole, rim in ((front, rings[0]), (back, rings[-1][::-1])):
        triangles.append(np.stack([np.full_like(rim, pole), rim, np.roll(rim, -1)], 1))
    triangles = np.concatenate(triangles)
    corners = points[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outward = (normal * (corners.mean(axis=1) - centre)).sum(axis=1) > 0
    if outward.all() or not outward.any():
        return triangles if outward.all() else triangles[:, ::-1]
    raise ValueError("the eyeball of the source is not the grid this script expects")


def fit_sphere(points):
    """Centre and radius of the least-squares sphere through (N, 3) points."""
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    solution = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))


def own_topology(source):
    """Triangles of the whole simplified head, as indices into the source; exactly symmetric."""
    half = ict.right_half(source)
    eyeball = (source.region[half] >= ict.EYEBALL_RIGHT).any(axis=1)
    shapes = np.stack([source.neutral, *(posed(source, weights) for weights in SHAPES)])
    right = source.neutral[:, 0] <= 0
    landmarks = source.landmarks68
    locked = np.where(right[landmarks], landmarks, source.mirror[landmarks])
    simplifier = simplify.Simplifier(
        shapes, half[~eyeball], source.region, source.midline, vertex_importance(source), locked
    )
    half = np.concatenate([simplifier.run(HALF_TARGETS), eyeball_grid(source)])
    return np.concatenate([half, source.mirror[half][:, ::-1]])


def head_weight(source):
    """1 on the head, eased to 0 along the neck between two parallel planes: the upper passes under
    the chin and the base of the skull, the lower at the collar."""
    points = source.neutral
    chin = points[source.landmarks68[8]]
    upper = chin[1] - NECK_START_BELOW_CHIN_CM + NECK_PLANE_SLOPE * (chin[2] - points[:, 2])
    height = np.clip(1 - (upper - points[:, 1]) / NECK_LENGTH_CM, 0, 1)
    weight = height**2 * (3 - 2 * height)
    return np.where(np.isin(source.region, (ict.FACE, ict.HEAD)), weight, 1.0)


def visible_regions(source, neck_weight):
    """Regions of the source, with ears and neck counted to the head: its face part reaches to the collar."""
    behind_jaw = source.neutral[:, 2] < source.neutral[source.landmarks68[0], 2]
    region = source.region.copy()
    region[(region == ict.FACE) & (behind_jaw | (neck_weight < 1))] = ict.HEAD
    return region


def identity_modes(identity, mirror, vertex_weight, samples, modes, rng):
    """PCA of sampled heads. Returns ((modes, V, 3) scaled to standard deviations, explained variance).

    A head and its mirror image are equally likely, so the covariance splits into a symmetric and an
    antisymmetric part and every mode is one or the other. The PCA of the samples S = W B (weights W,
    source basis B) is taken as the SVD of C^(1/2) B with C = W'W/n, which is the same and small.
    """
    weights = rng.standard_normal((samples, len(identity)))
    eigenvalues, vectors = np.linalg.eigh(weights.T @ weights / samples)
    root = (vectors * np.sqrt(eigenvalues)) @ vectors.T
    scale = np.sqrt(vertex_weight)[:, None]
    found = []
    for sign in (1, -1):
        part = (identity + sign * ict.mirrored(identity, mirror)) / 2
        left, singular, _ = np.linalg.svd((root @ (part * scale).reshape(len(identity), -1)), full_matrices=False)
        turned = np.tensordot(left.T @ root, part, axes=1)
        turned = (turned + sign * ict.mirrored(turned, mirror)) / 2  # symmetric to the last bit
        found += [(value**2, mode) for value, mode in zip(singular, turned)]
    found.sort(key=lambda item: -item[0])
    total = sum(variance for variance, _ in found)
    basis = np.stack([mode * np.sign(mode.flat[np.abs(mode).argmax()]) for _, mode in found[:modes]])
    return basis, np.array([variance for variance, _ in found[:modes]]) / total


def between_ears(source):
    """Mean of the ears: near the joint about which a head turns."""
    above_chin = source.neutral[:, 1] > source.neutral[source.landmarks68[8], 1]
    ears = np.isin(source.region, (ict.FACE, ict.HEAD)) & above_chin & (np.abs(source.neutral[:, 0]) > EAR_MIN_X_CM)
    return np.array([0.0, *source.neutral[ears, 1:].mean(axis=0)])


def vertex_areas(points, triangles):
    corners = points[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    return np.bincount(triangles.ravel(), np.repeat(area / 3, 3), minlength=len(points))


def build(source):
    """Returns the tensors of the model and the numbers that describe it."""
    rng = np.random.default_rng(SEED)
    source_triangles = own_topology(source)
    kept = np.unique(source_triangles)
    index = np.full(len(source.neutral), -1)
    index[kept] = np.arange(len(kept))
    triangles = index[source_triangles]
    mirror = index[source.mirror[kept]]
    neck_weight = head_weight(source)
    region = visible_regions(source, neck_weight)[kept]

    origin = between_ears(source)
    mean = source.neutral[kept] - origin
    low, high = mean.min(axis=0), mean.max(axis=0)

    weight = vertex_areas(mean, triangles) * np.vectorize(PCA_WEIGHTS.get)(region)
    basis, explained = identity_modes(
        source.identity[:, kept], mirror, weight, TRAINING_HEADS, IDENTITY_MODES, rng
    )
    tensors = {
        "mean": mean.astype(np.float32),
        "identity": basis.astype(np.float16),
        "expression": source.expression[:, kept].astype(np.float16),
        "triangles": triangles.astype(np.int32),
        "region": region.astype(np.uint8),
        "head_weight": neck_weight[kept].astype(np.float32),
        "mirror": mirror.astype(np.int32),
        "neutral_coordinates": ((mean - low) / (high - low)).clip(0, 1).astype(np.float32),
        "landmarks68": index[source.landmarks68].astype(np.int32),
    }
    numbers = {
        "vertices": len(kept),
        "triangles": len(triangles),
        "vertices_per_region": dict(zip(ict.REGION_NAMES, np.bincount(region, minlength=8).tolist())),
        "identity_modes": IDENTITY_MODES,
        "expressions": len(source.expression_names),
        "origin_in_source_cm": origin.round(4).tolist(),
        "explained_variance": round(float(explained.sum()), 5),
        "explained_variance_first_10": round(float(explained[:10].sum()), 5),
        "errors_mm": reconstruction_errors(source, tensors, kept, origin, weight, rng),
    }
    return tensors, numbers


def reconstruction_errors(source, tensors, kept, origin, vertex_weight, rng):
    """Errors against sampled heads the PCA never saw, and against the full-resolution surface."""
    basis = tensors["identity"].astype(np.float64)
    mean = tensors["mean"].astype(np.float64)
    triangles, region = tensors["triangles"], tensors["region"]
    full_face = source.region == ict.FACE
    millimetres = 10.0

    def summary(distance_cm):
        return {
            "mean": round(float(distance_cm.mean()) * millimetres, 3),
            "p95": round(float(np.percentile(distance_cm, 95)) * millimetres, 3),
        }

    def to_surface(offsets):
        points = (source.neutral + offsets[0] - origin)[full_face]
        return measure.distance_to_surface(points, mean + offsets[1], triangles)

    weights = rng.standard_normal((HELD_OUT_HEADS, len(source.identity)))
    heads = np.tensordot(weights, source.identity[:, kept], axes=1)
    fitted = measure.project(basis, heads, vertex_weight)
    vertex_error = np.linalg.norm(fitted - heads, axis=2)
    expression = tensors["expression"].astype(np.float64)
    own_neutral = np.zeros_like(mean)
    return {
        "held_out_heads": HELD_OUT_HEADS,
        "vertices_face": summary(vertex_error[:, region == ict.FACE]),
        "vertices_all": summary(vertex_error),
        "surface_neutral_face": summary(to_surface((np.zeros_like(source.neutral), own_neutral))),
        "surface_expressions_face": summary(
            np.concatenate([to_surface(pair) for pair in zip(source.expression, expression)])
        ),
        "surface_held_out_heads_face": summary(
            np.concatenate(
                [
                    to_surface((np.tensordot(w, source.identity, axes=1), own))
                    for w, own in zip(weights[:SURFACE_HEADS], fitted)
                ]
            )
        ),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ict", type=pathlib.Path, required=True, help="folder of ict_facekit_light.npz")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder to write the model to")
    arguments = parser.parse_args()
    source = ict.load(arguments.ict)
    close_lips_and_lids(source)
    tensors, numbers = build(source)
    manifest = {
        "licence": "MIT; see LICENSE",
        "source_data": "ICT-FaceKit Light, copyright (c) 2020 USC Institute for Creative Technologies, MIT",
        "seed": SEED,
        "training_heads": TRAINING_HEADS,
        **numbers,
    }
    face_model.save(arguments.output, NAME, tensors, source.expression_names, manifest)
    shutil.copyfile(arguments.ict / "LICENSE", arguments.output / "LICENSE")
    print(json.dumps(numbers, indent=2))


if __name__ == "__main__":
    main()
