#!/usr/bin/python3
"""Compares the eyes of results with the true ones: each clip's first frame is animated by the clip itself.

The eyes of result and truth are cut out by their corners, so that what counts is the picture of the eye and not where
it lies. Prints, for frames of three kinds, means over clips of: the mean absolute difference of brightness (of 255), the
sharpness of the result over the truth's, the bias of the gap between the lids (height over width), and the share of
frames. Frames are of kind `blink` when the true gap is below 0.55 of the first frame's, `gaze` when the true iris has
moved by more than 0.05 eye widths since, and `plain` otherwise.

With --shut the photo is the frame whose lids are narrowest, and the clip 80 frames around it; frames are compared whose
gap is 0.65 or more of that in the nearest frame with usual lids, which takes the first frame's place. Clips are left
out in whose photo the program sees open eyes.

Landmarks come from the program extract_landmarks (build with -DREENACT_BUILD_TOOLS=ON).
"""

import subprocess
from collections import defaultdict

import cv2
import numpy as np

from clip_results import evaluate_each, frames_of, landmarks_of, parser

# Outer and inner corner, upper and lower lid, first iris column: the subject's right eye, then the left.
EYES = (
    {"corners": (33, 133), "upper": (160, 159, 158), "lower": (144, 145, 153), "iris": 0},
    {"corners": (263, 362), "upper": (387, 386, 385), "lower": (373, 374, 380), "iris": 5},
)
PATCH_SIZE = (64, 40)  # pixels; the eye is 40 pixels wide in the middle
EYE_WIDTH = 40
BLINK_GAP = 0.55
GAZE_SHIFT = 0.05
SHUT_GAP, USUAL_SHARE, OPEN_SHARE = 0.13, 0.9, 0.65
AROUND = 40  # frames on both sides of shut eyes
KINDS = ("plain", "gaze", "blink")


def gap(points, eye):
    """Mean height between the lids over the width of the eye."""
    outer, inner = (points[i] for i in eye["corners"])
    heights = [np.linalg.norm(points[u] - points[l]) for u, l in zip(eye["upper"], eye["lower"])]
    return np.mean(heights) / np.linalg.norm(outer - inner)


def iris_place(points, iris, eye):
    """Centre of the iris relative to the corners, in eye widths: along the eye's axis and across."""
    outer, inner = (points[i] for i in eye["corners"])
    axis = inner - outer
    offset = iris[eye["iris"]] - outer
    return np.array([offset @ axis, axis[0] * offset[1] - axis[1] * offset[0]]) / (axis @ axis)


def patch(picture, points, eye):
    """The eye as a grey picture of PATCH_SIZE, upright, its corners at fixed places; float in [0, 255]."""
    left, right = sorted((points[i] for i in eye["corners"]), key=lambda p: p[0])
    axis = (right - left) / EYE_WIDTH
    across = np.array([-axis[1], axis[0]])
    start = left - axis * (PATCH_SIZE[0] - EYE_WIDTH) / 2 - across * PATCH_SIZE[1] / 2
    matrix = np.column_stack([axis, across, start])
    cut = cv2.warpAffine(picture, matrix, PATCH_SIZE, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                         borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY).astype(np.float64)


def sharpness(grey):
    return np.abs(cv2.Laplacian(grey, cv2.CV_64F)).mean()


def kind_of(gap_now, gap_first, iris_now, iris_first):
    if gap_now < BLINK_GAP * gap_first:
        return "blink"
    return "gaze" if np.linalg.norm(iris_now - iris_first) > GAZE_SHIFT else "plain"


def compare(truth, result, truth_picture, result_picture, first, eye):
    """Kind of the frame and its three measures; `truth`, `result` and `first` are (points, iris)."""
    true_gap = gap(truth[0], eye)
    kind = kind_of(true_gap, gap(first[0], eye), iris_place(*truth, eye), iris_place(*first, eye))
    true_patch = patch(truth_picture, truth[0], eye)
    result_patch = patch(result_picture, result[0], eye)
    difference = np.abs(true_patch - true_patch.mean() - result_patch + result_patch.mean()).mean()
    return kind, (difference, sharpness(result_patch) / max(sharpness(true_patch), 1e-6),
                  gap(result[0], eye) - true_gap)


def mean_gap(points):
    return np.mean([gap(points, eye) for eye in EYES])


def shut_and_usual(gaps):
    """Of gaps by frame: the frame with the narrowest and the nearest to it with usual lids; nothing where none is shut
    or usual nearby."""
    usual = np.percentile(list(gaps.values()), 60)
    shut = min(gaps, key=gaps.get)
    near = [i for i in gaps if gaps[i] > USUAL_SHARE * usual and -AROUND <= i - shut < AROUND]
    return (shut, min(near, key=lambda i: abs(i - shut))) if gaps[shut] <= SHUT_GAP and near else None


def write_lossless(pictures, path):
    height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"FFV1"), 25, (width, height))
    for picture in pictures:
        writer.write(np.ascontiguousarray(picture[:height, :width]))
    writer.release()


def evaluate_shut_clip(arguments, clip, folder):
    """Means of the measures of opened eyes, by kind."""
    seen = landmarks_of(arguments.extract_landmarks, arguments.models, [clip], folder)[clip.name]
    gaps = {i: mean_gap(points) for i, (points, _) in seen.items()}
    found = shut_and_usual(gaps) if gaps else None
    if found is None:
        return None
    start = max(found[0] - AROUND, 0)
    shut, usual = (i - start for i in found)
    photo, driver, result, report = (folder / name for name in ("photo.png", "driver.mkv", "result.mp4", "report.json"))
    pictures = list(frames_of(clip))[start:found[0] + AROUND]
    cv2.imwrite(str(photo), pictures[shut])
    write_lossless(pictures, driver)
    subprocess.run([arguments.reenact, "--models", arguments.models, "-q", "-s", photo, "-d", driver, "-o", result,
                    "--reference-frame", str(usual), "--crf", "6", "--report", report, "--overwrite"], check=True,
                   stdout=subprocess.DEVNULL)
    if "made up" not in report.read_text():
        return None
    found = landmarks_of(arguments.extract_landmarks, arguments.models, [driver, result], folder)
    truths, results = found[driver.name], found[result.name]
    measures = defaultdict(list)
    for index, (true_picture, picture) in enumerate(zip(frames_of(driver), frames_of(result))):
        if index == shut or index not in truths or index not in results:
            continue
        for eye in EYES:
            if gap(truths[index][0], eye) < OPEN_SHARE * gap(truths[usual][0], eye):
                continue
            kind, values = compare(truths[index], results[index], true_picture, picture, truths[usual], eye)
            measures[kind].append(values)
    return {kind: (*np.mean(values, axis=0), len(values)) for kind, values in measures.items()}


def evaluate_clip(arguments, clip, folder):
    """Means of the measures by kind, with the number of eyes that they are over."""
    photo, result = folder / "photo.png", folder / "result.mp4"
    pictures = frames_of(clip)
    cv2.imwrite(str(photo), next(pictures))
    pictures.close()
    subprocess.run([arguments.reenact, "--models", arguments.models, "-q", "-s", photo, "-d", clip, "-o", result,
                    "--reference-frame", "0", "--crf", "6", "--overwrite"], check=True, stdout=subprocess.DEVNULL)
    found = landmarks_of(arguments.extract_landmarks, arguments.models, [clip, result], folder)
    truths, results = found[clip.name], found[result.name]
    measures = defaultdict(list)
    for index, (true_picture, picture) in enumerate(zip(frames_of(clip), frames_of(result))):
        if index == 0 or index not in truths or index not in results or 0 not in truths:
            continue
        true_picture = true_picture[:picture.shape[0], :picture.shape[1]]
        for eye in EYES:
            kind, values = compare(truths[index], results[index], true_picture, picture, truths[0], eye)
            measures[kind].append(values)
    return {kind: (*np.mean(values, axis=0), len(values)) for kind, values in measures.items()}


def main():
    by_kind = defaultdict(list)
    options = parser(__doc__)
    options.add_argument("--shut", action="store_true", help="photos with shut eyes")
    arguments = options.parse_args()
    for values in evaluate_each(arguments, evaluate_shut_clip if arguments.shut else evaluate_clip):
        for kind, measured in values.items():
            by_kind[kind].append(measured)
    print(f"{'frames':8}{'clips':>6}{'eyes':>8}{'difference':>12}{'sharpness':>11}{'gap bias':>10}")
    for kind in KINDS:
        if by_kind[kind]:
            difference, sharp, bias, _ = np.mean(by_kind[kind], axis=0)
            eyes = sum(values[3] for values in by_kind[kind])
            print(f"{kind:8}{len(by_kind[kind]):6}{eyes:8}{difference:12.2f}{sharp:11.2f}{bias:10.3f}")


if __name__ == "__main__":
    main()
