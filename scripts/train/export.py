#!/usr/bin/python3
"""Exports trained weights as a generator bundle (docs/model_format.md) with manifest and model card.

    export.py --weights .cache/runs/default/weights.pt --data .cache/train --output models/default

The bundle is loaded again and must give what the Python module gives, in float32 and in bfloat16; both methods must be
within their budgets.
"""

import argparse
import json
import sys
from pathlib import Path

import checkpoint
import torch
from native import REPOSITORY, FaceModel
from network import MAP_CHANNELS, GeneratorBundle
from shards import read_index
from torchscript_file import bundle_manifest, save_script_module
from window_network import Convolution

LICENCE = "research use only; see the model card for the licences of the training data"
TOLERANCE = 1e-4
BFLOAT16_TOLERANCE = {  # of forward_bfloat16() against forward(): largest and mean difference, grid units and [0,1]
    "residual flow": (0.001, 0.0001),
    "texture weight": (0.02, 0.002),
    "colour": (0.02, 0.002),
}
BUDGETS = {  # of training: multiply-accumulates and parameters
    "initialize": {"macs": 40e9, "parameters": 12e6},
    "forward": {"macs": 1.2e9, "parameters": 2e6},
}
MAX_BUNDLE_BYTES = 30e6


class ExportError(Exception):
    """The bundle cannot be exported; the message says why."""


def probe(size, frames=1):
    """Smooth inputs within the ranges of the contract: (source, source maps, driver maps)."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(1 + 2 * frames, MAP_CHANNELS, 8, 8, generator=generator)
    maps = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear", align_corners=False)
    maps[:, :2] = 0.1 * (maps[:, :2] - 0.5)
    maps[0, :2] = 0
    return maps[frames : frames + 1, 4:7].clone(), maps[:1], maps[1 : 1 + frames]


@torch.no_grad()
def macs_of(module, method, *inputs):
    """Multiply-accumulates of convolutions and linear layers of `module` in one call of `method`, and its result."""
    macs = 0

    def count(layer, _, output):
        nonlocal macs
        macs += output.numel() * layer.weight[0].numel()

    kinds = (torch.nn.Conv2d, torch.nn.Linear, Convolution)
    hooks = [layer.register_forward_hook(count) for layer in module.modules() if isinstance(layer, kinds)]
    result = method(*inputs)
    for hook in hooks:
        hook.remove()
    return macs, result


def parameters_of(module):
    return sum(entry.numel() for entry in module.parameters())


def count_costs(generator):
    """Multiply-accumulates and parameters of both methods for one frame."""
    source, source_maps, driver_maps = probe(generator.image_size)
    initialize, state = macs_of(generator, generator.initialize, source, source_maps)
    forward, _ = macs_of(generator, generator, state, driver_maps)
    return {
        "macs": {"initialize": initialize, "forward": forward},
        "parameters": {"initialize": parameters_of(generator.person), "forward": parameters_of(generator.frame)},
    }


def check_budgets(costs):
    for method, budget in BUDGETS.items():
        for what, limit in budget.items():
            if costs[what][method] > limit:
                raise ExportError(f"{method} has {costs[what][method]:.4g} {what}; the budget is {limit:.4g}")


@torch.no_grad()
def check_equal(generator, path):
    """The saved bundle must compute what the Python module computes, for one frame and for two; in bfloat16 nearly."""
    bundle = torch.jit.load(str(path))
    for frames in (1, 2):
        source, source_maps, driver_maps = probe(generator.image_size, frames)
        ours = generator(generator.initialize(source, source_maps), driver_maps)
        state = bundle.initialize(source, source_maps)
        saved = bundle(state, driver_maps)
        check_same(path, ours, saved)
        check_rounded(path, BFLOAT16_TOLERANCE, saved, bundle.forward_bfloat16(state, driver_maps))


def check_same(path, ours, saved):
    """What the Python module gives and what the module saved at `path` gives: lists of tensors."""
    difference = max(float((a - b).abs().max()) for a, b in zip(ours, saved))
    if not difference <= TOLERANCE:
        raise ExportError(f"{path} differs from the Python module by {difference:.3g}")


def check_rounded(path, tolerances, exact, rounded):
    """Outputs in float32 and bfloat16; `tolerances` by their names: largest and mean difference."""
    for (name, (most, most_on_average)), a, b in zip(tolerances.items(), exact, rounded):
        difference = (a - b).abs()
        largest, mean = float(difference.max()), float(difference.mean())
        if not (largest <= most and mean <= most_on_average):
            raise ExportError(f"{path}: {name} in bfloat16 is off by {largest:.3g}, {mean:.3g} on average")


def save_bundle(module, path):
    """Saves a module as `path` and returns the file's SHA-256."""
    digest = save_script_module(torch.jit.script(module), path)
    if path.stat().st_size > MAX_BUNDLE_BYTES:
        raise ExportError(f"{path} has {path.stat().st_size} bytes; the budget is {MAX_BUNDLE_BYTES:.0f}")
    return digest


def summarize_data(index):
    """What the training saw, by source and licence: list of dicts, largest first."""
    groups = {}
    for item in index["items"]:
        if item["split"] != "train":
            continue
        group = groups.setdefault(
            (item["kind"], item["source"], item["licence"]),
            {"persons": set(), "items": 0, "pictures": 0, "hours": 0.0, "real": item["real"]},
        )
        group["persons"].add(item["person"])
        group["items"] += 1
        group["pictures"] += item["count"]
        group["hours"] += item["hours"]
    rows = [
        {
            "kind": kind,
            "source": source,
            "licence": licence,
            **group,
            "persons": len(group["persons"]),
            "hours": round(group["hours"], 3),
        }
        for (kind, source, licence), group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["pictures"], row["source"]))


def totals(index):
    """Persons, clips, stills, pictures and hours of the training split."""
    items = [item for item in index["items"] if item["split"] == "train"]
    return {
        "persons": len({item["person"] for item in items}),
        "clips": sum(item["kind"] == "clip" for item in items),
        "stills": sum(item["kind"] == "still" for item in items),
        "pictures": sum(item["count"] for item in items),
        "hours": round(sum(item["hours"] for item in items), 2),
    }


def model_card(manifest, data, rows, scores):
    total = data["totals"]
    lines = [
        f"# {manifest['name']}: a learned generator",
        "",
        "Corrects the geometric warp of a photo: inside of the mouth, lids, uncovered skin and hair, light.",
        "",
        "| | |",
        "| --- | --- |",
        f"| format | generator bundle, version 1, `{manifest['conditioning']}`, {manifest['image_size']} px |",
        f"| per frame | {manifest['macs']['forward'] / 1e9:.2f} GMAC, "
        f"{manifest['parameters']['forward'] / 1e6:.2f} M parameters |",
        "| precisions of a frame | float32, bfloat16 |",
        f"| per source | {manifest['macs']['initialize'] / 1e9:.1f} GMAC, "
        f"{manifest['parameters']['initialize'] / 1e6:.2f} M parameters |",
        f"| trained | {manifest['training']['steps']} steps of {manifest['training']['batch_size']} sources |",
        f"| data | {total['persons']} persons, {total['clips']} clips of {total['hours']} h, {total['stills']} stills, "
        f"{total['pictures']} pictures |",
        f"| licence | {manifest['licence']} |",
        "",
        "## Scores",
        "",
        scores or "Not measured yet: run `scripts/train/evaluate.py`.",
        "",
        "## Limits and known biases",
        "",
        "- About two thirds of the stills show Asian faces, and most clips show public speakers facing the camera;",
        "  children, old people, dark skin, glasses, headscarves and profiles are rare. Errors are larger there.",
        "- Head turns beyond about 35° from the photo uncover what the network has to invent.",
        "- The clips are soft (320 pixels and less): what the network paints is softer than the photo.",
        "- Persons are told apart by file name; a person under two names may have been on both sides of the split.",
        "",
        "## Use",
        "",
        "For research. Do not show a person without their consent; the program marks its output as synthetic.",
        "",
        "## Training data by source",
        "",
    ]
    return "\n".join(lines + data_table(rows)) + "\n"


def data_table(rows):
    """Lines of Markdown for summarize_data()."""
    lines = [
        "| kind | source | licence | persons | items | pictures | hours |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        name = row["source"] + ("" if row["real"] else " (generated)")
        cells = [row["kind"], name, row["licence"], row["persons"], row["items"], row["pictures"], row["hours"]]
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return lines


def export(weights_file, data_folder, output, scores=None, image_size=None):
    weights, config, step = checkpoint.load_weights(weights_file, image_size)
    index = read_index(data_folder)
    model = FaceModel()
    if index["face_model"]["sha256"] != model.sha256:
        raise ExportError(f"the data in {data_folder} were prepared with another face model than {model.name}")
    generator = GeneratorBundle(model, config["network"], weights)
    costs = count_costs(generator)
    check_budgets(costs)
    path = output / "generator.pt"
    digest = save_bundle(generator, path)
    check_equal(generator, path)
    data = {"totals": totals(index), "split": "by person, scripts/data/validation_persons.txt"}
    manifest = {
        **bundle_manifest(generator, path, digest),
        "licence": LICENCE,
        "training_data": data,
        "training": {"steps": step, "batch_size": config["training"]["batch_size"], "seed": config["training"]["seed"]},
        "face_model": {"name": model.name, "sha256": model.sha256},
        "precisions": ["float32", "bfloat16"],
        **{what: {name: int(value) for name, value in of.items()} for what, of in costs.items()},
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (output / "README.md").write_text(model_card(manifest, data, summarize_data(index), scores))
    return manifest


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "models" / "default")
    parser.add_argument("--image-size", type=int, help="instead of the one that was trained with last")
    parser.add_argument("--scores", type=Path, help="table of evaluate.py for the model card")
    options = parser.parse_args(arguments)
    scores = options.scores.read_text().strip() if options.scores else None
    try:
        manifest = export(options.weights, options.data, options.output, scores, options.image_size)
    except (ExportError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {manifest['macs']['forward'] / 1e9:.3f} GMAC per frame, equal to the Python module")
    return 0


if __name__ == "__main__":
    sys.exit(main())
