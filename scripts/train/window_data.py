"""Training samples of windows: a source, two drivers, and what the mouth's inside looks like in a driver's picture.

Clip samples take frames of a clip; the second driver has a picture of its own, or lies a small step from the first and
has none (temporal loss). Still samples move the photo by the geometry and ask for it back, as in data.py. Sample i is
drawn with the random numbers of (seed, i).
"""

from dataclasses import replace

import cv2
import numpy as np
import torch
from augment import degraded, interpolated_state, jittered_state, random_colour
from data import PreparedData, TrainingSamples, still_moved
from native import FaceModel
from torch.utils.data import Dataset
from windows import MOUTH, NETWORK_WINDOWS, WindowRenderer, place, warped

# What two frames are to differ in, or to be alike in, by network.
CONTRASTS = {"mouth": ("jawOpen",), "eyes": ("eyeBlink_L", "eyeBlink_R")}
INNER_LIPS = tuple(range(60, 68))  # of the 68 landmarks
LEAST_INSIDE = 30  # pixels: smaller mouths are not opened
LEAST_STRETCH, MOST_STRETCH = 0.6, 1.6  # of an inside that is laid onto another mouth
CANDIDATES = 6  # draws of which the most contrasting one is taken
STEP = 0.15  # of the way to another frame: a validation pair's second driver
OTHER_FRAMES = 8  # drawn for an inside; the one whose mouth is most alike is taken


def affine_between(points, others):
    """2×3 that brings `points` [P,2] closest to `others` (least squares), its stretches limited."""
    centred, target = points - points.mean(0), others - others.mean(0)
    left, stretch, right = np.linalg.svd(np.linalg.lstsq(centred, target, rcond=None)[0].T)
    linear = left @ np.diag(np.clip(stretch, LEAST_STRETCH, MOST_STRETCH)) @ right
    return np.column_stack([linear, others.mean(0) - linear @ points.mean(0)])


def jittered_inside(planes, rng):
    """Turned by up to 7°, scaled by up to 14 %, moved by 2 pixels: planes (S,S,4)."""
    side = len(planes)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-7, 7), np.exp(rng.uniform(-0.14, 0.14)))
    matrix[:, 2] += rng.normal(0, 2.0, 2)
    return cv2.warpAffine(planes, matrix, (side, side), flags=cv2.INTER_LINEAR)


def recoloured_inside(planes, rng):
    """Other light, another camera, a softer picture: planes (S,S,4)."""
    colours, mask = planes[..., :3], planes[..., 3:]
    side = len(planes)
    if rng.random() < 0.5:
        small = max(2, int(side / rng.uniform(1, 3)))
        colours = cv2.resize(colours, (small, small), interpolation=cv2.INTER_AREA)
        colours = cv2.resize(colours, (side, side), interpolation=cv2.INTER_LINEAR)
    grey = colours.mean(-1, keepdims=True)
    colours = np.clip(grey + (colours - grey) * rng.uniform(0.3, 1.5), 0, 1) ** np.exp(rng.uniform(-0.4, 0.4))
    gain = np.exp(rng.uniform(-0.5, 0.4)) * np.exp(rng.uniform(-0.15, 0.15, 3))
    colours = np.clip(colours * gain + rng.uniform(-0.08, 0.08), 0, 1)
    if rng.random() < 0.3:
        mask = cv2.erode(mask[..., 0], np.ones((3, 3)), iterations=int(rng.integers(1, 3)))[..., None]
    return np.concatenate([colours, mask], -1).astype(np.float32)


def contrasts_of(network, model):
    """[E] 1 for the expressions that count."""
    return np.array([float(name in CONTRASTS[network]) for name in model.expression_names])


def no_inside(window):
    return np.zeros((window.side, window.side, 4), np.float32)


class WindowSampleMaker:
    """Arrays of one sample of `window` from pictures (H,W,3) uint8 and states in their pixels."""

    def __init__(self, model, window):
        self.model, self.window = model, window

    def cut(self, picture, here):
        return np.clip(here.cut(picture).astype(np.float32) / 255, 0, 1)

    def known(self, picture, here):
        """Where the square shows the picture: (S,S) float32."""
        inside = np.ones(picture.shape[:2], np.float32)
        return cv2.warpAffine(inside, here.matrix(), (self.window.side,) * 2, flags=cv2.INTER_LINEAR)

    def inside_of(self, picture, state, here):
        """Colours and mask (S,S,4) of the mouth's inside that `picture` shows."""
        renderer = WindowRenderer(self.model, self.window, state, here)
        mask = renderer.source_maps()[10][..., None]
        return np.concatenate([self.cut(picture, here) * mask, mask], -1)

    def lips(self, state, here):
        """[8,2] inner lips in the square."""
        points = state.vertices(self.model)[self.model.arrays["landmarks68"][list(INNER_LIPS)], :2]
        matrix = here.matrix()
        return points @ matrix[:, :2].T + matrix[:, 2]

    def inside_of_another(self, picture, other, state, here):
        """The inside that the `picture` of the state `other` shows, laid onto the mouth of `state` at `here`."""
        there = place(self.model, self.window, other)
        planes = self.inside_of(picture, other, there)
        matrix = affine_between(self.lips(other, there), self.lips(state, here))
        return cv2.warpAffine(planes, matrix, planes.shape[:2], flags=cv2.INTER_LINEAR)

    def sample(self, source, source_state, source_here, drivers):
        """`source` (S,S,3) in its window. `drivers`: (state, where, target (S,S,3), known (S,S), inside (S,S,4)) each."""
        cut = self.window.cut
        renderer = WindowRenderer(self.model, self.window, source_state, source_here)
        frames = {"warped": [], "maps": [], "interior": [], "target": [], "valid": []}
        for state, here, target, known, inside in drivers:
            maps = renderer.render(state, here)
            inside = np.clip(inside, 0, 1)
            mask = inside[..., 3:] * maps[10][..., None]
            inside = np.concatenate([inside[..., :3] * mask, mask], -1)
            frames["warped"].append(cut(warped(self.window, source, maps).transpose(2, 0, 1)))
            frames["maps"].append(cut(maps))
            frames["interior"].append(cut(inside.transpose(2, 0, 1)))
            frames["target"].append(cut(target.transpose(2, 0, 1)))
            frames["valid"].append(cut(known[None]))
        sample = {"source": source.transpose(2, 0, 1), "source_maps": renderer.source_maps()}
        return {**sample, **{name: np.stack(planes) for name, planes in frames.items()}}

    def step_between(self, first, first_here, second, second_here):
        """Flow in grid units of the window and visibility, from the second driver's window to the first's."""
        maps = WindowRenderer(self.model, self.window, first, first_here).render(second, second_here)
        shape = np.float32([self.window.width, self.window.height])[:, None, None]
        flow = self.window.cut(maps[:2]) * self.window.side / shape
        return {"step_flow": flow, "step_visible": self.window.cut(maps[2:3] * maps[3:4])}, maps


class WindowSamples(Dataset):
    """Training samples of the network that paints `config["network"]["windows"]`."""

    def __init__(self, folder, config, seed):
        self.model = FaceModel()
        self.data = PreparedData(folder, self.model)
        self.settings, self.seed = config["data"], seed
        self.has_inside = config["network"]["windows"] == "mouth"
        windows = (MOUTH, replace(MOUTH, mirrored=True)) if self.has_inside else NETWORK_WINDOWS["eyes"]
        self.makers = [WindowSampleMaker(self.model, window) for window in windows]
        self.count = config["training"]["steps"] * config["training"]["batch_size"]
        self.clips = [item for item in self.data.of("train", "clip") if item["count"] >= 2]
        self.stills = self.data.of("train", "still")
        self.clip_shares, self.still_shares = TrainingSamples.shares(self.clips), TrainingSamples.shares(self.stills)
        self.contrasts = contrasts_of(config["network"]["windows"], self.model)
        if not self.clips:
            raise ValueError(f"{folder} holds no clips for training; prepare the data again")

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        rng = np.random.default_rng([self.seed, index])
        maker = self.makers[rng.integers(len(self.makers))]
        from_still = self.stills and rng.random() < self.settings["still_share"]
        sample = self.still_sample(maker, rng) if from_still else self.clip_sample(maker, rng)
        return augmented(sample, rng, self.settings)

    def place(self, maker, state, rng):
        """The window, moved a little."""
        zoom = np.exp(rng.uniform(-1, 1) * self.settings["window_zoom"])
        angle = np.radians(rng.normal(0, self.settings["window_turn_deg"]))
        shift = rng.uniform(-1, 1, 2) * self.settings["window_shift"]
        return place(self.model, maker.window, state, zoom, angle, shift)

    def jitter(self, state, rng):
        return jittered_state(state, rng, self.settings["fit_jitter"] * rng.random())

    def distance(self, item, a, b):
        difference = self.data.state(item, a).expression - self.data.state(item, b).expression
        return float(self.contrasts @ np.abs(difference))

    def clip_sample(self, maker, rng):
        item = self.clips[rng.choice(len(self.clips), p=self.clip_shares)]
        draws = CANDIDATES if rng.random() < self.settings["contrast_share"] else 1
        pairs = [rng.choice(item["count"], 3, replace=item["count"] < 3) for _ in range(draws)]
        source, first, second = (int(k) for k in max(pairs, key=lambda p: self.distance(item, p[0], p[1])))
        close = rng.random() < self.settings["temporal_share"]
        states = {k: self.data.state(item, k) for k in {source, first, second}}
        here = self.place(maker, states[source], rng)
        picture = maker.cut(self.data.picture(item, source), here)
        drivers = [self.driver(maker, item, first, states[first], rng)]
        between = nothing_between(maker.window)
        if close:
            step = interpolated_state(states[first], states[second], rng.uniform(0.05, 0.25))
            drivers, between = close_drivers(maker, drivers[0], step)
        else:
            drivers.append(self.driver(maker, item, second, states[second], rng))
        return {**maker.sample(picture, self.jitter(states[source], rng), here, drivers), **between}

    def driver(self, maker, item, k, state, rng):
        here = self.place(maker, state, rng)
        picture = self.data.picture(item, k)
        inside = self.inside(maker, item, k, state, here, picture, rng)
        told = self.jitter(state, rng)
        return told, here, maker.cut(picture, here), maker.known(picture, here), inside

    def inside(self, maker, item, k, state, here, picture, rng):
        """What is told of the mouth's inside: nothing, that of the target moved a little, or that of another frame."""
        if not self.has_inside or rng.random() >= self.settings["inside_share"]:
            return no_inside(maker.window)
        if rng.random() < 0.5:
            planes = jittered_inside(maker.inside_of(picture, state, here), rng)
        else:
            others = [int(other) for other in rng.integers(0, item["count"], OTHER_FRAMES) if other != k] or [k]
            other = min(others, key=lambda other: self.distance(item, other, k))
            planes = maker.inside_of_another(
                self.data.picture(item, other), self.data.state(item, other), state, here
            )
        if planes[..., 3].sum() < LEAST_INSIDE:
            return no_inside(maker.window)
        return recoloured_inside(planes, rng)

    def still_sample(self, maker, rng):
        item = self.stills[rng.choice(len(self.stills), p=self.still_shares)]
        state, picture = self.data.state(item, 0), self.data.picture(item, 0)
        donor = self.clips[rng.choice(len(self.clips), p=self.clip_shares)]
        moved = still_moved(state, self.data.state(donor, int(rng.integers(donor["count"]))), rng)
        here, there = self.place(maker, state, rng), self.place(maker, moved, rng)
        photo = maker.cut(picture, here)
        maps = WindowRenderer(self.model, maker.window, state, here).render(moved, there)
        source = np.clip(warped(maker.window, photo, maps), 0, 1)
        hidden = cv2.GaussianBlur(maps[2] * (1 - maps[3]), (0, 0), 1)[..., None]
        crude = cv2.GaussianBlur(source, (0, 0), 5) * rng.uniform(0.3, 1.0)
        source = source + hidden * (crude - source)
        inside = no_inside(maker.window)
        if self.has_inside and rng.random() < self.settings["inside_share"]:
            inside = recoloured_inside(jittered_inside(maker.inside_of(picture, state, here), rng), rng)
        first = (state, here, photo, maker.known(picture, here), inside)
        drivers, between = close_drivers(maker, first, interpolated_state(state, moved, rng.uniform(0.05, 0.25)))
        return {**maker.sample(source, moved, there, drivers), **between}


def close_drivers(maker, first, step):
    """The first driver and a small step from it, which shows the same inside but has no picture; and the flow between."""
    state, here, target, known, inside = first
    between, maps = maker.step_between(state, here, step, here)
    inside = warped(maker.window, inside, maps)
    return [first, (step, here, np.zeros_like(target), np.zeros_like(known), inside)], between


def nothing_between(window):
    flow = np.zeros((2, window.height, window.width), np.float32)
    return {"step_flow": flow, "step_visible": flow[:1]}


def augmented(sample, rng, settings):
    """Tensors, after the same change of colours to all pictures and some damage to the source. What is warped from a
    damaged source is damaged alike."""
    change = random_colour(rng, settings["colour"])
    for name in ("source", "warped", "target"):
        sample[name] = np.moveaxis(change(np.moveaxis(sample[name], -3, -1)), -1, -3)
    if rng.random() < settings["degrade_share"]:
        seed = int(rng.integers(2**31))
        for pictures in (sample["source"][None], sample["warped"]):
            for planes in pictures:
                picture = np.ascontiguousarray(planes.transpose(1, 2, 0))
                planes[:] = degraded(picture, np.random.default_rng(seed)).transpose(2, 0, 1)
    return {name: torch.from_numpy(np.ascontiguousarray(array, np.float32)) for name, array in sample.items()}


class WindowPairs(Dataset):
    """Fixed pairs of the validation persons: the first kept frame of a clip is the source. The second driver lies a small
    step from the first and has no picture. `inside`: None, or "other" for the inside of the frame that is most alike, in
    changed colours."""

    def __init__(self, folder, name, pairs_per_clip, inside=None):
        self.model = FaceModel()
        self.data = PreparedData(folder, self.model)
        self.makers = [WindowSampleMaker(self.model, window) for window in NETWORK_WINDOWS[name]]
        self.inside = inside
        self.contrasts = contrasts_of(name, self.model)
        self.pairs = []
        for item in self.data.of("validation", "clip"):
            drivers = np.unique(np.linspace(1, item["count"] - 1, pairs_per_clip).astype(int))
            self.pairs.extend((item, int(k), maker) for k in drivers for maker in self.makers)

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        item, k, maker = self.pairs[index]
        source, state = self.data.state(item, 0), self.data.state(item, k)
        here, there = place(self.model, maker.window, source), place(self.model, maker.window, state)
        picture = self.data.picture(item, k)
        inside = self.inside_from_another_frame(item, k, state, there, maker) if self.inside else no_inside(maker.window)
        driver = (state, there, maker.cut(picture, there), maker.known(picture, there), inside)
        step = interpolated_state(state, self.data.state(item, (k + 1) % item["count"]), STEP)
        drivers, between = close_drivers(maker, driver, step)
        sample = maker.sample(maker.cut(self.data.picture(item, 0), here), source, here, drivers)
        sample.update(between)
        return {name: torch.from_numpy(np.ascontiguousarray(array, np.float32)) for name, array in sample.items()}

    def inside_from_another_frame(self, item, k, state, there, maker):
        others = [other for other in range(item["count"]) if other not in (0, k)] or [k]
        expression = {other: self.data.state(item, other).expression for other in others}
        other = min(others, key=lambda other: float(self.contrasts @ np.abs(expression[other] - state.expression)))
        planes = maker.inside_of_another(self.data.picture(item, other), self.data.state(item, other), state, there)
        grey = planes[..., :3].mean(-1, keepdims=True)
        planes[..., :3] = np.clip((grey + (planes[..., :3] - grey) * 0.7) * [0.75, 0.8, 0.95], 0, 1)
        return planes
