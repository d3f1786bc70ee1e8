"""Preparing published data sets for training, on tiny trees of their layouts, by the real tools.

Needs build/*/tools (-DREENACT_BUILD_TOOLS=ON), the Python binding, models/landmarks and the package media of
scripts/fetch_media.sh.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts" / "train"), str(REPOSITORY / "scripts")]

import config as configs  # noqa: E402
import data  # noqa: E402
import media  # noqa: E402
import native  # noqa: E402
import prepare  # noqa: E402
import shards  # noqa: E402

MEDIA = Path(os.environ.get("REENACT_TEST_MEDIA", REPOSITORY / ".cache" / "media"))
EXTRACTOR = max(
    REPOSITORY.glob("build/*/tools/extract_landmarks"),
    key=lambda path: path.stat().st_mtime,
    default=REPOSITORY / "build" / "release" / "tools" / "extract_landmarks",
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Six frames of a moving head."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    source = ["-ss", "2", "-i", MEDIA / "cap13_edit2.mp4", "-frames:v", "6", "-r", "5", "-an"]
    subprocess.run(
        ["ffmpeg", "-v", "error", *source, "-vf", "scale=240:-2", "-c:v", "libx264", "-pix_fmt", "yuv420p", path], check=True
    )
    return path


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    picture = cv2.imread(str(MEDIA / "joconde.jpg"))
    cv2.imwrite(str(path), cv2.resize(picture, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA))
    return path


def put(path, content=b""):
    """A copy of a file, or a file of some bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(content, path) if isinstance(content, Path) else path.write_bytes(content)


def run(dataset, root, output, *more):
    arguments = ["--dataset", dataset, "--root", root, "--output", output, "--extractor", EXTRACTOR, *more]
    return prepare.main([str(argument) for argument in arguments])


def items_of(output):
    return {item["name"]: item for item in shards.read_index(output)["items"]}


def left_out_of(output):
    with open(output / "left_out.csv", newline="", encoding="utf-8") as file:
        return {row["name"]: row["reason"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def voxceleb2(clip, tmp_path_factory):
    """Two persons with two clips each, a clip that is none, one that shows nobody, and a person of the test part."""
    root = tmp_path_factory.mktemp("voxceleb2")
    for name in ("id00012/aaa/00001", "id00012/bbb/00002", "id00017/ccc/00001", "id00017/ccc/00002"):
        put(root / "dev" / "mp4" / f"{name}.mp4", clip)
    put(root / "dev" / "mp4" / "id00012" / "bbb" / "00003.mp4", b"no video")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=gray:size=64x64:rate=5", "-frames:v", "4", "-pix_fmt", "yuv420p",
         root / "dev" / "mp4" / "id00017" / "ccc" / "00003.mp4"], check=True
    )  # fmt: skip
    put(root / "test" / "mp4" / "id00099" / "ddd" / "00001.mp4", clip)
    return root


@pytest.fixture(scope="module")
def whole(voxceleb2, tmp_path_factory):
    """Prepared in one run."""
    output = tmp_path_factory.mktemp("whole") / "prepared"
    assert run("voxceleb2", voxceleb2, output) == 0
    return output


def test_clips_become_samples_and_broken_ones_are_reported(whole):
    items = items_of(whole)
    assert set(items) == {"id00012/aaa/00001", "id00012/bbb/00002", "id00017/ccc/00001", "id00017/ccc/00002"}
    assert all(item["kind"] == "clip" and item["source"] == "voxceleb2" and item["count"] >= 2 for item in items.values())
    assert items["id00012/aaa/00001"]["hours"] == pytest.approx(1.2 / 3600, rel=0.2)
    assert {item["person"] for item in items.values()} == {"id00012", "id00017"}
    assert left_out_of(whole) == {
        "id00012/bbb/00003": "it cannot be decoded",
        "id00017/ccc/00003": "no face was found",
    }
    config = configs.load(configs.FOLDER / "default.json")
    config["network"]["image_size"] = 64
    sample = data.TrainingSamples(whole, config, seed=1)[0]
    assert sample["source"].shape == (3, 64, 64) and sample["maps"].abs().max() > 0.1


def test_shards_and_a_resumed_run_make_what_one_run_makes(voxceleb2, whole, tmp_path, capsys):
    output = tmp_path / "prepared"
    for part in ("1/2", "2/2"):
        assert run("voxceleb2", voxceleb2, output, "--shard", part, "--resume") == 0
        assert not (output / shards.INDEX_NAME).exists()
    made = {path: path.stat().st_mtime_ns for path in (output / "items").rglob("*") if path.is_file()}
    assert len(made) == 6
    next(path for path in made if path.suffix == ".npz").unlink()
    assert run("voxceleb2", voxceleb2, output, "--resume") == 0
    again = {path: path.stat().st_mtime_ns for path in (output / "items").rglob("*") if path.is_file()}
    assert set(again) == set(made) and sum(again[path] != made[path] for path in made) == 1
    assert shards.read_index(output) == shards.read_index(whole)
    assert not list(output.rglob("*.part")) and not [path for path in output.iterdir() if path.name.startswith("tmp")]
    with pytest.raises(SystemExit, match="give --resume"):
        run("voxceleb2", voxceleb2, output)
    with pytest.raises(SystemExit, match="with another frames_per_clip; name another --output"):
        run("voxceleb2", voxceleb2, output, "--resume", "--frames-per-clip", 3)
    with pytest.raises(SystemExit, match="with another picture_size; name another --output"):
        run("voxceleb2", voxceleb2, output, "--resume", "--picture-size", 256)


def test_photos_of_hq_voxceleb_are_stills(photo, tmp_path):
    root = tmp_path / "tree"
    put(root / "vox1" / "origin_faces" / "Alex" / "1.jpg", photo)
    put(root / "vox1" / "origin_faces" / "Alex" / "2.jpg", photo)
    put(root / "vox1" / "origin_faces" / "Alex" / "3.jpg", b"no picture")
    put(root / "vox2" / "origin_faces" / "Tess" / "1.jpg", photo)
    split = {"vox1": {"train": ["Alex"], "val": [], "test": []}, "vox2": {"train": [], "val": [], "test": ["Tess"]}}
    (root / "split.json").write_text(json.dumps(split))
    assert run("hq-voxceleb", root, tmp_path / "prepared") == 0
    items = items_of(tmp_path / "prepared")
    assert set(items) == {"vox1/Alex/1.jpg", "vox1/Alex/2.jpg"}
    assert all(item["kind"] == "still" and item["person"] == "Alex" and item["count"] == 1 for item in items.values())
    assert items["vox1/Alex/1.jpg"]["weight"] == pytest.approx(3**-0.5)
    assert set(left_out_of(tmp_path / "prepared")) == {"vox1/Alex/3.jpg"}


def test_pictures_of_celebv_are_clips_in_the_order_of_the_list(clip, tmp_path, monkeypatch):
    monkeypatch.setattr(media, "FRAMES_PER_CLIP", 4)
    person = tmp_path / "tree" / "Kathleen"
    (person / "Image").mkdir(parents=True)
    frames = prepare.read_video(clip)[0]
    names = [f"{(7 * i) % 6}.png" for i in range(6)]
    for name, frame in zip(names, frames):
        cv2.imwrite(str(person / "Image" / name), frame)
    (person / "Image" / names[1]).write_bytes(b"no picture")
    (person / "all_98pt.txt").write_text("".join(f"1.0 2.0 {name}\n" for name in names))
    assert run("celebv", tmp_path / "tree", tmp_path / "prepared") == 0
    items = items_of(tmp_path / "prepared")
    assert set(items) == {"Kathleen/000000", "Kathleen/000004"}
    prepared = data.PreparedData(tmp_path / "prepared", native.FaceModel())
    first = items["Kathleen/000000"]
    numbers = [prepared.frame_number(first, k) for k in range(first["count"])]
    assert set(numbers) <= {0, 2, 3} and len(numbers) >= 2
    shown = prepared.picture(first, 0)[..., ::-1].astype(int)
    assert np.abs(shown - frames[numbers[0]]).mean() < 8


def test_videos_of_uva_nemo_have_the_subjects_of_the_list(clip, tmp_path):
    root = tmp_path / "tree"
    for name in ("001_deliberate_smile_2", "002_spontaneous_smile_1"):
        put(root / "videos" / f"{name}.mp4", clip)
    lines = ["001_deliberate_smile_2.mp4\t045\tmale\t23\tdeliberate", "002_spontaneous_smile_1.mp4\t046\tfemale\t31\tspontaneous"]
    (root / "UvA-NEMO_Smile_Database_File_Details.txt").write_text("\n".join(["heading", "", *lines]))
    assert run("uva-nemo", root, tmp_path / "prepared") == 0
    items = items_of(tmp_path / "prepared")
    assert {name: item["person"] for name, item in items.items()} == {
        "001_deliberate_smile_2": "045",
        "002_spontaneous_smile_1": "046",
    }


def listed(root, tmp_path, share=0.02):
    return media.DatasetMedia(EXTRACTOR.with_name("list_dataset"), "voxceleb2", root, "dev", share, tmp_path / "list.jsonl")


def test_persons_are_held_out_by_their_names_alone(tmp_path):
    root = tmp_path / "tree"
    for person in range(40):
        for clip in range(3):
            put(root / "dev" / "mp4" / f"id{person:05}" / "aaa" / f"{clip:05}.mp4")
    splits = {}
    for entry in listed(root, tmp_path, 0.3):
        splits.setdefault(entry.person, set()).add(entry.split)
    assert all(len(split) == 1 for split in splits.values())
    held_out = {person for person, split in splits.items() if split == {"validation"}}
    assert 4 <= len(held_out) <= 20
    for person in range(0, 40, 2):
        shutil.rmtree(root / "dev" / "mp4" / f"id{person:05}")
    fewer = {entry.person for entry in listed(root, tmp_path, 0.3) if entry.split == "validation"}
    assert fewer == {person for person in held_out if int(person[2:]) % 2}


def test_memory_does_not_grow_with_the_data_set(tmp_path):
    def peak(clips):
        root = tmp_path / str(clips)
        for clip in range(clips):
            put(root / "dev" / "mp4" / f"id{clip // 50:05}" / "aaa" / f"{clip:05}.mp4")
        entries = listed(root, tmp_path)
        settings = prepare.Settings(tmp_path, EXTRACTOR, True, 24, 384)
        tracemalloc.start()
        count = sum(len(chunk) for chunk in prepare.open_chunks(settings, entries))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == clips
        return most

    peak(50)
    assert peak(3000) < 1.2 * peak(300)


def end_on_the_second(settings, chunk):
    """Stands for a decoder that a file makes crash."""
    for entry in chunk:
        if entry.name == "second":
            os.kill(os.getpid(), signal.SIGSEGV)
        prepare.leave_out(settings, entry, "made")


def fail(settings, chunk):
    raise OSError("no space left")


def test_a_crash_costs_only_the_file_that_causes_it(tmp_path):
    settings = prepare.Settings(tmp_path, EXTRACTOR, True, 24, 384)
    (tmp_path / "items").mkdir()
    chunk = [
        media.Media(name, "clip", tmp_path, "nobody", "train", "made up", "none", False, 1.0)
        for name in ("first", "second", "third")
    ]
    prepare.run_apart(end_on_the_second, settings, chunk)
    assert [settings.left_out(entry).read_text() for entry in chunk] == [
        "made\n",
        "what reads it was ended by signal 11\n",
        "made\n",
    ]
    with pytest.raises(ValueError, match="items cannot be made"):
        prepare.run_apart(fail, settings, chunk)


def test_what_cannot_be_prepared_is_said(voxceleb2, tmp_path, capsys):
    for sentence, arguments in (
        ("is not laid out as VoxCeleb2 is published", ["voxceleb2", tmp_path, tmp_path / "out"]),
        ("VoxCeleb2 has no split 'train'", ["voxceleb2", voxceleb2, tmp_path / "out2", "--split", "train"]),
        ("the extractor cannot be used", ["voxceleb2", voxceleb2, tmp_path / "out3", "--extractor", tmp_path / "none"]),
    ):
        with pytest.raises(SystemExit) as error:
            run(*arguments)
        assert sentence in str(error.value)
    for part in ("0/2", "3/2", "2"):
        with pytest.raises(SystemExit) as error:
            run("voxceleb2", voxceleb2, tmp_path / "out4", "--shard", part)
        assert error.value.code == 2 and "the parts of n are 1/n to n/n" in capsys.readouterr().err
    for size in ("0", "63", "5000", "-1", "²"):
        with pytest.raises(SystemExit) as error:
            run("voxceleb2", voxceleb2, tmp_path / "out5", f"--picture-size={size}")
        assert error.value.code == 2 and "a whole number from 64 to 4096" in capsys.readouterr().err
