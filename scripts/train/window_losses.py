"""The losses of window networks. Every term is a mean; its weight stands in the config.

pixel, gradient    L1 of colours and of their gradients; what is painted anew counts `inside` times
perceptual         features of three resolutions of the face-recognition network
adversarial        relativistic pairs: the discriminator is to score a true window above ours of the same maps, ours to
                   close the gap (Jolicoeur-Martineau 2019); it is held by R1 and R2, the squared gradients of its score
                   on true windows and on ours (Mescheder et al. 2018; Huang et al. 2024)
feature_match      L1 of the discriminator's features (Wang et al. 2018)
temporal           outputs of two close drivers, one warped onto the other by the geometric flow
range              colours beyond [0,1], which the clamp hides
"""

import torch
import torch.nn.functional as F
from losses import gradient_loss, weighted_mean
from recognition import FaceRecognition, default_path

TERMS = ("pixel", "gradient", "perceptual", "adversarial", "feature_match", "temporal", "range")
RECOGNITION_BLOCKS = 10  # a window is too small for more
RECOGNITION_SCALE = 1.5  # brings a window near the pixels per centimetre of aligned faces' features


class WindowLosses:
    def __init__(self, settings, device):
        """Raises FileNotFoundError when the face-recognition network is needed and missing."""
        self.settings = settings
        self.recognition = None
        if self.weight("perceptual") > 0:
            path = settings.get("recognition_path", default_path())
            self.recognition = FaceRecognition(path).to(device).eval().requires_grad_(False)

    def weight(self, term):
        return self.settings["terms"][term]

    def pixel_weight(self, maps, valid):
        """[N,1,h,w]: face 1, what is painted anew `inside`, elsewhere `background`; 0 where the target is not known."""
        face = self.settings["background"] + maps[:, 2:3] * (1 - self.settings["background"])
        return (face + maps[:, 10:11] * (self.settings["inside"] - 1)) * valid

    def reconstruction(self, output, target, weight):
        return {
            "pixel": weighted_mean((output - target).abs(), weight),
            "gradient": gradient_loss(output, target, weight),
            "range": (output - output.clamp(0, 1)).square().mean(),
        }

    def features(self, pictures):
        larger = F.interpolate(pictures, scale_factor=RECOGNITION_SCALE, mode="bilinear", align_corners=False)
        return self.recognition.features(larger.contiguous(memory_format=torch.channels_last), RECOGNITION_BLOCKS)[0]

    def perceptual(self, output, target):
        with torch.no_grad():
            wanted = self.features(target)
        return relative_distance(self.features(output), wanted)

    def total(self, terms):
        return sum(self.weight(name) * value for name, value in terms.items() if self.weight(name) > 0)


def temporal(first, second, step_flow, step_visible):
    """Difference of `second` [N,3,h,w] to `first`, warped onto it by the flow in grid units of the window."""
    height, width = first.shape[-2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    here = torch.stack([(2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1]).to(first)
    moved = F.grid_sample(first, (here + step_flow).permute(0, 2, 3, 1), padding_mode="border", align_corners=False)
    return weighted_mean((second - moved).abs(), step_visible)


def relative_distance(features, wanted):
    """Mean over layers of the mean difference in units of the wanted features' mean size."""
    distances = [(a - b).abs().mean() / (b.abs().mean() + 1e-6) for a, b in zip(features, wanted)]
    return sum(distances) / len(distances)


def discriminator_loss(real_score, fake_score):
    return F.softplus(fake_score - real_score).mean()


def score_gradient(discriminator, pictures, maps):
    """Mean over `pictures` of the squared gradient of their mean score."""
    pictures = pictures.detach().requires_grad_(True)
    score = discriminator(pictures, maps)[0].mean((1, 2, 3)).sum()
    (gradient,) = torch.autograd.grad(score, pictures, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()
