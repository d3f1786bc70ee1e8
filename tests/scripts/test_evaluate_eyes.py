"""The measures of scripts/evaluate_eyes.py on eyes whose truth is known."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import evaluate_eyes  # noqa: E402

RIGHT = evaluate_eyes.EYES[0]


def seen(height=9.0, iris_x=65.0, turn=0.0):
    """Landmarks of a right eye 30 pixels wide around (65, 50)."""
    points = np.zeros((468, 2))
    points[33], points[133] = (50, 50), (80, 50)
    for k, (upper, lower) in enumerate(zip(RIGHT["upper"], RIGHT["lower"])):
        points[upper], points[lower] = (60 + 5 * k, 50 - height / 2), (60 + 5 * k, 50 + height / 2)
    iris = np.full((10, 2), (iris_x, 50.0))
    c, s = np.cos(turn), np.sin(turn)
    rotation = np.array([[c, s], [-s, c]])
    return points @ rotation, iris @ rotation


def picture(iris_x=65):
    image = np.full((100, 130, 3), 200, np.uint8)
    cv2.circle(image, (iris_x, 50), 6, (40, 40, 40), -1, cv2.LINE_AA)
    return image


def test_gap_and_iris_do_not_depend_on_the_turn_of_the_head():
    for turn in (0.0, 0.4):
        points, iris = seen(turn=turn)
        assert evaluate_eyes.gap(points, RIGHT) == pytest.approx(0.3)
        assert evaluate_eyes.iris_place(points, iris, RIGHT) == pytest.approx([0.5, 0.0], abs=1e-9)


def test_kinds():
    first = np.array([0.5, 0.0])
    assert evaluate_eyes.kind_of(0.1, 0.3, first, first) == "blink"
    assert evaluate_eyes.kind_of(0.3, 0.3, first + [0.1, 0], first) == "gaze"
    assert evaluate_eyes.kind_of(0.3, 0.3, first + [0.01, 0], first) == "plain"


def test_the_photo_with_shut_eyes_is_the_narrowest_and_its_reference_the_nearest_usual_frame():
    gaps = {i: 0.3 for i in range(100)} | {50: 0.2, 51: 0.05, 52: 0.1, 53: 0.2}
    assert evaluate_eyes.shut_and_usual(gaps) in ((51, 49), (51, 54))
    assert evaluate_eyes.shut_and_usual({i: 0.3 for i in range(10)}) is None


def test_a_perfect_result_differs_in_nothing():
    truth = seen()
    kind, (difference, sharp, bias) = evaluate_eyes.compare(truth, truth, picture(), picture(), truth, RIGHT)
    assert kind == "plain"
    assert (difference, sharp, bias) == pytest.approx((0, 1, 0))


def test_a_shifted_and_blurred_iris_counts():
    truth = seen()
    blurred = cv2.GaussianBlur(picture(), (0, 0), 3)
    _, shifted = evaluate_eyes.compare(truth, truth, picture(), picture(69), truth, RIGHT)
    _, soft = evaluate_eyes.compare(truth, truth, picture(), blurred, truth, RIGHT)
    assert shifted[0] > 5
    assert soft[1] < 0.7


def test_an_eye_that_stays_open_is_a_bias_of_the_gap():
    kind, values = evaluate_eyes.compare(seen(height=3), seen(height=9), picture(), picture(), seen(), RIGHT)
    assert kind == "blink"
    assert values[2] == pytest.approx(0.2)
