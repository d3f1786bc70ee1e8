"""The bi-layer model, exported from a checkpoint with random weights and driven by the real program."""

import json
import os
import pathlib
import subprocess
import sys

import cv2
import numpy as np
import pytest
from program import PHOTO, cut_clip, frames_of, run

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODELS = pathlib.Path(os.environ["REENACT_MODELS"])


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bilayer")
    python = "/usr/bin/python3"
    subprocess.run(
        [python, REPOSITORY / "tests" / "scripts" / "bilayer_checkpoint.py", folder / "run"], check=True, timeout=200
    )
    subprocess.run(
        [python, REPOSITORY / "scripts" / "export" / "bilayer.py", "--checkpoint", folder / "run", "--output",
         folder / "bilayer"],
        check=True, timeout=200,
    )  # fmt: skip
    return folder / "bilayer"


@pytest.fixture(scope="module")
def driver(bundle):
    return cut_clip(bundle.parent / "driver.mp4", 0, 6)


@pytest.fixture(scope="module")
def made(bundle, driver):
    output = bundle.parent / "out.mp4"
    result = run("-s", PHOTO, "-d", driver, "-o", output, "--size", 512, "--crf", 5, "--generator", bundle,
                 "--trust-model", "--report", bundle.parent / "run.json")  # fmt: skip
    assert result.returncode == 0, result.stderr
    return frames_of(output)


def photo_at(size):
    photo = cv2.imread(str(PHOTO))
    scale = size / max(photo.shape[:2])
    height, width = (int(side * scale) // 2 * 2 for side in photo.shape[:2])
    return cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)


def test_the_drawn_head_replaces_that_of_the_photo_and_nothing_else(made, bundle):
    photo = photo_at(512)
    assert made.shape[0] == 6 and made.shape[1:3] == photo.shape[:2]
    changed = np.abs(made.astype(int) - photo).max(axis=3).mean(axis=0) > 40
    rows, columns = np.nonzero(cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))
    height, width = changed.shape
    assert 0.05 < len(rows) / changed.size < 0.5
    assert rows.min() > 0 and rows.max() < 0.75 * height  # hands and torso stay
    assert columns.min() > 0.1 * width and columns.max() < 0.9 * width
    report = json.loads((bundle.parent / "run.json").read_text())
    assert report["model_sha256"]["generator"] == json.loads((bundle / "manifest.json").read_text())["sha256"]
    assert report["result"]["layers"] and report["result"]["eyes_left_to_mesh"] == {}
    assert report["result"]["mouth_frames"] == {"driver": 0, "remembered": 0, "unclear": 0, "turned": 0}


def test_a_run_is_reproducible(made, bundle, driver):
    output = bundle.parent / "again.mp4"
    result = run("-s", PHOTO, "-d", driver, "-o", output, "--size", 512, "--crf", 5, "--generator", bundle,
                 "--trust-model", "--threads", 1)  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert np.abs(frames_of(output).astype(int) - made).max() <= 2


def test_another_background_is_behind_the_drawn_person(bundle):
    output = bundle.parent / "green.png"
    result = run("-s", PHOTO, "-d", PHOTO, "-o", output, "--size", 512, "--generator", bundle, "--trust-model",
                 "--background", "#00ff00")  # fmt: skip
    assert result.returncode == 0, result.stderr
    picture = cv2.imread(str(output))
    assert (picture[5, 5] == (0, 255, 0)).all() and (picture[5, -5] == (0, 255, 0)).all()
    clear = bundle.parent / "clear.png"
    result = run("-s", PHOTO, "-d", PHOTO, "-o", clear, "--size", 512, "--generator", bundle, "--trust-model",
                 "--background", "transparent")  # fmt: skip
    assert result.returncode == 0, result.stderr
    alpha = cv2.imread(str(clear), cv2.IMREAD_UNCHANGED)[..., 3]
    assert alpha[5, 5] == 0 and alpha[-20, alpha.shape[1] // 2] == 255 and 0 < alpha.mean() < 255


def test_flags_that_do_nothing_are_noted(bundle):
    arguments = ("-s", PHOTO, "-d", PHOTO, "--size", 256, "--trust-model", "--overwrite", "-o", bundle.parent / "noted.png")
    asked = ("--mouth", "driver", "--detail", 0.5)
    for generator, more, words in (
        (bundle, (), None),
        (bundle, asked, "--mouth and --detail do nothing with the generator 'bilayer'"),
        (bundle, ("--mouth", "generated", "--detail", 0.5), "--detail does nothing with"),
        ("geometry", asked, None),
    ):
        result = run(*arguments, "--generator", generator, *more)
        assert result.returncode == 0, result.stderr
        assert words in result.stderr if words else "nothing with the generator" not in result.stderr


def test_refusals_are_one_sentence(bundle, driver):
    output = bundle.parent / "refused.mp4"
    arguments = ("-s", PHOTO, "-d", driver, "-o", output, "--generator", bundle)
    for code, more, words in (
        (5, [], "--trust-model"),
        (2, ["--trust-model", "--layers", "off"], "leave out --layers off"),
        (5, ["--trust-model", "--precision", "bfloat16"], "has no method 'forward_bfloat16'"),
    ):
        result = run(*arguments, *more)
        assert result.returncode == code, result.stderr
        assert words in result.stderr and result.stderr.strip().count("\n") == 0
        assert not output.exists()


def test_the_benchmarks_take_it(bundle):
    result = run("--benchmark", "--json", "--frames", 4, "--warm-up", 1, "--generator", bundle, "--trust-model")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["generator"] == "bilayer" and report["stages"]["network"]["median_ms"] > 0
    result = run("model", "benchmark", "default", bundle, "--frames", 2, "--trust-model", "--json")
    assert result.returncode == 0, result.stderr
    default, bilayer = json.loads(result.stdout)["generators"]
    assert (default["conditioning"], bilayer["conditioning"]) == ("mesh-v1", "landmarks-v1")
    assert bilayer["forward"]["macs"] == json.loads((bundle / "manifest.json").read_text())["macs"]["forward"]


def test_results_can_be_scored(bundle, driver):
    result = run("evaluate", "self", driver, "--generator", bundle, "--trust-model", "--max-frames", 3,
                 "--identity-every", 3)  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "PSNR" in result.stdout
