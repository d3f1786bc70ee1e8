#!/usr/bin/python3
"""Compares a trained window network with its base, on validation persons.

    evaluate_windows.py --weights RUN/weights.pt --data .cache/train --output RUN/scores.md --sheet RUN/sheet.png

The base is what is shown without training: the warped photo, with a mouth's inside dark or as it is given. Mouths are
scored without an inside and with that of another frame in changed colours. Changes are means over persons with 95 %
bootstrap intervals.
"""

import argparse
import sys
from pathlib import Path

import checkpoint
import cv2
import numpy as np
import torch
from native import REPOSITORY
from window_data import WindowPairs
from window_losses import WindowLosses, temporal
from window_measures import measures
from window_network import WindowGenerator, base_of
from windows import NETWORK_WINDOWS

ROWS = {
    "inside": "error inside",
    "inside_aligned": "error inside, aligned",
    "ring_aligned": "error around, aligned",
    "window": "error in the window",
    "gradient": "gradient inside, of the truth's",
    "ring_gradient": "gradient around, of the truth's",
    "step": "warping error to a close frame",
    "feature_distance": "distance of face-recognition features",
}
RATIOS = ("gradient", "ring_gradient")
RESAMPLED = 2000


def load_generator(path):
    weights, config, _ = checkpoint.load_weights(path)
    generator = WindowGenerator(config["network"], NETWORK_WINDOWS[config["network"]["windows"]][0])
    generator.load_state_dict(weights)
    return generator.eval(), config


def as_picture(planes):
    return planes[0].clamp(0, 1).permute(1, 2, 0).numpy()


@torch.no_grad()
def scored(generator, pairs, features):
    """[(person, measures of the base, ours)] and rows of pictures: source, target, base, ours."""
    found, pictures = [], []
    for index in range(len(pairs)):
        batch = {name: value[None] for name, value in pairs[index].items()}
        frames = [batch[name][0] for name in ("warped", "maps", "interior")]  # of the driver, and of a step from it
        state = generator.initialize(batch["source"], batch["source_maps"])
        state = [entry.expand(2, *entry.shape[1:]) for entry in state]
        ours = generator(state, *frames)
        base = base_of(*frames)[0] if generator.fills else frames[0]
        target, maps = as_picture(batch["target"][:, 0]), frames[1][0].numpy()
        covered = (maps[2] > 0.5) & (batch["valid"][0, 0, 0].numpy() > 0.5)
        within = (maps[10] > 0.5) & covered
        shown = [as_picture(base), as_picture(ours)]
        person = pairs.pairs[index][0]["person"]
        measured = [measures(picture, target, within, covered, features) for picture in shown]
        for values, (first, second) in zip(measured, (base.split(1), ours.split(1))):
            values["step"] = 255 * float(temporal(first, second, batch["step_flow"], batch["step_visible"]))
        found.append((person, *measured))
        pictures.append(np.concatenate([as_picture(generator.window.cut(batch["source"])), target, *shown], 1))
    return found, pictures


def by_person(found, name):
    """Per person the mean of a measure, base and ours [P,2]; of gradients ours over true."""
    persons = {}
    for person, *both in found:
        if all(name in measured for measured in both):
            persons.setdefault(person, []).append([measured[name] for measured in both])
    means = [np.mean(values, 0) for values in persons.values()]
    return np.array([mean[:, 0] / mean[:, 1] if name in RATIOS else mean for mean in means])


def table(found):
    lines = ["| | base | trained | change | 95 % | persons |", "| --- | --- | --- | --- | --- | --- |"]
    rng = np.random.default_rng(1)
    for name, title in ROWS.items():
        values = by_person(found, name)
        if len(values) == 0:
            continue
        drawn = values[rng.integers(0, len(values), (RESAMPLED, len(values)))].mean(1)
        base, ours = values.mean(0)
        if name in RATIOS:
            change, unit = ours - base, ""
            low, high = np.percentile(drawn[:, 1] - drawn[:, 0], (2.5, 97.5))
        else:
            change, unit = 100 * (ours / base - 1), " %"
            low, high = np.percentile(100 * (drawn[:, 1] / drawn[:, 0] - 1), (2.5, 97.5))
        digits = 1 if base > 5 else 3
        cells = f"{base:.{digits}f} | {ours:.{digits}f} | {change:+.2f}{unit} | {low:+.2f} to {high:+.2f} | {len(values)}"
        lines.append(f"| {title} | {cells} |")
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--pairs-per-clip", type=int, default=4)
    parser.add_argument("--sheet", type=Path, help="also write pictures (.png): source, target, base, trained")
    parser.add_argument("--no-features", action="store_true", help="without the face-recognition network")
    options = parser.parse_args(arguments)
    generator, config = load_generator(options.weights)
    name = config["network"]["windows"]
    features = None if options.no_features else WindowLosses({"terms": {"perceptual": 1.0}}, "cpu").features
    text = []
    for inside in (None, "other") if name == "mouth" else (None,):
        pairs = WindowPairs(options.data, name, options.pairs_per_clip, inside)
        found, pictures = scored(generator, pairs, features)
        persons = len({person for person, *_ in found})
        given = ", with another frame's inside in changed colours" if inside else ""
        text.append(f"{name}{given}: {len(found)} windows, {persons} persons\n\n{table(found)}\n")
        if options.sheet:
            sheet = options.sheet.with_name(f"{options.sheet.stem}{'-inside' if inside else ''}{options.sheet.suffix}")
            cv2.imwrite(str(sheet), np.uint8(np.round(np.concatenate(pictures)[..., ::-1] * 255)))
    options.output.write_text("\n".join(text))
    print("\n".join(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
