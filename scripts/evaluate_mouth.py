#!/usr/bin/python3
"""Compares the inside of opened mouths of results with the true ones.

Each clip's frame with the most closed mouth is animated by the clip itself, so that nothing the mouth shows comes from
the photo. Measured inside the inner lips of frames whose mouth is open, 64 pixels from corner to corner, by the
landmarks of each picture itself and again by those of the true frame, since landmarks err by as much as the mouth is
open: the mean gradient, and the mean difference to the next frame warped back by optical flow (DIS)
over the gradient, which tells flicker. Prints means over clips of both for the true frames and for results with the
driver's and with the generated mouth, and the ratio of gradients.

Landmarks come from the program extract_landmarks (build with -DREENACT_BUILD_TOOLS=ON).
"""

import subprocess
import sys

import cv2
import numpy as np

from clip_results import evaluate_each, frames_of, landmarks_of, parser

# Inner lips, from the subject's right corner over the upper lip to the left corner and back.
INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
CORNERS = (78, 308)
MIDDLE_OF_LIPS = ((81, 178), (82, 87), (13, 14), (312, 317), (311, 402))
OUTER_EYE_CORNERS = (33, 263)
OPEN = 0.04
PATCH_SIZE = (96, 80)
MOUTH_WIDTH = 64
MOUTHS = ("driver", "generated")


def opening(points):
    """Mean distance of the inner lips in their middle over that of the outer eye corners."""
    right, left = (points[i] for i in OUTER_EYE_CORNERS)
    return np.mean([np.linalg.norm(points[u] - points[l]) for u, l in MIDDLE_OF_LIPS]) / np.linalg.norm(right - left)


def patch_matrix(points):
    """2×3, picture from patch: the mouth's corners level and MOUTH_WIDTH apart."""
    left, right = sorted((points[i] for i in CORNERS), key=lambda p: p[0])
    axis = (right - left) / MOUTH_WIDTH
    across = np.array([-axis[1], axis[0]])
    start = (left + right) / 2 - axis * PATCH_SIZE[0] / 2 - across * PATCH_SIZE[1] / 2
    return np.column_stack([axis, across, start])


def cut(picture, matrix):
    part = cv2.warpAffine(picture, matrix, PATCH_SIZE, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)


def inside(points, matrix):
    """The pixels of the patch between the inner lips."""
    to_patch = cv2.invertAffineTransform(matrix)
    lips = points[list(INNER_LIPS)] @ to_patch[:, :2].T + to_patch[:, 2]
    mask = np.zeros(PATCH_SIZE[::-1], np.uint8)
    cv2.fillPoly(mask, [np.round(lips * 16).astype(np.int32)], 1, shift=4)
    return cv2.erode(mask, np.ones((3, 3), np.uint8)) > 0


def gradient(grey, mask):
    across, down = (cv2.Sobel(grey, cv2.CV_64F, *order, scale=0.125) for order in ((1, 0), (0, 1)))
    return np.hypot(across, down)[mask].mean()


def change(grey, following, mask):
    """Mean difference inside the mask to the next frame warped back onto this one."""
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey, following, None)
    x, y = np.meshgrid(np.arange(grey.shape[1], dtype=np.float32), np.arange(grey.shape[0], dtype=np.float32))
    back = cv2.remap(following, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.abs(grey.astype(np.float64) - back)[mask].mean()


def measure(video, landmarks, frames):
    """Mean gradient and mean change inside the mouth over `frames` of a video."""
    gradients, changes = [], []
    last = None
    for index, picture in enumerate(frames_of(video)):
        if last is not None:
            matrix, grey, mask = last
            changes.append(change(grey, cut(picture, matrix), mask))
            last = None
        if index in frames:
            points = landmarks[index][0]
            matrix = patch_matrix(points)
            mask = inside(points, matrix)
            if mask.any():
                grey = cut(picture, matrix)
                gradients.append(gradient(grey, mask))
                last = matrix, grey, mask
    return np.mean(gradients), np.mean(changes)


def evaluate_clip(arguments, clip, folder):
    """By kind of mouth, the truth being one, and by landmarks, own or true: gradient, change over gradient; and the
    number of open frames."""
    landmarks = landmarks_of(arguments.extract_landmarks, arguments.models, [clip], folder)[clip.name]
    closed = min(landmarks, key=lambda index: opening(landmarks[index][0]))
    photo = folder / "photo.png"
    for index, picture in enumerate(frames_of(clip)):
        if index == closed:
            cv2.imwrite(str(photo), picture)
    videos = {"true": clip}
    for mouth in MOUTHS:
        videos[mouth] = folder / f"{mouth}.mp4"
        subprocess.run([arguments.reenact, "--models", arguments.models, "-q", "-s", photo, "-d", clip, "-o",
                        videos[mouth], "--reference-frame", str(closed), "--mouth", mouth, "--crf", "6", "--overwrite"],
                       check=True, stdout=subprocess.DEVNULL)
    found = landmarks_of(arguments.extract_landmarks, arguments.models, [videos[m] for m in MOUTHS], folder)
    found = {"true": landmarks, **{mouth: found[videos[mouth].name] for mouth in MOUTHS}}
    frames = {index for index in landmarks if opening(landmarks[index][0]) > OPEN}
    frames = {index for index in frames if all(index in found[kind] for kind in found)}
    if len(frames) < arguments.least_frames:
        print(f"{clip.name}: left out, its mouth is hardly opened", file=sys.stderr)
        return None
    measured = {(kind, whose): measure(videos[kind], points, frames)
                for kind in found for whose, points in (("own", found[kind]), ("true", landmarks))}
    return {key: (slope, moved / slope) for key, (slope, moved) in measured.items()}, len(frames)


def main():
    options = parser(__doc__)
    options.add_argument("--least-frames", type=int, default=15, help="with an opened mouth, that a clip must have")
    evaluated = evaluate_each(options.parse_args(), evaluate_clip)
    results = [result for result, _ in evaluated]
    frames = sum(count for _, count in evaluated)
    print(f"{len(results)} clips, {frames} frames with an opened mouth")
    print(f"{'mouth':10}{'landmarks':>10}{'gradient':>10}{'over the true':>15}{'change/gradient':>17}")
    for key in [("true", "true"), *((mouth, whose) for mouth in MOUTHS for whose in ("own", "true"))]:
        slope, changed = np.mean([result[key] for result in results], axis=0)
        ratio = np.mean([result[key][0] / result["true", "true"][0] for result in results])
        print(f"{key[0]:10}{key[1]:>10}{slope:10.2f}{ratio:15.2f}{changed:17.2f}")


if __name__ == "__main__":
    main()
