#!/usr/bin/python3
"""Turns clips and stills into shards for training: landmarks, fits, JPEG pictures.

    prepare.py --data <folder with clips.csv and stills.csv> --extractor <build>/tools/extract_landmarks
    prepare.py --dataset voxceleb2 --root <folder> --extractor <build>/tools/extract_landmarks

1. items/: the program extract_landmarks on evenly spaced frames of each clip, aligned to one of them, and on stills;
   one identity per clip (or still), pose, expression and gaze per frame; of the frames that fit well those that differ
   most are kept, as pictures of at most --picture-size pixels. What cannot be used is left out and says why.
2. shards: all items, with index.json; left_out.csv.

With --resume a run goes on where another was stopped. With --shard i/n it makes the items of the i-th of n parts, and
a last run without it makes the shards.
"""

import argparse
import csv
import multiprocessing
import re
import subprocess
import sys
import tempfile
import zlib
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import shards
from face_state import FaceState
from media import TRAINING_SPLITS, DatasetMedia, media_of_folder, validation_persons
from native import REPOSITORY, FaceModel

MAX_PICTURE_SIZE = 4096
JPEG_QUALITY = 90
MAX_TRACKED_FRAMES = 60  # per clip
MAX_CALIBRATION_FRAMES = 24
MAX_RELATIVE_ERROR = 0.06  # of a fit, in inter-ocular distances
MAX_SECONDS_PER_MEDIA = 600  # of extract_landmarks
MEDIA_PER_CHUNK = {"clip": 8, "still": 200}
SHARD_BYTES = 15 << 20
SPAWN = multiprocessing.get_context("spawn")


class LeftOut(Exception):
    """Why a clip or still cannot be used."""


@dataclass
class Settings:
    folder: Path
    extractor: Path
    refine: bool
    frames_per_clip: int
    picture_size: int  # no picture's longer side has more pixels

    def made(self, media):
        return self.folder / "items" / f"{media.name}.npz"

    def left_out(self, media):
        """A text that says why."""
        return self.folder / "items" / f"{media.name}.left-out"

    def is_done(self, media):
        return self.made(media).exists() or self.left_out(media).exists()


def read_video(path):
    """At most MAX_TRACKED_FRAMES evenly spaced frames (BGR), their numbers, and the length in seconds."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    count = 0
    while capture.grab():
        count += 1
    rate = capture.get(cv2.CAP_PROP_FPS)
    stride = max(1, -(-count // MAX_TRACKED_FRAMES))
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames, numbers = [], []
    for number in range(count):
        if not capture.grab():
            break
        if number % stride == 0:
            frames.append(capture.retrieve()[1])
            numbers.append(number)
    return frames, numbers, count / rate if rate > 0 else 0.0


def read_media(media):
    """Pictures (BGR) of a clip or still that have the size of the first, their numbers, and the length in seconds,
    which is 0 of pictures."""
    if media.kind == "clip" and not media.frames:
        frames, numbers, seconds = read_video(media.path)
    else:
        paths = media.frames or [media.path]
        numbers, seconds = range(0, len(paths), max(1, -(-len(paths) // MAX_TRACKED_FRAMES))), 0.0
        frames = [cv2.imread(str(paths[number]), cv2.IMREAD_COLOR) for number in numbers]
    read = [(frame, number) for frame, number in zip(frames, numbers) if frame is not None]
    read = [(frame, number) for frame, number in read if frame.shape == read[0][0].shape]
    return [frame for frame, _ in read], [number for _, number in read], seconds


def write_lossless(path, frames):
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"FFV1"), 25, (width, height))
    if not writer.isOpened():
        raise OSError(f"{path} cannot be written: OpenCV has no FFV1 encoder")
    for frame in frames:
        writer.write(frame)
    writer.release()


def run_extractor(settings, inputs, output):
    """Raises LeftOut when the program fails."""
    command = [str(settings.extractor), *inputs, "--output", str(output), "--models", str(REPOSITORY / "models")]
    if settings.refine:
        command.append("--refine")
    seconds = MAX_SECONDS_PER_MEDIA * len(inputs)
    try:
        result = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise LeftOut(f"{settings.extractor.name} took more than {seconds} s") from None
    if result.returncode != 0:
        said = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
        raise LeftOut(f"{settings.extractor.name} fails: {said[-1]}")


def extract_landmarks(settings, chunk):
    """{media name: (points [F,478,2], which of its pictures [F])} of those of `chunk` that show a face."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = {}
        for number, media in enumerate(chunk):
            if media.kind == "still":
                inputs[str(media.path)] = media
                continue
            frames = read_media(media)[0]
            if frames:
                video = Path(folder) / f"{number}.mkv"
                write_lossless(video, frames)
                inputs[str(video)] = media
        if not inputs:
            return {}
        lines = Path(folder) / "landmarks.jsonl"
        run_extractor(settings, list(inputs), lines)
        found = {}
        for file, number, landmarks in shards.read_landmark_lines(lines):
            points, pictures = found.setdefault(inputs[file].name, ([], []))
            points.append(landmarks)
            pictures.append(number)
    return {name: (np.float32(points), pictures) for name, (points, pictures) in found.items()}


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


def make_item(model, fitter, media, points, picture_numbers, settings):
    """Pictures and states of one clip or still. Raises LeftOut when too few frames fit."""
    pictures, numbers, seconds = read_media(media)
    fits = [fit for fit in fit_frames(model, fitter, points) if fit[2] < MAX_RELATIVE_ERROR]
    if len(fits) < (2 if media.kind == "clip" else 1):
        raise LeftOut(f"the face fits in {len(fits)} of {len(points)} pictures")
    kept = farthest_points(motion_features([state for _, state, _ in fits]), settings.frames_per_clip)
    record = {"jpeg": [], "states": [], "frames": [], "errors": [], "seconds": seconds}
    for row, state, error in (fits[i] for i in kept):
        picture = pictures[picture_numbers[row]]
        side = max(picture.shape[:2])
        if side > settings.picture_size:
            scale = settings.picture_size / side
            size = tuple(max(1, round(length * scale)) for length in picture.shape[1::-1])
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            state = shards.scaled_state(state, scale)
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        record["jpeg"].append(encoded.ravel())
        record["states"].append(state.pack())
        record["frames"].append(numbers[picture_numbers[row]])
        record["errors"].append(error)
    return record


def landmarks_of_chunk(settings, chunk):
    """The same as extract_landmarks, and why media have none that made it fail: {media name: reason}."""
    try:
        return extract_landmarks(settings, chunk), {}
    except Exception as error:  # whatever a broken file does
        if len(chunk) == 1:
            return {}, {chunk[0].name: reason_of(error)}
    found, reasons = {}, {}
    for media in chunk:
        more = landmarks_of_chunk(settings, [media])
        found.update(more[0])
        reasons.update(more[1])
    return found, reasons


def reason_of(error):
    return str(error) if isinstance(error, LeftOut) else f"{type(error).__name__}: {error}"


def leave_out(settings, media, reason):
    print(f"left out: {media.name}: {reason}", file=sys.stderr, flush=True)
    with shards.replaced_text(settings.left_out(media)) as file:
        file.write(reason + "\n")


def make_chunk(settings, chunk):
    """Makes or leaves out each of `chunk`."""
    model = FaceModel()
    fitter = model.binding.FaceFitter(model.native, 468)
    found, reasons = landmarks_of_chunk(settings, chunk)
    for media in chunk:
        settings.made(media).parent.mkdir(parents=True, exist_ok=True)
        try:
            if media.name in reasons:
                raise LeftOut(reasons[media.name])
            if media.name not in found:
                raise LeftOut("no face was found" if read_media(media)[0] else "it cannot be decoded")
            record = make_item(model, fitter, media, *found[media.name], settings)
        except Exception as error:  # whatever a broken file does
            leave_out(settings, media, reason_of(error))
            continue
        shards.write_records(settings.made(media), record)


def run_apart(work, settings, chunk):
    """work(settings, chunk) in a process of its own, so that a decoder may crash on a broken file, which is left out.
    Raises ValueError for what is no fault of the media, such as a full disk."""
    process = SPAWN.Process(target=work, args=(settings, chunk), daemon=True)
    process.start()
    process.join()
    if process.exitcode > 0:
        raise ValueError("items cannot be made; the error above says why")
    if process.exitcode == 0:
        return
    if len(chunk) == 1:
        settings.left_out(chunk[0]).parent.mkdir(parents=True, exist_ok=True)
        leave_out(settings, chunk[0], f"what reads it was ended by signal {-process.exitcode}")
        return
    for media in chunk:
        if not settings.is_done(media):
            run_apart(work, settings, [media])


def open_chunks(settings, media):
    """Lists of media that are neither made nor left out."""
    chunks = {kind: [] for kind in MEDIA_PER_CHUNK}
    for entry in media:
        if settings.is_done(entry):
            continue
        chunk = chunks[entry.kind]
        chunk.append(entry)
        if len(chunk) == MEDIA_PER_CHUNK[entry.kind]:
            yield chunk
            chunks[entry.kind] = []
    yield from (chunk for chunk in chunks.values() if chunk)


def make_items(settings, media, processes):
    """items/<name>.npz or .left-out for all media; those that exist are left alone."""
    count = 0
    running = {}
    with ThreadPoolExecutor(processes) as pool:

        def finish(some):
            nonlocal count
            for job in some:
                job.result()
                count += running.pop(job)
                print(f"items: {count}", flush=True)

        for chunk in open_chunks(settings, media):
            if len(running) == processes:
                finish(wait(running, return_when=FIRST_COMPLETED).done)
            running[pool.submit(run_apart, make_chunk, settings, chunk)] = len(chunk)
        finish(list(running))


def pack(settings, media, model):
    """Joins the items into shards, clips and stills mixed, and writes index.json and left_out.csv. Returns how many
    items there are and how many were left out."""
    made, left_out = 0, 0
    with shards.replaced_text(settings.folder / "left_out.csv") as file:
        reasons = csv.writer(file, lineterminator="\n")
        reasons.writerow(["name", "reason"])
        with shards.shard_writer(settings.folder, SHARD_BYTES) as writer:
            for entry in media:
                if not settings.made(entry).exists():
                    left_out += 1
                    reasons.writerow([entry.name, settings.left_out(entry).read_text(encoding="utf-8").strip()])
                    continue
                records = shards.read_records(settings.made(entry))
                fields = {key: value for key, value in asdict(entry).items() if key not in ("path", "frames")}
                writer.add({**fields, "hours": records["seconds"] / 3600}, records)
                made += 1
            writer.close({"face_model": {"name": model.name, "sha256": model.sha256}, "left_out": left_out})
    return made, left_out


def in_shard(name, shard):
    index, count = shard
    return zlib.crc32(name.encode()) % count == index - 1


def require_extractor(settings):
    """Raises ValueError when it does not run, which is to be known before any clip is blamed."""
    with tempfile.TemporaryDirectory() as folder:
        grey = Path(folder) / "grey.png"
        cv2.imwrite(str(grey), np.full((64, 64, 3), 128, np.uint8))
        try:
            run_extractor(settings, [str(grey)], Path(folder) / "landmarks.jsonl")
        except (OSError, LeftOut) as error:
            raise ValueError(f"the extractor cannot be used: {error}") from error


def prepare(options):
    model = FaceModel()
    extractor = options.extractor.resolve()
    settings = Settings(options.output, extractor, options.refine, options.frames_per_clip, options.picture_size)
    origin = str((options.data or options.root).resolve())
    facts = {
        "data": origin,
        "dataset": options.dataset,
        "refine": options.refine,
        "frames_per_clip": options.frames_per_clip,
        "picture_size": options.picture_size,
        "face_model": model.sha256,
    }
    shards.claim_folder(options.output, facts, options.resume)
    require_extractor(settings)
    with tempfile.TemporaryDirectory(dir=options.output) as folder:
        if options.dataset:
            lister = settings.extractor.with_name("list_dataset")
            tree = (options.dataset, options.root, options.split)
            media = DatasetMedia(lister, *tree, options.validation_share, Path(folder) / "list.jsonl")
        else:
            media = media_of_folder(options.data, validation_persons())
        part = (entry for entry in media if in_shard(entry.name, options.shard))
        make_items(settings, part, options.processes)
        if options.shard[1] > 1:
            print("this part is made; the same command without --shard makes the shards when all are")
            return
        made, left_out = pack(settings, media, model)
    print(f"{made} items in {options.output / shards.INDEX_NAME}, {left_out} left out (left_out.csv)")
    if made == 0:
        raise ValueError("nothing can be used; left_out.csv says why")


def shard_option(text):
    match = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text)
    if not match or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"{text} is none; the parts of n are 1/n to n/n")
    return int(match[1]), int(match[2])


def picture_size_option(text):
    if not text.isascii() or not text.isdigit() or not 64 <= int(text) <= MAX_PICTURE_SIZE:
        raise argparse.ArgumentTypeError(f"{text} is none; it is a whole number from 64 to {MAX_PICTURE_SIZE}")
    return int(text)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    origin = parser.add_mutually_exclusive_group(required=True)
    origin.add_argument("--data", type=Path, help="folder with clips/, clips.csv, stills/, stills.csv")
    origin.add_argument("--dataset", choices=TRAINING_SPLITS, help="a published data set (docs/datasets.md)")
    parser.add_argument("--root", type=Path, help="folder of the data set")
    parser.add_argument("--split", help="its part; without it the one for training")
    parser.add_argument(
        "--validation-share", type=float, default=0.02, help="share of the data set's persons kept for validation"
    )
    parser.add_argument(
        "--extractor", type=Path, required=True, help="the program extract_landmarks, with list_dataset beside it"
    )
    parser.add_argument("--output", type=Path, default=REPOSITORY / ".cache" / "train")
    parser.add_argument("--frames-per-clip", type=int, default=24)
    parser.add_argument(
        "--picture-size", type=picture_size_option, default=384, help="longer side of the pictures at most, in pixels"
    )
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on with what the output folder holds")
    parser.add_argument("--shard", type=shard_option, default=(1, 1), help="i/n: the i-th of n parts of the items")
    parser.add_argument(
        "--no-refinement", dest="refine", action="store_false", help="take the landmarks of clips as they are found"
    )
    options = parser.parse_args(arguments)
    if (options.dataset is None) != (options.root is None):
        parser.error("--dataset and --root belong together")
    options.split = options.split or TRAINING_SPLITS.get(options.dataset)
    try:
        prepare(options)
    except ValueError as error:
        sys.exit(f"error: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
