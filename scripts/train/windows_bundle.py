"""Trained networks of windows laid out for a CPU, and the bundle that adds them to a face's generator.

What the bundle gives is what WindowGenerator gives with an `interior` of zeros, clamped to [0,1], and a mask that fades
it out at the window's border and where the source does not show the skin. What it does not show of the eye or of the
mouth's inside is what the network is for: lids and lips that open.
"""

import copy
from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import nn
from window_network import DARK, MAP_PLANES, Convolution, FrameNetwork

FORMAT_VERSION = 2
WINDOWS = ("eyes", "mouth")
FULLY_SHOWN = 0.6  # of the ellipse's half axes: from there to its edge the mask falls to 0
BORDER = 2  # pixels of the window beside the ellipse
LEAST_SEEN, FULLY_SEEN = 0.35, 0.65  # share of the skin near a pixel that the source shows: there the mask rises
LEAST_SKIN = 0.05  # of a neighbourhood, for that share
FULL_INSIDE = 0.2  # share of a mouth's inside within about 20 pixels from which on the mask is 1


def smoothstep(x: torch.Tensor) -> torch.Tensor:
    x = x.clamp(0, 1)
    return x * x * (3 - 2 * x)


def ellipse(window):
    """[height,width]: 1 in the middle of `window`, 0 at its border."""
    rows = (torch.arange(window.height) - (window.height - 1) / 2) / (window.height / 2 - BORDER)
    columns = (torch.arange(window.width) - (window.width - 1) / 2) / (window.width / 2 - BORDER)
    radius = (rows[:, None] ** 2 + columns[None] ** 2).sqrt()
    return smoothstep((1 - radius) / (1 - FULLY_SHOWN))


class ExportedFrameNetwork(FrameNetwork):
    """The same function of planes without `interior`. Its stem reads the planes at their full size: 3×3 on what
    pixel_unshuffle makes of them is 6×6 with a stride of 2, which spares the unshuffling."""

    def __init__(self, trained):
        nn.Module.__init__(self)
        for name, layer in trained.named_children():
            self.add_module(name, copy.deepcopy(layer))
        self.style_sizes = trained.style_sizes
        weight = F.pixel_shuffle(trained.stem.weight, 2)[:, : 3 + MAP_PLANES]
        self.stem = Convolution(weight.size(1), weight.size(0), kernel=6, stride=2)
        self.stem.load_state_dict({"weight": weight, "bias": trained.stem.bias})

    def enter(self, planes):
        return self.stem(planes.contiguous(memory_format=torch.channels_last))


class EyesNetwork(nn.Module):
    """Both eyes' windows by a trained WindowGenerator."""

    def __init__(self, generator):
        super().__init__()
        self.person = copy.deepcopy(generator.person)
        self.frame = ExportedFrameNetwork(generator.frame)
        self.frame_bfloat16 = copy.deepcopy(self.frame).to(torch.bfloat16)
        self.register_buffer("place", generator.place.clone())
        self.register_buffer("mask", ellipse(generator.window))
        self.least_seen, self.fully_seen, self.least_skin = LEAST_SEEN, FULLY_SEEN, LEAST_SKIN
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        """State: features [N,·,·,·] and styles [N,·] of N windows."""
        features, styles = self.person(torch.cat([2 * source - 1, source_maps], 1))
        return [features, styles]

    @torch.jit.export
    def paint(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        planes, place = self.told(warped, maps)
        return self.shown(warped, maps, self.frame(planes, state[0], place, state[1]))

    @torch.jit.export
    def paint_bfloat16(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        planes, place = self.told(warped, maps)
        return self.shown(warped, maps, self.frame_bfloat16(planes.to(torch.bfloat16), state[0], place, state[1]))

    def told(self, warped: torch.Tensor, maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        """What the frame network reads: planes, and where they read the features."""
        place = F.avg_pool2d(self.place + maps[:, :2], 4).permute(0, 2, 3, 1)
        return torch.cat([2 * warped - 1, maps], 1), place

    def shown(
        self, warped: torch.Tensor, maps: torch.Tensor, added: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        """Colour and alpha of what the network adds."""
        seen = (self.seen_skin(maps) - self.least_seen) / (self.fully_seen - self.least_seen)
        return self.colour(warped, maps, added).clamp(0, 1), self.mask_of(maps) * smoothstep(seen)

    def mask_of(self, maps: torch.Tensor) -> torch.Tensor:
        return self.mask

    def colour(self, warped: torch.Tensor, maps: torch.Tensor, added: torch.Tensor) -> torch.Tensor:
        return warped + added[:, :3]

    def seen_skin(self, maps: torch.Tensor) -> torch.Tensor:
        """Share of the skin within about 12 pixels that the source shows, [N,1,h,w]; what is off the mesh it does not."""
        near = self.near(self.skin(maps))
        share = near[:, 0:1] / near[:, 1:2].clamp(min=self.least_skin)
        return F.interpolate(share, scale_factor=4.0, mode="bilinear", align_corners=False)

    def skin(self, maps: torch.Tensor) -> torch.Tensor:
        """[N,2,h,w]: skin that the source shows, and all skin; what is off the mesh counts as skin."""
        skin = 1 - (maps[:, 10:11] + maps[:, 11:12]).clamp(max=1)
        return torch.cat([skin * maps[:, 2:3] * maps[:, 3:4], skin], 1)

    def near(self, planes: torch.Tensor) -> torch.Tensor:
        """Their mean around each fourth pixel."""
        near = F.avg_pool2d(planes, 8, 4, 2, count_include_pad=False)
        return F.avg_pool2d(near, 5, 1, 2, count_include_pad=False)


class MouthNetwork(EyesNetwork):
    """The mouth's window, of which the inside and the lips around it are shown: skin is sharper, and has the driver's
    folds, in what lies below."""

    def __init__(self, generator):
        super().__init__(generator)
        self.full_inside = FULL_INSIDE
        self.register_buffer("dark", torch.tensor(DARK).view(1, 3, 1, 1))

    def mask_of(self, maps: torch.Tensor) -> torch.Tensor:
        near = F.avg_pool2d(maps[:, 10:11], 4)
        near = F.avg_pool2d(F.avg_pool2d(near, 5, 1, 2), 5, 1, 2)
        near = F.interpolate(near, scale_factor=4.0, mode="bilinear", align_corners=False)
        return self.mask * smoothstep(near / self.full_inside)

    def colour(self, warped: torch.Tensor, maps: torch.Tensor, added: torch.Tensor) -> torch.Tensor:
        """On the base of window_network.base_of()."""
        within = F.avg_pool2d(maps[:, 10:11], 3, 1, 1)
        seen = maps[:, 2:3] * maps[:, 3:4] * (1 - maps[:, 10:11])
        skin = (warped * seen).sum((2, 3), keepdim=True) / seen.sum((2, 3), keepdim=True).clamp(min=1)
        beside = warped - skin * self.dark
        return warped - within * beside + added[:, :3] + within * added[:, 3:4] * beside

    def seen_skin(self, maps: torch.Tensor) -> torch.Tensor:
        """The same; in a wide mouth, where no skin is near, of that in all of the window."""
        skin = self.skin(maps)
        all_skin = (self.mask * skin).sum((2, 3), keepdim=True)
        of_all = all_skin[:, 0:1] / all_skin[:, 1:2].clamp(min=1)
        near = self.near(skin)
        share = (near[:, 0:1] + self.least_skin * of_all) / (near[:, 1:2] + self.least_skin)
        return F.interpolate(share, scale_factor=4.0, mode="bilinear", align_corners=False)


NETWORKS = {"eyes": EyesNetwork, "mouth": MouthNetwork}


class FaceBundle(nn.Module):
    """What bundles of docs/model_format.md, format version 2, have of a face's generator."""

    format_version: int
    image_size: int
    conditioning: str
    name: str

    def __init__(self, face, windows, name):
        """`face`: the script module of a bundle of version 1; `windows`: by name of WINDOWS, a module of NETWORKS or the
        script module of one."""
        super().__init__()
        self.format_version = FORMAT_VERSION
        self.image_size = int(face.image_size)
        self.conditioning = str(face.conditioning)
        self.name = name
        self.face = face
        for window, network in windows.items():
            self.add_module(window, network)

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return self.face.initialize(source, source_maps)

    def forward(
        self, state: List[torch.Tensor], driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.face.forward(state, driver_maps)


class InBfloat16:
    """Of a face that has forward_bfloat16()."""

    @torch.jit.export
    def forward_bfloat16(
        self, state: List[torch.Tensor], driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.face.forward_bfloat16(state, driver_maps)


class WithEyes:
    @torch.jit.export
    def initialize_eyes(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return self.eyes.initialize(source, source_maps)

    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        return self.eyes.paint(state, warped, driver_maps)

    @torch.jit.export
    def paint_eyes_bfloat16(
        self, state: List[torch.Tensor], warped: torch.Tensor, driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        return self.eyes.paint_bfloat16(state, warped, driver_maps)


class WithMouth:
    @torch.jit.export
    def initialize_mouth(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return self.mouth.initialize(source, source_maps)

    @torch.jit.export
    def paint_mouth(
        self, state: List[torch.Tensor], warped: torch.Tensor, driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        return self.mouth.paint(state, warped, driver_maps)

    @torch.jit.export
    def paint_mouth_bfloat16(
        self, state: List[torch.Tensor], warped: torch.Tensor, driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        return self.mouth.paint_bfloat16(state, warped, driver_maps)


METHODS = {"eyes": WithEyes, "mouth": WithMouth}


def windows_bundle(face, windows, name):
    """The bundle of a face and windows (FaceBundle), with the methods of what it has."""
    parts = [METHODS[window] for window in windows]
    if hasattr(face, "forward_bfloat16"):
        parts.append(InBfloat16)
    return type("WindowsBundle", (*parts, FaceBundle), {"__module__": __name__})(face, windows, name).eval()
