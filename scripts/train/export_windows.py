#!/usr/bin/python3
"""Adds trained windows at the eyes to a face's generator: a bundle of format version 2 (docs/model_format.md).

    export_windows.py --face models/default --eyes .cache/runs/eyes/weights.pt --data .cache/train --output models/eyes

The bundle is loaded again and must give what both networks give by themselves, in float32 and in bfloat16; what runs
once, and what runs for a frame, must be within the budgets of export.py.
"""

import argparse
import json
import sys
from pathlib import Path

import checkpoint
import torch
from export import (
    BFLOAT16_TOLERANCE,
    LICENCE,
    ExportError,
    check_budgets,
    check_rounded,
    check_same,
    data_table,
    macs_of,
    parameters_of,
    probe,
    save_bundle,
    summarize_data,
    totals,
)
from eyes_bundle import FORMAT_VERSION, EyesBundle, EyesBundleBfloat16, EyesNetwork
from native import REPOSITORY
from shards import read_index
from torchscript_file import bundle_manifest, sha256_of_file
from window_network import INSIDE_PLANES, MAP_PLANES, WindowGenerator
from windows import NETWORK_WINDOWS

EYES_TOLERANCE = {name: BFLOAT16_TOLERANCE["colour"] for name in ("the eyes' colour", "the eyes' alpha")}
EYES = len(NETWORK_WINDOWS["eyes"])


def load_face(folder):
    """The script module of a bundle of version 1, or the face's part of one that this script made, and its manifest."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        face_costs = [manifest[what][method] for what in ("macs", "parameters") for method in ("initialize", "forward")]
        if manifest["sha256"] != sha256_of_file(folder / "generator.pt") or min(face_costs) < 0:
            raise ExportError(f"{folder} holds another generator.pt than its manifest says")
        module = torch.jit.load(str(folder / "generator.pt"))
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ExportError(f"{folder} holds no generator bundle to add eyes to ({error})") from error
    if manifest["conditioning"] != "mesh-v1":
        raise ExportError(f"{folder} is of the conditioning {manifest['conditioning']}; eyes need mesh-v1")
    if manifest["format_version"] < FORMAT_VERSION:
        return module, manifest
    if not hasattr(module, "face"):
        raise ExportError(f"{folder} has eyes that this script did not add; it cannot take them out")
    return module.face, manifest


def said_of_face(manifest, field):
    """What the face's manifest says of its training, also when it has eyes already; None when it says nothing."""
    said = manifest.get(field)
    return said["face"] if manifest["format_version"] == FORMAT_VERSION and said else said


def load_eyes(weights_file):
    """(WindowGenerator, config, steps of its training)."""
    weights, config, step = checkpoint.load_weights(weights_file)
    if config["network"].get("windows") != "eyes":
        raise ExportError(f"{weights_file} does not hold a network that paints the eyes' windows")
    generator = WindowGenerator(config["network"], NETWORK_WINDOWS["eyes"][0])
    generator.load_state_dict(weights)
    return generator.eval().requires_grad_(False), config, step


def eyes_probe(window):
    """Smooth inputs within the ranges of the contract: (source, source maps, warped, driver maps)."""
    generator = torch.Generator().manual_seed(0)

    def smooth(channels, height, width):
        coarse = torch.rand(EYES, channels, 8, 8, generator=generator)
        return torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)

    square, cut = (window.side, window.side), (window.height, window.width)
    source, source_maps = smooth(3, *square), smooth(MAP_PLANES, *square)
    warped, maps = smooth(3, *cut), smooth(MAP_PLANES, *cut)
    source_maps[:, :2] = 0
    maps[:, :2] = 0.1 * (maps[:, :2] - 0.5)
    maps[:, 2:4] = maps[:, 2:4].sqrt()
    return source, source_maps, warped, maps


def count_eye_costs(eyes, window):
    """Multiply-accumulates and parameters of both methods for both eyes."""
    source, source_maps, warped, maps = eyes_probe(window)
    initialize, state = macs_of(eyes, eyes.initialize, source, source_maps)
    paint, _ = macs_of(eyes, eyes.paint, state, warped, maps)
    return {
        "macs": {"initialize_eyes": initialize, "paint_eyes": paint},
        "parameters": {"initialize_eyes": parameters_of(eyes.person), "paint_eyes": parameters_of(eyes.frame)},
    }


def check_total(costs):
    """What runs once, and what runs for a frame, against the budgets of a generator."""
    check_budgets(
        {
            what: {
                "initialize": of["initialize"] + of["initialize_eyes"],
                "forward": of["forward"] + of["paint_eyes"],
            }
            for what, of in costs.items()
        }
    )


@torch.no_grad()
def check_face(face, bundle, path):
    """The face must be what it was."""
    source, source_maps, driver_maps = probe(bundle.image_size)
    state = face.initialize(source, source_maps)
    in_bundle = bundle.initialize(source, source_maps)
    check_same(path, face(state, driver_maps), bundle(in_bundle, driver_maps))
    if hasattr(face, "forward_bfloat16"):
        ours, saved = face.forward_bfloat16(state, driver_maps), bundle.forward_bfloat16(in_bundle, driver_maps)
        check_same(path, ours, saved)


@torch.no_grad()
def check_eyes(generator, eyes, bundle, path):
    """The colours must be those of the network that was trained, the alpha that of the Python module."""
    source, source_maps, warped, maps = eyes_probe(generator.window)
    interior = torch.zeros(EYES, INSIDE_PLANES, *warped.shape[2:])
    colour = generator(generator.initialize(source, source_maps), warped, maps, interior).clamp(0, 1)
    _, alpha = eyes.paint(eyes.initialize(source, source_maps), warped, maps)
    state = bundle.initialize_eyes(source, source_maps)
    saved = bundle.paint_eyes(state, warped, maps)
    check_same(path, (colour, alpha), saved)
    check_rounded(path, EYES_TOLERANCE, saved, bundle.paint_eyes_bfloat16(state, warped, maps))


def model_card(manifest, data, rows, scores, face_card):
    """Of the eyes, then what the face's folder says of the face."""
    total = data["totals"]
    macs, parameters, training = manifest["macs"], manifest["parameters"], manifest["training"]["eyes"]
    lines = [
        f"# {manifest['name']}: a learned generator that paints eyes",
        "",
        "Corrects the geometric warp of a photo (the face, below) and paints both eyes in windows of 96x64 pixels.",
        "",
        "| | |",
        "| --- | --- |",
        f"| format | generator bundle, version {manifest['format_version']}, `{manifest['conditioning']}`, "
        f"{manifest['image_size']} px |",
        f"| eyes per frame | {macs['paint_eyes'] / 1e9:.2f} GMAC, {parameters['paint_eyes'] / 1e6:.2f} M parameters |",
        f"| eyes per source | {macs['initialize_eyes'] / 1e9:.2f} GMAC, "
        f"{parameters['initialize_eyes'] / 1e6:.2f} M parameters |",
        f"| trained | {training['steps']} steps of {training['batch_size']} eyes |",
        f"| data | {total['persons']} persons, {total['clips']} clips of {total['hours']} h, {total['stills']} stills, "
        f"{total['pictures']} pictures |",
        f"| licence | {manifest['licence']} |",
        "",
        "## Scores of the eyes",
        "",
        scores or "Not measured yet: run `scripts/train/evaluate_windows.py`.",
        "",
        "## The eyes' training data by source",
        "",
        *data_table(rows),
        "",
    ]
    below = ["#" + line if line.startswith("#") else line for line in face_card.splitlines()]
    return "\n".join(lines + below) + "\n"


def export(face_folder, weights_file, data_folder, output, name=None, scores=None):
    face, face_manifest = load_face(face_folder)
    generator, config, step = load_eyes(weights_file)
    index = read_index(data_folder)
    if index["face_model"]["sha256"] != face_manifest["face_model"]["sha256"]:
        raise ExportError(f"the data in {data_folder} were prepared with another face model than {face_folder}")
    eyes = EyesNetwork(generator)
    costs = count_eye_costs(eyes, generator.window)
    costs = {what: {**face_manifest[what], **of} for what, of in costs.items()}
    check_total(costs)
    kind = EyesBundleBfloat16 if hasattr(face, "forward_bfloat16") else EyesBundle
    module = kind(face, eyes, name or face_manifest["name"]).eval()
    path = output / "generator.pt"
    digest = save_bundle(module, path)
    bundle = torch.jit.load(str(path))
    check_face(face, bundle, path)
    check_eyes(generator, eyes, bundle, path)
    data = {"totals": totals(index), "split": "by person, scripts/data/validation_persons.txt"}
    training = {"steps": step, "batch_size": config["training"]["batch_size"], "seed": config["training"]["seed"]}
    manifest = {
        **bundle_manifest(module, path, digest),
        "licence": LICENCE,
        "training_data": {"face": said_of_face(face_manifest, "training_data"), "eyes": data},
        "training": {"face": said_of_face(face_manifest, "training"), "eyes": training},
        "face_model": face_manifest["face_model"],
        "precisions": ["float32", "bfloat16"],
        **costs,
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    card = face_folder / "README.md"
    face_card = card.read_text() if card.exists() else f"# {face_manifest['name']}\n"
    (output / "README.md").write_text(model_card(manifest, data, summarize_data(index), scores, face_card))
    return manifest


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--face", type=Path, default=REPOSITORY / "models" / "default", help="a generator bundle")
    parser.add_argument("--eyes", type=Path, required=True, help="weights.pt of train_windows.py")
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train", help="what the eyes learned from")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--name", help="of the bundle; by default the face's")
    parser.add_argument("--scores", type=Path, help="table of evaluate_windows.py for the model card")
    options = parser.parse_args(arguments)
    scores = options.scores.read_text().strip() if options.scores else None
    try:
        manifest = export(options.face, options.eyes, options.data, options.output, options.name, scores)
    except (ExportError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    frame = manifest["macs"]["forward"] + manifest["macs"]["paint_eyes"]
    print(f"{options.output}: {frame / 1e9:.3f} GMAC per frame, equal to the Python module")
    return 0


if __name__ == "__main__":
    sys.exit(main())
