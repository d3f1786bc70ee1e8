#!/usr/bin/python3
"""Adds trained windows to a face's generator: a bundle of format version 2 (docs/model_format.md).

    export_windows.py --mouth .cache/runs/mouth/weights.pt --data .cache/train --output models/mouth

Windows that --face has already stay as they are, unless others take their place. The bundle is loaded again and must give
what its parts give by themselves, in float32 and in bfloat16; what runs once, and what runs for a frame, must be within
the budgets of export.py.
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
from native import REPOSITORY
from shards import read_index
from torchscript_file import bundle_manifest, sha256_of_file
from window_network import INSIDE_PLANES, MAP_PLANES, WindowGenerator
from windows import NETWORK_WINDOWS
from windows_bundle import FORMAT_VERSION, NETWORKS, WINDOWS, windows_bundle


def load_face(folder):
    """The script module of a bundle of version 1, or the face's part of one that this script made; the script modules of
    its windows by name; its manifest."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        face_costs = [manifest[what][method] for what in ("macs", "parameters") for method in ("initialize", "forward")]
        if manifest["sha256"] != sha256_of_file(folder / "generator.pt") or min(face_costs) < 0:
            raise ExportError(f"{folder} holds another generator.pt than its manifest says")
        module = torch.jit.load(str(folder / "generator.pt"))
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ExportError(f"{folder} holds no generator bundle to add windows to ({error})") from error
    if manifest["conditioning"] != "mesh-v1":
        raise ExportError(f"{folder} is of the conditioning {manifest['conditioning']}; windows need mesh-v1")
    if manifest["format_version"] < FORMAT_VERSION:
        return module, {}, manifest
    if not hasattr(module, "face"):
        raise ExportError(f"{folder} has windows that this script did not add; it cannot take them out")
    return module.face, {name: getattr(module, name) for name in WINDOWS if hasattr(module, name)}, manifest


def said_of(manifest, part, field):
    """What a manifest says of the training of its face or of its windows; None when it says nothing."""
    said = manifest.get(field)
    if manifest["format_version"] == FORMAT_VERSION and said:
        return said.get(part)
    return said if part == "face" else None


def load_windows(name, weights_file):
    """(WindowGenerator, config, steps of its training)."""
    weights, config, step = checkpoint.load_weights(weights_file)
    if config["network"].get("windows") != name:
        raise ExportError(f"{weights_file} does not hold a network that paints windows of: {name}")
    generator = WindowGenerator(config["network"], NETWORK_WINDOWS[name][0])
    generator.load_state_dict(weights)
    return generator.eval().requires_grad_(False), config, step


def windows_probe(name):
    """Smooth inputs within the ranges of the contract: (source, source maps, warped, driver maps)."""
    generator = torch.Generator().manual_seed(0)
    window, count = NETWORK_WINDOWS[name][0], len(NETWORK_WINDOWS[name])

    def smooth(channels, height, width):
        coarse = torch.rand(count, channels, 8, 8, generator=generator)
        return torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)

    square, cut = (window.side, window.side), (window.height, window.width)
    source, source_maps = smooth(3, *square), smooth(MAP_PLANES, *square)
    warped, maps = smooth(3, *cut), smooth(MAP_PLANES, *cut)
    source_maps[:, :2] = 0
    maps[:, :2] = 0.1 * (maps[:, :2] - 0.5)
    maps[:, 2:4] = maps[:, 2:4].sqrt()
    return source, source_maps, warped, maps


def count_costs(name, network):
    """Multiply-accumulates and parameters of both methods for all windows of a network."""
    source, source_maps, warped, maps = windows_probe(name)
    initialize, state = macs_of(network, network.initialize, source, source_maps)
    paint, _ = macs_of(network, network.paint, state, warped, maps)
    parameters = parameters_of(network.person), parameters_of(network.frame)
    return {
        "macs": {f"initialize_{name}": initialize, f"paint_{name}": paint},
        "parameters": {f"initialize_{name}": parameters[0], f"paint_{name}": parameters[1]},
    }


def check_total(costs):
    """What runs once, and what runs for a frame with all its windows, against the budgets of a generator."""
    check_budgets(
        {
            what: {
                "initialize": sum(figure for method, figure in of.items() if method.startswith("initialize")),
                "forward": sum(figure for method, figure in of.items() if not method.startswith("initialize")),
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
def painted_by(bundle, name):
    """Of the probe: colour and alpha, in float32 and in bfloat16."""
    source, source_maps, warped, maps = windows_probe(name)
    state = getattr(bundle, f"initialize_{name}")(source, source_maps)
    return [getattr(bundle, f"paint_{name}{kind}")(state, warped, maps) for kind in ("", "_bfloat16")]


@torch.no_grad()
def check_kept(name, network, bundle, path):
    """Windows that stay must be what they were."""
    source, source_maps, warped, maps = windows_probe(name)
    state = network.initialize(source, source_maps)
    for paint, saved in zip((network.paint, network.paint_bfloat16), painted_by(bundle, name)):
        check_same(path, paint(state, warped, maps), saved)


@torch.no_grad()
def check_trained(name, generator, network, bundle, path):
    """The colours must be those of the network that was trained, the alpha that of the Python module."""
    source, source_maps, warped, maps = windows_probe(name)
    interior = torch.zeros(warped.size(0), INSIDE_PLANES, *warped.shape[2:])
    colour = generator(generator.initialize(source, source_maps), warped, maps, interior).clamp(0, 1)
    _, alpha = network.paint(network.initialize(source, source_maps), warped, maps)
    saved, rounded = painted_by(bundle, name)
    check_same(path, (colour, alpha), saved)
    tolerances = {f"the {what} of {name}": BFLOAT16_TOLERANCE["colour"] for what in ("colour", "alpha")}
    check_rounded(path, tolerances, saved, rounded)


def model_card(manifest, names, data, rows, scores, face_card):
    """Of the windows `names`, which are new, then what the folder says of the rest. `scores`: a table by name."""
    total, macs, parameters = data["totals"], manifest["macs"], manifest["parameters"]
    lines = [
        f"# {manifest['name']}: a learned generator that paints {' and '.join(manifest['windows'])}",
        "",
        f"Paints windows of {' and '.join(names)} over what the bundle below makes of a photo.",
        "",
        "| | |",
        "| --- | --- |",
        f"| format | generator bundle, version {manifest['format_version']}, `{manifest['conditioning']}`, "
        f"{manifest['image_size']} px |",
    ]
    for name in names:
        window, count = NETWORK_WINDOWS[name][0], len(NETWORK_WINDOWS[name])
        training = manifest["training"][name]
        lines += [
            f"| {name} | {count} of {window.width}x{window.height} pixels, {window.px_per_cm} px/cm |",
            f"| {name} per frame | {macs['paint_' + name] / 1e9:.2f} GMAC, "
            f"{parameters['paint_' + name] / 1e6:.2f} M parameters |",
            f"| {name} per source | {macs['initialize_' + name] / 1e9:.2f} GMAC, "
            f"{parameters['initialize_' + name] / 1e6:.2f} M parameters |",
            f"| {name} trained | {training['steps']} steps of {training['batch_size']} windows |",
        ]
    lines += [
        f"| data | {total['persons']} persons, {total['clips']} clips of {total['hours']} h, {total['stills']} stills, "
        f"{total['pictures']} pictures |",
        f"| licence | {manifest['licence']} |",
        "",
    ]
    for name in names:
        unmeasured = "Not measured yet: run `scripts/train/evaluate_windows.py`."
        lines += [f"## Scores: {name}", "", scores.get(name, unmeasured), ""]
    lines += [f"## Training data by source: {' and '.join(names)}", "", *data_table(rows), ""]
    below = ["#" + line if line.startswith("#") else line for line in face_card.splitlines()]
    return "\n".join(lines + below) + "\n"


def export(face_folder, weights_files, data_folder, output, name=None, scores=None):
    """`weights_files`, and `scores` if any, by name of WINDOWS. Returns the manifest."""
    face, kept, old = load_face(face_folder)
    kept = {window: network for window, network in kept.items() if window not in weights_files}
    index = read_index(data_folder)
    if index["face_model"]["sha256"] != old["face_model"]["sha256"]:
        raise ExportError(f"the data in {data_folder} were prepared with another face model than {face_folder}")
    data = {"totals": totals(index), "split": "by person, scripts/data/validation_persons.txt"}

    costs = {what: dict(old[what]) for what in ("macs", "parameters")}
    data_of = {part: said_of(old, part, "training_data") for part in ("face", *kept)}
    training = {part: said_of(old, part, "training") for part in ("face", *kept)}
    generators, networks = {}, dict(kept)
    for window, weights_file in weights_files.items():
        generators[window], config, step = load_windows(window, weights_file)
        networks[window] = NETWORKS[window](generators[window])
        for what, of in count_costs(window, networks[window]).items():
            costs[what].update(of)
        data_of[window] = data
        training[window] = {"steps": step, **{name: config["training"][name] for name in ("batch_size", "seed")}}
    check_total(costs)

    in_order = {window: networks[window] for window in WINDOWS if window in networks}
    module = windows_bundle(face, in_order, name or old["name"])
    path = output / "generator.pt"
    digest = save_bundle(module, path)
    bundle = torch.jit.load(str(path))
    check_face(face, bundle, path)
    for window, network in networks.items():
        if window in kept:
            check_kept(window, network, bundle, path)
        else:
            check_trained(window, generators[window], network, bundle, path)
    manifest = {
        **bundle_manifest(module, path, digest),
        "windows": list(in_order),
        "licence": LICENCE,
        "training_data": data_of,
        "training": training,
        "face_model": old["face_model"],
        "precisions": ["float32", "bfloat16"],
        **costs,
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    card = face_folder / "README.md"
    face_card = card.read_text() if card.exists() else f"# {old['name']}\n"
    new = [window for window in in_order if window in weights_files]
    (output / "README.md").write_text(model_card(manifest, new, data, summarize_data(index), scores or {}, face_card))
    return manifest


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--face", type=Path, default=REPOSITORY / "models" / "default", help="a generator bundle")
    for window in WINDOWS:
        parser.add_argument(f"--{window}", type=Path, help="weights.pt of train_windows.py")
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train", help="what they learned from")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--name", help="of the bundle; by default the face's")
    parser.add_argument("--scores", type=Path, nargs="+", default=[],
                        help="for the model card: a table of evaluate_windows.py of each, eyes before mouth")
    options = parser.parse_args(arguments)
    weights_files = {window: getattr(options, window) for window in WINDOWS if getattr(options, window)}
    if not weights_files:
        parser.error("give --eyes or --mouth, or both")
    if options.scores and len(options.scores) != len(weights_files):
        parser.error("--scores takes one table for each of --eyes and --mouth")
    scores = {window: path.read_text().strip() for window, path in zip(weights_files, options.scores)}
    try:
        manifest = export(options.face, weights_files, options.data, options.output, options.name, scores)
    except (ExportError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    frame = sum(figure for method, figure in manifest["macs"].items() if not method.startswith("initialize"))
    print(f"{options.output}: {frame / 1e9:.3f} GMAC per frame, equal to the Python module")
    return 0


if __name__ == "__main__":
    sys.exit(main())
