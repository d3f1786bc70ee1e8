"""The geometry bundle belongs to the face model of the repository and finds the inside of its mouth."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

import export_geometry_bundle as exporter  # noqa: E402

FACE_MODEL = REPOSITORY / "models" / "face_model"
SIZE = exporter.IMAGE_SIZE


@pytest.fixture(scope="module")
def face_model():
    return exporter.safetensors_file.load(FACE_MODEL / "face_model.safetensors")[0]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("geometry")
    exporter.export(FACE_MODEL, folder)
    return folder


@pytest.fixture(scope="module")
def generator(exported):
    return torch.jit.load(str(exported / "generator.pt"))


def maps_of(neutral, visible):
    """Maps that show the surface points `neutral` [P,3], one per pixel, in a picture otherwise empty."""
    maps = torch.zeros(1, 10, SIZE * SIZE)
    maps[:, 2, : len(neutral)] = 1
    maps[:, 3, : len(neutral)] = visible
    maps[:, 4:7, : len(neutral)] = torch.from_numpy(neutral).T
    maps[:, 9, : len(neutral)] = 1
    return maps.view(1, 10, SIZE, SIZE)


def weights_of(generator, neutral):
    """Texture weight of each point, alone in its own frame: unseen in the source and surrounded by itself."""
    maps = torch.zeros(len(neutral), 10, 8, 8)
    maps[:, 2] = 1
    maps[:, 4:7] = torch.from_numpy(neutral)[:, :, None, None]
    state = generator.initialize(torch.full((1, 3, 8, 8), 0.6), torch.zeros(1, 10, 8, 8))
    return generator(state, maps)[1][:, 0, 4, 4].numpy()


def test_committed_bundle_is_made_from_the_committed_face_model(exported):
    committed = json.loads((REPOSITORY / "models" / "geometry" / "manifest.json").read_text())
    fresh = json.loads((exported / "manifest.json").read_text())
    assert committed["face_model"] == fresh["face_model"], "run scripts/export_geometry_bundle.py"


def test_inside_of_the_mouth_is_told_from_the_skin(generator, face_model):
    region, neutral = face_model["region"], face_model["neutral_coordinates"]
    in_mouth = np.isin(region, exporter.REGIONS_OF_MOUTH)
    assert (weights_of(generator, neutral[in_mouth]) < 0.5).mean() > 0.97
    assert (weights_of(generator, neutral[~in_mouth]) > 0.5).mean() > 0.99
    outer_lip = neutral[face_model["landmarks68"][48:60]]
    assert weights_of(generator, outer_lip).min() > 0.9


def test_mouth_takes_its_colour_from_the_lips(generator, face_model):
    lips = face_model["neutral_coordinates"][face_model["landmarks68"][exporter.LIP_LANDMARKS]]
    maps = maps_of(np.repeat(lips, 50, axis=0), visible=1)
    green_lips = torch.full((1, 3, SIZE, SIZE), 0.5)
    green_lips[:, :, maps[0, 2] > 0] = torch.tensor([0.1, 0.9, 0.1]).view(1, 3, 1)
    red, green, blue = generator.initialize(green_lips, maps)[0].flatten().tolist()
    assert green > 2 * red and green > 2 * blue
    assert green < 0.5


def test_frames_of_a_batch_do_not_influence_each_other(generator, face_model):
    neutral = face_model["neutral_coordinates"]
    first, second = maps_of(neutral, visible=0), maps_of(neutral[::-1].copy(), visible=0)
    state = generator.initialize(torch.full((1, 3, SIZE, SIZE), 0.6), first)
    for alone, together in zip(generator(state, second), generator(state, torch.cat([first, second]))):
        assert torch.allclose(alone[0], together[1], atol=1e-6)
