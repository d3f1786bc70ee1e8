"""Motion from and for other people's programs, by the real program: takes of blend shapes, and meshes."""

import csv
import json

import numpy as np
import pytest
from program import PHOTO, cut_clip, frames_of, run


@pytest.fixture(scope="module")
def clip(folder):
    return cut_clip(folder / "clip.mp4", 1, 40, "-r", "30000/1001")


@pytest.fixture(scope="module")
def take(folder, clip):
    """The clip, tracked and written as a take."""
    path = folder / "clip.csv"
    result = run("-d", clip, "--save-motion", path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [str(path)]
    return path


def rows(path):
    with open(path, newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def numbers(path):
    return np.array([[float(value) for value in list(row.values())[2:]] for row in rows(path)])


def small(*arguments):
    return run("-s", PHOTO, "--generator", "geometry", "--crop", "--size", 128, *arguments)


def write_take(path, channels, frames=30, rate=30):
    """A Live Link Face CSV of which some channels move: functions of the phase from 0 to 1."""
    names = (path.parent / "clip.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    with open(path, "w", encoding="utf-8") as lines:
        lines.write(",".join(names) + "\n")
        for i in range(frames):
            values = [f"{channels[n](i / (frames - 1)):.6f}" if n in channels else "0.000000" for n in names[2:]]
            lines.write(",".join([f"12:59:{59 - 0:02d}:{i:02d}.250" if rate > i else f"13:00:00:{i - rate:02d}.250", "61", *values]) + "\n")
    return path


def test_a_tracked_clip_is_written_as_live_link_face_does(take):
    written = rows(take)
    assert len(written) == 40
    names = list(written[0])
    assert names[:3] == ["Timecode", "BlendshapeCount", "EyeBlinkLeft"] and names[-1] == "RightEyeRoll" and len(names) == 63
    assert written[0]["Timecode"] == "00:00:00:00.000"
    assert written[39]["Timecode"] == "00:00:01:18.078"  # 39 · 1001/30000 s, in sixtieths
    values = numbers(take)
    assert (values[:, :52] >= 0).all() and (values[:, :52] <= 1).all() and np.abs(values[:, 52:]).max() < 1.5
    assert values[:, :52].std(axis=0).max() > 0.05


def test_a_take_moves_the_photo_in_its_own_time(folder, take):
    output, report = folder / "out.mp4", folder / "report.json"
    result = small("-d", take, "-o", output, "--report", report)
    assert result.returncode == 0, result.stderr
    frames = frames_of(output)
    assert len(frames) == 40
    assert np.abs(frames[0].astype(int) - frames[25]).mean() > 0.5
    again = folder / "again.csv"
    assert run("-d", take, "--save-motion", folder / "clip.jsonl").returncode == 0
    header, *lines = map(json.loads, (folder / "clip.jsonl").read_text().splitlines())
    assert [line["timestamp"] / header["time_base"][1] for line in lines[:-1]] == pytest.approx([i * 1001 / 30000 for i in range(40)], abs=1e-4)
    assert run("-d", folder / "clip.jsonl", "--save-motion", again).returncode == 0
    assert np.abs(numbers(again) - numbers(take)).max() < 1e-6


def test_blend_shapes_do_what_their_names_say(folder, take):
    """Ramps of one channel each, seen in the mesh of the photo's person."""
    def moved(channels, *more):
        path = write_take(folder / "ramp.csv", channels)
        meshes = folder / "ramp"
        result = small("-d", path, "-o", folder / "ramp.mp4", "--motion", "absolute", "--save-meshes", meshes, "--overwrite", *more)
        assert result.returncode == 0, result.stderr
        return [vertices_of(meshes / f"{i:06d}.obj") for i in (0, 29)]

    ramp = lambda t: t
    first, last = moved({"JawOpen": ramp})
    moved_by = last - first
    lowest = moved_by[:, 1].argmin()
    assert moved_by[lowest, 1] < -0.8 and abs(first[lowest, 0]) < 4
    left, right = (moved({f"MouthSmile{side}": ramp}) for side in ("Left", "Right"))
    x_of_most = [start[np.linalg.norm(end - start, axis=1).argmax(), 0] for start, end in (left, right)]
    assert x_of_most[0] - x_of_most[1] > 3, "the subject's left is on the right of the picture"
    first, last = moved({"HeadYaw": lambda t: -0.3 * t})
    nose = first[:, 2].argmax()
    assert last[nose, 0] - first[nose, 0] > 1.5, "negative yaw turns to the subject's left"
    first, last = moved({"HeadPitch": lambda t: -0.2 * t})
    assert last[nose, 1] - first[nose, 1] > 1, "negative pitch raises the chin"
    first, last = moved({"HeadRoll": lambda t: 0.2 * t})
    top = first[:, 1].argmax()
    assert last[top, 0] - first[top, 0] > 1, "positive roll tilts clockwise as the viewer sees it"


def vertices_of(path):
    return np.array([list(map(float, line.split()[1:])) for line in path.read_text().splitlines() if line.startswith("v ")])


def test_meshes_are_written_beside_the_pictures(folder, clip, take):
    for pattern, ending in (("ply/%04d.ply", "0000.ply"), ("obj", "000000.obj")):
        result = small("-d", take, "-o", folder / "m.mp4", "--save-meshes", folder / pattern, "--overwrite")
        assert result.returncode == 0, result.stderr
        made = sorted((folder / pattern.split("/")[0]).iterdir())
        assert len(made) == 40 and made[0].name == ending
        assert str(made[0].parent) in result.stdout.split()
    vertices = vertices_of(folder / "obj" / "000000.obj")
    head = (folder / "ply" / "0000.ply").read_bytes()
    start = head.index(b"end_header\n") + 11
    from_ply = np.frombuffer(head[start : start + vertices.size * 4], "<f4").reshape(-1, 3)
    assert np.abs(from_ply - vertices).max() < 1e-4
    assert 20 < np.ptp(vertices[:, 1]) < 45, "a head with its neck, in centimetres"
    assert np.abs(vertices[:, 0].mean()) < 3
    result = small("-d", take, "-o", folder / "m2.mp4", "--save-meshes", folder / "obj")
    assert result.returncode == 6 and "holds files already" in result.stderr


def test_a_batch_takes_takes(folder, take):
    (folder / "batch").mkdir()
    result = run("-s", PHOTO, "-d", take, "-o", folder / "batch", "--generator", "geometry", "--crop", "--size", 64)
    assert result.returncode == 0, result.stderr
    (made,) = (folder / "batch").glob("*.mp4")
    assert len(frames_of(made)) == 40


def test_a_batch_says_of_each_take_what_a_single_run_says(folder, take):
    poor = folder / "poor.csv"
    poor.write_text("Timecode,JawOpen\n" + "".join(f"00:00:00:0{i}.000,0.{i}\n" for i in range(5)))
    single = folder / "poor.json"
    assert small("-d", poor, "-o", folder / "poor.mp4", "--report", single).returncode == 0
    (folder / "notes").mkdir()
    result = small("-d", poor, "-d", take, "-o", folder / "notes")
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in (folder / "notes" / "report.jsonl").read_text().splitlines()]
    notes = {line["driver"]: line["notes"] for line in lines if line.get("status") == "done"}
    said = json.loads(single.read_text())["result"]["notes"]
    assert any("1 of ARKit's" in note for note in said)
    assert notes[str(poor)] == said and not any("of ARKit's" in note for note in notes[str(take)])


def test_what_cannot_be_is_said(folder, clip, take):
    broken = folder / "broken.csv"
    broken.write_text("source,driver\na.jpg,b.mp4\n")
    degrees = write_take(folder / "degrees.csv", {"HeadYaw": lambda t: 20 * t})
    for code, sentence, arguments in (
        (3, "none of ARKit's blend shapes", ["-s", PHOTO, "-d", broken, "-o", folder / "x.mp4"]),
        (3, "angles are radians", ["-s", PHOTO, "-d", degrees, "-o", folder / "x.mp4"]),
        (2, "the driver is motion alone", ["-s", PHOTO, "-d", take, "-o", folder / "x.mp4", "--side-by-side"]),
        (2, "a .csv file already", ["-d", take, "--save-motion", folder / "x.csv"]),
        (2, "name another --fps", ["-d", take, "--save-motion", folder / "x.jsonl", "--fps", 25]),
        (6, ".jsonl or", ["-d", clip, "--save-motion", folder / "x.json"]),
        (2, "--save-meshes writes the photo's mesh", ["-d", take, "--save-motion", folder / "x.jsonl", "--save-meshes", folder / "x"]),
        (6, "written as .obj or .ply", ["-s", PHOTO, "-d", take, "-o", folder / "x.mp4", "--save-meshes", folder / "%06d.stl"]),
        (6, "into a folder", ["-s", PHOTO, "-d", take, "-o", folder / "x.mp4", "--save-meshes", folder / "x.obj"]),
    ):
        result = run(*arguments)
        assert result.returncode == code and sentence in result.stderr, (arguments, result.stderr)
        assert result.stderr.count("\n") == 1
    assert not list(folder.glob("x*"))
