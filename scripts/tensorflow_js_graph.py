"""Makes TorchScript of TensorFlow.js graphs of convolutions."""

import base64
import json

import numpy as np
import torch
import torch.nn.functional as F

from npm_package import ConversionError


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


# From TensorFlow's height, width, input, output (of a transposed convolution: output, input) to PyTorch's order.
KERNEL_ORDER = {
    "Conv2D": (3, 2, 0, 1),
    "_FusedConv2D": (3, 2, 0, 1),
    "DepthwiseConv2dNative": (2, 3, 0, 1),
    "Conv2DBackpropInput": (3, 2, 0, 1),
}


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
            if node["op"] in KERNEL_ORDER:
                kernel = self.constants[node["input"][1]]
                kernel = self.constant(kernel.transpose(KERNEL_ORDER[node["op"]]))
                self.tensors[node["input"][1]] = kernel.contiguous(memory_format=torch.channels_last)
            if node["op"] in ("_FusedConv2D", "Prelu"):
                for name in node["input"][2 if node["op"] == "_FusedConv2D" else 1:]:
                    self.tensors[name] = self.constant(self.constants[name].reshape(-1))

    def input_values(self, rgb):
        return {"input_1": rgb.contiguous(memory_format=torch.channels_last)}

    def outputs(self, rgb, names):
        values = self.input_values(rgb)
        return [self.evaluate(name, values) for name in names]

    @staticmethod
    def constant(values):
        return torch.from_numpy(np.ascontiguousarray(values))

    def per_channel(self, name):
        """A number, or one for each channel, that is added or multiplied."""
        values = self.constants[name]
        if values.ndim > 1:
            raise ConversionError(f"{name} has {values.ndim} dimensions where one number a channel is known")
        return self.constant(values.reshape(-1, 1, 1))

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

    def op_conv2d(self, node, x):
        return self.convolve(node, x, None, groups=1)

    def op_conv2dbackpropinput(self, node, x):
        """A transposed convolution whose windows do not overlap."""
        name, stride = node["input"][1], int(node["attr"]["strides"]["list"]["i"][1])
        if self.constants[name].shape[:2] != (stride, stride):
            raise ConversionError(f"{node['name']} has windows that overlap, which is not known")
        return F.conv_transpose2d(x, self.tensors[name], stride=stride)

    def op_add(self, node, x, *other):
        return x + (other[0] if other else self.constant_operand(node))

    op_addv2 = op_add

    def op_addn(self, _, *terms):
        return sum(terms)

    def op_mul(self, node, x, *other):
        return x * (other[0] if other else self.constant_operand(node))

    def constant_operand(self, node):
        (name,) = filter(self.constants.__contains__, node["input"])
        if name not in self.tensors:
            self.tensors[name] = self.per_channel(name)
        return self.tensors[name]

    def op_relu(self, _, x):
        return F.relu(x)

    def op_relu6(self, _, x):
        return F.relu6(x)

    def op_resizebilinear(self, node, x):
        attributes = node["attr"]
        if attributes["align_corners"]["b"] or not attributes["half_pixel_centers"]["b"]:
            raise ConversionError(f"{node['name']} resizes from corner to corner, which is not known")
        size = self.constants[node["input"][1]].tolist()
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)

    def op_prelu(self, node, x):
        return F.prelu(x, self.tensors[node["input"][1]])

    @staticmethod
    def window(node):
        """Extent and step of a pooling."""
        if base64.b64decode(node["attr"]["padding"]["s"]) != b"VALID":
            raise ConversionError(f"{node['name']} pads a pooling, which is not known")
        return [int(node["attr"][key]["list"]["i"][1]) for key in ("ksize", "strides")]

    def op_maxpool(self, node, x):
        return F.max_pool2d(x, *self.window(node))

    def op_avgpool(self, node, x):
        """The mean of a whole plane: its sum in pairs is exact to 1e-7, PyTorch's pooling to 1e-4."""
        size, _ = self.window(node)
        if not torch.jit.is_tracing() and x.shape[2:] != (size, size):
            raise ConversionError(f"{node['name']} pools less than the whole plane, which is not known")
        return x.mean((2, 3), keepdim=True)

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


def script_graph(network, size, batch=2):
    """Traced and frozen TorchScript of a GraphModule that takes RGB [N,3,size,size]."""
    example = torch.zeros(batch, 3, size, size)
    network = network.eval()
    with torch.no_grad():
        network(example)
        return torch.jit.freeze(torch.jit.trace(network, example))
