"""A small orthographic z-buffer, for pictures and for measuring what is visible."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class View:
    """A square picture of `size` pixels, `width_cm` across, centred on a point of the model."""

    centre: np.ndarray
    width_cm: float
    size: int
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0

    def from_model(self, vertices):
        """Vertices in the frame of the viewer (x right, y up, z nearer), centimetres from the centre."""
        yaw, pitch = np.radians([self.yaw_deg, -self.pitch_deg])
        about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
        return (vertices - self.centre) @ (about_y @ about_x).T


def rasterize(view, vertices, triangles):
    """Triangle (-1 for none) and barycentric weights seen by each pixel: (size, size) and (size, size, 3)."""
    points = view.from_model(vertices)
    pixels = points * (view.size / view.width_cm) * [1, -1, 1] + [view.size / 2, view.size / 2, 0]
    corners = pixels[triangles]
    low = np.maximum(np.ceil(corners[:, :, :2].min(axis=1)), 0).astype(int)
    high = np.minimum(np.floor(corners[:, :, :2].max(axis=1)), view.size - 1).astype(int)
    side_1, side_2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = side_1[:, 0] * side_2[:, 1] - side_1[:, 1] * side_2[:, 0]
    faces_viewer = area < 0  # rows grow downwards

    seen_triangle = np.full((view.size, view.size), -1)
    weights = np.zeros((view.size, view.size, 3))
    depth = np.full((view.size, view.size), -np.inf)
    for index in np.flatnonzero(faces_viewer & (low <= high).all(axis=1)):
        left, top = low[index]
        window = np.s_[top : high[index, 1] + 1, left : high[index, 0] + 1]
        rows, columns = np.mgrid[window]
        x, y = columns - corners[index, 0, 0], rows - corners[index, 0, 1]
        w1 = (x * side_2[index, 1] - y * side_2[index, 0]) / area[index]
        w2 = (y * side_1[index, 0] - x * side_1[index, 1]) / area[index]
        w = np.stack([1 - w1 - w2, w1, w2], axis=-1)
        z = w @ corners[index, :, 2]
        nearer = (w >= 0).all(axis=-1) & (z > depth[window])
        depth[window][nearer] = z[nearer]
        seen_triangle[window][nearer] = index
        weights[window][nearer] = w[nearer]
    return seen_triangle, weights


def visible_region(view, vertices, triangles, region):
    """Region seen by each pixel, -1 for none. Triangles lie in one region or join two; the first corner counts."""
    seen_triangle, _ = rasterize(view, vertices, triangles)
    return np.where(seen_triangle >= 0, region[triangles[seen_triangle, 0]], -1)
