#!/usr/bin/python3
"""Converts MediaPipe's face mesh and iris networks from TensorFlow.js graphs to TorchScript.

The graphs come in the npm package `@vladmandic/human`; their four files are pinned by SHA-256. The
package is fetched with npm into .cache/ unless --package names a folder or a .tgz of it. Nothing is
done when the output already matches its manifest.

  facemesh.pt  [N,3,192,192] RGB in [0,1] -> points [N,468,3] in input pixels, score [N] in [0,1]
  iris.pt      [N,3,64,64]   RGB in [0,1] -> eye contour [N,71,3], iris [N,5,3] in input pixels
"""

import sys

from npm_package import Conversion, NpmPackage
from tensorflow_js_graph import GraphModule, script_graph

PACKAGE = NpmPackage(
    name="@vladmandic/human",
    version="3.3.6",
    folder="models",
    sha256={
        "facemesh.json": "b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7",
        "facemesh.bin": "3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b",
        "iris.json": "49038ac9dcc09aa05474d91d98e9db5b47af4830929bcf102ed5a56bfbabb465",
        "iris.bin": "d7f296d184274213d4642681ae186112cbbec77fd2ab066257d3c56a1940bc71",
    },
)


class FaceMesh(GraphModule):
    def forward(self, rgb):
        points, score = self.outputs(rgb, ["Identity_2", "Identity_1"])
        return points.view(-1, 468, 3), score.view(-1)


class Iris(GraphModule):
    def forward(self, rgb):
        (points,) = self.outputs(rgb, ["Identity"])
        contour, iris = points.flatten(1).split((71 * 3, 5 * 3), 1)
        return contour.reshape(-1, 71, 3), iris.reshape(-1, 5, 3)


NETWORKS = {"facemesh": (FaceMesh, 192), "iris": (Iris, 64)}


def script_network(models, name):
    """Traced and frozen TorchScript of one network, from the package's `models` folder."""
    make_network, size = NETWORKS[name]
    return script_graph(make_network(models / f"{name}.json"), size)


CONVERSION = Conversion(
    folder="landmarks",
    name="mediapipe-face-mesh-and-iris",
    licence="Apache-2.0",
    format_version=1,
    package=PACKAGE,
    files={
        "facemesh.pt": {
            "input": "float32 [N,3,192,192], RGB in [0,1]",
            "output": "float32 points [N,468,3] in input pixels, score [N] in [0,1]",
        },
        "iris.pt": {
            "input": "float32 [N,3,64,64], RGB in [0,1], the subject's right eye; the other one mirrored",
            "output": "float32 eye contour [N,71,3], iris [N,5,3] in input pixels",
        },
    },
    script_network=script_network,
)

if __name__ == "__main__":
    sys.exit(CONVERSION.main())
