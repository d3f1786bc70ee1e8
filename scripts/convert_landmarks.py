#!/usr/bin/python3
"""Converts MediaPipe's face mesh and iris networks from TensorFlow.js graphs to TorchScript.

The graphs come in the npm package `@vladmandic/human`; their four files are pinned by SHA-256. The
package is fetched with npm into .cache/ unless --package names a folder or a .tgz of it. Nothing is
done when the output already matches its manifest.

  facemesh.pt  [N,3,192,192] RGB in [0,1] -> points [N,468,3] in input pixels, score [N] in [0,1]
  iris.pt      [N,3,64,64]   RGB in [0,1] -> eye contour [N,71,3], iris [N,5,3] in input pixels
"""

import base64
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from npm_package import Conversion, ConversionError, NpmPackage

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


def read_graph(graph_file):
    """Nodes by name and constants by name (numpy, TensorFlow layout) of a TensorFlow.js graph."""
    graph = json.loads(graph_file.read_text())
    nodes = {node["name"]: node for node in graph["modelTopology"]["node"]}
    constants = {}
    for group in graph["weightsManifest"]:
        data = b"".join((graph_file.parent / name).read_bytes() for name in group["paths"])
        offset = 0
        for weight in group["weights"]:
            stored = np.dtype(weight.get("quantization", weight)["dtype"]).newbyteorder("<")
            count = int(np.prod(weight["shape"]))
            values = np.frombuffer(data, stored, count, offset).reshape(weight["shape"])
            constants[weight["name"]] = values.astype(weight["dtype"])
            offset += count * stored.itemsize
        if offset != len(data):
            raise ConversionError(f"{graph_file}: {len(data)} bytes of weights where the graph describes {offset}")
    return nodes, constants


def same_padding(size, kernel, stride):
    """TensorFlow's SAME: (before, after) so that the output has ceil(size / stride) positions."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class GraphModule(torch.nn.Module):
    """Evaluates a TensorFlow.js graph of convolutions on NCHW tensors. Made to be traced and frozen.

    Tensors and kernels are kept channels-last in memory, which makes depthwise and 1x1 convolutions
    about three times faster on a processor.
    """

    def __init__(self, graph_file):
        super().__init__()
        self.nodes, self.constants = read_graph(graph_file)
        self.tensors = {}
        self.paddings = {}  # of each convolution; found by a first, untraced call
        for node in self.nodes.values():
            if node["op"] in ("_FusedConv2D", "DepthwiseConv2dNative"):
                kernel = self.constants[node["input"][1]]
                order = (3, 2, 0, 1) if node["op"] == "_FusedConv2D" else (2, 3, 0, 1)
                kernel = self.constant(kernel.transpose(order))
                self.tensors[node["input"][1]] = kernel.contiguous(memory_format=torch.channels_last)
                for name in node["input"][2:]:
                    self.tensors[name] = self.constant(self.constants[name].reshape(-1))
            elif node["op"] == "Prelu":
                name = node["input"][1]
                self.tensors[name] = self.constant(self.constants[name].reshape(-1))

    def outputs(self, rgb, names):
        values = {"input_1": rgb.contiguous(memory_format=torch.channels_last)}
        return [self.evaluate(name, values) for name in names]

    @staticmethod
    def constant(values):
        return torch.from_numpy(np.ascontiguousarray(values))

    def evaluate(self, name, values):
        if name not in values:
            node = self.nodes[name]
            operation = getattr(self, "op_" + node["op"].lstrip("_").lower(), None)
            if operation is None:
                raise ConversionError(f"the graph has the operation {node['op']}, which is not known")
            # Operands beyond the first that are constants are read by the operation itself.
            inputs = [self.evaluate(i, values) for i in node["input"] if i not in self.constants]
            values[name] = operation(node, *inputs)
        return values[name]

    def convolve(self, node, x, bias, groups):
        attributes = node["attr"]
        if attributes["dilations"]["list"]["i"] != ["1"] * 4:
            raise ConversionError(f"{node['name']} is dilated, which is not known")
        stride = int(attributes["strides"]["list"]["i"][1])
        kernel = self.tensors[node["input"][1]]
        if node["name"] not in self.paddings:
            is_same = base64.b64decode(attributes["padding"]["s"]) == b"SAME"
            self.paddings[node["name"]] = [
                same_padding(size, extent, stride) if is_same else (0, 0)
                for size, extent in zip(x.shape[2:], kernel.shape[2:])
            ]
        (top, bottom), (left, right) = self.paddings[node["name"]]
        if (top, left) == (bottom, right):
            return F.conv2d(x, kernel, bias, stride, (top, left), groups=groups)
        return F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, bias, stride, groups=groups)

    def op_fusedconv2d(self, node, x):
        fused = [base64.b64decode(name) for name in node["attr"]["fused_ops"]["list"]["s"]]
        if fused not in ([b"BiasAdd"], [b"BiasAdd", b"Prelu"]):
            raise ConversionError(f"{node['name']} fuses {fused}, which is not known")
        y = self.convolve(node, x, self.tensors[node["input"][2]], groups=1)
        return F.prelu(y, self.tensors[node["input"][3]]) if len(fused) == 2 else y

    def op_depthwiseconv2dnative(self, node, x):
        return self.convolve(node, x, None, groups=self.tensors[node["input"][1]].shape[0])

    def op_addv2(self, _, x, y):
        return x + y

    def op_prelu(self, node, x):
        return F.prelu(x, self.tensors[node["input"][1]])

    def op_maxpool(self, node, x):
        if base64.b64decode(node["attr"]["padding"]["s"]) != b"VALID":
            raise ConversionError(f"{node['name']} pads a pooling, which is not known")
        size, stride = (int(node["attr"][key]["list"]["i"][1]) for key in ("ksize", "strides"))
        return F.max_pool2d(x, size, stride)

    def op_pad(self, node, x):
        (_, _), (top, bottom), (left, right), (front, back) = self.constants[node["input"][1]].tolist()
        return F.pad(x, (left, right, top, bottom, front, back))

    def op_sigmoid(self, _, x):
        return torch.sigmoid(x)

    def op_identity(self, _, x):
        return x

    def op_reshape(self, node, x):
        if self.constants[node["input"][1]].tolist()[0] != -1:
            raise ConversionError(f"{node['name']} reshapes across the batch, which is not known")
        return x.permute(0, 2, 3, 1).flatten(1)

    def op_concatv2(self, node, x, y):
        if self.constants[node["input"][2]] not in (3, -1):
            raise ConversionError(f"{node['name']} joins something other than channels, which is not known")
        return torch.cat((x, y), 1)


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
    network = make_network(models / f"{name}.json").eval()
    example = torch.zeros(2, 3, size, size)
    with torch.no_grad():
        network(example)
        return torch.jit.freeze(torch.jit.trace(network, example))


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
