#!/usr/bin/python3
"""Learns which surface point of the face model each of the 468 face-mesh landmarks is.

No labels are needed: the model is fitted with dlib's 68 points, each of the 468 landmarks takes the vertex whose
projection is nearest on average and moves from there into a neighbouring triangle, to the barycentric point with the
least mean squared distance; the model is fitted again with all 468, and so on. From the second round on a landmark
stays within 1 cm of its last vertex.

Input are two files of extract_landmarks (tools/) over the same pictures, with `--landmarks dense` and `dlib68`.
The result is added to face_model.safetensors.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import safetensors_file

MAX_STEP_CM = 1.0
OUTLIER = 0.06  # a fit whose mean error over the inter-ocular distance exceeds this does not vote
FRONT_FACING = 0.2  # least view-space normal z of a vertex that votes
LEAST_VOTES = 0.2  # share of the pictures in which a vertex must be seen
SKIN_REGIONS = (0, 1)


def read_landmarks(path):
    """{(file, frame): (points [N,2], iris [10,2])}"""
    samples = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            samples[entry["file"], entry["frame"]] = (
                np.array(entry["points"]),
                np.array(entry["iris"]).reshape(-1, 2),
            )
    return samples


def vertex_normals(vertices, triangles):
    """Unit normals [V,3] of projected vertices (y down, larger z nearer), towards the viewer positive."""
    corners = vertices[triangles]
    faces = np.cross(corners[:, 2] - corners[:, 0], corners[:, 1] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, triangles[:, k], faces)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)


class Sample:
    """One picture: its landmarks over the inter-ocular distance and the fitted vertices in the same unit."""

    def __init__(self, native, model, triangles, fit, points):
        vertices = native.project_face(model, fit.identity, fit.expression, fit.gaze, fit.pose)
        self.front = vertex_normals(vertices, triangles)[:, 2] > FRONT_FACING
        self.vertices = vertices[:, :2] / fit.interocular_px
        self.points = points / fit.interocular_px


def fit_all(native, model, triangles, dense, points_of):
    """Fits every picture with points_of(key) -> (points, iris); outliers are dropped. Returns samples and errors."""
    samples, errors = [], []
    fitter = None
    for key, (points, _) in dense.items():
        target, iris = points_of(key)
        fitter = fitter or native.FaceFitter(model, len(target))
        fit = fitter.fit_photo(target, iris)
        error = fit.mean_error_px / fit.interocular_px
        errors.append(error)
        if error < OUTLIER:
            samples.append(Sample(native, model, triangles, fit, points))
    return samples, np.array(errors)


def nearest_vertices(samples, candidates):
    """For each landmark the vertex with the least mean distance among candidates [468,V] (bool)."""
    total = np.zeros(candidates.shape)
    votes = np.zeros(candidates.shape[1])
    for sample in samples:
        front = np.flatnonzero(sample.front)
        offset = sample.points[:, None, :] - sample.vertices[None, front, :]
        total[:, front] += np.sqrt((offset**2).sum(-1))
        votes[front] += 1
    mean = total / np.maximum(votes, 1)
    mean[:, votes < LEAST_VOTES * len(samples)] = np.inf
    mean[~candidates] = np.inf
    return mean.argmin(1)


def best_on_triangle(gram):
    """Barycentric weights b >= 0, sum 1, that minimise b' G b: the best of interior, edges and corners."""
    best, best_value = None, np.inf
    for active in ((0, 1, 2), (0, 1), (1, 2), (0, 2), (0,), (1,), (2,)):
        inner = gram[np.ix_(active, active)] + 1e-9 * np.eye(len(active))
        solution = np.linalg.solve(inner, np.ones(len(active)))
        weights = np.zeros(3)
        weights[list(active)] = solution / solution.sum()
        value = weights @ gram @ weights
        if weights.min() >= 0 and value < best_value:
            best, best_value = weights, value
    return best, best_value


def refine_to_surface(samples, chosen, mean, triangles, skin):
    """Triangle [468] and barycentric weights [468,3] near each chosen vertex."""
    skin_triangles = np.flatnonzero(skin[triangles].all(1))
    centres = mean[triangles[skin_triangles]].mean(1)
    result_triangle = np.zeros(len(chosen), np.int32)
    result_weights = np.zeros((len(chosen), 3), np.float32)
    for landmark, vertex in enumerate(chosen):
        near = skin_triangles[np.linalg.norm(centres - mean[vertex], axis=1) < MAX_STEP_CM]
        near = np.union1d(near, skin_triangles[(triangles[skin_triangles] == vertex).any(1)])
        corners = triangles[near]
        gram = np.zeros((len(near), 3, 3))
        votes = np.zeros(len(near))
        for sample in samples:
            seen = sample.front[corners].all(1)
            offset = sample.vertices[corners[seen]] - sample.points[landmark]
            gram[seen] += np.einsum("tkd,tjd->tkj", offset, offset)
            votes[seen] += 1
        least = np.inf
        for index in np.flatnonzero(votes >= LEAST_VOTES * len(samples)):
            weights, value = best_on_triangle(gram[index] / votes[index])
            if value < least:
                least = value
                result_triangle[landmark] = near[index]
                result_weights[landmark] = weights
        if not np.isfinite(least):
            raise SystemExit(f"landmark {landmark} is never seen; use more pictures")
    return result_triangle, result_weights


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dense", required=True, help="landmarks of the dense networks, JSON Lines")
    parser.add_argument("--sparse", required=True, help="dlib's 68 points of the same pictures")
    parser.add_argument("--model", default="models/face_model", help="directory of the face model")
    parser.add_argument("--native", default="build/release/python", help="directory of the Python binding")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.native)
    import reenact_native as native

    path = Path(arguments.model) / "face_model.safetensors"
    arrays, metadata = safetensors_file.load(path)
    names = json.loads(metadata["expression_names"])
    for key in ("landmarks468_triangle", "landmarks468_barycentric"):
        arrays.pop(key, None)
    triangles, mean = arrays["triangles"], arrays["mean"]
    skin = np.isin(arrays["region"], SKIN_REGIONS)

    dense = read_landmarks(arguments.dense)
    sparse = read_landmarks(arguments.sparse)
    dense = {key: value for key, value in dense.items() if key in sparse}
    print(f"{len(dense)} pictures with both kinds of landmarks")

    no_iris = np.zeros((0, 2))
    model = native.FaceModel("learning", arrays, names)
    samples, errors = fit_all(native, model, triangles, dense, lambda key: (sparse[key][0], no_iris))
    print(f"68 points: mean error {100 * errors.mean():.2f} % of the inter-ocular distance")
    candidates = np.broadcast_to(skin, (468, len(skin)))
    for round_number in range(1, arguments.rounds + 1):
        chosen = nearest_vertices(samples, candidates)
        points = refine_to_surface(samples, chosen, mean, triangles, skin)
        arrays["landmarks468_triangle"], arrays["landmarks468_barycentric"] = points
        model = native.FaceModel("learning", arrays, names)
        samples, errors = fit_all(native, model, triangles, dense, lambda key: dense[key])
        print(f"round {round_number}: mean error {100 * errors.mean():.2f} %, median {100 * np.median(errors):.2f} %")
        distance = np.linalg.norm(mean[None] - mean[chosen][:, None], axis=2)
        candidates = skin & (distance < MAX_STEP_CM)
    safetensors_file.save(path, arrays, metadata)
    learned = {
        "pictures": len(dense),
        "mean_error_percent": round(100 * float(errors.mean()), 2),
    }
    safetensors_file.update_manifest(arguments.model, path.name, {"landmarks468": learned})


if __name__ == "__main__":
    main()
