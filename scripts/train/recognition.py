"""The face-recognition network as a differentiable loss: aligned crops, features and embedding.

The network is dlib's residual network, converted by scripts/convert_face_recognition.py to a frozen TorchScript file.
Its layers are read back from that file, because a loss needs what lies between them.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from native import REPOSITORY
from torch import nn

ALIGNED_SIZE = 150
ALIGNMENT_PADDING = 0.25
# Outer and inner corner of the subject's left eye, of the right eye, base of the nose, in the unpadded face box
# (dlib 19.24, get_face_chip_details); the same numbers as in reenact/metrics/identity.h.
ALIGNED_POINTS = (
    (0.8595674595992, 0.2134981538014),
    (0.6460604764104, 0.2289674387677),
    (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242),
    (0.4901123135679, 0.6277975316475),
)
BLOCKS = 14  # residual
HALVING_BLOCKS = (3, 7, 10, 13)
FEATURE_BLOCKS = (2, 6, 9, 12)  # the last block at each resolution
TOLERANCE = 1e-3  # between the embedding of the rebuilt network and that of the file


def default_path():
    return REPOSITORY / "models" / "face_recognition" / "face_recognition.pt"


def align_faces(pictures, points):
    """Cuts [N,C,150,150] out of `pictures` [N,C,S,S] so that `points` [N,5,2] (pixels) come closest to the aligned
    points by a similarity (least squares). What lies beyond the picture is black."""
    size = pictures.shape[-1]
    aligned = torch.tensor(ALIGNED_POINTS, device=points.device, dtype=points.dtype)
    aligned = (aligned + ALIGNMENT_PADDING) / (1 + 2 * ALIGNMENT_PADDING) * ALIGNED_SIZE
    p, q = aligned - aligned.mean(0), points - points.mean(1, keepdim=True)
    norm = p.square().sum()
    a = (p * q).sum((1, 2)) / norm
    b = (p[:, 0] * q[..., 1] - p[:, 1] * q[..., 0]).sum(1) / norm
    centres = torch.arange(ALIGNED_SIZE, device=points.device, dtype=points.dtype)
    v, u = torch.meshgrid(centres - aligned.mean(0)[1], centres - aligned.mean(0)[0], indexing="ij")
    a, b = a[:, None, None], b[:, None, None]
    middle = points.mean(1)[:, :, None, None]
    x, y = a * u - b * v + middle[:, 0], b * u + a * v + middle[:, 1]
    grid = torch.stack([x, y], -1) * (2 / size) + (1 / size - 1)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def convolutions_of(graph):
    """(weight, bias) of the convolutions of a frozen graph, in order of execution."""
    found = []
    for node in graph.nodes():
        if node.kind() in ("aten::_convolution", "aten::conv2d"):
            inputs = list(node.inputs())
            found.append((inputs[1].toIValue(), inputs[2].toIValue()))
    return found


def head_of(graph):
    """Weight of the last linear layer of a frozen graph, [128, 256]."""
    for node in graph.nodes():
        if node.kind() in ("aten::linear", "aten::matmul", "aten::mm"):
            weight = list(node.inputs())[1].toIValue()
            return weight if node.kind() == "aten::linear" else weight.t()
    raise ValueError("the face recognition network has no linear layer")


class FaceRecognition(nn.Module):
    """forward(aligned faces [N,3,150,150] in [0,1]) -> (features of four resolutions, embedding [N,128])."""

    def __init__(self, path):
        super().__init__()
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing: run scripts/convert_face_recognition.py, or set the weights of the perceptual "
                "and identity losses to 0"
            )
        original = torch.jit.load(str(path), map_location="cpu").eval()
        layers = convolutions_of(original.inlined_graph)
        if len(layers) != 29:
            raise ValueError(f"{path} has {len(layers)} convolutions where dlib's network has 29; convert it again")
        for i, (weight, bias) in enumerate(layers):
            self.register_buffer(f"weight{i}", weight.detach().clone())
            self.register_buffer(f"bias{i}", bias.detach().clone())
        self.register_buffer("head", head_of(original.inlined_graph).detach().clone())
        self.register_buffer("mean", torch.tensor([122.782, 117.001, 104.298]).view(1, 3, 1, 1) / 255)
        probe = torch.linspace(0, 1, 2 * 3 * ALIGNED_SIZE**2).view(2, 3, ALIGNED_SIZE, ALIGNED_SIZE)
        with torch.no_grad():
            difference = (self(probe)[1] - original(probe)).abs().max()
        if difference > TOLERANCE:
            raise ValueError(f"{path} is not dlib's network: rebuilt, its embedding differs by {difference:.2g}")

    def layer(self, x, i, stride, padding):
        return F.conv2d(x, getattr(self, f"weight{i}"), getattr(self, f"bias{i}"), stride, padding)

    def forward(self, aligned):
        features, x = self.features(aligned, BLOCKS)
        return features, x.mean((2, 3)) @ self.head.t()

    def features(self, pictures, blocks):
        """Features of the resolutions that the first `blocks` residual blocks have, of pictures [N,3,H,W] of any size that
        is large enough for them, and what the last of these blocks gives."""
        x = F.max_pool2d(F.relu(self.layer(pictures - self.mean, 0, 2, 0)), 3, 2)
        features = []
        for block in range(blocks):
            halves = block in HALVING_BLOCKS
            y = self.layer(x, 1 + 2 * block, 2 if halves else 1, 0 if halves else 1)
            y = self.layer(F.relu(y), 2 + 2 * block, 1, 1)
            if halves:
                x = F.avg_pool2d(x, 2)
                y = F.pad(y, (0, x.shape[3] - y.shape[3], 0, x.shape[2] - y.shape[2]))
                x = F.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))
            x = F.relu(x + y)
            if block in FEATURE_BLOCKS:
                features.append(x)
        return features, x
