"""Networks that paint one window: a heavy one that reads the photo once and a light one for each frame.

initialize reads the photo's own window and its maps into features, which each frame reads where the flow leads, and a
scale and a shift for each of some blocks' channels. forward adds a residual to a base that needs no learning (base_of).
Convolutions compute in the type of what they are given, from float32 weights; blocks have no normalisation and start
close to the identity, and the last layer close to zero, so that an untrained network shows the base.
"""

from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from torch import nn

MAP_PLANES = 12  # of a WindowRenderer
INSIDE_PLANES = 4  # colours and mask of a mouth's inside
DARK = (0.36, 0.25, 0.24)  # of a mouth's inside, as shares of the skin's mean colour


class Convolution(nn.Module):
    """k×k with zero padding; `gain` scales the initial weights of He et al. 2015."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, gain=1.0):
        super().__init__()
        deviation = gain * (2 / (inputs * kernel * kernel)) ** 0.5
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel) * deviation)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.stride, self.padding = stride, (kernel - 1) // 2

    def forward(self, x):
        return F.conv2d(x, self.weight.to(x.dtype), self.bias.to(x.dtype), self.stride, self.padding)


class Linear(nn.Linear):
    """Without constants, which TorchScript writes in the order of a Python set: another one in each process."""

    __constants__ = ()


class Block(nn.Module):
    """x + two 3×3 convolutions, between them optionally a scale and a shift [N,2C,1,1]."""

    def __init__(self, channels):
        super().__init__()
        self.first, self.second = Convolution(channels, channels), Convolution(channels, channels, gain=0.1)

    def forward(self, x, style: Optional[torch.Tensor] = None):
        y = self.first(F.relu(x))
        if style is not None:
            scale, shift = style.chunk(2, 1)
            y = torch.addcmul(shift, y, 1 + scale)
        return x + self.second(F.relu(y))


def doubled(x):
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class PersonNetwork(nn.Module):
    """The photo's square [N,3,S,S] and its maps -> features [N,F,S/4,S/4] and styles [N,·]."""

    def __init__(self, widths, features, styles):
        super().__init__()
        near, far = widths
        self.stem = Convolution(4 * (3 + MAP_PLANES), near, stride=2)
        self.near = nn.ModuleList(Block(near) for _ in range(2))
        self.down = Convolution(near, far, stride=2)
        self.far = nn.ModuleList(Block(far) for _ in range(2))
        self.up, self.joined, self.features = Convolution(far, near, 1), Block(near), Convolution(near, features, 1)
        self.code, self.styles = Linear(2 * far, 128), Linear(128, styles)
        with torch.no_grad():
            self.styles.weight.mul_(0.1)
            self.styles.bias.zero_()

    def forward(self, x) -> Tuple[torch.Tensor, torch.Tensor]:
        near = self.stem(F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last))
        for block in self.near:
            near = block(near)
        far = self.down(F.relu(near))
        for block in self.far:
            far = block(far)
        seen = far.float()
        code = F.relu(self.code(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1)))
        features = self.features(F.relu(self.joined(near + doubled(self.up(far)))))
        return features.float(), self.styles(code)


class FrameNetwork(nn.Module):
    """Planes of a window [N,19,h,w], features and where to read them [N,h/4,w/4,2] -> [N,4,h,w]."""

    def __init__(self, widths, features):
        super().__init__()
        fine, middle, coarse = widths
        self.stem = Convolution(4 * (3 + MAP_PLANES + INSIDE_PLANES), fine)
        self.down = Convolution(fine, middle, stride=2)
        self.gather = Convolution(middle + features, middle, 1)
        self.middle = Block(middle)
        self.down_again = Convolution(middle, coarse, stride=2)
        self.coarse = nn.ModuleList(Block(coarse) for _ in range(2))
        self.up_again, self.joined = Convolution(coarse, middle, 1), Block(middle)
        self.up, self.painted = Convolution(middle, fine, 1), Block(fine)
        self.last = Convolution(fine, 4 * 4, gain=0.01)
        self.style_sizes = [2 * middle] + [2 * coarse] * 2 + [2 * middle]

    def enter(self, planes):
        return self.stem(F.pixel_unshuffle(planes, 2).contiguous(memory_format=torch.channels_last))

    def forward(self, planes, features, place, styles):
        fine = self.enter(planes)
        styles = [style[:, :, None, None].to(fine.dtype) for style in styles.split(self.style_sizes, 1)]
        middle = self.down(F.relu(fine))
        read = F.grid_sample(features, place, padding_mode="border", align_corners=False).to(fine.dtype)
        read = read.contiguous(memory_format=torch.channels_last)
        middle = self.middle(self.gather(torch.cat([middle, read], 1)), styles[0])
        coarse = self.down_again(F.relu(middle))
        for i, block in enumerate(self.coarse):
            coarse = block(coarse, styles[1 + i])
        middle = self.joined(middle + doubled(self.up_again(coarse)), styles[3])
        fine = self.painted(fine + doubled(self.up(middle)))
        return F.pixel_shuffle(self.last(F.leaky_relu(fine, 0.2)).float(), 2)


def base_of(warped, maps, interior):
    """What is shown before anything is learned, [N,3,h,w]: the warped photo; within a mouth the colours of `interior`
    [N,4,h,w] where its mask is, else dark. Also how much of a pixel lies within, and what fills it."""
    within = F.avg_pool2d(maps[:, 10:11], 3, 1, 1)
    seen = maps[:, 2:3] * maps[:, 3:4] * (1 - maps[:, 10:11])
    skin = (warped * seen).sum((2, 3), keepdim=True) / seen.sum((2, 3), keepdim=True).clamp(min=1)
    fill = skin * torch.tensor(DARK, device=skin.device).view(1, 3, 1, 1)
    fill = fill + interior[:, 3:4] * (interior[:, :3] - fill)
    return warped + within * (fill - warped), within, fill


class WindowGenerator(nn.Module):
    """`window`: of windows.py, the mouth or an eye. `dtype` is what convolutions compute in."""

    def __init__(self, network, window):
        super().__init__()
        self.window, self.fills = window, window.name == "mouth"
        self.frame = FrameNetwork(network["frame_widths"], network["features"])
        self.person = PersonNetwork(network["person_widths"], network["features"], sum(self.frame.style_sizes))
        rows, columns = torch.meshgrid(torch.arange(window.height), torch.arange(window.width), indexing="ij")
        row, column = window.corner
        place = torch.stack([columns + column, rows + row]).float()
        self.register_buffer("place", (2 * place + 1) / window.side - 1, persistent=False)  # in the square, grid units
        self.dtype = torch.float32

    def initialize(self, source, source_maps):
        """Photo [N,3,side,side] in [0,1] and its maps -> state."""
        planes = torch.cat([2 * source - 1, source_maps], 1)
        return self.person(planes.to(self.dtype))

    def forward(self, state, warped, maps, interior):
        """Colours [N,3,h,w], not clamped. `interior` [N,4,h,w]: colours and mask of a mouth's inside as the driver shows
        it, 0 where there is none. Planes 0 and 1 of `maps` are the flow from the square in grid units."""
        features, styles = state
        base, within, fill = base_of(warped, maps, interior) if self.fills else (warped, None, None)
        planes = torch.cat([2 * warped - 1, maps, interior], 1)
        place = F.avg_pool2d(self.place + maps[:, :2], 4).permute(0, 2, 3, 1)
        added = self.frame(planes.to(self.dtype), features, place, styles)
        painted = base + added[:, :3]
        if not self.fills:
            return painted
        return painted + within * added[:, 3:] * (warped - fill)


class WindowDiscriminator(nn.Module):
    """Scores patches of a window given its maps. Sees colours and, eight times, what a 3×3 mean leaves of them."""

    def __init__(self, widths):
        super().__init__()
        first, second, third = widths
        self.layers = nn.ModuleList(
            [
                Convolution(4 * (6 + MAP_PLANES - 2), first, 4, 2),
                Convolution(first, second),
                Convolution(second, third, 4, 2),
                Convolution(third, third),
            ]
        )
        self.score = Convolution(third, 1, gain=0.5)
        self.dtype = torch.float32

    def forward(self, picture, maps):
        """(scores [N,1,·,·], features of each layer)"""
        mean = F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
        planes = torch.cat([2 * picture - 1, 8 * (picture - mean), maps[:, 2:]], 1)
        x = F.pixel_unshuffle(planes.to(self.dtype), 2).contiguous(memory_format=torch.channels_last)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x).float(), features
