#!/usr/bin/python3
"""Learns how the expressions of the mouth move the lips of people, from face-mesh landmarks of videos.

The expressions of a face model are one artist's or one sample's: a pucker of ours drew up the upper lip and left a
mouth pointed at its corners. The model is fitted to every frame with one identity per video. What it misses of each
landmark, in the model's frame and less its mean over the video, is explained by the weights of the mouth's
expressions, a ridge regression over the frames of all videos (Li, Weise, Pauly: Example-Based Facial Rigging, 2010,
with landmarks for scans). What it says is spread from the landmarks over the skin around the mouth and added to the
expressions; the model is fitted again, and so on. Depth, the inside of the mouth and all else stay.

Input is a file of extract_landmarks (tools/) over videos, with `--landmarks dense`; those that --held-out names are
not learned from, but tell what was gained. The result replaces the expressions in face_model.safetensors.
"""

import argparse
import json
import sys
from pathlib import Path

import ict_facekit
import numpy as np
import safetensors_file
from learn_correspondences import read_landmarks
from scipy.interpolate import RBFInterpolator

LEARNED = ("mouth", "jaw", "cheek")  # beginnings of names
SKIN_REGIONS = (0, 2)  # face and mouth socket, of which lips are made
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
FRAMES_OF_IDENTITY = 24
LEAST_FRAMES = 10
LARGEST_YAW_DEG = 25.0
LARGEST_MISS_CM = 0.6  # more is an error of the landmarks
FULL_CM, FADED_CM = 0.3, 1.5  # from the lips: farther away landmarks slide on the skin
PARTED = 0.6  # of jawOpen, where lips that touch lie apart
BESIDE_CM, BEYOND_CM = 0.5, 1.5  # from the nearest landmark, over which what they say fades


def smooth_step(value):
    value = np.clip(value, 0, 1)
    return value * value * (3 - 2 * value)


def on_surface(values, arrays):
    """Values of vertices [V,3] at the 468 landmarks."""
    corners = arrays["triangles"][arrays["landmarks468_triangle"]]
    return np.einsum("kcd,kc->kd", values[corners].astype(float), arrays["landmarks468_barycentric"].astype(float))


def rotation_matrix(wxyz):
    w, x, y, z = wxyz
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def videos_of(samples):
    """{file: landmarks of its frames in their order} of read_landmarks()."""
    videos = {}
    for (file, _), landmarks in sorted(samples.items(), key=lambda item: item[0]):
        videos.setdefault(file, []).append(landmarks)
    return videos


def fit_video(fitter, frames):
    """The fits of a video's frames with one identity, and their points; nothing where it is too short."""
    if len(frames) < LEAST_FRAMES:
        return []
    step = max(1, len(frames) // FRAMES_OF_IDENTITY)
    identity = fitter.calibrate_identity([points for points, _ in frames[::step]])
    fits, previous = [], None
    for points, iris in frames:
        previous = fitter.fit_frame(points, iris, identity, previous)
        fits.append((previous, points))
    return [pair for pair in fits if abs(pair[0].pose.angles_deg[0]) < LARGEST_YAW_DEG]


class Landmarks:
    """The bases of a face model at its landmarks."""

    def __init__(self, arrays):
        self.mean = on_surface(arrays["mean"], arrays)
        self.identity = np.array([on_surface(mode, arrays) for mode in arrays["identity"]])
        self.expression = np.array([on_surface(mode, arrays) for mode in arrays["expression"]])

    def missed(self, fit, points):
        """What a fit misses of the points [468,2], x and y of the model's frame in centimetres."""
        shape = self.mean + np.tensordot(fit.identity, self.identity, 1)
        shape = shape + np.tensordot(fit.expression, self.expression, 1)
        turn = rotation_matrix(fit.pose.rotation_wxyz)
        seen = (points - fit.pose.translation) / fit.pose.scale * [1, -1]
        offset = np.zeros_like(shape)
        offset[:, :2] = seen - (shape @ turn.T)[:, :2]
        return (offset @ turn)[:, :2]


def fit_videos(native, arrays, names, videos):
    """{file: (expression weights [F,E], what is missed [F,468,2] less its mean)}"""
    fitter = native.FaceFitter(native.FaceModel("learning", arrays, names), 468)
    landmarks = Landmarks(arrays)
    result = {}
    for file, frames in videos.items():
        try:
            fits = fit_video(fitter, frames)
        except native.Error as error:
            print(f"{file} is left out: {error}", file=sys.stderr)
            continue
        if len(fits) < LEAST_FRAMES:
            continue
        missed = np.array([landmarks.missed(fit, points) for fit, points in fits])
        result[file] = (np.array([fit.expression for fit, _ in fits]), missed - missed.mean(0))
    return result


def lip_error_mm(fitted, files):
    """Mean distance that fits miss of the lips' landmarks, over the frames of some videos."""
    lips = list(INNER_LIPS + OUTER_LIPS)
    frames = [np.linalg.norm(fitted[file][1][:, lips], axis=2).mean(1) for file in files if file in fitted]
    return 10 * float(np.concatenate(frames).mean()) if frames else float("nan")


def explain(fitted, files, learned, ridge):
    """Ridge regression: what each of the expressions `learned` (indices) adds to the landmarks, [L,468,2]."""
    normal = ridge * np.eye(len(learned))
    right = np.zeros((len(learned), 468 * 2))
    for file in files:
        weights, missed = fitted[file]
        weights = weights[:, learned] - weights[:, learned].mean(0)
        right += weights.T @ np.clip(missed, -LARGEST_MISS_CM, LARGEST_MISS_CM).reshape(len(missed), -1)
        normal += weights.T @ weights
    return np.linalg.solve(normal, right).reshape(len(learned), 468, 2)


def spread(arrays, names, of_landmarks):
    """What landmarks are moved by [L,468,2], carried to the vertices around the mouth: [L,V,3]."""
    mean = arrays["mean"].astype(float)
    at_rest = on_surface(mean, arrays)
    lips = at_rest[list(INNER_LIPS + OUTER_LIPS)]
    away = np.linalg.norm(at_rest[:, None] - lips[None], axis=2).min(1)
    window = smooth_step((FADED_CM - away) / (FADED_CM - FULL_CM))
    parted = mean + PARTED * arrays["expression"][names.index("jawOpen")].astype(float)
    landmarks = on_surface(parted, arrays)
    near = np.flatnonzero(away < FADED_CM + BEYOND_CM)
    distance = np.linalg.norm(parted[:, None] - landmarks[None, near], axis=2).min(1)
    beside = smooth_step((BEYOND_CM - distance) / (BEYOND_CM - BESIDE_CM))
    moved = np.flatnonzero(np.isin(arrays["region"], SKIN_REGIONS) & (beside > 0))
    values = (of_landmarks[:, near] * window[near, None]).transpose(1, 0, 2).reshape(len(near), -1)
    surface = RBFInterpolator(landmarks[near], values, neighbors=24, smoothing=0.02)
    result = np.zeros((len(of_landmarks), len(mean), 3))
    found = surface(parted[moved]).reshape(len(moved), len(of_landmarks), 2) * beside[moved, None, None]
    result[:, moved, :2] = found.transpose(1, 0, 2)
    return result


def symmetric(change, mirror, opposite):
    """Changes of expressions [L,V,3] that are mirror images where the expressions are."""
    return (change + change[opposite][:, mirror] * [-1, 1, 1]) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landmarks", required=True, help="of videos, JSON Lines")
    parser.add_argument("--held-out", help="text file: names of videos that are not learned from, one a line")
    parser.add_argument("--model", default="models/face_model", help="directory of the face model")
    parser.add_argument("--native", default="build/release/python", help="directory of the Python binding")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--ridge", type=float, default=10.0, help="in frames that show an expression wholly")
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.native)
    import reenact_native as native

    path = Path(arguments.model) / "face_model.safetensors"
    arrays, metadata = safetensors_file.load(path)
    names = json.loads(metadata["expression_names"])
    learned = [index for index, name in enumerate(names) if name.startswith(LEARNED)]
    opposite = [learned.index(names.index(ict_facekit.other_side(names[index]))) for index in learned]
    held_out = set(Path(arguments.held_out).read_text(encoding="utf-8").splitlines()) if arguments.held_out else set()
    videos = videos_of(read_landmarks(arguments.landmarks))
    of_learning = [file for file in videos if Path(file).name not in held_out]
    of_test = [file for file in videos if Path(file).name in held_out]

    errors = []
    for round_number in range(arguments.rounds + 1):
        fitted = fit_videos(native, arrays, names, videos)
        errors.append((lip_error_mm(fitted, of_learning), lip_error_mm(fitted, of_test)))
        print(f"round {round_number}: lips {errors[-1][0]:.3f} mm, held out {errors[-1][1]:.3f} mm", flush=True)
        if round_number == arguments.rounds:
            break
        change = explain(fitted, [file for file in of_learning if file in fitted], learned, arguments.ridge)
        change = symmetric(spread(arrays, names, change), arrays["mirror"], opposite)
        expression = arrays["expression"].astype(np.float64)
        expression[learned] += change
        arrays["expression"] = expression.astype(np.float16)
    safetensors_file.save(path, arrays, metadata)
    described = {
        "videos": sum(file in fitted for file in of_learning),
        "frames": sum(len(fitted[file][0]) for file in of_learning if file in fitted),
        "lips_mm": {"before": round(errors[0][0], 3), "after": round(errors[-1][0], 3)},
    }
    if of_test:
        described["lips_mm_held_out"] = {"before": round(errors[0][1], 3), "after": round(errors[-1][1], 3)}
    safetensors_file.update_manifest(arguments.model, path.name, {"mouth_expressions": described})


if __name__ == "__main__":
    main()
