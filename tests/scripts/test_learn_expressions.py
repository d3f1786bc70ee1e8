"""Expressions of the mouth learned from landmarks of videos."""

import json
import pathlib
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "face_model"))
sys.path.insert(0, str(ROOT / "build" / "release" / "python"))

import learn_expressions  # noqa: E402
import reenact_native as native  # noqa: E402
import safetensors_file  # noqa: E402

MODEL = ROOT / "models" / "face_model"
NO_GAZE = native.Gaze([0, 0], [0, 0])
UPPER_LIP, LOWER_LIP, NOSE_TIP = 0, 17, 1


@pytest.fixture
def model():
    arrays, metadata = safetensors_file.load(MODEL / "face_model.safetensors")
    return dict(arrays), json.loads(metadata["expression_names"])


def landmarks_of(arrays, names, identity, expression, pose):
    """The 468 points and irises of a face."""
    face = native.FaceModel("drawn", arrays, names)
    vertices = native.project_face(face, identity, expression, NO_GAZE, pose)
    return learn_expressions.on_surface(vertices, arrays)[:, :2], np.zeros((0, 2))


def video(arrays, names, seed, frames=12):
    """A head that turns a little, pouts, opens its mouth and smiles."""
    random = np.random.default_rng(seed)
    identity = random.normal(0, 0.5, len(arrays["identity"]))
    result = []
    for _ in range(frames):
        expression = np.zeros(len(names))
        expression[names.index("mouthPucker")] = random.uniform(0, 1)
        expression[names.index("jawOpen")] = random.uniform(0, 0.4)
        turn = random.normal(0, 0.05, 3)
        pose = native.Pose([1, *turn], 20, [200, 200])
        result.append(landmarks_of(arrays, names, identity, expression, pose))
    return result


def with_drawn_down_pucker(arrays, names):
    """A model whose pucker draws the lips down as well."""
    other = dict(arrays)
    lips = learn_expressions.on_surface(arrays["mean"], arrays)[list(learn_expressions.OUTER_LIPS)]
    away = np.linalg.norm(arrays["mean"][:, None] - lips[None], axis=2).min(1)
    expression = arrays["expression"].astype(np.float32)
    expression[names.index("mouthPucker"), :, 1] -= 0.4 * np.exp(-((away / 0.8) ** 2))
    other["expression"] = expression.astype(np.float16)
    return other


def test_learns_what_expressions_do_to_lips(model, tmp_path, monkeypatch, capsys):
    arrays, names = model
    truth = with_drawn_down_pucker(arrays, names)
    lines = []
    for number in range(5):
        for frame, (points, iris) in enumerate(video(truth, names, number)):
            entry = {"file": f"clip{number}.mp4", "frame": frame, "points": points.tolist(), "iris": iris.tolist()}
            lines.append(json.dumps(entry))
    (tmp_path / "landmarks.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "held_out.txt").write_text("clip4.mp4\n")
    for file in ("face_model.safetensors", "manifest.json"):
        (tmp_path / file).write_bytes((MODEL / file).read_bytes())
    arguments = ["--landmarks", tmp_path / "landmarks.jsonl", "--held-out", tmp_path / "held_out.txt"]
    arguments += ["--model", tmp_path, "--ridge", 0.1, "--rounds", 2]
    monkeypatch.setattr(sys, "argv", ["learn_expressions.py", *map(str, arguments)])
    learn_expressions.main()
    assert "round 2" in capsys.readouterr().out

    described = json.loads((tmp_path / "manifest.json").read_text())["mouth_expressions"]
    assert described["videos"] == 4
    assert described["lips_mm_held_out"]["after"] < 0.5 * described["lips_mm_held_out"]["before"]
    learned, _ = safetensors_file.load(tmp_path / "face_model.safetensors")
    pucker = names.index("mouthPucker")
    change = learn_expressions.on_surface(
        learned["expression"][pucker].astype(float) - arrays["expression"][pucker].astype(float), arrays
    )
    assert change[UPPER_LIP, 1] < -0.05
    assert change[LOWER_LIP, 1] < 0  # jaw and other expressions explain the rest
    assert np.abs(change[NOSE_TIP]).max() < 0.02
    assert (learned["expression"][pucker][arrays["mirror"]] == learned["expression"][pucker] * [-1, 1, 1]).all()
    assert (learned["expression"][..., 2] == arrays["expression"][..., 2]).all()
    brow = names.index("browInnerUp_L")
    assert (learned["expression"][brow] == arrays["expression"][brow]).all()


def test_missed_is_measured_in_the_frame_of_the_model(model):
    arrays, names = model
    landmarks = learn_expressions.Landmarks(arrays)
    pose = native.Pose([1, 0.05, -0.1, 0.2], 15, [120, 90])

    class Fit:
        identity = np.zeros(len(arrays["identity"]))
        expression = np.zeros(len(names))

    Fit.pose = pose
    moved = dict(arrays)
    moved["mean"] = arrays["mean"] + np.array([0.3, -0.2, 0], np.float32)
    points, _ = landmarks_of(moved, names, Fit.identity, Fit.expression, pose)
    missed = landmarks.missed(Fit, points)
    assert np.abs(missed - [0.3, -0.2]).max() < 0.02


def test_leaves_out_short_videos(model):
    arrays, names = model
    frames = video(arrays, names, 1, frames=4)
    assert learn_expressions.fit_videos(native, arrays, names, {"short.mp4": frames}) == {}
