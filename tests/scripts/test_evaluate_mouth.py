"""The measures of scripts/evaluate_mouth.py on mouths whose truth is known."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import evaluate_mouth  # noqa: E402

CENTRE = np.array([120.0, 100.0])
WIDTH = 80.0
HEIGHT = 30.0


def seen(turn=0.0, height=HEIGHT):
    """Landmarks of an elliptic mouth around CENTRE; the outer eye corners are 120 pixels apart."""
    points = np.zeros((468, 2))
    for k, index in enumerate(evaluate_mouth.INNER_LIPS):
        angle = np.pi * k / 10
        points[index] = (-np.cos(angle) * WIDTH / 2, -np.sin(angle) * height / 2)
    points[33], points[263] = (-60, -100), (60, -100)
    c, s = np.cos(turn), np.sin(turn)
    return points @ np.array([[c, s], [-s, c]]) + CENTRE


def stripes(period=8, phase=0.0, contrast=60):
    x = np.arange(240)
    row = 128 + contrast * np.sin(2 * np.pi * (x + phase) / period)
    return np.repeat(np.tile(row, (200, 1))[..., None], 3, axis=2).astype(np.uint8)


def test_opening_does_not_depend_on_the_turn_of_the_head():
    middle = np.mean([np.sin(np.pi * k / 10) for k in (3, 4, 5, 6, 7)])
    for turn in (0.0, 0.4):
        assert evaluate_mouth.opening(seen(turn)) == pytest.approx(HEIGHT * middle / 120)


def test_the_mouth_lies_level_in_the_patch():
    for turn in (0.0, 0.4, -0.6):
        points = seen(turn)
        matrix = evaluate_mouth.patch_matrix(points)
        to_patch = cv2.invertAffineTransform(matrix)
        corners = points[list(evaluate_mouth.CORNERS)] @ to_patch[:, :2].T + to_patch[:, 2]
        assert corners == pytest.approx(np.array([[16, 40], [80, 40]]), abs=1e-6)
        area = np.pi / 4 * 64 * (64 * HEIGHT / WIDTH)
        assert evaluate_mouth.inside(points, matrix).sum() == pytest.approx(area, rel=0.2)


def measured(tmp_path, pictures):
    video = written(tmp_path / "mouth.avi", pictures)
    landmarks = {index: (seen(), None) for index in range(len(pictures))}
    return evaluate_mouth.measure(video, landmarks, set(landmarks))


def test_a_still_mouth_changes_nothing_and_a_blurred_one_has_less_gradient(tmp_path):
    sharp = measured(tmp_path, [stripes()] * 3)
    blurred = measured(tmp_path, [cv2.GaussianBlur(stripes(), (0, 0), 2)] * 3)
    assert sharp[1] == pytest.approx(0, abs=0.3)
    assert blurred[0] < 0.6 * sharp[0]


def written(video, pictures):
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter_fourcc(*"FFV1"), 25, (240, 200))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return video


def test_errors_are_those_of_colours_and_alignment_takes_away_what_has_moved(tmp_path):
    truth = written(tmp_path / "true.avi", [clouds(1)] * 2)
    landmarks = {index: (seen(), None) for index in range(2)}

    def errors(pictures):
        return evaluate_mouth.errors(truth, landmarks, written(tmp_path / "other.avi", pictures), landmarks, {0, 1})

    assert errors([clouds(1)] * 2) == pytest.approx((0, 0), abs=0.2)
    assert errors([np.clip(clouds(1), 0, 235) + 20] * 2) == pytest.approx((20, 20), abs=2)
    moved, left = errors([clouds(1, 3)] * 2)
    assert moved > 5 and left < 0.3 * moved
    other, still_other = errors([clouds(2)] * 2)
    assert other > 20 and still_other > 3 * left


def test_changes_are_of_the_means_and_their_interval_holds_them():
    change, low, high = evaluate_mouth.change_in_percent([10, 20, 30], [9, 17, 28])
    assert change == pytest.approx(-10)
    assert low < change < high and evaluate_mouth.change_in_percent([1, 2], [2, 4]) == pytest.approx((100, 100, 100))


def clouds(seed, shift=0):
    noise = np.random.default_rng(seed).normal(size=(200, 300))
    smooth = cv2.GaussianBlur(noise, (0, 0), 5)[:, 30 - shift:270 - shift]
    return np.repeat(np.clip(128 + 500 * smooth, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


def test_movement_is_no_flicker_but_a_change_of_content_is(tmp_path):
    moved = measured(tmp_path, [clouds(1), clouds(1, 2), clouds(1, 4)])
    changed = measured(tmp_path, [clouds(1), clouds(2), clouds(3)])
    assert moved[1] < 0.2 * changed[1]
