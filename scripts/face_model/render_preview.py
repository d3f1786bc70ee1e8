#!/usr/bin/python3
"""Draws the face model as PNG pictures, to look at after it was built.

    scripts/face_model/render_preview.py --model models/face_model --output build/preview
"""

import argparse
import pathlib

import cv2
import numpy as np

import face_model
from rasterize import View, rasterize

SIZE = 640
CLOSE_UP = 14.0  # centimetres across the picture
FULL_HEAD = 38.0
LIGHT = np.array([-0.3, 0.4, 0.87])
REGION_COLOURS = np.array(  # BGR
    [
        (170, 190, 230), (150, 170, 200), (90, 90, 190), (140, 140, 220),
        (120, 120, 230), (235, 240, 240), (250, 245, 245), (250, 245, 245),
    ]
)  # fmt: skip


def draw(model, vertices, centre, width_cm, yaw_deg=0, pitch_deg=0, wireframe=False):
    """Shaded BGR picture of the posed vertices; iris and pupil are painted on the eyeballs."""
    view = View(centre, width_cm, SIZE, yaw_deg, pitch_deg)
    triangle, weights = rasterize(view, vertices, model.triangles)
    corners = view.from_model(vertices)[model.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    shade = 0.25 + 0.75 * np.maximum(normal @ LIGHT, 0)
    colours = REGION_COLOURS[model.region]
    for eye in (6, 7):
        ball = np.flatnonzero(model.region == eye)
        ahead = model.mean[ball] - model.mean[ball].mean(axis=0)
        angle = np.degrees(np.arccos(ahead[:, 2] / np.linalg.norm(ahead, axis=1)))
        colours[ball[angle < 29]] = (130, 80, 40)
        colours[ball[angle < 14]] = (10, 10, 10)
    picture = (colours[model.triangles[triangle]] * weights[..., None]).sum(axis=2) * shade[triangle][..., None]
    if wireframe:
        twice_area = np.cross(corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2])
        height_px = np.sqrt(np.abs(twice_area)) * SIZE / width_cm
        picture[weights.min(axis=2) * height_px[triangle] < 1] = (60, 40, 30)
    picture[triangle < 0] = 40
    return picture.astype(np.uint8)


def sheet(pictures, columns):
    """Named pictures in a grid."""
    for name, picture in pictures:
        cv2.putText(picture, name, (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1, cv2.LINE_AA)
    rows = [pictures[i : i + columns] for i in range(0, len(pictures), columns)]
    return np.vstack([np.hstack([picture for _, picture in row]) for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    model = face_model.load(arguments.model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    landmarks = model.mean[model.landmarks68]
    face, eye, mouth = landmarks.mean(axis=0), landmarks[36:42].mean(axis=0), landmarks[48:60].mean(axis=0)

    both = {
        "blink": {"eyeBlink_L": 1, "eyeBlink_R": 1},
        "smile": {"mouthSmile_L": 1, "mouthSmile_R": 1},
        "smile, jaw open": {"mouthSmile_L": 0.8, "mouthSmile_R": 0.8, "jawOpen": 0.5},
        "jaw open": {"jawOpen": 1},
        "pucker": {"mouthPucker": 1},
    }
    head = [("mean", draw(model, model.mean, face, FULL_HEAD))]
    head += [(f"mean, yaw {yaw}", draw(model, model.mean, face, FULL_HEAD, yaw)) for yaw in (45, 90, 180)]
    head += [("mean, pitch 40", draw(model, model.mean, face, FULL_HEAD, 0, 40))]
    head += [("wireframe", draw(model, model.mean, face, FULL_HEAD, wireframe=True))]
    cv2.imwrite(str(arguments.output / "head.png"), sheet(head, 3))
    identity = [
        (f"identity {mode}: {sign:+d}", draw(model, model.shape(sign * np.eye(4)[mode]), face, FULL_HEAD))
        for mode in range(4)
        for sign in (-2, 2)
    ]
    cv2.imwrite(str(arguments.output / "identity.png"), sheet(identity, 4))
    faces = [(name, draw(model, model.shape(**weights), face, 24)) for name, weights in both.items()]
    faces += [("face", draw(model, model.mean, face, 24, wireframe=True))]
    cv2.imwrite(str(arguments.output / "expression.png"), sheet(faces, 3))
    details = [
        ("eye", draw(model, model.mean, eye, CLOSE_UP / 2, wireframe=True)),
        ("eye", draw(model, model.mean, eye, CLOSE_UP / 2)),
        ("blink 0.5", draw(model, model.shape(eyeBlink_R=0.5), eye, CLOSE_UP / 2)),
        ("blink 1", draw(model, model.shape(eyeBlink_R=1), eye, CLOSE_UP / 2)),
        ("mouth", draw(model, model.mean, mouth, CLOSE_UP, wireframe=True)),
        ("mouth", draw(model, model.mean, mouth, CLOSE_UP)),
        ("jaw open 0.3", draw(model, model.shape(jawOpen=0.3), mouth, CLOSE_UP)),
        ("jaw open 1", draw(model, model.shape(jawOpen=1), mouth - [0, 2, 0], CLOSE_UP)),
    ]
    cv2.imwrite(str(arguments.output / "detail.png"), sheet(details, 4))


if __name__ == "__main__":
    main()
