"""The bi-layer model (Zakharov et al., Fast Bi-layer Neural Synthesis of One-Shot Realistic Head Avatars, ECCV 2020)
as a generator with the conditioning landmarks-v1 (docs/model_format.md).

TorchScript calls what it finds in a slice of a ModuleList by the name of the method alone, hence `block.forward(...)`.

Parameters and buffers have the names of the published state dicts, spectral norm folded. What depends on the source
alone is worked out by initialize(): texture, adaptive parameters, and these folded into the layers around them.
"""

from dataclasses import dataclass
from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import nn

SLOPE = 0.2  # of the leaky rectifier
POINTS = 68
EMBEDDING_SIZE = 8  # a side of the embeddings
FIRST_SIZE = 4  # a side of what both generators begin with
POOLED_SIDE = 32  # of an embedding, for as many rows as it has channels
POSE_LAYERS = 4
BLOCK_STATE = 6  # tensors that a block of the frame's network knows of the source
CANVAS = 1 / 255  # on which the lines were drawn in training


@dataclass(frozen=True)
class Settings:
    """Widths of the networks. The defaults are those of the published model."""

    image_size: int = 256
    embedder_channels: Tuple[int, int] = (64, 512)  # least and most
    texture_channels: Tuple[int, int] = (64, 512)
    frame_channels: Tuple[int, int] = (32, 256)
    pose_channels: int = 256
    eps: float = 1e-7  # of batch normalisation

    @property
    def blocks(self):
        """Of both generators: doublings from FIRST_SIZE to the image."""
        return (self.image_size // FIRST_SIZE).bit_length() - 1


def width(channels, doublings):
    least, most = channels
    return min(least << doublings, most)


def leaky(x: torch.Tensor, slope: float = SLOPE) -> torch.Tensor:
    return F.leaky_relu(x, slope)


def double(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Convolution(nn.Module):
    """Keeps the resolution."""

    def __init__(self, inputs, outputs, size=3):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.padding = size // 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, self.weight, self.bias, padding=self.padding)


class PlainBlock(nn.Module):
    """A residual block without normalisation; `halves` its resolution, or keeps it."""

    def __init__(self, inputs, outputs, halves):
        super().__init__()
        pool = [nn.AvgPool2d(2)] if halves else []
        self.block_feats = nn.Sequential(nn.LeakyReLU(SLOPE), Convolution(inputs, outputs), nn.LeakyReLU(SLOPE))
        self.block = nn.Sequential(Convolution(outputs, outputs), *pool)
        has_skip = halves or inputs != outputs
        self.skip = nn.Sequential(Convolution(inputs, outputs, 1), *pool) if has_skip else nn.Identity()

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        """The block's result, and what lies between its convolutions."""
        features = self.block_feats(x)
        return self.block(features) + self.skip(x), features


class Embedder(nn.Module):
    """[1,6,S,S] masked photo and lines in [-1,1] -> one embedding [1,C,8,8] for each block of a generator."""

    def __init__(self, settings):
        super().__init__()
        halvings = (settings.image_size // EMBEDDING_SIZE).bit_length() - 1
        widths = [width(settings.embedder_channels, i) for i in range(halvings + 1)]
        self.enc = nn.ModuleList([Convolution(6, widths[0])])
        self.enc.extend([PlainBlock(a, b, halves=True) for a, b in zip(widths, widths[1:])])
        outputs = [width(settings.texture_channels, i) for i in reversed(range(settings.blocks))]
        inputs = [widths[-1]] + outputs[:-1]
        self.dec_blocks = nn.ModuleList([PlainBlock(a, b, halves=False) for a, b in zip(inputs, outputs)])

    def forward(self, x: torch.Tensor) -> List[torch.Tensor]:
        x = self.enc[0](x)
        for block in self.enc[1:]:
            x = block.forward(x)[0]
        embeddings: List[torch.Tensor] = []
        for block in self.dec_blocks:
            x, features = block(x)
            embeddings.append(features)
        return embeddings


class Projector(nn.Module):
    """Embeddings -> adaptive parameters. Each stage views its embedding as one row for each output channel; chains of
    three linear layers turn a row into that channel's weights and its bias."""

    def __init__(self, settings, channels, norm_outputs):
        """`norm_outputs`: of the chains before and after that of the skip, for a stage of so many channels."""
        super().__init__()
        self.fc_blocks = nn.ModuleList()
        self.sides: List[int] = []  # to which an embedding is pooled
        self.rows: List[int] = []  # lengths
        for i in range(settings.blocks, 0, -1):
            inner = width(settings.embedder_channels, i)
            inputs, outputs = width(channels, i), width(channels, i - 1)
            side = POOLED_SIDE * inputs // inner
            row = side * side * inner // inputs
            self.sides.append(side)
            self.rows.append(row)
            sizes = [*norm_outputs(outputs), inputs + 1, *norm_outputs(outputs)]
            chains = [nn.Sequential(nn.Linear(row, inner), nn.Linear(inner, inner), nn.Linear(inner, n)) for n in sizes]
            self.fc_blocks.append(nn.ModuleList(chains))

    def forward(self, embeddings: List[torch.Tensor]) -> List[torch.Tensor]:
        """[C,n+1] for each chain, stage by stage."""
        parameters: List[torch.Tensor] = []
        for i, chains in enumerate(self.fc_blocks):
            rows = F.adaptive_avg_pool2d(embeddings[i], [self.sides[i], self.sides[i]]).reshape(-1, self.rows[i])
            for chain in chains:
                parameters.append(chain(rows))
        return parameters


def pointwise(x: torch.Tensor, parameters: torch.Tensor) -> torch.Tensor:
    """A 1x1 convolution by adaptive parameters [C,n+1]."""
    return F.conv2d(x, parameters[:, :-1, None, None], parameters[:, -1])


class Statistics(nn.Module):
    """What batch normalisation has seen; the counter is read by nothing."""

    def __init__(self, channels, eps):
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        self.eps = eps

    def fold(self, weight: torch.Tensor, bias: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        """Scale and shift [C] that normalise and then apply weight and bias [C]."""
        scale = weight / torch.sqrt(self.running_var + self.eps)
        return scale, bias - self.running_mean * scale


class FixedNorm(Statistics):
    def __init__(self, channels, eps):
        super().__init__(channels, eps)
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    @torch.jit.export
    def affine(self, parameters: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        """The same whatever the adaptive parameters."""
        return self.fold(self.weight, self.bias)


class AdaptiveNorm(nn.Module):
    def __init__(self, channels, eps):
        super().__init__()
        self.norm_layer = Statistics(channels, eps)

    @torch.jit.export
    def affine(self, parameters: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        """Of adaptive parameters [C,2]: scale minus 1, and shift."""
        return self.norm_layer.fold(parameters[:, 0] + 1, parameters[:, 1])


class PixelNorm(nn.Module):
    """Scale and shift of each pixel are adaptive mixtures of learned maps."""

    def __init__(self, channels, size, eps):
        super().__init__()
        self.pixel_feats = nn.Parameter(torch.zeros(1, channels, size, size))
        self.norm_layer = Statistics(channels, eps)

    def forward(self, x: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
        normalised = (x - self.norm_layer.running_mean[:, None, None]) / torch.sqrt(
            self.norm_layer.running_var[:, None, None] + self.norm_layer.eps
        )
        return normalised * (pointwise(self.pixel_feats, scale) + 1) + pointwise(self.pixel_feats, shift)


class FirstTextureBlock(nn.Module):
    """The first norm is not adaptive."""

    def __init__(self, inputs, outputs, size, eps):
        super().__init__()
        norms = FixedNorm(inputs, eps), PixelNorm(outputs, 2 * size, eps)
        self.block_feats = nn.ModuleDict({"0": norms[0], "3": Convolution(inputs, outputs), "4": norms[1]})
        self.block = nn.ModuleDict({"0": Convolution(outputs, outputs)})

    def forward(self, x: torch.Tensor, before: List[torch.Tensor], after: List[torch.Tensor]) -> torch.Tensor:
        """`after` are its second norm's scale and shift, and its skip."""
        scale, shift = self.block_feats["0"].affine(after[0])
        y = double(leaky(x * scale[:, None, None] + shift[:, None, None]))
        y = leaky(self.block_feats["4"](self.block_feats["3"](y), after[0], after[1]))
        return self.block["0"](y) + double(pointwise(x, after[2]))


class TextureBlock(nn.Module):
    def __init__(self, inputs, outputs, size, eps):
        super().__init__()
        norms = PixelNorm(inputs, size, eps), PixelNorm(outputs, 2 * size, eps)
        self.block_feats = nn.ModuleDict({"0": norms[0], "3": Convolution(inputs, outputs), "4": norms[1]})
        self.block = nn.ModuleDict({"0": Convolution(outputs, outputs)})

    def forward(self, x: torch.Tensor, before: List[torch.Tensor], after: List[torch.Tensor]) -> torch.Tensor:
        """`before` are its first norm's scale and shift, `after` those of its second norm, and its skip."""
        y = double(leaky(self.block_feats["0"](x, before[0], before[1])))
        y = leaky(self.block_feats["4"](self.block_feats["3"](y), after[0], after[1]))
        return self.block["0"](y) + double(pointwise(x, after[2]))


class Texture(nn.Module):
    """The learned constant and the source's parameters -> texture [1,3,S,S] in [-1,1]."""

    def __init__(self, settings):
        super().__init__()
        widths = [width(settings.texture_channels, i) for i in range(settings.blocks, -1, -1)]
        blocks = []
        for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            kind = FirstTextureBlock if i == 0 else TextureBlock
            blocks.append(kind(inputs, outputs, FIRST_SIZE << i, settings.eps))
        self.blocks = nn.ModuleList([*blocks, PixelNorm(widths[-1], settings.image_size, settings.eps)])
        self.heads = nn.ModuleList([nn.ModuleList([Convolution(widths[-1], 3)])])

    def forward(self, x: torch.Tensor, parameters: List[torch.Tensor]) -> torch.Tensor:
        """Each stage of the projector has scale and shift of a block's second norm, its skip, and scale and shift of
        the norm that follows."""
        for i, block in enumerate(self.blocks[:-1]):
            x = block.forward(x, parameters[max(5 * i - 2, 0) : 5 * i], parameters[5 * i : 5 * i + 3])
        x = self.blocks[-1].forward(x, parameters[-2], parameters[-1])
        return torch.tanh(self.heads[0][0](leaky(x)))


class TextureGenerator(nn.Module):
    def __init__(self, settings):
        super().__init__()
        first = width(settings.texture_channels, settings.blocks)
        self.gen_tex_input = nn.Parameter(torch.zeros(1, first, FIRST_SIZE, FIRST_SIZE))
        self.gen_tex = Texture(settings)
        self.prj_tex = Projector(settings, settings.texture_channels, lambda outputs: [outputs + 1, outputs + 1])

    def forward(self, embeddings: List[torch.Tensor]) -> torch.Tensor:
        return self.gen_tex(self.gen_tex_input, self.prj_tex(embeddings))


class FrameBlock(nn.Module):
    def __init__(self, inputs, outputs, first_norm, eps):
        super().__init__()
        layers = {"0": first_norm, "2": Convolution(inputs, outputs), "3": AdaptiveNorm(outputs, eps)}
        self.block_feats = nn.ModuleDict(layers)
        self.block = nn.ModuleDict({"1": Convolution(outputs, outputs)})

    @torch.jit.export
    def state(self, before: torch.Tensor, after: torch.Tensor, skip: torch.Tensor) -> List[torch.Tensor]:
        """BLOCK_STATE tensors: scale and shift of the first norm; weight and bias of the first convolution with the
        second norm folded in, and of the skip. The arguments are the adaptive parameters of the norms and the skip."""
        first_scale, first_shift = self.block_feats["0"].affine(before)
        scale, shift = self.block_feats["3"].affine(after)
        convolution = self.block_feats["2"]
        weight = convolution.weight * scale[:, None, None, None]
        bias = convolution.bias * scale + shift
        return [first_scale, first_shift, weight, bias, skip[:, :-1, None, None], skip[:, -1]]

    def forward(self, x: torch.Tensor, state: List[torch.Tensor]) -> torch.Tensor:
        """`state` is what state() gives. The skip comes before the doubling, with which it commutes."""
        y = leaky(x * state[0][:, None, None] + state[1][:, None, None])
        y = leaky(F.conv2d(y, state[2], state[3], padding=1))
        return self.block["1"](double(y)) + double(F.conv2d(x, state[4], state[5]))


class Frame(nn.Module):
    """Pose embedding [N,C,4,4] -> offsets of the texture (2), low frequencies (3), logit of the mask (1): [N,6,S,S]."""

    def __init__(self, settings):
        super().__init__()
        self.block_state = BLOCK_STATE
        eps = settings.eps
        widths = [width(settings.frame_channels, i) for i in range(settings.blocks, -1, -1)]
        blocks = []
        for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            norm = FixedNorm(inputs, eps) if i == 0 else AdaptiveNorm(inputs, eps)
            blocks.append(FrameBlock(inputs, outputs, norm, eps))
        self.blocks = nn.ModuleList([*blocks, AdaptiveNorm(widths[-1], eps)])
        self.heads = nn.ModuleList([nn.ModuleList([Convolution(widths[-1], n)]) for n in (2, 3, 1)])

    @torch.jit.export
    def state(self, parameters: List[torch.Tensor]) -> List[torch.Tensor]:
        """All that depends on the source, and the heads as one convolution. A stage of the projector has a block's
        second norm, its skip, and the norm that follows."""
        state: List[torch.Tensor] = []
        for i, block in enumerate(self.blocks[:-1]):
            state.extend(block.state(parameters[max(3 * i - 1, 0)], parameters[3 * i], parameters[3 * i + 1]))
        scale, shift = self.blocks[-1].affine(parameters[-1])
        weight = torch.cat([head[0].weight for head in self.heads])
        bias = torch.cat([head[0].bias for head in self.heads])
        return state + [scale, shift, weight, bias]

    def forward(self, x: torch.Tensor, state: List[torch.Tensor]) -> torch.Tensor:
        for i, block in enumerate(self.blocks[:-1]):
            x = block.forward(x, state[self.block_state * i : self.block_state * (i + 1)])
        scale, shift, weight, bias = state[-4], state[-3], state[-2], state[-1]
        return F.conv2d(leaky(x * scale[:, None, None] + shift[:, None, None]), weight, bias, padding=1)


class InferenceGenerator(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.gen_inf = Frame(settings)
        self.prj_inf = Projector(settings, settings.frame_channels, lambda outputs: [2])
        size = settings.image_size
        self.register_buffer("identity_grid", torch.zeros(1, size, size, 2))


class KeypointsEmbedder(nn.Module):
    """Points [N,136], x before y, in [-1,1] -> [N,C,4,4]."""

    def __init__(self, settings):
        super().__init__()
        self.shape: List[int] = [-1, width(settings.frame_channels, settings.blocks), FIRST_SIZE, FIRST_SIZE]
        inner = settings.pose_channels
        sizes = [2 * POINTS] + [inner] * (POSE_LAYERS - 1) + [self.shape[1] * FIRST_SIZE**2]
        layers = []
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
            layers += ([nn.LeakyReLU(SLOPE)] if i > 0 else []) + [nn.Linear(inputs, outputs)]
        self.net = nn.ModuleDict({"mlp": nn.Sequential(*layers)})

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return self.net["mlp"](points).view(self.shape)


class IdentityEmbedder(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.net = Embedder(settings)


def erode(mask: torch.Tensor) -> torch.Tensor:
    """The least of the 21 pixels whose centres lie within 2.5 pixels."""
    wide = -F.max_pool2d(-mask, [3, 5], stride=1, padding=[1, 2])
    tall = -F.max_pool2d(-mask, [5, 3], stride=1, padding=[2, 1])
    return torch.minimum(wide, tall)


def drawn(lines: torch.Tensor, canvas: float = CANVAS) -> torch.Tensor:
    """Lines on black in [0,1] as the embedder saw them in training."""
    return 2 * lines.clamp(min=canvas) - 1


class BilayerGenerator(nn.Module):
    format_version: int
    image_size: int
    conditioning: str
    name: str

    def __init__(self, settings, name="bilayer"):
        super().__init__()
        self.format_version = 1
        self.image_size = settings.image_size
        self.conditioning = "landmarks-v1"
        self.name = name
        self.identity_embedder = IdentityEmbedder(settings)
        self.texture_generator = TextureGenerator(settings)
        self.keypoints_embedder = KeypointsEmbedder(settings)
        self.inference_generator = InferenceGenerator(settings)

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        """The state: what Frame.state() gives, and the texture [1,3,S,S]."""
        mask = erode(source_maps[:, 0:1])
        photo = (2 * source - 1) * mask - (1 - mask)
        embeddings = self.identity_embedder.net(torch.cat([photo, drawn(source_maps[:, 1:4])], 1))
        parameters = self.inference_generator.prj_inf(embeddings)
        return self.inference_generator.gen_inf.state(parameters) + [self.texture_generator(embeddings)]

    def forward(self, state: List[torch.Tensor], landmarks: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        pose = self.keypoints_embedder(landmarks.flatten(1))
        heads = self.inference_generator.gen_inf(pose, state[:-1])
        grid = self.inference_generator.identity_grid + torch.tanh(heads[:, 0:2]).permute(0, 2, 3, 1)
        texture = state[-1].expand(grid.size(0), -1, -1, -1)
        high = F.grid_sample(texture, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        picture = torch.tanh(heads[:, 2:5]) + high
        return 0.5 * (picture.clamp(-1, 1) + 1), torch.sigmoid(heads[:, 5:6])
