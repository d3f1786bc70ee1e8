#!/usr/bin/python3
"""Measures how well the face recognition network tells persons apart: the check behind CSIM.

Pairs of one person against pairs of two persons, from photos (persons with several) and from clips (two frames far
apart). Prints, for each group, the distribution of the cosines and the accuracy at the best threshold, with genuine and
impostor pairs weighing the same.

The folder of the data holds stills.csv and clips.csv (columns file, person_id; stills also real_or_generated) beside
stills/ and clips/. Landmarks come from the program extract_landmarks (build with -DREENACT_BUILD_TOOLS=ON).
"""

import argparse
import csv
import itertools
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parent.parent
INPUT_SIZE = 150
# As in include/reenact/metrics/identity.h: corners of the subject's left and right eye, base of the nose.
ALIGNMENT_POINTS = (263, 362, 33, 133, 2)
CHIP_POINTS = (0.25 + np.array([
    (0.8595674595992, 0.2134981538014), (0.6460604764104, 0.2289674387677), (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242), (0.4901123135679, 0.6277975316475)])) / 1.5 * INPUT_SIZE
PHOTOS_PER_PERSON = 6
PERSONS_PER_COLLECTION = 10  # a collection (the prefix of person_id) with fewer is not reported on its own
CLIP_POSITIONS = (0.1, 0.9)


def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def chosen_photos(data):
    """(path, person) of real photos of persons with at least two, at most PHOTOS_PER_PERSON each."""
    by_person = defaultdict(list)
    for row in read_rows(data / "stills.csv"):
        if row["real_or_generated"] == "real":
            by_person[row["person_id"]].append(data / "stills" / row["file"])
    random = np.random.default_rng(1)
    chosen = []
    for person, files in sorted(by_person.items()):
        if len(files) >= 2:
            for file in random.permutation(sorted(files))[:PHOTOS_PER_PERSON]:
                chosen.append((Path(file), person))
    return chosen


def extracted_frames(data, folder):
    """(path, person) of frames far apart of one clip of each person, written to `folder` as PNG."""
    chosen, seen = [], set()
    for row in read_rows(data / "clips.csv"):
        if row["person_id"] in seen:
            continue
        seen.add(row["person_id"])
        video = cv2.VideoCapture(str(data / "clips" / row["file"]))
        wanted = {int(position * int(row["n_frames"])) for position in CLIP_POSITIONS}
        for index in range(max(wanted) + 1):
            if not video.grab():
                break
            if index in wanted:
                path = folder / f"{Path(row['file']).stem}_{index}.png"
                cv2.imwrite(str(path), video.retrieve()[1])
                chosen.append((path, row["person_id"]))
    return chosen


def landmarks_of(files, tool, models, scratch):
    """468 points by path, for the pictures in which there is a face."""
    output = scratch / "landmarks.jsonl"
    subprocess.run([str(tool), *map(str, files), "--models", str(models), "-o", str(output)], check=True)
    with open(output) as lines:
        found = [json.loads(line) for line in lines]
    return {Path(entry["file"]): np.array(entry["points"]) for entry in found}


def align(image, points):
    """As align_face() in C++."""
    source = points[list(ALIGNMENT_POINTS)]
    p, q = source - source.mean(0), CHIP_POINTS - CHIP_POINTS.mean(0)
    a, b = (p * q).sum() / (p**2).sum(), (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / (p**2).sum()
    turn = np.array([[a, -b], [b, a]])
    shift = CHIP_POINTS.mean(0) - turn @ source.mean(0)
    while np.hypot(turn[0, 0], turn[1, 0]) < 0.5:
        image, turn = cv2.pyrDown(image), turn * 2
    return cv2.warpAffine(image, np.column_stack((turn, shift)), (INPUT_SIZE, INPUT_SIZE))


def embeddings_of(pictures, points_by_path, network):
    """Unit embeddings [N,128] and the persons of the pictures in which there is a face."""
    embeddings, persons = [], []
    for path, person in pictures:
        if path in points_by_path:
            aligned = align(cv2.imread(str(path)), points_by_path[path])[:, :, ::-1]
            rgb = torch.from_numpy(aligned.astype(np.float32).transpose(2, 0, 1) / 255)
            with torch.no_grad():
                embeddings.append(network(rgb[None])[0].numpy())
            persons.append(person)
    embeddings = np.stack(embeddings)
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), persons


def pair_cosines(embeddings, persons):
    cosines = embeddings @ embeddings.T
    genuine, impostor = [], []
    for i, j in itertools.combinations(range(len(persons)), 2):
        (genuine if persons[i] == persons[j] else impostor).append(cosines[i, j])
    return np.array(genuine), np.array(impostor)


def best_threshold(genuine, impostor):
    """The cosine that splits both kinds best, and the mean of the two rates of right decisions there."""
    candidates = np.unique(genuine)
    accepted = 1 - np.searchsorted(np.sort(genuine), candidates) / len(genuine)
    rejected = np.searchsorted(np.sort(impostor), candidates) / len(impostor)
    best = np.argmax(accepted + rejected)
    return candidates[best], (accepted[best] + rejected[best]) / 2


def report_collections(group, embeddings, persons):
    collections = defaultdict(list)
    for index, person in enumerate(persons):
        collections[person.split("_")[0]].append(index)
    report(group, embeddings, persons)
    for name, indices in sorted(collections.items()):
        members = [persons[index] for index in indices]
        if len(set(members)) >= PERSONS_PER_COLLECTION and len(set(members)) < len(members):
            report(f"{group}, collection {name}", embeddings[indices], members)


def report(group, embeddings, persons):
    genuine, impostor = pair_cosines(embeddings, persons)
    threshold, accuracy = best_threshold(genuine, impostor)
    print(f"{group}: {len(persons)} pictures of {len(set(persons))} persons")
    for kind, cosines in (("same person", genuine), ("two persons", impostor)):
        low, middle, high = np.percentile(cosines, (5, 50, 95))
        print(f"  {kind}: {len(cosines)} pairs, cosine 5 % {low:.3f}, median {middle:.3f}, 95 % {high:.3f}")
    print(f"  accuracy {100 * accuracy:.2f} % at cosine {threshold:.3f}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with stills.csv and clips.csv")
    parser.add_argument("--landmarks-tool", type=Path, required=True, help="the program extract_landmarks")
    parser.add_argument("--models", type=Path, default=REPOSITORY / "models")
    options = parser.parse_args(arguments)
    network = torch.jit.load(str(options.models / "face_recognition" / "face_recognition.pt"))
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for group, pictures in (
            ("photos", chosen_photos(options.data)),
            ("clips", extracted_frames(options.data, scratch)),
        ):
            points = landmarks_of([path for path, _ in pictures], options.landmarks_tool, options.models, scratch)
            print(f"{group}: a face in {len(points)} of {len(pictures)} pictures")
            report_collections(group, *embeddings_of(pictures, points, network))
    return 0


if __name__ == "__main__":
    sys.exit(main())
