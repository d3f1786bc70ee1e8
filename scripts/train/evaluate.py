#!/usr/bin/python3
"""Compares trained weights with the geometry bundle on pairs of the validation persons.

    evaluate.py --weights .cache/runs/default/weights.pt --data .cache/train --output .cache/runs/default/scores.md

Both see the same pairs at the network's resolution. Errors are mean absolute differences of colours (0 to 255) over a
part of the face; a pair counts for a part only when it shows at least MIN_PIXELS of it. Values are means over persons.
With --aligned the pictures are first laid onto their targets by optical flow: what exact tracking and an exact face
model would leave to be painted.
"""

import argparse
import json
import sys
from pathlib import Path

import checkpoint
import cv2
import numpy as np
import torch
import torch.nn.functional as F
from data import ValidationPairs
from native import REPOSITORY, FaceModel
from network import Generator, compose, pixel_grid
from recognition import FaceRecognition, align_faces, default_path
from regions import Regions
from train import network_maps

MIN_PIXELS = 24
LARGE_YAW_DEG = 15.0
SSIM_SIGMA, SSIM_REACH = 1.5, 5
MEASURES = {  # key: (title, higher is better, decimals)
    "face_psnr": ("PSNR in the face, dB", True, 2),
    "face_ssim": ("SSIM in the face", True, 4),
    "face": ("error in the face", False, 2),
    "mouth_inside": ("error inside the mouth", False, 2),
    "mouth": ("error around the mouth", False, 2),
    "lids": ("error on the lids", False, 2),
    "uncovered_turned": (f"error on the uncovered side, yaw change > {LARGE_YAW_DEG:g}°", False, 2),
    "picture": ("error in the picture", False, 2),
    "warping": ("warping error to a close frame", False, 2),
    "perceptual": ("distance of face-recognition features", False, 4),
    "csim": ("CSIM to the source", True, 4),
}


def ssim_map(a, b):
    """Structural similarity (Wang et al. 2004, equation 13) per pixel, mean over channels: [N,1,S,S]."""
    offsets = torch.arange(-SSIM_REACH, SSIM_REACH + 1, dtype=a.dtype)
    window = torch.exp(-offsets.square() / (2 * SSIM_SIGMA**2))
    window = (window / window.sum()).to(a.device)

    def blur(x):
        channels = x.shape[1]
        x = F.pad(x, [SSIM_REACH] * 4, mode="reflect")
        x = F.conv2d(x, window.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)
        return F.conv2d(x, window.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)

    mean_a, mean_b = blur(a), blur(b)
    variance_a, variance_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    values = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return (values / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))).mean(1, keepdim=True)


class Evaluator:
    def __init__(self, generator, regions, recognition, aligned=False):
        """`aligned`: whether pictures are laid onto their targets first."""
        self.aligned = aligned
        self.generator = generator
        self.regions = regions
        self.recognition = recognition

    def pictures(self, batch, learned):
        """Both drivers' pictures [2,3,S,S] by the trained network or by the geometry bundle."""
        maps = batch["maps"][0]
        if learned:
            lines = batch.get("lines")
            told = network_maps(maps, None if lines is None else lines[0, 1:, None])
            source_told = network_maps(batch["source_maps"], None if lines is None else lines[:, :1])
            residual, weight, colour = self.generator(self.generator.initialize(batch["source"], source_told), told)
        else:
            told, geometry = maps, self.generator.geometry
            residual, weight, colour = geometry(geometry.initialize(batch["source"], batch["source_maps"]), told)
        photo = batch["source"].expand(2, -1, -1, -1)
        return compose(photo, told[:, :2] + residual, weight, colour)[0].clamp(0, 1)

    @torch.no_grad()
    def scores(self, batch, learned):
        """{measure: value} of one pair; a measure that the pair does not show is left out."""
        first, second = self.pictures(batch, learned).split(1)
        target, valid = batch["target"][:, 0], batch["valid"][:, 0]
        if self.aligned:
            first = laid_onto(first, target)
        masks = self.regions.masks(batch["maps"][:, 0])
        masks["picture"] = torch.ones_like(valid)
        turned = float(batch["yaw_change"]) > LARGE_YAW_DEG
        masks["uncovered_turned"] = masks.pop("uncovered") * turned
        error = (first - target).abs().mean(1, keepdim=True) * 255
        result = {}
        for name, mask in masks.items():
            mask = mask * valid
            if mask.sum() >= MIN_PIXELS:
                result[name] = float((error * mask).sum() / mask.sum())
        face = masks["face"] * valid
        square = ((first - target).square().mean(1, keepdim=True) * face).sum() / face.sum()
        result["face_psnr"] = float(-10 * torch.log10(square.clamp(min=1e-10)))
        result["face_ssim"] = float((ssim_map(first, target) * face).sum() / face.sum())
        visible = batch["step_visible"]
        if visible.sum() >= MIN_PIXELS and not self.aligned:
            position = (pixel_grid(first.shape[-1], first) + batch["step_flow"]).permute(0, 2, 3, 1)
            moved = F.grid_sample(first, position, mode="bilinear", padding_mode="border", align_corners=False)
            change = (second - moved).abs().mean(1, keepdim=True)
            result["warping"] = float((change * visible).sum() / visible.sum() * 255)
        if self.recognition is not None:
            result.update(self.recognition_scores(first, batch))
        return result

    def recognition_scores(self, picture, batch):
        features, embedding = self.recognition(align_faces(picture, batch["alignment"]))
        target_features, _ = self.recognition(align_faces(batch["target"][:, 0], batch["alignment"]))
        _, source = self.recognition(align_faces(batch["source"], batch["source_alignment"]))
        distances = [float((a - b).abs().mean() / b.abs().mean()) for a, b in zip(features, target_features)]
        return {
            "perceptual": float(np.mean(distances)),
            "csim": float(F.cosine_similarity(embedding, source).mean()),
        }


def grey(picture):
    """8-bit luma (S,S) of [3,S,S] in [0,1]."""
    pixels = np.round(picture.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def laid_onto(picture, target):
    """`picture` [1,3,S,S] moved onto `target` by dense inverse search (Kroeger et al. 2016)."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(grey(target[0].cpu()), grey(picture[0].cpu()), None) * (2 / picture.shape[-1])
    position = pixel_grid(picture.shape[-1], picture).permute(0, 2, 3, 1) + torch.from_numpy(flow).to(picture)
    moved = F.grid_sample(picture, position, mode="bicubic", padding_mode="border", align_corners=False)
    return moved.clamp(0, 1)


def mean_over_persons(rows):
    """{measure: (mean, persons, pairs)} of rows (person, scores)."""
    result = {}
    for measure in MEASURES:
        per_person = {}
        for person, scores in rows:
            if measure in scores:
                per_person.setdefault(person, []).append(scores[measure])
        if per_person:
            mean = float(np.mean([np.mean(values) for values in per_person.values()]))
            result[measure] = (mean, len(per_person), sum(map(len, per_person.values())))
    return result


def table(geometry, ours, description):
    lines = [
        description,
        "",
        "| | geometry | trained | change | persons | pairs |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for measure, (title, higher, decimals) in MEASURES.items():
        if measure not in ours:
            continue
        (before, persons, pairs), (after, _, _) = geometry[measure], ours[measure]
        change = after - before if higher else 100 * (after / before - 1)
        shown = f"{change:+.{decimals}f}" if higher else f"{change:+.1f} %"
        lines.append(f"| {title} | {before:.{decimals}f} | {after:.{decimals}f} | {shown} | {persons} | {pairs} |")
    return "\n".join(lines) + "\n"


def evaluate(weights_file, data_folder, pairs_per_clip, recognition_path, image_size=None, aligned=False):
    """(scores of the geometry, scores of the trained network, number of clips, steps trained)"""
    weights, config, step = checkpoint.load_weights(weights_file, image_size)
    model = FaceModel()
    generator = Generator(model, config["network"]).eval()
    generator.load_state_dict(weights)
    recognition = FaceRecognition(recognition_path) if recognition_path else None
    evaluator = Evaluator(generator, Regions(model.arrays, generator), recognition, aligned)
    pairs = ValidationPairs(data_folder, config["network"], pairs_per_clip)
    if not len(pairs):
        raise ValueError(f"{data_folder} holds no clips of validation persons; prepare the data again")
    rows = {False: [], True: []}
    for index in range(len(pairs)):
        batch = {name: value[None] for name, value in pairs[index].items()}
        for learned, of in rows.items():
            of.append((pairs.pairs[index][0]["person"], evaluator.scores(batch, learned)))
    clips = len({item["name"] for item, _ in pairs.pairs})
    return mean_over_persons(rows[False]), mean_over_persons(rows[True]), clips, step


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train")
    parser.add_argument("--output", type=Path, help="Markdown table to write; a .json with the numbers goes beside it")
    parser.add_argument("--pairs-per-clip", type=int, default=4)
    parser.add_argument("--image-size", type=int, help="instead of the one that was trained with last")
    parser.add_argument("--aligned", action="store_true", help="lay pictures onto their targets by optical flow first")
    parser.add_argument("--recognition", type=Path, default=default_path())
    parser.add_argument("--no-recognition", action="store_true", help="leave out CSIM and the perceptual distance")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    recognition = None if options.no_recognition else options.recognition
    try:
        geometry, ours, clips, step = evaluate(
            options.weights, options.data, options.pairs_per_clip, recognition, options.image_size, options.aligned
        )
    except (ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    aligned = " Pictures are laid onto their targets by optical flow." if options.aligned else ""
    text = table(geometry, ours, f"{clips} clips of validation persons; trained for {step} steps.{aligned}")
    print(text)
    if options.output:
        options.output.write_text(text)
        numbers = {"step": step, "clips": clips, "geometry": geometry, "trained": ours}
        options.output.with_suffix(".json").write_text(json.dumps(numbers, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
