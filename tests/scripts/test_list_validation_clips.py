"""The lists of validation pairs, on a small tree of clips."""

import csv
import io
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts" / "data"))

import list_validation_clips  # noqa: E402

BRIGHTNESS = {"ann_1": 40, "ann_2": 80, "bob_1": 120, "eve_1": 160}
PERSON = {clip: clip.split("_")[0] for clip in BRIGHTNESS}


def make_clip(path, brightness):
    """Two frames, the second one darker."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (32, 32))
    for level in (brightness, brightness // 2):
        writer.write(np.full((32, 32, 3), level, np.uint8))
    writer.release()


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Ann (two clips) and Eve and Bob; a fourth person belongs to training."""
    (tmp_path / "clips").mkdir()
    rows = ["file,person_id"]
    for clip in ("eve_1", "ann_1", "bob_1", "ann_2"):
        make_clip(tmp_path / "clips" / f"{clip}.avi", BRIGHTNESS[clip])
        rows.append(f"{clip}.avi,{PERSON[clip]}")
    (tmp_path / "clips.csv").write_text("\n".join(rows + ["dan_1.avi,dan"]) + "\n")
    persons = tmp_path / "persons.txt"
    persons.write_text("# held out\nann\nbob\neve\n")
    monkeypatch.setattr(list_validation_clips, "PERSONS_FILE", persons)
    return tmp_path


def listed(capsys, *arguments):
    list_validation_clips.main(list(map(str, arguments)))
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_self_lists_every_validation_clip_once(data, capsys):
    pairs = listed(capsys, data)
    assert sorted(Path(pair["driver"]).stem for pair in pairs) == sorted(BRIGHTNESS)
    assert all(pair["source"] == pair["driver"] for pair in pairs)
    assert all(pair["person"] == PERSON[Path(pair["driver"]).stem] for pair in pairs)


def test_cross_gives_each_person_the_next_ones_clip(data, capsys):
    pairs = listed(capsys, data, "--photos", data / "photos")
    assert [(pair["person"], Path(pair["driver"]).stem) for pair in pairs] == [
        ("ann", "bob_1"), ("bob", "eve_1"), ("eve", "ann_1")
    ]
    for pair, first_clip in zip(pairs, ("ann_1", "bob_1", "eve_1")):
        photo = cv2.imread(pair["source"])
        assert abs(photo.mean() - BRIGHTNESS[first_clip]) < 4, "the first frame of the person's first clip"


def test_a_clip_without_frames_is_named(data, capsys):
    (data / "clips" / "bob_1.avi").write_bytes(b"")
    with pytest.raises(SystemExit, match="bob_1.avi has no frame"):
        listed(capsys, data, "--photos", data / "photos")
