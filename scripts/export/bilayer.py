#!/usr/bin/python3
"""Turns a checkpoint of the bi-layer model (saic-violet/bilayer-model, 2020) into a generator bundle.

    bilayer.py --checkpoint runs/vc2-hq_adrianb_paper_main --epoch 2225 --output models/bilayer

The folder is the published one: args.txt, and in checkpoints/ the files EPOCH_identity_embedder.pth,
_texture_generator, _keypoints_embedder and _inference_generator. Every tensor of theirs is used; one that is missing,
left over or of another shape is an error. The texture enhancer, which needs gradients, is not taken (docs/bilayer.md).
"""

import argparse
import json
import sys
from pathlib import Path

import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from bilayer_network import POINTS, POSE_LAYERS, BilayerGenerator, Convolution, Settings  # noqa: E402
from checkpoint_file import CheckpointError, read_tensors  # noqa: E402
from torchscript_file import bundle_manifest, save_script_module  # noqa: E402

NETWORKS = ("identity_embedder", "texture_generator", "keypoints_embedder", "inference_generator")
LICENCE = "that of the checkpoint it was made from, github.com/saic-violet/bilayer-model; ask its authors"
COUNTER = "num_batches_tracked"  # of batch normalisation; nothing reads it, and old checkpoints lack it
TOLERANCE = 1e-4

# What args.txt has to say where the networks would be others.
FIXED_ARGUMENTS = {
    "emb_no_stickman": "False",
    "emb_apply_masks": "True",
    "emb_norm_layer_type": "none",
    "emb_activation_type": "leakyrelu",
    "emb_downsampling_type": "avgpool",
    "emb_output_tensor_size": "8",
    "tex_norm_layer_type": "ada_spade_bn",
    "tex_pixelwise_bias_type": "none",
    "tex_input_tensor_size": "4",
    "tex_activation_type": "leakyrelu",
    "tex_upsampling_type": "nearest",
    "tex_skip_layer_type": "ada_conv",
    "inf_pred_segmentation": "True",
    "inf_norm_layer_type": "ada_bn",
    "inf_input_tensor_size": "4",
    "inf_activation_type": "leakyrelu",
    "inf_upsampling_type": "nearest",
    "inf_skip_layer_type": "ada_conv",
    "pse_num_blocks": str(POSE_LAYERS),
    "pse_in_channels": str(2 * POINTS),
    "pse_norm_layer_type": "none",
    "pse_activation_type": "leakyrelu",
    "pse_use_harmonic_enc": "False",
    "spn_layers": "conv2d, linear",
}


def read_settings(path):
    """Settings from args.txt, "name: value" a line; the published model's where the file says nothing."""
    arguments = {}
    for line in path.read_text(errors="replace").splitlines():
        name, colon, value = line.partition(": ")
        if colon:
            arguments[name.strip()] = value.strip()
    for name, needed in FIXED_ARGUMENTS.items():
        if arguments.get(name, needed) != needed:
            raise CheckpointError(f"{path} says {name}: {arguments[name]}; this script knows {needed} alone")
    drawn = arguments.get("folder_postfix", "2d")
    if "2d" not in drawn and "3d" not in drawn:
        raise CheckpointError(f"{path} says folder_postfix: {drawn}; only models of 68 points can be driven")

    def number(name, default, limit=4096):
        try:
            value = int(arguments.get(name, default))
        except ValueError:
            value = 0
        if not 1 <= value <= limit:
            raise CheckpointError(f"{path} says {name}: {arguments[name]}, which is not a number from 1 to {limit}")
        return value

    default = Settings()
    size = number("image_size", default.image_size, 1024)
    if size < 32 or size & (size - 1):
        raise CheckpointError(f"{path} says image_size: {size}, which is not a power of two of 32 or more")
    try:
        eps = float(arguments.get("eps", default.eps))
    except ValueError:
        raise CheckpointError(f"{path} says eps: {arguments['eps']}, which is not a number") from None
    return Settings(
        image_size=size,
        embedder_channels=(number("emb_num_channels", 64), number("emb_max_channels", 512)),
        texture_channels=(number("tex_num_channels", 64), number("tex_max_channels", 512)),
        frame_channels=(number("inf_num_channels", 32), number("inf_max_channels", 256)),
        pose_channels=number("pse_num_channels", default.pose_channels),
        eps=eps,
    )


def normalised_weights(network):
    """Names of the weights that carried spectral norm: those of all convolutions and linear layers."""
    layers = (Convolution, torch.nn.Linear)
    return {f"{name}.weight" for name, layer in network.named_modules() if isinstance(layer, layers)}


def stored_shapes(network):
    """What the published file of `network` holds, {name: shape}: spectral norm has a weight in three parts."""
    normalised = normalised_weights(network)
    shapes = {}
    for name, tensor in network.state_dict().items():
        if name in normalised:
            shapes[f"{name}_orig"] = tuple(tensor.shape)
            shapes[f"{name}_u"] = (tensor.shape[0],)
            shapes[f"{name}_v"] = (tensor[0].numel(),)
        else:
            shapes[name] = tuple(tensor.shape)
    return shapes


def fold_spectral_norm(tensors, name):
    """weight_orig divided by its largest singular value, of which u and v are the vectors."""
    weight, u, v = (tensors[f"{name}_{part}"].double() for part in ("orig", "u", "v"))
    sigma = torch.dot(u, weight.flatten(1) @ v)
    return (weight / sigma).float()


def fit(tensors, network, path):
    """The stored `tensors` as the state dict of `network`. Raises CheckpointError naming the one that does not fit."""
    shapes = stored_shapes(network)
    for name, shape in shapes.items():
        if name not in tensors and name.endswith(COUNTER):
            tensors[name] = torch.tensor(0)
        if name not in tensors:
            raise CheckpointError(f"{path} lacks the tensor {name}, {list(shape)}")
        if tuple(tensors[name].shape) != shape:
            found = list(tensors[name].shape)
            raise CheckpointError(f"{path}: the tensor {name} is {found} where {list(shape)} is needed")
        if not torch.isfinite(tensors[name]).all():
            raise CheckpointError(f"{path}: the tensor {name} holds numbers that are not finite")
    left = sorted(set(tensors) - set(shapes))
    if left:
        raise CheckpointError(f"{path} holds the tensor {left[0]}, which the model has no use for")
    state = {name: tensor for name, tensor in tensors.items() if name in network.state_dict()}
    for name in normalised_weights(network):
        state[name] = fold_spectral_norm(tensors, name)
        if not torch.isfinite(state[name]).all():
            raise CheckpointError(f"{path}: the spectral norm of {name} is zero")
    return state


def read_checkpoint(folder, epoch, name):
    """The model in a published folder, ready for use. Raises CheckpointError."""
    arguments = folder / "args.txt"
    if not arguments.is_file():
        raise CheckpointError(f"{arguments} is missing; the folder of a run is needed, as it was published")
    generator = BilayerGenerator(read_settings(arguments), name).eval().requires_grad_(False)
    for network in NETWORKS:
        part, path = getattr(generator, network), folder / "checkpoints" / f"{epoch}_{network}.pth"
        part.load_state_dict(fit(read_tensors(path), part, path))
    return generator


def probe(size, frames=1):
    """Inputs within the ranges of the contract: source, source maps, points of `frames` drivers."""
    random = torch.Generator().manual_seed(0)
    coarse = torch.rand(1, 7, 8, 8, generator=random)
    smooth = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear", align_corners=False)
    return smooth[:, :3], smooth[:, 3:], torch.rand(frames, POINTS, 2, generator=random) - 0.5


@torch.no_grad()
def check_equal(generator, path):
    """The saved bundle must compute what the Python module computes, for one frame and for two."""
    bundle = torch.jit.load(str(path))
    for frames in (1, 2):
        source, maps, points = probe(generator.image_size, frames)
        ours = generator(generator.initialize(source, maps), points)
        saved = bundle(bundle.initialize(source, maps), points)
        difference = max(float((a - b).abs().max()) for a, b in zip(ours, saved))
        if not difference <= TOLERANCE:
            raise CheckpointError(f"{path} differs from the Python module by {difference:.3g}")


@torch.no_grad()
def count_costs(generator):
    """Multiply-accumulates and parameters of both methods, as the program counts them."""
    source, maps, points = probe(generator.image_size)
    macs = {}

    def count(method, work):
        with torch.profiler.profile(with_flops=True, record_shapes=True) as profile:
            result = work()
        products = ("aten::conv2d", "aten::addmm", "aten::mm")
        macs[method] = sum(event.flops for event in profile.key_averages() if event.key in products) // 2
        return result

    state = count("initialize", lambda: generator.initialize(source, maps))
    count("forward", lambda: generator(state, points))
    of_frame = [generator.keypoints_embedder] + [b.block for b in generator.inference_generator.gen_inf.blocks[:-1]]
    forward = sum(parameter.numel() for part in of_frame for parameter in part.parameters())
    total = sum(parameter.numel() for parameter in generator.parameters())
    return {"macs": macs, "parameters": {"initialize": total - forward, "forward": forward}}


def export(folder, epoch, output, licence):
    generator = read_checkpoint(folder, epoch, output.name)
    path = output / "generator.pt"
    digest = save_script_module(torch.jit.script(generator), path)
    check_equal(generator, path)
    manifest = {
        **bundle_manifest(generator, path, digest),
        "licence": licence,
        "training_data": f"see the checkpoint: {folder.resolve().name}, epoch {epoch}",
        **count_costs(generator),
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder of a run, as published")
    parser.add_argument("--epoch", default="2225", help="number before the names of the files")
    parser.add_argument("--output", type=Path, required=True, help="folder of the bundle; its name is the bundle's")
    parser.add_argument("--licence", default=LICENCE, help="for the manifest")
    options = parser.parse_args(arguments)
    try:
        export(options.checkpoint, options.epoch, options.output, options.licence)
    except CheckpointError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
