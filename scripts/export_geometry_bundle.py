#!/usr/bin/python3
"""Makes models/geometry: the generator bundle that learns nothing and lets the geometry do all the work.

The photo is warped by the geometric flow alone. Only where a mouth opens that was closed in the source
is there nothing to warp: there the texture weight goes to 0 and a plain colour shows, taken from the
source's own lips (dark, inside of the mouth) and skin (bright, teeth). What is inside of the mouth is
looked up by neutral coordinate in a small volume made from the face model.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import List, Tuple

import numpy as np
import scipy.spatial
import torch
import torch.nn.functional as F

from torchscript_file import save_script_module

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "scripts" / "face_model"))

import safetensors_file  # noqa: E402

IMAGE_SIZE = 224
REGIONS_OF_MOUTH = (2, 4, 5)  # mouth socket; gums and tongue; teeth
REGION_TEETH = 5
LIP_LANDMARKS = slice(48, 68)
VOLUME_SIZE = 24
SURFACE_SPACING = 0.004  # of samples on the model's surface, in neutral units (about 1 mm)
EDGE_SOFTNESS = 0.004  # over which lip turns into mouth, in neutral units
LIP_RADIUS = 0.02  # around the lip landmarks in neutral units (about 5 mm)


def surface_samples(vertices, triangles):
    """[P,3] points that cover the triangles with at most SURFACE_SPACING between neighbours."""
    corners = vertices[triangles]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1)
    samples = []
    for steps in np.unique(divisions := np.maximum(np.ceil(edges / SURFACE_SPACING), 1).astype(int)):
        i, j = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1))
        u, v = (axis[i + j <= steps] / steps for axis in (i, j))
        weights = np.stack([u, v, 1 - u - v], 1)
        samples.append(np.einsum("wc,tcx->twx", weights, corners[divisions == steps]).reshape(-1, 3))
    return torch.from_numpy(np.concatenate(samples).astype(np.float32))


def nearest_distance(points, surface):
    return torch.from_numpy(scipy.spatial.cKDTree(surface).query(points)[0].astype(np.float32))


def mouth_volume(model):
    """(volume, lower corner, upper corner) in neutral coordinates.

    volume is uint8 [2,D,H,W] over z, y, x: how surely a surface point there is inside of the mouth, and
    how surely it is a tooth.
    """
    neutral, triangles, region = model["neutral_coordinates"], model["triangles"], model["region"]
    triangle_regions = region[triangles]
    in_mouth = np.isin(triangle_regions, REGIONS_OF_MOUTH).all(1)
    is_tooth = (triangle_regions == REGION_TEETH).all(1)
    margin = 2 * EDGE_SOFTNESS
    inside = neutral[np.isin(region, REGIONS_OF_MOUTH)]
    lower, upper = inside.min(0) - margin, inside.max(0) + margin
    near = ((neutral > lower - 0.05) & (neutral < upper + 0.05)).all(1)[triangles].any(1)

    axes = [torch.linspace(float(low), float(high), VOLUME_SIZE) for low, high in zip(lower, upper)]
    z, y, x = torch.meshgrid(axes[2], axes[1], axes[0], indexing="ij")
    points = torch.stack([x, y, z], -1).view(-1, 3)

    def nearer(of, than):
        difference = nearest_distance(points, surface_samples(neutral, triangles[than & near]))
        difference -= nearest_distance(points, surface_samples(neutral, triangles[of & near]))
        return torch.sigmoid(difference / (EDGE_SOFTNESS / 2))

    volume = torch.stack([nearer(in_mouth, ~in_mouth), nearer(is_tooth, in_mouth & ~is_tooth)])
    shape = (2, VOLUME_SIZE, VOLUME_SIZE, VOLUME_SIZE)
    return (volume * 255).round().to(torch.uint8).view(shape), torch.from_numpy(lower), torch.from_numpy(upper)


def double(half: torch.Tensor) -> torch.Tensor:
    """[N,C,S/2,S/2] interpolated to [N,C,S,S]."""
    return F.interpolate(half, scale_factor=2.0, mode="bilinear", align_corners=False)


def halve(maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
    """Means of 2×2 pixels of `maps` [N,10,S,S]: what of a pixel the source does not show [N,1,S/2,S/2], and the maps
    [N,10,S/2,S/2], their neutral coordinates averaged over covered pixels alone."""
    uncovered = maps[:, 2:3] * (1 - maps[:, 3:4])
    half = F.interpolate(torch.cat([maps, uncovered], 1), scale_factor=0.5, mode="bilinear", align_corners=False)
    neutral = half[:, 4:7] / half[:, 2:3].clamp(min=0.25)
    return half[:, 10:], torch.cat([half[:, :4], neutral, half[:, 7:10]], 1)


class GeometryGenerator(torch.nn.Module):
    """The bundle of docs/model_format.md with zero residual flow and no parameters."""

    format_version: int
    image_size: int
    conditioning: str
    name: str

    def __init__(self, model):
        super().__init__()
        self.format_version = 1
        self.image_size = IMAGE_SIZE
        self.conditioning = "mesh-v1"
        self.name = "geometry"
        volume, lower, upper = mouth_volume(model)
        self.register_buffer("volume", volume)
        self.register_buffer("lower", lower)
        self.register_buffer("upper", upper)
        lips = model["neutral_coordinates"][model["landmarks68"][LIP_LANDMARKS]]
        self.register_buffer("lips", torch.from_numpy(lips))
        self.lip_radius = LIP_RADIUS

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        """State: colour of the mouth's inside [1,3,1,1], colour of teeth [1,3,1,1], mouth volume [1,2,D,H,W]."""
        visible = source_maps[:, 2:3] * source_maps[:, 3:4]
        neutral = source_maps[:, 4:7].flatten(2).transpose(1, 2)
        lip_distance = torch.cdist(neutral, self.lips.unsqueeze(0)).amin(2).view_as(visible)
        on_lip = visible * (lip_distance < self.lip_radius).to(source.dtype)
        lip_colour = self.mean_colour(source, on_lip, torch.tensor([0.6, 0.3, 0.3]))
        skin_colour = self.mean_colour(source, visible, torch.tensor([0.7, 0.55, 0.5]))
        skin_brightness = skin_colour.mean(1, keepdim=True)
        tooth_tint = torch.tensor([0.98, 0.93, 0.84], device=source.device).view(1, 3, 1, 1)
        return [0.35 * lip_colour, 0.9 * skin_brightness * tooth_tint, self.volume.unsqueeze(0).to(source.dtype) / 255]

    def mean_colour(self, source: torch.Tensor, weight: torch.Tensor, usual: torch.Tensor) -> torch.Tensor:
        """Weighted mean [1,3,1,1]; `usual` counts as ten pixels, so that it decides when there are none."""
        total = (source * weight).sum((2, 3), keepdim=True) + 10 * usual.to(source.device).view(1, 3, 1, 1)
        return total / (weight.sum((2, 3), keepdim=True) + 10)

    @torch.jit.export
    def at_half_size(self, state: List[torch.Tensor], uncovered: torch.Tensor, half: torch.Tensor) -> torch.Tensor:
        """Texture weight and colour [N,4,S/2,S/2] from `uncovered` [N,1,S/2,S/2] and the maps halved by halve()."""
        mouth_colour, tooth_colour, volume = state[0], state[1], state[2]
        neutral = half[:, 4:7].permute(0, 2, 3, 1)
        in_volume = (2 * (neutral - self.lower) / (self.upper - self.lower) - 1).unsqueeze(1)
        looked_up = F.grid_sample(
            volume.expand(half.size(0), -1, -1, -1, -1),
            in_volume,
            mode="bilinear",
            padding_mode="zeros",
            align_corners=True,
        ).squeeze(2)
        hole = F.avg_pool2d(uncovered * looked_up[:, 0:1], 3, stride=1, padding=1, count_include_pad=False)
        shade = 0.5 + 0.5 * half[:, 9:10].clamp(0, 1)
        colour = mouth_colour + looked_up[:, 1:2] * (shade * tooth_colour - mouth_colour)
        return torch.cat([1 - hole, colour], 1)

    def forward(
        self, state: List[torch.Tensor], driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        uncovered, half = halve(driver_maps)
        painted = double(self.at_half_size(state, uncovered, half)).clamp(0, 1)
        return torch.zeros_like(driver_maps[:, 0:2]), painted[:, 0:1], painted[:, 1:4]


def export(face_model_directory, output):
    """Writes generator.pt and manifest.json into `output`; the model card beside them is written by hand."""
    face_model_file = face_model_directory / "face_model.safetensors"
    model, metadata = safetensors_file.load(face_model_file)
    scripted = torch.jit.script(GeometryGenerator(model).eval())
    digest = save_script_module(scripted, output / "generator.pt")
    manifest = {
        "name": "geometry",
        "format_version": 1,
        "image_size": IMAGE_SIZE,
        "conditioning": "mesh-v1",
        "learned": False,
        "file": "generator.pt",
        "sha256": digest,
        "licence": "MIT",
        "training_data": "none",
        "face_model": {"name": metadata["name"], "sha256": safetensors_file.sha256_of_file(face_model_file)},
        "parameters": {"initialize": 0, "forward": 0},
        "macs": {"initialize": 0, "forward": 0},
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--face-model", type=Path, default=REPOSITORY / "models" / "face_model")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "models" / "geometry")
    options = parser.parse_args(arguments)
    export(options.face_model, options.output)


if __name__ == "__main__":
    main()
