"""How near a painted window is to the true one. Errors are mean absolute differences of 255."""

import cv2
import numpy as np
import torch
from window_losses import relative_distance

LEAST_PIXELS = 100  # of a region, or it is not measured
AROUND = 7  # pixels: the ring of lips or lids about what is painted anew


def mean_gradients(picture, mask):
    grey = picture.mean(-1)
    size = np.abs(np.diff(grey, axis=1))[:-1] + np.abs(np.diff(grey, axis=0))[:, :-1]
    return float(size[mask[:-1, :-1]].mean())


def aligned(picture, target):
    """`picture` laid onto `target` by optical flow (DIS), so that what counts is what is shown and not where."""
    grey = [cv2.cvtColor(np.uint8(np.clip(p, 0, 1) * 255), cv2.COLOR_RGB2GRAY) for p in (target, picture)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)
    rows, columns = np.mgrid[0 : len(target), 0 : target.shape[1]].astype(np.float32)
    place = columns + flow[..., 0], rows + flow[..., 1]
    return cv2.remap(picture.astype(np.float32), *place, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def measures(picture, target, within, covered, features=None):
    """Of a window (h,w,3) in [0,1]: `inside`, `inside_aligned` and `gradient` (as a pair: ours, true) within the mask of
    what is painted anew; `ring_aligned` and `ring_gradient` around it; `window` on the face; with `features`, a function
    of pictures [N,3,h,w], their `feature_distance`. Regions of fewer than LEAST_PIXELS have no measure."""
    ring = cv2.dilate(within.astype(np.uint8), np.ones((2 * AROUND + 1,) * 2, np.uint8)) > 0
    ring &= covered & ~within
    error, rest = (255 * np.abs(p - target).mean(-1) for p in (picture, aligned(picture, target)))
    found = {"window": float(error[covered].mean())} if covered.any() else {}
    if within.sum() >= LEAST_PIXELS:
        found["inside"], found["inside_aligned"] = float(error[within].mean()), float(rest[within].mean())
        found["gradient"] = [mean_gradients(picture, within), mean_gradients(target, within)]
    if ring.sum() >= LEAST_PIXELS:
        found["ring_aligned"] = float(rest[ring].mean())
        found["ring_gradient"] = [mean_gradients(picture, ring), mean_gradients(target, ring)]
    if features is not None:
        pair = [torch.from_numpy(np.float32(p).transpose(2, 0, 1))[None] for p in (picture, target)]
        with torch.no_grad():
            found["feature_distance"] = float(relative_distance(*(features(p) for p in pair)))
    return found
