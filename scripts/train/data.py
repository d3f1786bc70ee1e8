"""Training samples: a source, two drivers and the pictures of the drivers.

Clip samples: frames of one clip. Still samples: the photo is the target, and the source is the same photo moved to
another pose and expression by the geometry, with what was hidden filled crudely. The second driver is either another
frame with its picture, or it has none and lies a small step away from the first: then the known flow between the two
is what the temporal loss needs.
"""

from dataclasses import replace

import cv2
import numpy as np
import torch
from augment import (
    degraded,
    drop_visibility,
    interpolated_state,
    jittered_crop,
    jittered_state,
    mirrored_maps,
    occluded,
    random_colour,
    turned,
)
from face_state import FaceState, extract_crop, head_crop, inside_picture, state_in_crop
from native import FaceModel
from shards import Shards, read_index
from torch.utils.data import Dataset

LANDMARKS_OF_ALIGNMENT = (45, 42, 36, 39, 33)  # the five points of align_face() (reenact/metrics/identity.h)
LANDMARK_CURVES = (  # (points of the 68, closed)
    (range(0, 17), False),
    (range(17, 22), False),
    (range(22, 27), False),
    (range(27, 31), False),
    (range(31, 36), False),
    (range(36, 42), True),
    (range(42, 48), True),
    (range(48, 60), True),
    (range(60, 68), True),
)
DRIVERS = 2  # of a sample
CONTRASTS = {"eyeBlink_L": 2.0, "eyeBlink_R": 2.0, "jawOpen": 1.0}  # what a pair is to differ in; blinks are rare
CANDIDATES = 8  # draws from a clip of which the most contrasting one is taken
MAX_STILL_TURN_DEG = (22.0, 10.0)  # yaw, pitch between a still and its moved copy


class PreparedData:
    """The items of prepared data, their pictures read and decoded on demand."""

    def __init__(self, folder, model):
        index = read_index(folder)
        if index["face_model"]["sha256"] != model.sha256:
            raise ValueError(
                f"the fits in {folder} were made with another face model than {model.name} in models/face_model; "
                "prepare the data again"
            )
        self.items = index["items"]
        self.shards = Shards(folder, index)
        self.identity_count, self.expression_count = model.identity_count, model.expression_count

    def of(self, split, kind):
        return [item for item in self.items if item["split"] == split and item["kind"] == kind]

    def picture(self, item, k):
        """RGB uint8 (H,W,3) of the item's k-th record."""
        encoded = self.shards[item["shard"]]["jpeg"][item["first"] + k]
        picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError(f"picture {k} of {item['name']} cannot be decoded; prepare the data again")
        return picture[..., ::-1]

    def state(self, item, k):
        values = self.shards[item["shard"]]["states"][item["first"] + k]
        return FaceState.unpack(values, self.identity_count, self.expression_count)

    def frame_number(self, item, k):
        return int(self.shards[item["shard"]]["frames"][item["first"] + k])


class Renderer:
    """Maps of one source in one crop; all states are in pixels of the crop."""

    def __init__(self, model, source, size):
        self.model = model
        self.renderer = model.binding.ConditioningRenderer(model.native, source.native(model.binding), size)

    def source_maps(self):
        return self.renderer.source_maps()

    def render(self, state):
        return self.renderer.render(state.native(self.model.binding))


def warp(picture, flow):
    """`picture` (S,S,3) float read at the backward `flow` (2,S,S) in grid units."""
    size = len(picture)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    return cv2.remap(
        picture, x + flow[0] * size / 2, y + flow[1] * size / 2, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def alignment_points(model, state):
    """[5,2] pixels of the points that face recognition aligns a face by."""
    vertices = model.arrays["landmarks68"][list(LANDMARKS_OF_ALIGNMENT)]
    return state.vertices(model)[vertices, :2]


def landmark_lines(model, state, size):
    """float32 (1,S,S): the 68 landmarks of `state` (pixels of the crop) joined to lines, as 2D methods see a face."""
    points = state.vertices(model)[model.arrays["landmarks68"], :2]
    picture = np.zeros((size, size), np.float32)
    for indices, closed in LANDMARK_CURVES:
        curve = np.round(points[list(indices)] * 16).astype(np.int32)
        cv2.polylines(picture, [curve], closed, 1.0, max(1, size // 112), cv2.LINE_8, 4)
    return picture[None]


class SampleMaker:
    """Makes the arrays of one sample, without augmentation of colours."""

    def __init__(self, model, network):
        self.model = model
        self.size = network["image_size"]
        self.draws_lines = network["conditioning"] == "lines-v1"

    def clip_sample(self, pictures, states, crop, fit_states, close):
        """`pictures` of the source and of one or both drivers and their `states`, in picture pixels; `fit_states` of
        the source and both drivers are what the network is told. `close`: the second driver follows the first."""
        source, *targets = (np.clip(extract_crop(picture, crop, self.size) / 255, 0, 1) for picture in pictures)
        sample = self.maps_of(*(state_in_crop(state, crop, self.size) for state in fit_states), close)
        sample["source"] = source
        self.add_targets(sample, targets, [inside_picture(picture.shape, crop, self.size) for picture in pictures[1:]])
        sample["alignment"] = alignment_points(self.model, state_in_crop(states[1], crop, self.size))
        return sample

    def still_sample(self, picture, state, crop, moved_state, step_state, rng):
        """`moved_state` is where the source is moved to before it is given to the network."""
        photo = np.clip(extract_crop(picture, crop, self.size) / 255, 0, 1)
        state, moved_state, step_state = (
            state_in_crop(entry, crop, self.size) for entry in (state, moved_state, step_state)
        )
        there = Renderer(self.model, state, self.size).render(moved_state)
        source = np.clip(warp(photo, there[:2]), 0, 1)
        hidden = (there[2] * (1 - there[3]))[..., None]
        crude = cv2.GaussianBlur(source, (0, 0), 6) * rng.uniform(0.2, 1.0)
        sample = self.maps_of(moved_state, state, step_state, True)
        sample["source"] = (source + hidden * (crude - source)).astype(np.float32)
        self.add_targets(sample, [photo], [inside_picture(picture.shape, crop, self.size)])
        sample["alignment"] = alignment_points(self.model, state)
        return sample

    def add_targets(self, sample, targets, valid):
        """Pictures (2,S,S,3) of the drivers and where they are known (2,1,S,S): nowhere for a driver without one."""
        sample["target"] = np.zeros((DRIVERS, self.size, self.size, 3), np.float32)
        sample["valid"] = np.zeros((DRIVERS, 1, self.size, self.size), np.float32)
        sample["target"][: len(targets)] = targets
        sample["valid"][: len(valid), 0] = valid

    def maps_of(self, source, first, second, close):
        renderer = Renderer(self.model, source, self.size)
        maps = np.stack([renderer.render(first), renderer.render(second)])
        if close:
            between = Renderer(self.model, first, self.size).render(second)
            step_flow, step_visible = between[:2], between[2:3] * between[3:4]
        else:
            step_flow, step_visible = np.zeros_like(maps[0, :2]), np.zeros_like(maps[0, :1])
        sample = {
            "source_maps": renderer.source_maps(),
            "maps": maps,
            "step_flow": step_flow,
            "step_visible": step_visible,
        }
        if self.draws_lines:
            sample["lines"] = np.concatenate(
                [landmark_lines(self.model, state, self.size) for state in (source, first, second)]
            )
        return sample


def still_moved(state, other, rng):
    """`state` in another pose and with the expression of the state `other`."""
    yaw, pitch = (np.radians(rng.uniform(-limit, limit)) for limit in MAX_STILL_TURN_DEG)
    rotation = turned(state.rotation, [-pitch, yaw, 0])
    return replace(state, rotation=rotation, expression=other.expression, gaze=other.gaze)


def mirrored(sample):
    size = sample["source"].shape[1]
    flipped = {name: sample[name][..., ::-1, :] for name in ("source", "target")}
    flipped.update({name: mirrored_maps(sample[name]) for name in ("source_maps", "maps")})
    planes = ("valid", "step_visible", "lines")
    flipped.update({name: sample[name][..., ::-1] for name in planes if name in sample})
    flipped["step_flow"] = sample["step_flow"][..., ::-1].copy()
    flipped["step_flow"][0] *= -1
    right_to_left = [2, 3, 0, 1, 4]  # outer and inner corners change sides
    alignment = sample["alignment"][right_to_left] * [-1, 1] + [size - 1, 0]
    return {**flipped, "alignment": alignment}


def to_tensors(sample):
    tensors = {}
    for name, array in sample.items():
        if name in ("source", "target"):
            array = np.moveaxis(array, -1, -3)
        tensors[name] = torch.from_numpy(np.ascontiguousarray(array, np.float32))
    return tensors


class TrainingSamples(Dataset):
    """Sample i is drawn with the random numbers of (seed, i), so that a resumed run goes on where it was."""

    def __init__(self, folder, config, seed):
        self.model = FaceModel()
        self.data = PreparedData(folder, self.model)
        self.settings = config["data"]
        self.maker = SampleMaker(self.model, config["network"])
        self.seed = seed
        self.count = config["training"]["steps"] * config["training"]["batch_size"]
        self.clips = [item for item in self.data.of("train", "clip") if item["count"] >= 2]
        self.contrasts = np.array([CONTRASTS.get(name, 0.0) for name in self.model.expression_names])
        self.stills = self.data.of("train", "still")
        self.clip_shares = self.shares(self.clips)
        self.still_shares = self.shares(self.stills)
        if not self.clips and not self.stills:
            raise ValueError(f"{folder} holds no training items; prepare the data again")

    @staticmethod
    def shares(items):
        """Probability of each item: its weight, divided among the items of one person."""
        per_person = {}
        for item in items:
            per_person[item["person"]] = per_person.get(item["person"], 0) + 1
        weights = np.array([item["weight"] / per_person[item["person"]] for item in items])
        return weights / weights.sum() if len(items) else weights

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        rng = np.random.default_rng([self.seed, index])
        from_still = not self.clips or (self.stills and rng.random() < self.settings["still_share"])
        sample = self.still_sample(rng) if from_still else self.clip_sample(rng)
        return to_tensors(self.augmented(sample, rng))

    def jitter(self, state, rng):
        return jittered_state(state, rng, self.settings["fit_jitter"] * rng.random())

    def clip_sample(self, rng):
        item = self.clips[rng.choice(len(self.clips), p=self.clip_shares)]
        contrasting = rng.random() < self.settings["contrast_share"]
        source, first, other = self.frames(item, rng, CANDIDATES if contrasting else 1)
        close = rng.random() < self.settings["temporal_share"]
        shown = (source, first) if close else (source, first, other)
        states = [self.data.state(item, k) for k in shown]
        fit_states = [self.jitter(state, rng) for state in states]
        if close:
            step = interpolated_state(fit_states[1], self.data.state(item, other), rng.uniform(0.05, 0.25))
            fit_states.append(self.jitter(step, rng))
        pictures = [self.data.picture(item, k) for k in shown]
        return self.maker.clip_sample(pictures, states, self.crop(states[0], rng), fit_states, close)

    def frames(self, item, rng, candidates):
        """Source and two drivers of a clip: of `candidates` random draws the one whose first two differ most."""
        draws = [rng.choice(item["count"], 3, replace=item["count"] < 3) for _ in range(candidates)]
        return max(draws, key=lambda draw: self.contrast(item, draw[0], draw[1]))

    def contrast(self, item, a, b):
        """How far two frames of a clip differ in lids and jaw."""
        return self.contrasts @ np.abs(self.data.state(item, a).expression - self.data.state(item, b).expression)

    def still_sample(self, rng):
        item = self.stills[rng.choice(len(self.stills), p=self.still_shares)]
        picture, state = self.data.picture(item, 0), self.data.state(item, 0)
        moved = self.moved_still(state, rng)
        step = interpolated_state(state, moved, rng.uniform(0.05, 0.25))
        return self.maker.still_sample(picture, state, self.crop(state, rng), moved, step, rng)

    def moved_still(self, state, rng):
        donors = self.clips or self.stills
        donor = donors[rng.integers(len(donors))]
        return still_moved(state, self.data.state(donor, rng.integers(donor["count"])), rng)

    def crop(self, state, rng):
        crop = head_crop(self.model, state)
        return jittered_crop(crop, rng, self.settings["crop_shift"], self.settings["crop_scale"])

    def augmented(self, sample, rng):
        settings = self.settings
        if rng.random() < 0.5:
            sample = mirrored(sample)
        colour = random_colour(rng, settings["colour"])
        sample["source"], sample["target"] = colour(sample["source"]), colour(sample["target"])
        if rng.random() < settings["degrade_share"]:
            sample["source"] = degraded(np.ascontiguousarray(sample["source"]), rng)
        if rng.random() < settings["occluder_share"]:
            sample["source"] = occluded(np.ascontiguousarray(sample["source"]), rng)
        if rng.random() < settings["drop_visibility_share"]:
            drop_visibility(sample["maps"], rng)
        return sample


class ValidationPairs(Dataset):
    """Fixed pairs of the validation persons: the first kept frame of a clip is the source, others are drivers."""

    def __init__(self, folder, network, pairs_per_clip):
        self.model = FaceModel()
        self.data = PreparedData(folder, self.model)
        self.maker = SampleMaker(self.model, network)
        self.pairs = []
        for item in self.data.of("validation", "clip"):
            drivers = np.unique(np.linspace(1, item["count"] - 1, pairs_per_clip).astype(int))
            self.pairs.extend((item, int(driver)) for driver in drivers)

    def __len__(self):
        return len(self.pairs)

    def angles(self, item, k):
        """(yaw, pitch, roll) in degrees."""
        state = self.data.state(item, k)
        pose = self.model.binding.Pose(state.rotation, state.scale, state.translation)
        return pose.angles_deg

    def __getitem__(self, index):
        item, driver = self.pairs[index]
        pictures = [self.data.picture(item, k) for k in (0, driver)]
        states = [self.data.state(item, k) for k in (0, driver)]
        after = (driver + 1) % item["count"]
        step = interpolated_state(states[1], self.data.state(item, after), 0.15)
        crop = head_crop(self.model, states[0])
        sample = to_tensors(self.maker.clip_sample(pictures, states, crop, [*states, step], True))
        source_points = alignment_points(self.model, state_in_crop(states[0], crop, self.maker.size))
        sample["source_alignment"] = torch.from_numpy(source_points.astype(np.float32))
        sample["yaw_change"] = torch.tensor(abs(self.angles(item, driver)[0] - self.angles(item, 0)[0]))
        sample["pair"] = torch.tensor(index)
        return sample
