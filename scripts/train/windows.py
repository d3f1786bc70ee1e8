"""Windows around mouth and eyes: where they lie, and what the networks that paint them are told.

A window is a rectangle of few pixels that follows the corners of the mouth or of an eye, the head's roll undone, at its
own number of pixels per centimetre. The left eye is mirrored, so that one network serves both. Its maps come from the
program's renderer, on the whole mesh and with the program's flow: the source's face is given in the pixels of the
source's window and the driver's in those of the driver's, so that the flow leads from one window to the other. They are
rendered in a square with a margin, since the renderer fades the flow to zero near the border, and cut to the window.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from augment import mirrored_maps, turned

# Of enum class Region (reenact/core/face_model.h).
MOUTH_INSIDE = (2, 4, 5)  # socket, gums and tongue, teeth
TEETH = (5,)
EYEBALLS = (6, 7)
EYE_SOCKETS = (3,)


@dataclass(frozen=True)
class Window:
    """`anchors`: of the 68 landmarks, those whose mean is the window's middle. `within`: regions of what is painted anew,
    the mouth's inside or the eyeball; `part`: regions told apart. `side`: pixels of the square that is rendered; the flow
    fades over a sixteenth of it at each border."""

    name: str
    height: int
    width: int
    side: int
    px_per_cm: float
    anchors: tuple
    within: tuple
    part: tuple
    mirrored: bool = False

    @property
    def corner(self):
        """Row and column of the window in that square."""
        return (self.side - self.height) // 2, (self.side - self.width) // 2

    def cut(self, planes):
        """The window's part of planes (…,side,side)."""
        row, column = self.corner
        return planes[..., row : row + self.height, column : column + self.width]


MOUTH = Window("mouth", 96, 128, 160, 14.5, (48, 54, 51, 57), MOUTH_INSIDE, TEETH)
RIGHT_EYE = Window("right_eye", 64, 96, 112, 17.0, (36, 39), EYEBALLS, EYE_SOCKETS)
LEFT_EYE = replace(RIGHT_EYE, name="left_eye", anchors=(42, 45), mirrored=True)
NETWORK_WINDOWS = {"mouth": (MOUTH,), "eyes": (RIGHT_EYE, LEFT_EYE)}  # by the network that paints them


@dataclass(frozen=True)
class Similarity:
    """Pixels of a square from those of a picture: scale · rotation by `angle` (rad, clockwise as seen), then `shift`.
    With `mirrored`, what comes out is mirrored about the square's vertical axis."""

    scale: float
    angle: float
    shift: np.ndarray
    side: int
    mirrored: bool

    def of_state(self, state):
        """The face in the square before it is mirrored."""
        turn = np.array([0.0, 0.0, -self.angle])
        return replace(
            state,
            rotation=turned(state.rotation, turn),
            scale=state.scale * self.scale,
            translation=self.linear() @ state.translation + self.shift,
        )

    def linear(self):
        c, s = self.scale * np.cos(self.angle), self.scale * np.sin(self.angle)
        return np.array([[c, -s], [s, c]])

    def matrix(self):
        """2×3, mirroring included."""
        matrix = np.column_stack([self.linear(), self.shift])
        if self.mirrored:
            matrix[0] = -matrix[0]
            matrix[0, 2] += self.side - 1
        return matrix

    def cut(self, picture):
        """`picture` (H,W,3) resampled to the square, antialiased; its border is repeated."""
        if self.scale < 0.8:
            picture = cv2.GaussianBlur(picture, (0, 0), 0.45 * np.sqrt(self.scale**-2 - 1))
        size = (self.side, self.side)
        return cv2.warpAffine(picture, self.matrix(), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def place(model, window, state, zoom=1.0, angle=0.0, shift=(0.0, 0.0)):
    """Where `window` lies on the face of `state` (picture pixels), moved by `zoom`, `angle` (rad), `shift` (pixels)."""
    w, x, y, z = state.rotation
    up = np.array([2 * (x * y - w * z), 2 * (x * x + z * z) - 1])  # of the head, in the picture
    scale = zoom * window.px_per_cm / state.scale
    upright = Similarity(scale, angle - np.arctan2(up[0], -up[1]), np.zeros(2), window.side, window.mirrored)
    anchors = state.vertices(model)[model.arrays["landmarks68"][list(window.anchors)], :2]
    middle = np.full(2, (window.side - 1) / 2) + shift
    return replace(upright, shift=middle - upright.linear() @ anchors.mean(0))


class WindowRenderer:
    """Maps of one window of one source, placed at `here` on the source's `state` (picture pixels)."""

    def __init__(self, model, window, state, here):
        self.model, self.window = model, window
        self.state = here.of_state(state)
        source = self.state.native(model.binding)
        self.renderer = model.binding.ConditioningRenderer(model.native, source, window.side)

    def source_maps(self):
        """float32 [12,side,side]: conditioning maps, then 1 within mouth or eyeball, then 1 on teeth or eye socket."""
        return self._with_regions(self.renderer.source_maps(), self.state)

    def render(self, state, here):
        """The same of a driver's `state` (picture pixels) in its own window at `here`."""
        moved = here.of_state(state)
        return self._with_regions(self.renderer.render(moved.native(self.model.binding)), moved)

    def _with_regions(self, maps, state):
        regions = self.model.binding.region_map(self.model.native, state.vertices(self.model), self.window.side)
        planes = [np.isin(regions, kinds).astype(np.float32) for kinds in (self.window.within, self.window.part)]
        if not self.window.mirrored:
            return np.concatenate([maps, planes])
        return np.concatenate([mirrored_maps(maps), [plane[:, ::-1] for plane in planes]])


def warped(window, source, maps):
    """`source` (side,side,3) float32 in its window, read where the flow of `maps` says: (side,side,3)."""
    rows, columns = np.mgrid[0 : window.side, 0 : window.side].astype(np.float32)
    flow = maps[:2] * window.side / 2
    return cv2.remap(source, columns + flow[0], rows + flow[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
