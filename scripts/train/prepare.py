#!/usr/bin/python3
"""Turns clips and stills into shards for training: landmarks, fits, JPEG pictures.

    prepare.py --data <folder with clips.csv and stills.csv> --extractor <build>/tools/extract_landmarks

Every step leaves its result in the output folder, so that a run that was stopped goes on where it was.
1. landmarks/: the program extract_landmarks, on evenly spaced frames of each clip, aligned to one of them, and on all
   stills.
2. items/: one identity per clip (or still), pose, expression and gaze per frame; of the frames that fit well those
   that differ most are kept, as pictures of at most PICTURE_SIZE pixels.
3. shards: all items, with index.json.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import shards
from face_state import FaceState
from native import REPOSITORY, FaceModel

VALIDATION_PERSONS = REPOSITORY / "scripts" / "data" / "validation_persons.txt"
PICTURE_SIZE = 256
JPEG_QUALITY = 90
MAX_TRACKED_FRAMES = 60  # per clip
MAX_CALIBRATION_FRAMES = 24
MAX_RELATIVE_ERROR = 0.06  # of a fit, in inter-ocular distances
BLURRED = "blurr"  # in the notes of clips.csv
MEDIA_PER_CHUNK = {"clip": 8, "still": 200}
SHARD_BYTES = 15 << 20


@dataclass
class Media:
    """One clip or still of the data set."""

    name: str
    kind: str  # "clip" or "still"
    path: Path
    person: str
    split: str
    source: str
    licence: str
    real: bool
    hours: float
    weight: float


def validation_persons(path=VALIDATION_PERSONS):
    lines = (line.strip() for line in Path(path).read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def list_media(data, held_out):
    """All clips and stills of `data`. A still's weight keeps large collections from outvoting small ones."""
    media = []
    for row in read_csv(data / "clips.csv"):
        split = "validation" if row["person_id"] in held_out else "train"
        weight = 0.5 if BLURRED in row["notes"] else 1.0
        hours = int(row["n_frames"]) / float(row["fps"]) / 3600
        real = row["real_or_generated"] == "real"
        path = data / "clips" / row["file"]
        origin = (row["source_repo"], row["licence"], real)
        media.append(Media(path.stem, "clip", path, row["person_id"], split, *origin, hours, weight))
    rows = read_csv(data / "stills.csv")
    per_source = {}
    for row in rows:
        per_source[row["source_repo"]] = per_source.get(row["source_repo"], 0) + 1
    for row in rows:
        if row["person_id"] in held_out:
            continue
        weight = per_source[row["source_repo"]] ** -0.5
        real = row["real_or_generated"] == "real"
        path = data / "stills" / row["file"]
        origin = (row["source_repo"], row["licence"], real)
        media.append(Media(path.stem, "still", path, row["person_id"], "train", *origin, 0.0, weight))
    return media


def read_frames(path, stride=None):
    """Every `stride`-th frame (BGR); by default as many as MAX_TRACKED_FRAMES allows. Returns (frames, numbers)."""
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        more, frame = capture.read()
        if not more:
            break
        frames.append(frame)
    capture.release()
    stride = stride or max(1, -(-len(frames) // MAX_TRACKED_FRAMES))
    return frames[::stride], list(range(0, len(frames), stride))


def read_pictures(media):
    if media.kind == "clip":
        return read_frames(media.path)
    picture = cv2.imread(str(media.path), cv2.IMREAD_COLOR)
    return ([], []) if picture is None else ([picture], [0])


def write_lossless(path, frames):
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"FFV1"), 25, (width, height))
    if not writer.isOpened():
        raise OSError(f"{path} cannot be written: OpenCV has no FFV1 encoder")
    for frame in frames:
        writer.write(frame)
    writer.release()


def extract_landmarks(extractor, refine, chunk, output):
    """Writes {media name: points [F,478,2], numbers of the pictures [F]} of one chunk to `output` (npz)."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = {}
        for media in chunk:
            if media.kind == "still":
                inputs[str(media.path)] = media
                continue
            frames, _ = read_frames(media.path)
            if frames:
                video = Path(folder) / f"{media.name}.mkv"
                write_lossless(video, frames)
                inputs[str(video)] = media
        lines = Path(folder) / "landmarks.jsonl"
        command = [str(extractor), *inputs, "--output", str(lines), "--models", str(REPOSITORY / "models")]
        if refine:
            command.append("--refine")
        subprocess.run(command, check=True)
        points, numbers = {}, {}
        for file, number, landmarks in shards.read_landmark_lines(lines):
            name = inputs[file].name
            points.setdefault(name, []).append(landmarks)
            numbers.setdefault(name, []).append(number)
    arrays = {f"points/{name}": np.float32(values) for name, values in points.items()}
    arrays.update({f"pictures/{name}": np.int32(values) for name, values in numbers.items()})
    shards.write_npz(output, arrays)


def extract_all(extractor, refine, media, folder, processes):
    """landmarks/<kind>-<number>.npz for all media; chunks that exist are left alone."""
    jobs = []
    for kind, size in MEDIA_PER_CHUNK.items():
        of_kind = [entry for entry in media if entry.kind == kind]
        for start in range(0, len(of_kind), size):
            output = folder / "landmarks" / f"{kind}-{start // size:03}.npz"
            jobs.append((of_kind[start : start + size], output))
    missing = [job for job in jobs if not job[1].exists()]
    with ProcessPoolExecutor(processes) as pool:
        running = [pool.submit(extract_landmarks, extractor, refine, *job) for job in missing]
        for done, job in enumerate(as_completed(running)):
            job.result()
            print(f"landmarks: {done + 1} of {len(missing)} chunks", flush=True)
    return [output for _, output in jobs]


def farthest_points(features, count):
    """Indices of `count` rows that cover `features` well (Gonzalez 1985), the first row first."""
    chosen = [0]
    distance = np.linalg.norm(features - features[0], axis=1)
    while len(chosen) < min(count, len(features)):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(features - features[chosen[-1]], axis=1))
    return sorted(chosen)


def motion_features(states):
    """What makes two frames of one clip different: rotation counts 4, as in the program's choice of a reference."""
    return np.stack([np.concatenate([4 * s.rotation, s.expression, 0.5 * s.gaze]) for s in states])


def fit_frames(model, fitter, points):
    """Fits of one person's frames [F,478,2] with one identity: list of (row, state, relative error)."""
    frames = points.astype(np.float64)
    mesh, iris = frames[:, :-10], frames[:, -10:]
    if len(frames) == 1:
        fit = fitter.fit_photo(mesh[0], iris[0])
        return [(0, FaceState.of_fit(fit), fit.mean_error_px / fit.interocular_px)]
    picked = np.linspace(0, len(frames) - 1, min(len(frames), MAX_CALIBRATION_FRAMES)).astype(int)
    identity = fitter.calibrate_identity([mesh[i] for i in picked])
    fits, previous = [], None
    for row in range(len(frames)):
        try:
            fit = fitter.fit_frame(mesh[row], iris[row], identity, previous)
        except model.binding.Error:
            previous = None
            continue
        previous = fit
        fits.append((row, FaceState.of_fit(fit, identity), fit.mean_error_px / fit.interocular_px))
    return fits


def make_item(model, fitter, media, points, picture_numbers, frames_per_clip):
    """Pictures and states of one clip or still, or None when too few frames fit."""
    pictures, numbers = read_pictures(media)
    try:
        fits = fit_frames(model, fitter, points)
    except model.binding.Error:
        return None
    fits = [fit for fit in fits if fit[2] < MAX_RELATIVE_ERROR]
    if len(fits) < (2 if media.kind == "clip" else 1):
        return None
    kept = farthest_points(motion_features([state for _, state, _ in fits]), frames_per_clip)
    record = {"jpeg": [], "states": [], "frames": [], "errors": []}
    for row, state, error in (fits[i] for i in kept):
        picture = pictures[picture_numbers[row]]
        side = max(picture.shape[:2])
        if side > PICTURE_SIZE:
            scale = PICTURE_SIZE / side
            size = tuple(max(1, round(length * scale)) for length in picture.shape[1::-1])
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            state = shards.scaled_state(state, scale)
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        record["jpeg"].append(encoded.ravel())
        record["states"].append(state.pack())
        record["frames"].append(numbers[picture_numbers[row]])
        record["errors"].append(error)
    return record


def make_items_of(landmark_file, by_name, folder, frames_per_clip):
    """items/<name>.npz for every media of one file of landmarks; those that exist are left alone."""
    model = FaceModel()
    fitter = model.binding.FaceFitter(model.native, 468)
    with np.load(landmark_file, allow_pickle=False) as arrays:
        for key in arrays.files:
            part, name = key.split("/", 1)
            output = folder / "items" / f"{name}.npz"
            if part != "points" or output.exists():
                continue
            pictures = arrays[f"pictures/{name}"]
            record = make_item(model, fitter, by_name[name], arrays[key], pictures, frames_per_clip)
            shards.write_records(output, record or {"jpeg": [], "states": [], "frames": [], "errors": []})


def make_all_items(media, landmark_files, folder, frames_per_clip, processes):
    by_name = {entry.name: entry for entry in media}
    with ProcessPoolExecutor(processes) as pool:
        running = [pool.submit(make_items_of, file, by_name, folder, frames_per_clip) for file in landmark_files]
        for done, job in enumerate(as_completed(running)):
            job.result()
            print(f"fits: {done + 1} of {len(running)} files", flush=True)


def pack(media, folder, model):
    """Joins the items into shards, clips and stills mixed, and writes index.json."""
    writer = shards.ShardWriter(folder, SHARD_BYTES)
    left_out = []
    for entry in sorted(media, key=lambda entry: (entry.split, entry.name)):
        item = folder / "items" / f"{entry.name}.npz"
        records = shards.read_records(item) if item.exists() else None
        if not records or not records["jpeg"]:
            left_out.append(entry.name)
            continue
        fields = {key: value for key, value in asdict(entry).items() if key != "path"}
        writer.add(fields, records)
    writer.close({"face_model": {"name": model.name, "sha256": model.sha256}, "left_out": left_out})


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with clips/, clips.csv, stills/, stills.csv")
    parser.add_argument("--extractor", type=Path, required=True, help="the program extract_landmarks")
    parser.add_argument("--output", type=Path, default=REPOSITORY / ".cache" / "train")
    parser.add_argument("--frames-per-clip", type=int, default=24)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--no-refinement", dest="refine", action="store_false", help="take the landmarks of clips as they are found"
    )
    parser.add_argument("--only-landmarks", action="store_true", help="stop after the first step")
    options = parser.parse_args(arguments)
    for part in ("landmarks", "items"):
        (options.output / part).mkdir(parents=True, exist_ok=True)
    media = list_media(options.data, validation_persons())
    landmark_files = extract_all(options.extractor, options.refine, media, options.output, options.processes)
    if options.only_landmarks:
        return 0
    make_all_items(media, landmark_files, options.output, options.frames_per_clip, options.processes)
    pack(media, options.output, FaceModel())
    return 0


if __name__ == "__main__":
    sys.exit(main())
