#!/usr/bin/python3
"""Converts the face recognition network of face-api from its TensorFlow.js weights to TorchScript.

It is dlib's residual network (29 convolutions, 128 outputs); face-api quantised its weights to 8 bits, but for the
filters of the second stage. They come in the npm package `@vladmandic/face-api`; its files are pinned by SHA-256. The
package is fetched with npm into .cache/ unless --package names a folder or a .tgz of it. Nothing is done when the
output already matches its manifest.

  face_recognition.pt  [N,3,150,150] RGB in [0,1], an aligned face -> embedding [N,128]
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from npm_package import Conversion, ConversionError, NpmPackage

WEIGHTS = "face_recognition_model.bin"
DESCRIPTION = "face_recognition_model-weights_manifest.json"
PACKAGE = NpmPackage(
    name="@vladmandic/face-api",
    version="1.7.15",
    folder="model",
    sha256={
        DESCRIPTION: "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
        WEIGHTS: "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
    },
)
INPUT_SIZE = 150
EMBEDDING_SIZE = 128
MEAN_RGB = (122.782, 117.001, 104.298)  # subtracted from values in 0..255, before the division by 255

# Residual blocks in order; those named *down* halve the resolution.
BLOCKS = (
    "conv32_1 conv32_2 conv32_3 conv64_down conv64_1 conv64_2 conv64_3 conv128_down conv128_1 conv128_2 "
    "conv256_down conv256_1 conv256_2 conv256_down_out"
).split()


def read_weights(models):
    """Tensors by name, float64 in TensorFlow's layout; 8-bit weights become scale * value + min."""
    (group,) = json.loads((models / DESCRIPTION).read_text())
    data = (models / WEIGHTS).read_bytes()
    tensors, offset = {}, 0
    for weight in group["weights"]:
        quantization = weight.get("quantization", {})
        stored = np.dtype(quantization.get("dtype", weight["dtype"])).newbyteorder("<")
        count = int(np.prod(weight["shape"]))
        values = np.frombuffer(data, stored, count, offset).astype(np.float64)
        if quantization:
            values = values * quantization["scale"] + quantization["min"]
        tensors[weight["name"]] = values.reshape(weight["shape"])
        offset += count * stored.itemsize
    if offset != len(data):
        raise ConversionError(f"{models / WEIGHTS} has {len(data)} bytes where its manifest describes {offset}")
    return tensors


def convolution(tensors, name, stride, padding):
    """One convolution that includes the scale layer behind it: scale * (w x + b) + shift."""
    kernel = tensors[f"{name}/conv/filters"].transpose(3, 2, 0, 1)
    scale, shift = tensors[f"{name}/scale/weights"], tensors[f"{name}/scale/biases"]
    layer = torch.nn.Conv2d(kernel.shape[1], kernel.shape[0], kernel.shape[2:], stride, padding)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(kernel * scale[:, None, None, None]))
        layer.bias.copy_(torch.from_numpy(tensors[f"{name}/conv/bias"] * scale + shift))
    return layer


class ResidualBlock(torch.nn.Module):
    """relu(conv(relu(conv(x))) + skip(x)); where it halves the resolution the skip is an average pooling with
    zero channels appended, and the smaller of both maps is padded with zeros at the right and the bottom."""

    def __init__(self, tensors, name):
        super().__init__()
        self.halves = "down" in name
        stride, padding = (2, 0) if self.halves else (1, 1)
        self.conv1 = convolution(tensors, f"{name}/conv1", stride, padding)
        self.conv2 = convolution(tensors, f"{name}/conv2", 1, 1)

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        if self.halves:
            x = F.avg_pool2d(x, 2)
            missing_rows, missing_columns = x.shape[2] - y.shape[2], x.shape[3] - y.shape[3]
            y = F.pad(y, (0, missing_columns, 0, missing_rows))
            x = F.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))
        return F.relu(x + y)


class FaceRecognition(torch.nn.Module):
    def __init__(self, tensors):
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN_RGB).view(1, 3, 1, 1) / 255)
        self.stem = convolution(tensors, "conv32_down", stride=2, padding=0)
        self.blocks = torch.nn.Sequential(*(ResidualBlock(tensors, name) for name in BLOCKS))
        self.head = torch.nn.Linear(*tensors["fc"].shape, bias=False)
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(tensors["fc"].T.copy()))

    def forward(self, rgb):
        x = F.max_pool2d(F.relu(self.stem(rgb - self.mean)), 3, 2)
        return self.head(self.blocks(x).mean((2, 3)))


def script_network(models, _):
    """Traced and frozen TorchScript, from the package's `model` folder; it holds but one network."""
    network = FaceRecognition(read_weights(models)).eval()
    with torch.no_grad():
        return torch.jit.freeze(torch.jit.trace(network, torch.zeros(2, 3, INPUT_SIZE, INPUT_SIZE)))


CONVERSION = Conversion(
    folder="face_recognition",
    name="face-api-face-recognition",
    licence="MIT",
    format_version=1,
    package=PACKAGE,
    files={
        "face_recognition.pt": {
            "input": f"float32 [N,3,{INPUT_SIZE},{INPUT_SIZE}], RGB in [0,1], an aligned face",
            "output": f"float32 embedding [N,{EMBEDDING_SIZE}]",
        }
    },
    script_network=script_network,
    code=(__file__,),
)

if __name__ == "__main__":
    sys.exit(CONVERSION.main())
