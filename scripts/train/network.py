"""The learned bi-layer generator: a heavy initialize() once per person, a light forward() per frame.

initialize() looks at the source in three frames of reference and leaves a texture in each:
- picture: features that forward() samples through the geometric flow, so that they arrive already moved, and the
  photo at half its size;
- head: the source's pixels unwrapped onto a cylinder in neutral coordinates, beside their mirror image; a network
  completes what the photo hides (the far side, lids);
- mouth: a plane over the inside of the mouth (teeth, tongue) with whatever of it the photo shows.
It also predicts a scale and a shift for every channel of forward()'s blocks: the adaptive parameters.

forward() corrects the geometry bundle (scripts/export_geometry_bundle.py): its last layer starts at zero, so that an
untrained network is that bundle. All maps and outputs are those of docs/model_format.md; S is the image size, all
textures are [B, channels, rows, columns]. Nothing but the stem reads the maps at S.

On a CPU the time of a layer is as much a matter of its implementation as of its multiplications: pointwise() and the
channels-last weights of an exported bundle make PyTorch choose oneDNN, and widths are multiples of 16. The layers of
forward() behind the stem can run in bfloat16 (FrameNetwork.in_bfloat16), which takes some processors half the time;
positions, sampling and the outputs are always float32.
"""

import copy
import functools
import sys
from pathlib import Path
from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from export_geometry_bundle import GeometryGenerator, double, halve  # noqa: E402

MAP_CHANNELS = 10
CYLINDER_AXIS_DEPTH = 0.42  # neutral z of the cylinder's axis
CYLINDER_HALF_ANGLE = 2.1  # rad; the back of the head shares the last column
RESIDUAL_UNIT = 0.1  # grid units per unit of the last layer
HALF_CHANNELS = 16  # of forward() at S/2
DETAIL_CHANNELS = 8  # of the head's detail: colours, how surely they are known, 4 learned


def conv(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


def pointwise(inputs, outputs):
    """A 1×1 convolution. PyTorch gives a small one to BLAS unless it is dilated, which means nothing at 1×1."""
    return nn.Conv2d(inputs, outputs, 1, dilation=2)


class Residual(nn.Module):
    """x + conv(relu(conv(x))) without normalisation; starts near the identity."""

    def __init__(self, channels):
        super().__init__()
        self.first = conv(channels, channels)
        self.second = conv(channels, channels)
        with torch.no_grad():
            self.second.weight.mul_(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.relu(self.first(F.relu(x))))


class AdaptiveResidual(nn.Module):
    """Residual whose inner channels are scaled and shifted by `style` [N, 2·channels, 1, 1]."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.first = conv(channels, channels)
        self.second = conv(channels, channels)
        with torch.no_grad():
            self.second.weight.mul_(0.1)

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        inner = self.first(F.relu(x))
        inner = torch.addcmul(style[:, self.channels :], inner, 1 + style[:, : self.channels])
        return x + self.second(F.relu(inner))


class UNet(nn.Module):
    """Pyramid [coarse, …, fine] of an hourglass network; level i has `widths[i]` channels, the first is finest.

    `code` [B, code_size] (code_size may be 0) is added to the coarsest level.
    """

    def __init__(self, inputs, widths: List[int], blocks: int, code_size: int):
        super().__init__()
        self.stem = conv(inputs, widths[0])
        self.encode = nn.ModuleList(
            nn.Sequential(
                conv(widths[max(i - 1, 0)], width, stride=1 if i == 0 else 2), *(Residual(width) for _ in range(blocks))
            )
            for i, width in enumerate(widths)
        )
        self.bring_code = nn.Linear(code_size, widths[-1]) if code_size else None
        coarse_to_fine = list(range(len(widths) - 2, -1, -1))
        self.narrow = nn.ModuleList(pointwise(widths[i + 1], widths[i]) for i in coarse_to_fine)
        self.decode = nn.ModuleList(
            nn.Sequential(*(Residual(widths[i]) for _ in range(blocks))) for i in coarse_to_fine
        )

    def forward(self, x: torch.Tensor, code: torch.Tensor) -> List[torch.Tensor]:
        x = self.stem(x)
        skips: List[torch.Tensor] = []
        for stage in self.encode:
            x = stage(x)
            skips.append(x)
        if self.bring_code is not None:
            x = x + self.bring_code(code)[:, :, None, None]
        pyramid = [x]
        for i, (narrow, stage) in enumerate(zip(self.narrow, self.decode)):
            finer = skips[len(skips) - 2 - i]
            x = F.interpolate(narrow(x), size=finer.shape[2:], mode="bilinear", align_corners=False) + finer
            x = stage(x)
            pyramid.append(x)
        return pyramid


def sample(texture: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
    """`texture` [B or 1,C,h,w] at `position` [N,2,H,W] in [−1,1] grid units: [N,C,H,W]."""
    texture = texture.expand(position.size(0), -1, -1, -1)
    return F.grid_sample(
        texture, position.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=False
    )


def splat(values: torch.Tensor, position: torch.Tensor, weight: torch.Tensor, size: int) -> torch.Tensor:
    """The reverse of sample(): `values` [B,C,H,W] averaged into a texture, with what is known about each texel.

    Every pixel goes to its four nearest texels, in bilinear shares times `weight` [B,1,H,W]. Returns
    [B,C+1,size,size]; the last channel is in [0,1]: 0 where no pixel fell, values are 0 there.
    """
    batch, channels = values.size(0), values.size(1)
    place = ((position.float() + 1) * (size / 2) - 0.5).clamp(0, size - 1.001).flatten(2)
    corner = place.floor()
    share = place - corner
    weighted = torch.cat([values.float() * weight, weight], 1).flatten(2)
    texture = torch.zeros(batch, channels + 1, size * size, device=values.device)
    for right in range(2):
        for below in range(2):
            across = share[:, 0] if right == 1 else 1 - share[:, 0]
            down = share[:, 1] if below == 1 else 1 - share[:, 1]
            texel = ((corner[:, 1] + below) * size + corner[:, 0] + right).long()
            index = texel.unsqueeze(1).expand(-1, channels + 1, -1)
            texture = texture.scatter_add(2, index, weighted * (across * down).unsqueeze(1))
    total = texture[:, channels:]
    mean = texture[:, :channels] / total.clamp(min=1e-3)
    known = torch.cat([mean * (total > 1e-3).to(mean.dtype), total.clamp(max=1)], 1)
    return known.view(batch, channels + 1, size, size)


def cylinder_position(
    neutral: torch.Tensor, axis_depth: float = CYLINDER_AXIS_DEPTH, half_angle: float = CYLINDER_HALF_ANGLE
) -> torch.Tensor:
    """Neutral coordinates [N,3,H,W] unwrapped about the head's vertical axis: [N,2,H,W] in [−1,1]."""
    angle = torch.atan2(neutral[:, 0:1] - 0.5, neutral[:, 2:3] - axis_depth)
    return torch.cat([(angle / half_angle).clamp(-1, 1), 1 - 2 * neutral[:, 1:2]], 1)


class PersonNetwork(nn.Module):
    """initialize() without the geometry's part: source and maps to textures and adaptive parameters."""

    def __init__(self, width: int, picture_channels: int, head_channels: int, mouth_channels: int, styles: int):
        super().__init__()
        self.look = nn.Conv2d(3 + MAP_CHANNELS - 2, 16, 4, stride=2, padding=1)
        self.look_again = nn.Conv2d(16, width, 4, stride=2, padding=1)
        self.picture = UNet(width, [width, 2 * width, 3 * width, 4 * width], 1, 0)
        self.code = nn.Linear(4 * width, 128)
        self.to_picture = pointwise(width, picture_channels)
        self.to_texels = pointwise(width, 16)
        self.head = UNet(2 * (4 * 4 + 16 + 1), [width, 2 * width, 3 * width], 1, 128)
        self.to_head = pointwise(width, head_channels)
        self.to_detail = pointwise(width, 4 * (DETAIL_CHANNELS - 4))
        self.usual_mouth = nn.Parameter(torch.randn(1, 16, 48, 48) * 0.1)
        self.mouth = UNet(4 + 16, [width, 2 * width], 1, 128)
        self.to_mouth = pointwise(width, mouth_channels)
        self.to_styles = nn.Linear(128, styles)
        with torch.no_grad():
            self.to_styles.weight.mul_(0.1)

    def forward(
        self, source: torch.Tensor, source_maps: torch.Tensor, inside_mouth: torch.Tensor, mouth_position: torch.Tensor
    ) -> List[torch.Tensor]:
        """`inside_mouth` [B,1,S,S]: how surely a pixel shows the mouth's inside, at `mouth_position` [B,2,S,S].

        Returns the photo [B,3,S/2,S/2], picture features [B,·,S/4,S/4], head features [B,·,64,64], head detail
        [B,8,128,128], mouth plane [B,·,48,48] and styles [B,·,1,1].
        """
        seen = F.relu(self.look(torch.cat([source, source_maps[:, 2:]], 1)))
        pyramid = self.picture(F.relu(self.look_again(seen)), seen.new_zeros(1, 0))
        code = F.relu(self.code(pyramid[0].mean((2, 3))))

        surface = source_maps[:, 2:3] * source_maps[:, 3:4]
        skin = surface * (1 - inside_mouth)
        position = cylinder_position(source_maps[:, 4:7])
        colour = splat(source, position, skin, 128)
        texels = splat(self.to_texels(pyramid[3]), position[:, :, 2::4, 2::4], skin[:, :, 2::4, 2::4], 32)
        unwrapped = torch.cat([F.pixel_unshuffle(colour, 2), double(texels)], 1)
        head = self.head(torch.cat([unwrapped, unwrapped.flip(3)], 1), code)[2]
        detail = torch.cat([colour, F.pixel_shuffle(self.to_detail(head), 2)], 1)

        shown = splat(source, mouth_position, surface * inside_mouth, 48)
        mouth = self.mouth(torch.cat([shown, self.usual_mouth.expand(shown.size(0), -1, -1, -1)], 1), code)[1]
        photo = F.interpolate(source, scale_factor=0.5, mode="bilinear", align_corners=False)
        styles = self.to_styles(code)[:, :, None, None]
        return [photo, self.to_picture(pyramid[3]), self.to_head(head), detail, self.to_mouth(mouth), styles]


class FrameNetwork(nn.Module):
    """forward() without the geometry's part."""

    def __init__(
        self, widths: List[int], picture_channels: int, head_channels: int, mouth_channels: int, leak: float = 0.0
    ):
        """`leak`: slope below zero of the units before the last layer. That layer starts at zero; without a leak its
        first steps can drive all of these units below zero, from where nothing is learned any more."""
        super().__init__()
        self.leak = leak
        fine, middle, coarse = widths
        self.style_sizes = [2 * fine, 2 * middle, 2 * coarse, 2 * middle, 2 * fine]
        self.stem = nn.Conv2d(MAP_CHANNELS, HALF_CHANNELS, 2, stride=2)
        self.down_fine = nn.Conv2d(HALF_CHANNELS, fine, 2, stride=2)
        self.gather = pointwise(fine + picture_channels + head_channels, fine)
        self.fine_in = AdaptiveResidual(fine)
        self.down_middle = conv(fine, middle, stride=2)
        self.middle_in = AdaptiveResidual(middle)
        self.down_coarse = conv(middle, coarse, stride=2)
        self.coarse = AdaptiveResidual(coarse)
        self.up_middle = pointwise(coarse, middle)
        self.middle_out = AdaptiveResidual(middle)
        self.up_fine = pointwise(middle, fine)
        self.fine_out = AdaptiveResidual(fine)
        self.spread = pointwise(fine, 4 * HALF_CHANNELS)
        self.mix = pointwise(2 * HALF_CHANNELS + DETAIL_CHANNELS + mouth_channels + 4 + 3, 2 * HALF_CHANNELS)
        self.refine = conv(2 * HALF_CHANNELS, HALF_CHANNELS)
        self.last = conv(HALF_CHANNELS, 2 + 4 * 4)
        self.residual_unit = RESIDUAL_UNIT
        self.is_bfloat16 = False
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def in_bfloat16(self) -> "FrameNetwork":
        """A copy whose layers behind the stem hold and compute bfloat16."""
        network = copy.deepcopy(self)
        for name, layer in network.named_children():
            if name != "stem":
                layer.to(torch.bfloat16)
        network.is_bfloat16 = True
        return network

    def forward(
        self,
        state: List[torch.Tensor],
        maps: torch.Tensor,
        half: torch.Tensor,
        mouth_position: torch.Tensor,
        geometry: torch.Tensor,
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        """`state` of PersonNetwork; `maps` [N,10,S,S] and `half` of them; at S/2 `mouth_position` [N,2,·,·] and
        `geometry` [N,4,·,·], weight and colour of the geometry bundle. Returns residual flow [N,2,S,S] and
        corrections of weight and colour [N,4,S,S]."""
        photo, picture, head, detail, mouth, styles = state[0], state[1], state[2], state[3], state[4], state[5]
        covered, flow = half[:, 2:3], half[:, :2]
        position = cylinder_position(half[:, 4:7])
        warped = sample(photo, flow + pixel_grid(flow.size(2), flow))
        detail = sample(detail, position) * covered
        mouth = sample(mouth, mouth_position) * covered
        flow = F.avg_pool2d(flow, 2)
        picture = sample(picture, flow + pixel_grid(flow.size(2), flow))
        head = sample(head, position[:, :, ::2, ::2]) * covered[:, :, ::2, ::2]

        stem = F.relu(self.stem(maps)).contiguous(memory_format=torch.channels_last)
        if self.is_bfloat16:
            stem = stem.to(torch.bfloat16)
        style = torch.split(styles.to(stem.dtype), self.style_sizes, 1)
        fine = self.gather(torch.cat([self.down_fine(stem), for_layers([picture, head], stem)], 1))
        fine = self.fine_in(fine, style[0])
        middle = self.middle_in(self.down_middle(F.relu(fine)), style[1])
        coarse = self.coarse(self.down_coarse(F.relu(middle)), style[2])
        middle = self.middle_out(middle + upsample(self.up_middle(coarse), middle), style[3])
        fine = self.fine_out(fine + upsample(self.up_fine(middle), fine), style[4])

        spread = F.pixel_shuffle(F.relu(self.spread(fine)), 2)
        sampled = for_layers([detail, mouth, geometry, warped], stem)
        mixed = F.relu(self.mix(torch.cat([spread, stem, sampled], 1)))
        last = self.last(F.leaky_relu(self.refine(mixed), self.leak)).contiguous().float()
        return double(self.residual_unit * last[:, :2]), F.pixel_shuffle(last[:, 2:], 2)


def for_layers(sampled: List[torch.Tensor], like: torch.Tensor) -> torch.Tensor:
    """Sampled textures as one input in the layers' memory format and precision, which `like` has."""
    return torch.cat(sampled, 1).contiguous(memory_format=torch.channels_last).to(like.dtype)


def upsample(coarse: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return F.interpolate(coarse, size=like.shape[2:], mode="bilinear", align_corners=False)


def pixel_grid(size: int, like: torch.Tensor) -> torch.Tensor:
    """Grid units of the pixel centres, [1,2,size,size], x first."""
    centres = (torch.arange(size, device=like.device, dtype=like.dtype) * 2 + 1) / size - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return torch.stack([x, y]).unsqueeze(0)


@functools.lru_cache(maxsize=2)
def geometry_of(model):
    """The geometry bundle of a face model (native.FaceModel)."""
    return GeometryGenerator(model.arrays)


class Generator(nn.Module):
    """The bundle of docs/model_format.md, format version 1."""

    format_version: int
    image_size: int
    conditioning: str
    name: str

    def __init__(self, model, settings):
        """`model`: native.FaceModel; `settings`: the section "network" of a config."""
        super().__init__()
        self.format_version = 1
        self.image_size = int(settings["image_size"])
        self.conditioning = str(settings["conditioning"])
        self.name = str(settings["name"])
        channels = (settings["picture_channels"], settings["head_channels"], settings["mouth_channels"])
        self.geometry = copy.deepcopy(geometry_of(model))
        self.frame = FrameNetwork(settings["frame_widths"], *channels, float(settings.get("leak", 0.0)))
        self.person = PersonNetwork(settings["person_width"], *channels, sum(self.frame.style_sizes))

    def mouth_position(self, neutral: torch.Tensor) -> torch.Tensor:
        """Neutral coordinates [N,3,H,W] within the mouth's bounding box, seen from the front: [N,2,H,W] in [−1,1]."""
        lower, upper = self.geometry.lower.view(1, 3, 1, 1), self.geometry.upper.view(1, 3, 1, 1)
        inside = 2 * (neutral - lower) / (upper - lower) - 1
        return torch.cat([inside[:, 0:1], -inside[:, 1:2]], 1).clamp(-1, 1)

    def inside_mouth(self, neutral: torch.Tensor) -> torch.Tensor:
        """How surely a surface point [N,3,H,W] is inside of the mouth: [N,1,H,W]."""
        lower, upper = self.geometry.lower, self.geometry.upper
        position = 2 * (neutral.permute(0, 2, 3, 1) - lower) / (upper - lower) - 1
        volume = self.geometry.volume[0:1].unsqueeze(0).to(neutral.dtype) / 255
        looked_up = F.grid_sample(
            volume.expand(neutral.size(0), -1, -1, -1, -1),
            position.unsqueeze(1),
            mode="bilinear",
            padding_mode="zeros",
            align_corners=True,
        )
        return looked_up.squeeze(2)

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        neutral = source_maps[:, 4:7]
        state = self.geometry.initialize(source, source_maps)
        inside = self.inside_mouth(neutral) * source_maps[:, 2:3]
        return state + self.person(source, source_maps, inside, self.mouth_position(neutral))

    def at_half_size(
        self, state: List[torch.Tensor], driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the frame network needs beside the maps: half of them, mouth position, weight and colour by geometry."""
        uncovered, half = halve(driver_maps)
        return half, self.mouth_position(half[:, 4:7]), self.geometry.at_half_size(state[:3], uncovered, half)

    @torch.jit.export
    def correct(
        self, state: List[torch.Tensor], driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """forward() before weight and colour are clamped to [0,1]."""
        half, mouth_position, geometry = self.at_half_size(state, driver_maps)
        residual, correction = self.frame(state[3:], driver_maps, half, mouth_position, geometry)
        painted = double(geometry) + correction
        return residual, painted[:, 0:1], painted[:, 1:4]

    def forward(
        self, state: List[torch.Tensor], driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        residual, weight, colour = self.correct(state, driver_maps)
        return residual, weight.clamp(0, 1), colour.clamp(0, 1)


class GeneratorBundle(Generator):
    """A trained Generator as it is exported: with forward() in a second precision, and laid out for a CPU."""

    def __init__(self, model, settings, weights):
        """`weights`: the state_dict of a Generator."""
        super().__init__(model, settings)
        self.load_state_dict(weights)
        self.frame_bfloat16 = self.frame.in_bfloat16()
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        for frame in (self.frame, self.frame_bfloat16):  # oneDNN reads planar maps faster than PyTorch reorders them
            frame.stem.weight.data = frame.stem.weight.data.contiguous()

    @torch.jit.export
    def forward_bfloat16(
        self, state: List[torch.Tensor], driver_maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        half, mouth_position, geometry = self.at_half_size(state, driver_maps)
        residual, correction = self.frame_bfloat16(state[3:], driver_maps, half, mouth_position, geometry)
        painted = (double(geometry) + correction).clamp(0, 1)
        return residual, painted[:, 0:1], painted[:, 1:4]


def border_ramp(size: int, like: torch.Tensor) -> torch.Tensor:
    """[1,1,size,size]: 1 inside, 0 at the crop's border, as the program's compositor blends into the photo."""
    centres = torch.arange(size, device=like.device, dtype=like.dtype) + 0.5
    to_border = torch.minimum(centres, size - centres)
    t = (to_border / (size / 25)).clamp(0, 1)
    ramp = t * t * (3 - 2 * t)
    return (ramp[:, None] * ramp[None, :]).view(1, 1, size, size)


def compose(photo, flow, weight, colour, mode="bicubic"):
    """w·sample(photo, flow) + (1−w)·colour with the compositor's border; all at the network's size, [N,·,S,S].

    `flow` is geometric plus residual flow. Returns (picture, warped photo).
    """
    size = flow.size(2)
    ramp = border_ramp(size, flow)
    position = (pixel_grid(size, flow) + ramp * flow).permute(0, 2, 3, 1)
    warped = F.grid_sample(photo, position, mode=mode, padding_mode="border", align_corners=False)
    weight = 1 - ramp * (1 - weight)
    return weight * warped + (1 - weight) * colour, warped
