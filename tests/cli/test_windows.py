"""A mouth's window of a network with random weights, exported and painted by the real program."""

import json
import os
import pathlib
import sys

import numpy as np
import pytest
from program import PHOTO, cut_clip, frames_of, run

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODELS = pathlib.Path(os.environ["REENACT_MODELS"])
sys.path[:0] = [str(REPOSITORY / "scripts" / "train"), str(REPOSITORY / "tests" / "scripts")]

import export_windows  # noqa: E402
import windows_run  # noqa: E402


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("windows")
    windows_run.write_run(folder / "run", "mouth")
    weights = {"mouth": folder / "run" / "weights.pt"}
    export_windows.export(MODELS / "geometry", weights, folder / "run" / "data", folder / "geometry")
    return folder / "geometry"


@pytest.fixture(scope="module")
def driver(bundle):
    return cut_clip(bundle.parent / "driver.mp4", 0, 40)


def made(bundle, driver, name, *options):
    """The frames of a run, and what its report tells of the result."""
    output, report = bundle.parent / f"{name}.mp4", bundle.parent / f"{name}.json"
    result = run("-s", PHOTO, "-d", driver, "-o", output, "--size", 320, "--crop", "--crf", 5, "--generator", bundle,
                 "--trust-model", "--report", report, "--overwrite", *options)  # fmt: skip
    assert result.returncode == 0, result.stderr
    return frames_of(output), json.loads(report.read_text())["result"]


@pytest.fixture(scope="module")
def painted(bundle, driver):
    return made(bundle, driver, "painted", "--mouth", "generated")[0]


def of_geometry(bundle, driver, name, *options):
    folder = bundle.parent / "models"
    folder.mkdir(exist_ok=True)
    return made(MODELS / "geometry", driver, folder / name, *options)[0]


def test_an_opened_mouth_is_painted_and_nothing_else(bundle, driver, painted):
    plain = of_geometry(bundle, driver, "plain", "--mouth", "generated")
    assert painted.shape == plain.shape
    changed = np.abs(painted.astype(int) - plain).max(axis=3) > 25
    opened = changed.mean(axis=(1, 2))
    assert opened.max() > 0.001
    rows, columns = np.nonzero(changed.any(axis=0))
    height, width = changed.shape[1:]
    assert np.ptp(rows) < 0.5 * height and np.ptp(columns) < 0.5 * width
    assert np.median(rows) > 0.45 * height  # below the eyes


def test_it_fades_in(painted, bundle, driver):
    plain = of_geometry(bundle, driver, "plain", "--mouth", "generated")
    amount = np.abs(painted.astype(int) - plain).mean(axis=(1, 2, 3))
    assert amount[0] == 0 and (amount > 0.9 * amount.max()).any()
    assert ((amount > 0) & (amount < 0.8 * amount.max())).any()


def test_two_runs_give_the_same(painted, bundle, driver):
    assert np.array_equal(made(bundle, driver, "again", "--mouth", "generated")[0], painted)


def test_motion_without_pictures_is_painted_too(bundle, driver, painted):
    motion = bundle.parent / "motion.jsonl"
    assert run("-d", driver, "--save-motion", motion, "--mouth", "generated").returncode == 0
    frames, _ = made(bundle, motion, "recorded")
    assert np.abs(frames.astype(int) - painted).mean() < 1


def test_a_drivers_mouth_needs_no_painted_one(bundle, driver):
    frames, report = made(bundle, driver, "with_pictures")
    assert report["mouth_frames"]["driver"] > 0
    clear = [i for i, (a, b) in enumerate(zip(frames, of_geometry(bundle, driver, "clear"))) if np.array_equal(a, b)]
    assert len(clear) >= report["mouth_frames"]["driver"]
