#!/usr/bin/python3
"""Exports LPIPS (Zhang et al., CVPR 2018) from the Python package `lpips` to TorchScript.

The package and its weights are not part of this project; install it with `pip install lpips`. The file is what
`reenact evaluate --lpips-model` takes: forward(a, b) of two float32 pictures [1,3,H,W], RGB in [-1,1], of any size
from 64 pixels, returns one float32 value.
"""

import argparse
import sys
from pathlib import Path

import torch

from torchscript_file import save_script_module

CHECKED_SIZES = ((64, 64), (96, 160))
TOLERANCE = 1e-5


class ExportError(Exception):
    """The network cannot be exported; the message says why and what to do."""


class Distance(torch.nn.Module):
    """LPIPS with nothing but the distance as its output."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, a, b):
        return self.network(a, b).reshape(())


def load_network(net):
    try:
        import lpips
    except ImportError as error:
        raise ExportError(f"the Python package lpips cannot be imported ({error}); install it with pip install lpips")
    return lpips.LPIPS(net=net, verbose=False).eval()


def example_pair(height, width):
    random = torch.Generator().manual_seed(height * width)
    return [2 * torch.rand(1, 3, height, width, generator=random) - 1 for _ in range(2)]


def script_network(network):
    """Traced and frozen TorchScript of `network`, checked against it at several sizes."""
    distance = Distance(network).eval()
    with torch.no_grad():
        module = torch.jit.freeze(torch.jit.trace(distance, example_pair(*CHECKED_SIZES[0])))
        for size in CHECKED_SIZES:
            pair = example_pair(*size)
            difference = (module(*pair) - distance(*pair)).abs().item()
            if not difference <= TOLERANCE:
                raise ExportError(f"the exported network differs by {difference:.1e} at {size[1]}x{size[0]} pixels")
    return module


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", choices=("alex", "vgg", "squeeze"), default="alex", help="backbone (default: alex)")
    parser.add_argument("--output", type=Path, required=True, help="TorchScript file to write")
    options = parser.parse_args(arguments)
    try:
        digest = save_script_module(script_network(load_network(options.net)), options.output)
    except ExportError as error:
        print(f"export_lpips: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: LPIPS ({options.net}), SHA-256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
