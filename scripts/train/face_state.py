"""The face of one picture as plain numbers, and the geometry of crops: the same as in the C++ program."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class FaceState:
    """identity [K], expression [E] in [0,1], rotation wxyz [4], scale (px/cm), translation [2] (px), gaze [4]
    (right yaw, right pitch, left yaw, left pitch in radians). Pixels are those of the picture it belongs to."""

    identity: np.ndarray
    expression: np.ndarray
    rotation: np.ndarray
    scale: float
    translation: np.ndarray
    gaze: np.ndarray

    @staticmethod
    def of_fit(fit, identity=None):
        return FaceState(
            np.asarray(fit.identity if identity is None else identity),
            np.asarray(fit.expression),
            np.asarray(fit.pose.rotation_wxyz),
            fit.pose.scale,
            np.asarray(fit.pose.translation),
            np.concatenate([fit.gaze.right, fit.gaze.left]),
        )

    def pack(self):
        """float32 [K + E + 11]"""
        parts = [self.identity, self.expression, self.rotation, [self.scale], self.translation, self.gaze]
        return np.concatenate(parts).astype(np.float32)

    @staticmethod
    def unpack(values, identity_count, expression_count):
        values = np.asarray(values, np.float64)
        if len(values) != identity_count + expression_count + 11:
            raise ValueError(f"a fit of {len(values)} numbers is not of this face model; prepare the data again")
        ends = np.cumsum([identity_count, expression_count, 4, 1, 2])
        identity, expression, rotation, scale, translation, gaze = np.split(values, ends)
        return FaceState(identity, expression, rotation, float(scale[0]), translation, gaze)

    def native(self, binding):
        pose = binding.Pose(self.rotation, self.scale, self.translation)
        return binding.FaceState(self.identity, self.expression, self.native_gaze(binding), pose)

    def native_gaze(self, binding):
        return binding.Gaze(self.gaze[:2], self.gaze[2:])

    def vertices(self, model):
        """float32 [V,3] in pixels, depth larger is nearer."""
        pose = model.binding.Pose(self.rotation, self.scale, self.translation)
        return model.binding.project_face(
            model.native, self.identity, self.expression, self.native_gaze(model.binding), pose
        )


@dataclass(frozen=True)
class CropSquare:
    """Square of a picture in its pixels; the picture's own edge is at −0.5."""

    left: float
    top: float
    side: float


def head_crop(model, state):
    """Square around head, hair and neck: head_crop() of reenact/core/crop.h."""
    pose = model.binding.Pose(state.rotation, state.scale, state.translation)
    return CropSquare(*model.binding.head_crop(model.native, state.identity, pose))


def state_in_crop(state, crop, size):
    """The same face in the pixels of the resampled crop: pose_in_crop() of reenact/core/crop.h."""
    corner = np.array([crop.left, crop.top])
    translation = (state.translation - corner) * (size / crop.side) - 0.5
    return replace(state, scale=state.scale * size / crop.side, translation=translation)


def tent_filters(start, side, size, length):
    """Resampling matrix float32 [size, length] of an anti-aliasing tent; what lies beyond repeats the edge."""
    step = side / size
    reach = max(step, 1.0)
    centres = start + (np.arange(size)[:, None] + 0.5) * step
    taps = np.floor(centres - reach).astype(int) + np.arange(1, int(np.ceil(2 * reach)) + 1)
    weights = np.maximum(1 - np.abs(taps - centres) / reach, 0)
    weights /= weights.sum(1, keepdims=True)
    matrix = np.zeros((size, length), np.float32)
    rows = np.broadcast_to(np.arange(size)[:, None], taps.shape)
    np.add.at(matrix, (rows, np.clip(taps, 0, length - 1)), weights)
    return matrix


def extract_crop(image, crop, size):
    """`image` (H,W,3) resampled to float32 (size,size,3): extract_crop() of reenact/compose/crop_image.h."""
    rows = tent_filters(crop.top, crop.side, size, image.shape[0])
    columns = tent_filters(crop.left, crop.side, size, image.shape[1])
    narrow = np.einsum("hwc,xw->hxc", image.astype(np.float32), columns, optimize=True)
    return np.einsum("hxc,yh->yxc", narrow, rows, optimize=True)


def inside_picture(image_shape, crop, size):
    """float32 (size,size): 1 where the crop's pixel centre lies in the picture."""
    centres = (np.arange(size) + 0.5) * crop.side / size
    rows, columns = crop.top + centres, crop.left + centres
    inside_rows = (rows >= -0.5) & (rows <= image_shape[0] - 0.5)
    inside_columns = (columns >= -0.5) & (columns <= image_shape[1] - 0.5)
    return np.outer(inside_rows, inside_columns).astype(np.float32)
