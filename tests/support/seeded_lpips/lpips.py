"""Stands in for the Python package lpips: the structure of LPIPS with seeded random weights and three small layers."""

import torch
import torch.nn.functional as F


class LPIPS(torch.nn.Module):
    def __init__(self, net="alex", verbose=True):
        super().__init__()
        torch.manual_seed({"alex": 1, "vgg": 2, "squeeze": 3}[net])
        self.register_buffer("shift", torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1))
        widths = (3, 8, 12, 16)
        self.layers = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.Conv2d(a, b, 3, padding=1), torch.nn.ReLU())
            for a, b in zip(widths, widths[1:])
        )
        self.weights = torch.nn.ParameterList(torch.rand(1, width, 1, 1) for width in widths[1:])

    def forward(self, in0, in1, retPerLayer=False, normalize=False):
        x, y = ((picture - self.shift) / self.scale for picture in (in0, in1))
        distance = 0
        for layer, weight in zip(self.layers, self.weights):
            x, y = layer(x), layer(y)
            difference = (F.normalize(x, dim=1, eps=1e-10) - F.normalize(y, dim=1, eps=1e-10)) ** 2
            distance = distance + (weight * difference).sum(1, keepdim=True).mean((2, 3), keepdim=True)
            x, y = F.max_pool2d(x, 2), F.max_pool2d(y, 2)
        return distance
