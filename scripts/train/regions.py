"""Parts of the face in conditioning maps, found by neutral coordinate. All masks are [N,1,S,S] in [0,1]."""

import torch

LIPS = slice(48, 68)  # of the 68 landmarks
EYES = (slice(36, 42), slice(42, 48))
LIPS_MARGIN = 0.03  # in neutral units, about 7 mm
EYES_MARGIN = 0.02
LEAST_DEPTH = 0.6  # neutral z of what can be a lip or a lid


def box_mask(neutral, points, margin):
    """1 where `neutral` [N,3,S,S] lies over the bounding box of `points` [P,3], seen from the front."""
    lower, upper = points[:, :2].amin(0) - margin, points[:, :2].amax(0) + margin
    inside = torch.ones_like(neutral[:, 0])
    for axis in range(2):
        inside = inside * (neutral[:, axis] >= lower[axis]) * (neutral[:, axis] <= upper[axis])
    return (inside * (neutral[:, 2] > LEAST_DEPTH)).unsqueeze(1)


class Regions:
    """Masks of one face model; `generator` knows what is inside of the mouth."""

    def __init__(self, model_arrays, generator):
        neutral = torch.from_numpy(model_arrays["neutral_coordinates"])
        landmarks = neutral[torch.from_numpy(model_arrays["landmarks68"]).long()]
        self.lips = landmarks[LIPS]
        self.eyes = [landmarks[eye] for eye in EYES]
        self.generator = generator

    def masks(self, maps):
        """{"face", "mouth", "mouth_inside", "lids", "uncovered"} of driver maps [N,10,S,S]."""
        covered, visible, neutral = maps[:, 2:3], maps[:, 3:4], maps[:, 4:7]
        lips = box_mask(neutral, self.lips.to(maps.device), LIPS_MARGIN) * covered
        lids = sum(box_mask(neutral, eye.to(maps.device), EYES_MARGIN) for eye in self.eyes).clamp(max=1) * covered
        with torch.no_grad():
            inside = (self.generator.inside_mouth(neutral.float()) * covered > 0.5).to(maps.dtype)
        return {
            "face": covered,
            "mouth": torch.maximum(lips, inside),
            "mouth_inside": inside,
            "lids": lids,
            "uncovered": covered * (1 - visible),
        }
