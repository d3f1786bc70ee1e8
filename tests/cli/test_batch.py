"""Batches of the real program: every photo with every clip, shards, failures, kills and what --resume makes of them."""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import cv2
import pytest
from other_user import needs_another_user
from program import BINARY, MEDIA, cut_clip, run


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".mp4", ".png")}


def report(folder, name="report.jsonl"):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """Two photos and two clips of ten frames."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "photos").mkdir()
    (folder / "clips").mkdir()
    photo = cv2.imread(str(MEDIA / "joconde.jpg"))
    cv2.imwrite(str(folder / "photos" / "a.jpg"), cv2.resize(photo, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA))
    cv2.imwrite(str(folder / "photos" / "b.png"), cv2.resize(photo, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA))
    for name, start in (("one", 1), ("two", 5)):
        cut_clip(folder / "clips" / f"{name}.mp4", start, 10)
    return folder


@pytest.fixture(scope="module")
def whole(media):
    """The undisturbed batch."""
    result = run("-s", media / "photos", "-d", media / "clips", "-o", media / "whole")
    assert result.returncode == 0, result.stderr
    return result, media / "whole"


NAMES = ["a_as_one.mp4", "a_as_two.mp4", "b_as_one.mp4", "b_as_two.mp4"]


def test_every_photo_meets_every_clip(whole):
    result, folder = whole
    assert sorted(contents(folder)) == NAMES
    assert result.stdout.split() == [str(folder / name) for name in NAMES]
    assert "4 items" in result.stderr and "4 done" in result.stderr
    lines = report(folder)
    assert [line["output"] for line in lines] == NAMES
    assert all(line["status"] == "done" and line["frames"] == 10 for line in lines)


def test_an_item_equals_a_run_of_its_own(whole, media):
    _, folder = whole
    photo, clip = media / "photos" / "b.png", media / "clips" / "two.mp4"
    assert run("-s", photo, "-d", clip, "-o", media / "own.mp4").returncode == 0
    assert (media / "own.mp4").read_bytes() == (folder / "b_as_two.mp4").read_bytes()


def test_folders_of_many_kinds_and_the_longest_names(media, tmp_path):
    photos, clips = tmp_path / "photos", tmp_path / "clips"
    photos.mkdir()
    clips.mkdir()
    photo = cv2.imread(str(media / "photos" / "b.png"))
    for name in ("one.TIF", "two.jpg", "ä" * 110 + ".bmp"):
        cv2.imwrite(str(photos / name), photo)
    (photos / "two.jpg").rename(photos / "two.jfif")
    clip = media / "clips" / "one.mp4"
    for name in ("three.ts", "four.mpg", "n" * 250 + ".avi"):
        codec = "mpeg4" if name.endswith("avi") else "mpeg2video"
        subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-frames:v", "2", "-c:v", codec, "-q:v", "2", "-r", "25", clips / name], check=True)  # fmt: skip
    for folder in (photos, clips):
        (folder / "notes.txt").write_text("no media")
    result = run("-s", photos, "-d", clips, "-o", tmp_path / "made", "--crop", "--size", 128)
    assert result.returncode == 0, result.stderr
    assert "9 done" in result.stderr and result.stderr.count("1 file") == 2, result.stderr
    assert sorted(contents(tmp_path / "made")) == sorted(line["output"] for line in report(tmp_path / "made"))
    longest = tmp_path / ("o" * 251 + ".mp4")
    result = run("-s", photos / "one.TIF", "-d", clips / ("n" * 250 + ".avi"), "-o", longest, "--crop", "--size", 128)
    assert result.returncode == 0 and longest.stat().st_size > 0, result.stderr


def test_jobs_and_shards_give_the_same_files(whole, media):
    _, folder = whole
    for shard in ("1/3", "2/3", "3/3"):
        inputs = ("-s", f"{media}/photos/*", "-d", media / "clips")
        result = run(*inputs, "-o", media / "shards", "--shard", shard, "--jobs", "auto")
        assert result.returncode == 0, result.stderr
    assert contents(media / "shards") == contents(folder)
    parts = [report(media / "shards", f"report-{i}-of-3.jsonl") for i in (1, 2, 3)]
    assert [line["output"] for part in parts for line in part] == NAMES


def test_jobs_are_a_number_or_auto(media, tmp_path):
    for jobs in ("0", "257", "many"):
        result = run("-s", f"{media}/photos/*", "-d", media / "clips", "-o", tmp_path / "made", "--jobs", jobs)
        assert result.returncode == 2 and "--jobs got" in result.stderr, result.stderr
    assert not (tmp_path / "made").exists()


def test_a_driver_is_tracked_once(whole):
    _, folder = whole
    assert len(list((folder / ".reenact" / "motion").iterdir())) == 2


def test_a_folder_with_a_batch_is_not_overwritten_by_accident(whole, media):
    _, folder = whole
    before = contents(folder)
    result = run("-s", media / "photos", "-d", media / "clips", "-o", folder)
    assert result.returncode == 6 and "--resume" in result.stderr
    assert contents(folder) == before


def test_resume_keeps_what_is_finished_and_makes_what_is_not(whole, media):
    _, folder = whole
    copy = media / "resumed"
    shutil.copytree(folder, copy)
    (copy / "a_as_two.mp4").unlink()
    (copy / "b_as_one.mp4").write_bytes(b"damaged")
    untouched = (copy / "a_as_one.mp4").stat().st_mtime_ns
    result = run("-s", media / "photos", "-d", media / "clips", "-o", copy, "--resume")
    assert result.returncode == 0, result.stderr
    assert "2 done 2 kept" in result.stderr
    assert (copy / "a_as_one.mp4").stat().st_mtime_ns == untouched
    assert contents(copy) == contents(folder)


def test_resume_makes_everything_again_with_other_options(whole, media):
    _, folder = whole
    copy = media / "other"
    shutil.copytree(folder, copy)
    result = run("-s", media / "photos" / "a.jpg", "-d", media / "clips", "-o", copy, "--resume", "--crf", 30)
    assert result.returncode == 0 and "2 done" in result.stderr, result.stderr
    assert (copy / "a_as_one.mp4").stat().st_size < (folder / "a_as_one.mp4").stat().st_size


def test_two_shards_at_once_share_a_driver(whole, media):
    _, folder = whole
    shared = media / "at_once"
    arguments = [BINARY, "-q", "-s", media / "photos", "-d", media / "clips" / "one.mp4", "-o", shared, "--shard"]
    processes = [subprocess.Popen([*map(str, arguments), shard], stdout=subprocess.DEVNULL) for shard in ("1/2", "2/2")]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    expected = contents(folder)
    assert contents(shared) == {name: expected[name] for name in ("a_as_one.mp4", "b_as_one.mp4")}
    (motion,) = (shared / ".reenact" / "motion").iterdir()
    assert motion.read_bytes() in [path.read_bytes() for path in (folder / ".reenact" / "motion").iterdir()]


def test_resume_remembers_items_outside_its_selection(whole, media):
    _, folder = whole
    copy = media / "selected"
    shutil.copytree(folder, copy)
    for clip in ("one.mp4", "two.mp4"):
        result = run("-s", media / "photos", "-d", media / "clips" / clip, "-o", copy, "--resume")
        assert result.returncode == 0 and "2 kept" in result.stderr, result.stderr
    assert sorted(line["output"] for line in report(copy)) == NAMES
    (copy / "a_as_one.mp4").write_bytes(b"damaged")
    assert run("-s", media / "photos", "-d", media / "clips", "-o", copy, "--resume").returncode == 0
    assert contents(copy) == contents(folder)


def test_resume_spares_files_that_are_not_its_own(media):
    folder = media / "foreign"
    folder.mkdir()
    (folder / "a_as_one.mp4").write_bytes(b"mine")
    arguments = ("-s", media / "photos" / "a.jpg", "-d", media / "clips", "-o", folder, "--resume")
    for _ in range(2):
        result = run(*arguments)
        assert result.returncode == 7 and "exists already" in result.stderr
        assert (folder / "a_as_one.mp4").read_bytes() == b"mine"


def test_a_killed_batch_resumes_to_the_same_files(whole, media):
    _, folder = whole
    rng = random.Random(4)
    killed = media / "killed"
    for _ in range(3):
        shutil.rmtree(killed, ignore_errors=True)
        arguments = [BINARY, "-q", "-s", media / "photos", "-d", media / "clips", "-o", killed]
        process = subprocess.Popen([*map(str, arguments)], stdout=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.5, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        result = run(*arguments[1:], "--resume")
        assert result.returncode == 0, result.stderr
        assert contents(killed) == contents(folder)
        assert [line["status"] for line in report(killed)] == ["done"] * 4
        assert not list(killed.glob(".*.part"))


def test_an_interrupted_batch_leaves_whole_items_only(media):
    folder = media / "interrupted"
    arguments = ["-s", media / "photos", "-d", media / "clips", "-o", folder]
    process = subprocess.Popen(
        [BINARY, *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    deadline = time.monotonic() + 60
    while not list(folder.glob("*.mp4")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 130 and "--resume" in messages
    assert not list(folder.glob(".*.part"))
    assert run(*arguments, "--resume").returncode == 0
    assert sorted(contents(folder)) == NAMES


def test_a_failing_item_does_not_stop_the_rest(media):
    photos = media / "with_failures"
    shutil.copytree(media / "photos", photos)
    (photos / "broken.jpg").write_bytes(b"no picture")
    result = run("-s", photos, "-d", media / "clips" / "one.mp4", "-o", media / "some")
    assert result.returncode == 7
    assert "broken" in result.stderr and "1 failed" in result.stderr
    assert sorted(contents(media / "some")) == ["a_as_one.mp4", "b_as_one.mp4"]
    assert [line["status"] for line in report(media / "some")] == ["done", "done", "failed"]
    assert run("-s", photos / "broken.jpg", "-d", media / "clips", "-o", media / "none").returncode == 8


def test_a_manifest_names_pairs_and_results(media):
    lines = ["source,driver,result", "photos/a.jpg,clips/two.mp4,named.mp4", "photos/b.png,clips/one.mp4,"]
    (media / "pairs.csv").write_text("\n".join(lines) + "\n")
    result = run("--manifest", media / "pairs.csv", "-o", media / "listed")
    assert result.returncode == 0, result.stderr
    assert (media / "named.mp4").exists() and sorted(contents(media / "listed")) == ["b_as_one.mp4"]


@pytest.mark.parametrize(
    "arguments, code, complaint",
    [
        (["-s", "photos", "-d", "clips/one.mp4", "-o", "x/", "--pairing", "zip"], 2, "as many sources as drivers"),
        (["-s", "photos/a.jpg", "photos/b.png", "-d", "clips/one.mp4", "-o", "x.mp4"], 2, "folder as --output"),
        (["-s", "photos", "-d", "clips", "-o", "x/", "--shard", "3/2"], 2, "1/n to n/n"),
        (["-s", "photos", "-d", "clips", "-o", "x/", "--shard", "2"], 2, "2/4"),
        (["-s", "photos", "-d", "clips", "-o", "x/", "--report", "r.json"], 2, "--report"),
        (["-s", "photos/a.jpg", "-d", "clips/one.mp4", "-o", "x.mp4", "--resume"], 2, "--resume"),
        (["-s", "clips", "-d", "clips", "-o", "x/"], 3, "has no pictures"),
        (["-s", "nothing*", "-d", "clips", "-o", "x/"], 3, "no file matches"),
        (["--manifest", "missing.csv", "-o", "x/"], 3, "missing.csv"),
    ],
)
def test_bad_batches_are_refused_in_one_sentence(media, arguments, code, complaint):
    result = subprocess.run([BINARY, *arguments], cwd=media, capture_output=True, text=True, timeout=60)
    assert result.returncode == code
    assert complaint in result.stderr and len(result.stderr.strip().splitlines()) == 1
    assert not (media / "x").exists()


@needs_another_user
def test_a_refused_thread_ends_in_a_sentence(media):
    """A user who may have only so many threads: every limit stops the program at another place."""
    single_threaded = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    unused_user = 54321
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in ("photos", "clips"):
            shutil.copytree(media / part, folder / part)
        results = folder / "results"
        results.mkdir()
        os.chown(results, unused_user, unused_user)
        folder.chmod(0o755)
        codes = []
        for limit in (1, 2, 3, 4, 6, 9):
            result = subprocess.run(
                [BINARY, "-s", folder / "photos", "-d", folder / "clips", "-o", results, "--jobs", "4", "--threads", "1",
                 "--crop", "--size", "128", "--resume", "--quiet"],
                capture_output=True, text=True, timeout=300, env={**os.environ, **single_threaded},
                user=unused_user, group=unused_user, extra_groups=[],
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit)),
            )  # fmt: skip
            codes.append(result.returncode)
            assert result.returncode in (0, 1, 3, 6, 7, 8), (limit, result.stderr)
            if result.returncode == 1:
                assert "error: the system refuses another thread" in result.stderr, (limit, result.stderr)
            assert not list(results.glob(".*.part*"))
        assert codes[0] == 1
