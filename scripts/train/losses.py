"""The losses of training. Every term is a mean over pixels or samples; its weight stands in the config.

pixel, gradient, pyramid   L1 of colours, of their gradients and of a Laplacian pyramid, weighted by region
perceptual, identity       features and cosine of embeddings of the face-recognition network
adversarial                hinge patch discriminator of aligned faces (Lim and Ye 2017; Isola et al. 2017)
feature_match              L1 of the discriminator's features (Wang et al. 2018)
temporal                   outputs of two close drivers, one warped onto the other by the geometric flow
trust                      how far the weight is from the photo where the photo shows what belongs there
residual, smoothness       size and variation of the residual flow
range                      weight and colour beyond [0,1], which the clamp hides
detector                   a TorchScript real/fake detector given by path: it is to call the output real
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from recognition import FaceRecognition, align_faces, default_path
from torch import nn

GENERATOR_TERMS = (
    "pixel",
    "gradient",
    "pyramid",
    "perceptual",
    "identity",
    "adversarial",
    "feature_match",
    "temporal",
    "trust",
    "residual",
    "smoothness",
    "range",
    "detector",
)


def weighted_mean(values, weight):
    """Mean of `values` [N,C,H,W] under `weight` [N,1,H,W]."""
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1e-6)


def gradients(x):
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def gradient_loss(output, target, weight):
    (ox, oy), (tx, ty) = gradients(output), gradients(target)
    return weighted_mean((ox - tx).abs(), weight[..., :, 1:]) + weighted_mean((oy - ty).abs(), weight[..., 1:, :])


def pyramid_loss(output, target, weight, levels):
    """L1 of the bands of a Laplacian pyramid (Burt and Adelson 1983) with box filters."""
    total = output.new_zeros(())
    difference = output - target
    for _ in range(levels):
        coarse = F.avg_pool2d(difference, 2)
        band = difference - F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        total = total + weighted_mean(band.abs(), weight)
        difference, weight = coarse, F.avg_pool2d(weight, 2)
    return total + weighted_mean(difference.abs(), weight)


class PatchDiscriminator(nn.Module):
    """Scores patches of an aligned face (3 channels) given the driver's maps of it (10 channels)."""

    def __init__(self, width, layers=4):
        super().__init__()
        channels = [13] + [width * 2 ** min(i, 3) for i in range(layers)]
        self.stages = nn.ModuleList(
            nn.utils.spectral_norm(nn.Conv2d(channels[i], channels[i + 1], 4, stride=2, padding=1))
            for i in range(layers)
        )
        self.score = nn.utils.spectral_norm(nn.Conv2d(channels[-1], 1, 3, padding=1))

    def forward(self, picture, maps):
        """(scores [N,1,S/16,S/16], features of the stages)"""
        x = torch.cat([2 * picture - 1, maps], 1)
        features = []
        for stage in self.stages:
            x = F.leaky_relu(stage(x), 0.2)
            features.append(x)
        return self.score(x), features


def leaky_clamp(x, leak=0.1):
    """x clamped to [0,1] whose gradient does not vanish outside."""
    clamped = x.clamp(0, 1)
    beyond = leak * (x - clamped)
    return clamped + beyond - beyond.detach()


def load_detector(path, device):
    """A TorchScript module: pictures [N,3,H,W] RGB in [0,1] -> logit [N] or [N,1], positive for real."""
    if not path or not Path(path).is_file():
        raise FileNotFoundError(f"the loss 'detector' has a weight but its file '{path}' is missing; set detector_path")
    return torch.jit.load(str(path), map_location=device).eval()


class Losses:
    """All terms for one batch. `weights`: the section "losses" of a config; a term of weight 0 is not computed."""

    def __init__(self, weights, regions, device):
        self.weights = weights
        self.regions = regions
        unknown = set(weights["terms"]) - set(GENERATOR_TERMS)
        if unknown:
            raise ValueError(f"unknown losses in the config: {', '.join(sorted(unknown))}")
        self.recognition = None
        if self.weight("perceptual") > 0 or self.weight("identity") > 0:
            path = weights.get("recognition_path") or default_path()
            self.recognition = FaceRecognition(path).to(device)
        self.detector = load_detector(weights.get("detector_path"), device) if self.weight("detector") > 0 else None

    def weight(self, term):
        return float(self.weights["terms"].get(term, 0))

    def pixel_weight(self, maps, valid):
        """[N,1,S,S]: where an error counts, and how much; face, mouth and lids count more than the background."""
        masks = self.regions.masks(maps)
        importance = self.weights["regions"]
        weight = importance["background"] + torch.zeros_like(valid)
        for name in ("face", "uncovered", "mouth", "lids", "mouth_inside"):
            weight = torch.maximum(weight, importance[name] * masks[name])
        return weight * valid

    def reconstruction(self, output, target, weight):
        terms = {}
        if self.weight("pixel") > 0:
            terms["pixel"] = weighted_mean((output - target).abs(), weight)
        if self.weight("gradient") > 0:
            terms["gradient"] = gradient_loss(output, target, weight)
        if self.weight("pyramid") > 0:
            terms["pyramid"] = pyramid_loss(output, target, weight, 4)
        return terms

    def recognition_terms(self, output, target, alignment):
        if self.recognition is None:
            return {}
        with torch.no_grad():
            target_features, target_embedding = self.recognition(align_faces(target, alignment))
        features, embedding = self.recognition(align_faces(output, alignment))
        scale = [feature.abs().mean() + 1e-6 for feature in target_features]
        distances = [(a - b).abs().mean() / s for a, b, s in zip(features, target_features, scale)]
        return {
            "perceptual": sum(distances) / len(distances),
            "identity": 1 - F.cosine_similarity(embedding, target_embedding, dim=1).mean(),
        }

    def temporal(self, first, second, step_flow, step_visible, grid):
        position = (grid + step_flow).permute(0, 2, 3, 1)
        moved = F.grid_sample(first, position, mode="bilinear", padding_mode="border", align_corners=False)
        return weighted_mean((second - moved).abs(), step_visible)

    def trust(self, weight, maps, valid):
        """Mean of 1 − `weight` [N,1,S,S] over background, hair and visible skin; not over lips and lids. Without it the
        network blurs whatever is a little out of place."""
        masks = self.regions.masks(maps)
        shown = (1 - torch.maximum(masks["uncovered"], torch.maximum(masks["mouth"], masks["lids"]))) * valid
        return ((1 - weight).clamp(min=0) * shown).mean()

    @staticmethod
    def flow_terms(residual):
        dx, dy = gradients(residual)
        return {"residual": residual.abs().mean(), "smoothness": dx.abs().mean() + dy.abs().mean()}

    @staticmethod
    def range_term(weight, colour):
        both = torch.cat([weight, colour], 1)
        return (both - both.clamp(0, 1)).square().mean()

    def total(self, terms):
        return sum(self.weight(name) * value for name, value in terms.items() if self.weight(name) > 0)


def discriminator_loss(real_score, fake_score):
    """Hinge loss of the discriminator."""
    return F.relu(1 - real_score).mean() + F.relu(1 + fake_score).mean()


def generator_adversarial_terms(fake_score, fake_features, real_features):
    matched = [(fake - real.detach()).abs().mean() for fake, real in zip(fake_features, real_features)]
    return {"adversarial": -fake_score.mean(), "feature_match": sum(matched) / len(matched)}


def detector_term(detector, picture):
    """Softplus of the negative logit: how far the detector is from calling the picture real."""
    return F.softplus(-detector(picture).reshape(len(picture))).mean()
