#!/usr/bin/python3
"""Draws the face model as PNG pictures, to look at after it was built.

    scripts/face_model/render_preview.py --model models/face_model --output build/preview
"""

import argparse
import pathlib

import cv2
import numpy as np

import face_model

SIZE = 640
CLOSE_UP = 14.0  # centimetres across the picture
FULL_HEAD = 38.0
REGION_COLOURS = np.array(  # BGR
    [
        (170, 190, 230), (150, 170, 200), (90, 90, 190), (140, 140, 220),
        (120, 120, 230), (235, 240, 240), (250, 245, 245), (250, 245, 245),
    ]
)  # fmt: skip


def rotation(yaw_deg, pitch_deg):
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    return about_y @ about_x


def draw(model, vertices, centre, width_cm, yaw_deg=0, pitch_deg=0, wireframe=False):
    """Lambert-shaded BGR picture of the posed vertices, by z-buffer; iris and pupil are painted on the eyeballs."""
    points = (vertices - centre) @ rotation(yaw_deg, pitch_deg).T
    pixels = points * (SIZE / width_cm) * [1, -1, 1] + [SIZE / 2, SIZE / 2, 0]
    picture = np.full((SIZE, SIZE, 3), 40, np.uint8)
    depth = np.full((SIZE, SIZE), -np.inf)
    light = np.array([-0.3, 0.4, 0.87])
    colours = REGION_COLOURS[model.region]
    for eye in (6, 7):
        ball = np.flatnonzero(model.region == eye)
        ahead = model.mean[ball] - model.mean[ball].mean(axis=0)
        angle = np.degrees(np.arccos(ahead[:, 2] / np.linalg.norm(ahead, axis=1)))
        colours = colours.copy()
        colours[ball[angle < 29]] = (130, 80, 40)
        colours[ball[angle < 14]] = (10, 10, 10)
    for triangle in model.triangles:
        corner, position = pixels[triangle], points[triangle]
        normal = np.cross(position[1] - position[0], position[2] - position[0])
        if normal[2] <= 0:
            continue
        normal /= np.linalg.norm(normal)
        low = np.maximum(np.ceil(corner[:, :2].min(axis=0)), 0).astype(int)
        high = np.minimum(np.floor(corner[:, :2].max(axis=0)), SIZE - 1).astype(int)
        if (low > high).any():
            continue
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        (ax, ay, _), (bx, by, _), (cx, cy, _) = corner
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        w1 = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
        w2 = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
        w0 = 1 - w1 - w2
        z = w0 * corner[0, 2] + w1 * corner[1, 2] + w2 * corner[2, 2]
        part = depth[low[1] : high[1] + 1, low[0] : high[0] + 1]
        seen = (w0 >= 0) & (w1 >= 0) & (w2 >= 0) & (z > part)
        part[seen] = z[seen]
        colour = sum(w[..., None] * colours[v] for w, v in zip((w0, w1, w2), triangle))
        shade = 0.25 + 0.75 * max(0.0, normal @ light)
        picture[low[1] : high[1] + 1, low[0] : high[0] + 1][seen] = (colour * shade)[seen]
        if wireframe:
            outline = seen & (np.minimum(np.minimum(w0, w1), w2) * abs(area) < 1.2 * np.sqrt(abs(area)))
            picture[low[1] : high[1] + 1, low[0] : high[0] + 1][outline] = (60, 40, 30)
    return picture


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

    def expression(**weights):
        return model.shape(**weights)

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
    faces = [(name, draw(model, expression(**weights), face, 24)) for name, weights in both.items()]
    faces += [("face", draw(model, model.mean, face, 24, wireframe=True))]
    cv2.imwrite(str(arguments.output / "expression.png"), sheet(faces, 3))
    details = [
        ("eye", draw(model, model.mean, eye, CLOSE_UP / 2, wireframe=True)),
        ("eye", draw(model, model.mean, eye, CLOSE_UP / 2)),
        ("blink 0.5", draw(model, expression(eyeBlink_R=0.5), eye, CLOSE_UP / 2)),
        ("blink 1", draw(model, expression(eyeBlink_R=1), eye, CLOSE_UP / 2)),
        ("mouth", draw(model, model.mean, mouth, CLOSE_UP, wireframe=True)),
        ("mouth", draw(model, model.mean, mouth, CLOSE_UP)),
        ("jaw open 0.3", draw(model, expression(jawOpen=0.3), mouth, CLOSE_UP)),
        ("jaw open 1", draw(model, expression(jawOpen=1), mouth - [0, 2, 0], CLOSE_UP)),
    ]
    cv2.imwrite(str(arguments.output / "detail.png"), sheet(details, 4))


if __name__ == "__main__":
    main()
