"""Randomly initialised checkpoints of the bi-layer model, with the names and shapes of the published ones.

bilayer_checkpoint.py FOLDER [--full]
"""

import argparse
import math
import sys
from pathlib import Path

import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts" / "export"))

import bilayer  # noqa: E402
from bilayer_network import BilayerGenerator, Settings  # noqa: E402

EPOCH = "2225"
NARROW = Settings(
    image_size=64, embedder_channels=(8, 32), texture_channels=(8, 32), frame_channels=(4, 16), pose_channels=16
)


def random_tensor(name, shape, random):
    if name.endswith("num_batches_tracked"):
        return torch.tensor(500)
    if name.endswith("running_var"):
        return 0.5 + torch.rand(shape, generator=random)
    if name.endswith("_orig"):
        return torch.randn(shape, generator=random) / math.sqrt(math.prod(shape[1:]))
    return 0.2 * torch.randn(shape, generator=random)


def singular_vectors(weight, random):
    """Of the largest singular value, nearly: what power iteration leaves in a checkpoint."""
    matrix = weight.flatten(1)
    v = torch.randn(matrix.size(1), generator=random)
    for _ in range(4):
        u = torch.nn.functional.normalize(matrix @ v, dim=0)
        v = torch.nn.functional.normalize(matrix.t() @ u, dim=0)
    return u, v


def identity_grid(size):
    centres = (2 * torch.arange(size) + 1) / size - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return torch.stack([x, y], 2)[None]


def random_tensors(network, size, random):
    tensors = {}
    for name, shape in bilayer.stored_shapes(network).items():
        tensors[name] = identity_grid(size) if name == "identity_grid" else random_tensor(name, shape, random)
    for name in bilayer.normalised_weights(network):
        tensors[f"{name}_u"], tensors[f"{name}_v"] = singular_vectors(tensors[f"{name}_orig"], random)
    return tensors


def write_arguments(folder, settings):
    lines = {"experiment_name": folder.name, "num_gpus": 8, "eps": settings.eps, "image_size": settings.image_size}
    for key, widths in (
        ("emb", settings.embedder_channels),
        ("tex", settings.texture_channels),
        ("inf", settings.frame_channels),
    ):
        lines[f"{key}_num_channels"], lines[f"{key}_max_channels"] = widths
    lines["pse_num_channels"] = settings.pose_channels
    lines = {**lines, **bilayer.FIXED_ARGUMENTS, "folder_postfix": "2d_crop"}
    (folder / "args.txt").write_text("".join(f"{name}: {value}\n" for name, value in lines.items()))


def write_checkpoint(folder, settings=NARROW):
    """A folder as it was published, in the format that PyTorch wrote then."""
    (folder / "checkpoints").mkdir(parents=True)
    write_arguments(folder, settings)
    random = torch.Generator().manual_seed(7)
    generator = BilayerGenerator(settings)
    for name in bilayer.NETWORKS:
        tensors = random_tensors(getattr(generator, name), settings.image_size, random)
        path = folder / "checkpoints" / f"{EPOCH}_{name}.pth"
        torch.save(tensors, path, _use_new_zipfile_serialization=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--full", action="store_true", help="as wide as the published model")
    options = parser.parse_args()
    write_checkpoint(options.folder, Settings() if options.full else NARROW)


if __name__ == "__main__":
    main()
