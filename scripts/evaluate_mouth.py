#!/usr/bin/python3
"""Compares the inside of opened mouths of results with the true ones.

Each clip's frame with the most closed mouth is animated by the clip itself, so that nothing the mouth shows comes from
the photo. Measured inside the inner lips of frames whose mouth is open, 64 pixels from corner to corner, by the
landmarks of each picture itself and again by those of the true frame, since landmarks err by as much as the mouth is
open: the mean gradient, and the mean difference to the next frame warped back by optical flow (DIS)
over the gradient, which tells flicker. Besides, by the landmarks of each picture itself: the mean difference of colours
(of 255) from the true frame, as it is and aligned by optical flow. Prints means over clips for the true frames and for
results with the driver's and with the generated mouth, and the ratio of gradients.

With --generators the mouths that are compared are those that these bundles generate; of all but the first the changes
from the first follow, with 95 % bootstrap intervals over clips.

Landmarks come from the program extract_landmarks (build with -DREENACT_BUILD_TOOLS=ON).
"""

import subprocess
import sys
from pathlib import Path

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
RESAMPLED = 10000


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
    return cv2.warpAffine(picture, matrix, PATCH_SIZE, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)


def grey_of(patch):
    return cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)


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


def difference(one, other, mask):
    return np.abs(one.astype(np.float64) - other)[mask].mean()


def aligned(patch, other):
    """`other` as optical flow brings it onto `patch`."""
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey_of(patch), grey_of(other), None)
    x, y = np.meshgrid(np.arange(patch.shape[1], dtype=np.float32), np.arange(patch.shape[0], dtype=np.float32))
    return cv2.remap(other, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def measure(video, landmarks, frames):
    """Mean gradient and mean change to the next frame inside the mouth over `frames` of a video."""
    gradients, changes = [], []
    last = None
    for index, picture in enumerate(frames_of(video)):
        if last is not None:
            matrix, patch, mask = last
            following = aligned(patch, cut(picture, matrix))
            changes.append(difference(grey_of(patch), grey_of(following), mask))
            last = None
        if index in frames:
            points = landmarks[index][0]
            matrix = patch_matrix(points)
            mask = inside(points, matrix)
            if mask.any():
                patch = cut(picture, matrix)
                gradients.append(gradient(grey_of(patch), mask))
                last = matrix, patch, mask
    return np.mean(gradients), np.mean(changes)


def errors(truth, true_landmarks, video, landmarks, frames):
    """Mean difference of a video's mouths from the true ones inside the true lips, and the same aligned."""
    as_they_are, after_flow = [], []
    for index, (true_picture, picture) in enumerate(zip(frames_of(truth), frames_of(video))):
        if index not in frames:
            continue
        points = true_landmarks[index][0]
        matrix = patch_matrix(points)
        mask = inside(points, matrix)
        if mask.any():
            true_patch, patch = cut(true_picture, matrix), cut(picture, patch_matrix(landmarks[index][0]))
            as_they_are.append(difference(true_patch, patch, mask))
            after_flow.append(difference(true_patch, aligned(true_patch, patch), mask))
    return np.mean(as_they_are), np.mean(after_flow)


def mouths_of(arguments):
    """Arguments of the program by name of what is compared."""
    if not arguments.generators:
        return {mouth: ["--mouth", mouth] for mouth in MOUTHS}
    return {folder.resolve().name: ["--mouth", "generated", "--generator", str(folder.resolve()), "--trust-model"]
            for folder in arguments.generators}


def first_frames(clip, count, folder):
    shorter = folder / clip.name
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", clip, "-map", "0:v:0", "-frames:v", str(count), "-c", "copy",
                    shorter], check=True)
    return shorter


def evaluate_clip(arguments, clip, folder):
    """By kind of mouth, the truth being one, and by landmarks, own or true: gradient, change over gradient, and both
    errors, which are 0 of the truth and the same for both landmarks; and the number of open frames."""
    if arguments.most_frames:
        clip = first_frames(clip, arguments.most_frames, folder)
    landmarks = landmarks_of(arguments.extract_landmarks, arguments.models, [clip], folder)[clip.name]
    closed = min(landmarks, key=lambda index: opening(landmarks[index][0]))
    photo = folder / "photo.png"
    for index, picture in enumerate(frames_of(clip)):
        if index == closed:
            cv2.imwrite(str(photo), picture)
    videos = {"true": clip}
    mouths = mouths_of(arguments)
    for mouth, options in mouths.items():
        videos[mouth] = folder / f"{mouth}.mp4"
        subprocess.run([arguments.reenact, "--models", arguments.models, "-q", "-s", photo, "-d", clip, "-o",
                        videos[mouth], "--reference-frame", str(closed), *options, "--crf", "6", "--overwrite"],
                       check=True, stdout=subprocess.DEVNULL)
    found = landmarks_of(arguments.extract_landmarks, arguments.models, [videos[m] for m in mouths], folder)
    found = {"true": landmarks, **{mouth: found[videos[mouth].name] for mouth in mouths}}
    frames = {index for index in landmarks if opening(landmarks[index][0]) > OPEN}
    frames = {index for index in frames if all(index in found[kind] for kind in found)}
    if len(frames) < arguments.least_frames:
        print(f"{clip.name}: left out, its mouth is hardly opened", file=sys.stderr)
        return None
    wrong = {mouth: errors(clip, landmarks, videos[mouth], found[mouth], frames) for mouth in mouths}
    measured = {(kind, whose): measure(videos[kind], points, frames)
                for kind in found for whose, points in (("own", found[kind]), ("true", landmarks))}
    return {(kind, whose): (slope, moved / slope, *wrong.get(kind, (0, 0)))
            for (kind, whose), (slope, moved) in measured.items()}, len(frames)


def change_in_percent(first, other):
    """Of means over clips, with a 95 % interval."""
    first, other = np.array(first), np.array(other)
    chosen = np.random.default_rng(0).integers(0, len(first), (RESAMPLED, len(first)))
    resampled = 100 * (other[chosen].mean(1) / first[chosen].mean(1) - 1)
    return 100 * (other.mean() / first.mean() - 1), *np.percentile(resampled, (2.5, 97.5))


def main():
    options = parser(__doc__)
    options.add_argument("--least-frames", type=int, default=15, help="with an opened mouth, that a clip must have")
    options.add_argument("--most-frames", type=int, default=0, help="of a clip, from its first on; 0 takes all")
    options.add_argument("--generators", type=Path, nargs="+", default=[], help="folders of bundles")
    arguments = options.parse_args()
    mouths = list(mouths_of(arguments))
    if arguments.generators and len(mouths) < len(arguments.generators):
        options.error("--generators takes folders of different names")
    evaluated = evaluate_each(arguments, evaluate_clip)
    results = [result for result, _ in evaluated]
    frames = sum(count for _, count in evaluated)
    print(f"{len(results)} clips, {frames} frames with an opened mouth")
    width = max(10, *(len(mouth) + 1 for mouth in mouths))
    print(f"{'mouth':{width}}{'landmarks':>10}{'gradient':>10}{'over the true':>15}{'change/gradient':>17}{'error':>8}"
          f"{'aligned':>9}")
    for key in [("true", "true"), *((mouth, whose) for mouth in mouths for whose in ("own", "true"))]:
        slope, changed, error, after_flow = np.mean([result[key] for result in results], axis=0)
        ratio = np.mean([result[key][0] / result["true", "true"][0] for result in results])
        print(f"{key[0]:{width}}{key[1]:>10}{slope:10.2f}{ratio:15.2f}{changed:17.2f}{error:8.1f}{after_flow:9.1f}")
    for mouth in mouths[1:] if arguments.generators else ():
        for what, number in (("gradient", 0), ("change/gradient", 1), ("error", 2), ("aligned", 3)):
            values = [[result[name, "own"][number] for result in results] for name in (mouths[0], mouth)]
            change, low, high = change_in_percent(*values)
            print(f"{mouth} against {mouths[0]}: {what} {change:+.1f} % ({low:+.1f} to {high:+.1f})")


if __name__ == "__main__":
    main()
