"""Layers and backgrounds of the real program."""

import json
import subprocess

import cv2
import numpy as np
import pytest
from program import MEDIA, cut_clip, ffmpeg, frames_of, run

GREEN = (60, 200, 60)  # in OpenCV's order


@pytest.fixture(scope="module")
def photo(folder):
    path = folder / "photo.png"
    picture = cv2.imread(str(MEDIA / "joconde.jpg"))[:700]
    cv2.imwrite(str(path), cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return path


@pytest.fixture(scope="module")
def driver(folder):
    return cut_clip(folder / "driver.mp4", 1, 10)


@pytest.fixture(scope="module")
def motion(folder, driver):
    path = folder / "driver.jsonl"
    assert run("-d", driver, "--save-motion", path).returncode == 0
    return path


def made(folder, photo, motion, name, *arguments):
    output = folder / name
    result = run("-s", photo, "-d", motion, "-o", output, "--overwrite", "--crf", 4, *arguments)
    assert result.returncode == 0, result.stderr
    return output


@pytest.fixture(scope="module")
def pictures(folder, photo, motion):
    """Frames with alpha."""
    made(folder, photo, motion, "frames/%06d.png", "--background", "transparent")
    return np.array([cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted((folder / "frames").iterdir())])


def test_transparent_pictures_show_the_person_alone(pictures):
    assert pictures.shape == (10, 350, 372, 4)
    alpha = pictures[..., 3]
    assert (alpha[:, :40, :60] == 0).all() and (alpha[:, :40, -60:] == 0).all()  # the corners at the top
    assert (alpha[:, 170, 185] == 255).all()  # the chin
    assert (alpha[:, 340, 185] == 255).all()  # the breast
    assert 0.25 < (alpha > 127).mean() < 0.7
    assert ((alpha > 20) & (alpha < 235)).mean() < 0.12
    assert (pictures[alpha == 0] == 0).all()


@pytest.mark.parametrize("name, codec", [("person.mov", "prores"), ("person.webm", "vp9")])
def test_transparent_videos_agree_with_the_pictures(folder, photo, motion, pictures, name, codec):
    output = made(folder, photo, motion, name, "--background", "transparent")
    probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", output],
                           capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert codec in probe
    decoder = ["-c:v", "libvpx-vp9"] if codec == "vp9" else []
    alphas = folder / f"{codec}_%d.png"
    ffmpeg(*decoder, "-i", output, "-vf", "alphaextract,format=gray", alphas)
    for index in (0, 9):
        alpha = cv2.imread(str(folder / f"{codec}_{index + 1}.png"), cv2.IMREAD_GRAYSCALE).astype(int)
        expected = pictures[index, ..., 3].astype(int)[: alpha.shape[0], : alpha.shape[1]]
        assert np.abs(alpha - expected).mean() < 2


def test_a_colour_stands_where_the_person_does_not(folder, photo, motion, pictures):
    frames = frames_of(made(folder, photo, motion, "green.mp4", "--background", "#3cc83c")).astype(float)
    outside = pictures[..., 3] == 0
    assert np.abs(frames - GREEN)[outside].mean() < 3
    alpha = pictures[..., 3:] / 255.0
    expected = pictures[..., :3] * alpha + np.array(GREEN) * (1 - alpha)
    assert np.abs(frames - expected).mean() < 3


def test_a_picture_is_scaled_to_cover(folder, photo, motion, pictures):
    wide = np.zeros((100, 600, 3), np.uint8)
    wide[:, 200:400] = GREEN
    cv2.imwrite(str(folder / "wide.png"), wide)
    frames = frames_of(made(folder, photo, motion, "wide.mp4", "--background", folder / "wide.png")).astype(float)
    assert np.abs(frames - GREEN)[pictures[..., 3] == 0].mean() < 4


def test_a_video_is_repeated_at_the_outputs_times(folder, photo, motion, driver):
    rate = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=r_frame_rate", "-of", "csv=p=0", driver],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    background = folder / "steps.mp4"
    for index in range(4):
        cv2.imwrite(str(folder / f"step{index}.png"), np.full((64, 64, 3), 40 * (index + 1), np.uint8))
    ffmpeg("-framerate", rate, "-i", folder / "step%d.png", "-c:v", "libx264", "-pix_fmt", "yuv420p", background)
    frames = frames_of(made(folder, photo, motion, "steps_behind.mp4", "--background", background))
    corner = frames[:, :30, :30].mean((1, 2, 3))
    assert np.abs(corner - [40, 80, 120, 160, 40, 80, 120, 160, 40, 80]).max() < 6


def test_the_background_rests_only_in_layers(folder, photo, motion, pictures):
    inside = pictures[..., 3].max(axis=0) > 0
    report = folder / "layers.json"
    frames = frames_of(made(folder, photo, motion, "on.mp4", "--report", report)).astype(float)
    result = json.loads(report.read_text())
    assert result["result"]["layers"] is True and result["result"]["one_layer_because"] == ""
    assert result["options"]["background"] == "keep" and result["options"]["layers"] is True
    assert len(result["model_sha256"]["segmentation"]) == 64
    pieces = frames_of(made(folder, photo, motion, "off.mp4", "--layers", "off", "--report", report)).astype(float)
    result = json.loads(report.read_text())
    assert result["result"]["layers"] is False and "segmentation" not in result["model_sha256"]
    layered, one_piece = (np.abs(clip - clip[0])[:, ~inside].mean() for clip in (frames, pieces))
    assert layered < 0.5 * one_piece or layered < 0.15


def test_the_label_stays_on_a_transparent_background(folder, photo, motion):
    made(folder, photo, motion, "labelled/%06d.png", "--background", "transparent", "--label")
    picture = cv2.imread(str(folder / "labelled" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert (picture[-12:-6, -60:-10, 3] == 255).all()


def test_the_alpha_of_a_photo_is_its_matte(folder, photo, motion):
    picture = cv2.imread(str(photo))
    alpha = np.full(picture.shape[:2], 255, np.uint8)
    alpha[:, 300:] = 0
    cut_out = folder / "cut_out.png"
    cv2.imwrite(str(cut_out), np.dstack([picture, alpha]))
    frames = frames_of(made(folder, cut_out, motion, "cut_out.mp4", "--background", "#3cc83c")).astype(float)
    assert np.abs(frames[:, :, 320:] - GREEN).mean() < 3
    assert np.abs(frames[0, :60, :60] - picture[:60, :60]).mean() < 6


def test_a_photo_without_background_moves_in_one_piece(folder, photo, motion):
    picture = cv2.imread(str(photo))
    close = folder / "close.png"
    face = picture[75:185, 130:225]
    cv2.imwrite(str(close), cv2.resize(face, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))
    report = folder / "close.json"
    made(folder, close, motion, "close.mp4", "--report", report)
    result = json.loads(report.read_text())["result"]
    assert result["layers"] is False and result["one_layer_because"] != ""
    refused = run("-s", close, "-d", motion, "-o", folder / "never.mp4", "--background", "#000000")
    assert refused.returncode == 3 and "cannot be cut out" in refused.stderr
    assert not (folder / "never.mp4").exists()


@pytest.mark.parametrize(
    "code, name, arguments, words",
    [
        (6, "no.mp4", ["--background", "transparent"], "cannot hold a transparent background"),
        (6, "no.jpg", ["--background", "transparent"], "cannot hold a transparent background"),
        (2, "no.mp4", ["--background", "#12345"], "looks like"),
        (2, "no.mp4", ["--background", ""], "empty"),
        (2, "no.mp4", ["--background", "#000000", "--layers", "off"], "layers"),
        (2, "no.mp4", ["--layers", "perhaps"], "--layers"),
        (3, "no.mp4", ["--background", "no_such_file.png"], "there is no file"),
        (3, "no.mp4", ["--background", __file__], ""),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(folder, photo, motion, code, name, arguments, words):
    result = run("-s", photo, "-d", motion, "-o", folder / name, *arguments)
    assert result.returncode == code, result.stderr
    assert words in result.stderr and result.stdout == ""
    assert not (folder / name).exists()


def test_a_batch_of_cut_out_persons(folder, photo, motion):
    results = folder / "batch"
    result = run("-s", photo, "-d", motion, "-o", results, "--background", "transparent")
    assert result.returncode == 0, result.stderr
    assert [path.name for path in results.glob("*.m*")] == ["photo_as_driver.mov"]
    made_at = (results / "photo_as_driver.mov").stat().st_mtime_ns
    again = run("-s", photo, "-d", motion, "-o", results, "--background", "transparent", "--resume")
    assert again.returncode == 0 and (results / "photo_as_driver.mov").stat().st_mtime_ns == made_at
    missing = run("-s", photo, "-d", motion, "-o", results, "--background", "missing.png", "--resume")
    assert missing.returncode == 3 and "there is no file missing.png" in missing.stderr
