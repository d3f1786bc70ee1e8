"""Random damage and variation of training samples. Pictures are float32 (S,S,3) RGB in [0,1]."""

from dataclasses import replace

import cv2
import numpy as np


def mirrored_maps(maps):
    """Maps (…,10,S,S) of the mirrored head: flow, neutral x and normal x change with the axis."""
    maps = maps[..., ::-1].copy()
    maps[..., 0, :, :] *= -1
    maps[..., 4, :, :] = np.where(maps[..., 2, :, :] > 0, 1 - maps[..., 4, :, :], 0)
    maps[..., 7, :, :] *= -1
    return maps


def jittered_crop(crop, rng, shift, scale):
    """`crop` moved by up to `shift` of its side and resized by up to `scale`."""
    side = crop.side * (1 + rng.uniform(-scale, scale))
    centre = np.array([crop.left, crop.top]) + crop.side / 2 + rng.uniform(-shift, shift, 2) * crop.side
    left, top = centre - side / 2
    return replace(crop, left=left, top=top, side=side)


def turned(rotation, axis_angle):
    """Quaternion wxyz `rotation` after a turn by `axis_angle` (rad) in the camera's frame."""
    angle = np.linalg.norm(axis_angle)
    if angle < 1e-9:
        return rotation
    axis = np.asarray(axis_angle) / angle
    w, x, y, z = rotation
    turn = np.sin(angle / 2) * axis
    scalar = np.cos(angle / 2)
    vector = np.array([x, y, z])
    product = np.concatenate(
        [[scalar * w - turn @ vector], scalar * vector + w * turn + np.cross(turn, vector)]
    )
    return product / np.linalg.norm(product)


def jittered_state(state, rng, amount):
    """The errors of a mediocre fit; `amount` 1 is about 0.5 pixels, 0.5° and 0.02 of an expression."""
    return replace(
        state,
        rotation=turned(state.rotation, rng.normal(0, 0.009 * amount, 3)),
        scale=state.scale * np.exp(rng.normal(0, 0.003 * amount)),
        translation=state.translation + rng.normal(0, 0.5 * amount, 2),
        expression=np.clip(state.expression + rng.normal(0, 0.02 * amount, len(state.expression)), 0, 1),
        gaze=state.gaze + rng.normal(0, 0.03 * amount, 4),
    )


def interpolated_state(a, b, share):
    """`share` of the way from `a` to `b`, both of one person in one picture frame."""
    other = b.rotation if a.rotation @ b.rotation >= 0 else -b.rotation
    rotation = (1 - share) * a.rotation + share * other
    return replace(
        a,
        rotation=rotation / np.linalg.norm(rotation),
        scale=a.scale ** (1 - share) * b.scale**share,
        translation=(1 - share) * a.translation + share * b.translation,
        expression=(1 - share) * a.expression + share * b.expression,
        gaze=(1 - share) * a.gaze + share * b.gaze,
    )


def random_colour(rng, strength):
    """A function that changes gain, gamma and saturation of pictures (…,S,S,3), the same way at each call."""
    gain = 1 + rng.uniform(-strength, strength, 3) * 0.5 + rng.uniform(-strength, strength)
    gamma = np.exp(rng.uniform(-strength, strength))
    saturation = 1 + rng.uniform(-strength, strength)

    def change(picture):
        grey = picture.mean(-1, keepdims=True)
        picture = grey + (picture - grey) * saturation
        return np.clip(np.clip(picture, 0, 1) ** gamma * gain, 0, 1).astype(np.float32)

    return change


def degraded(picture, rng):
    """Blur, noise or JPEG, as poor photos have them."""
    kind = rng.integers(3)
    if kind == 0:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.4))
    if kind == 1:
        noisy = picture + rng.normal(0, rng.uniform(0.01, 0.04), picture.shape)
        return np.clip(noisy, 0, 1).astype(np.float32)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 80))]
    encoded = cv2.imencode(".jpg", np.round(picture * 255).astype(np.uint8), quality)[1]
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR).astype(np.float32) / 255


def occluded(picture, rng):
    """An ellipse of one noisy colour over part of the picture."""
    size = len(picture)
    mask = np.zeros((size, size), np.float32)
    centre = tuple(int(value) for value in rng.uniform(0.2, 0.8, 2) * size)
    axes = tuple(int(value) for value in rng.uniform(0.04, 0.14, 2) * size)
    cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    paint = np.clip(rng.uniform(0, 1, 3) + rng.normal(0, 0.05, picture.shape), 0, 1)
    return (picture + mask[..., None] * (paint - picture)).astype(np.float32)


def drop_visibility(maps, rng):
    """Hides a random rectangle of the source from maps (…,10,S,S), in place."""
    size = maps.shape[-1]
    top, left = rng.integers(0, size * 3 // 4, 2)
    height, width = rng.integers(size // 16, size // 4, 2)
    maps[..., 3, top : top + height, left : left + width] = 0
