"""The real program with face models of other people's kinds: without names, inner mouth, neck or eyeballs."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from program import PHOTO, cut_clip, frames_of, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scripts"))
from published_models import ROOT, Stranger, write_basel, write_flame, write_surrey  # noqa: E402

import face_model  # noqa: E402
import safetensors_file  # noqa: E402

EXPORT = ROOT / "scripts" / "export" / "face_model.py"


@pytest.fixture(scope="module")
def clip(folder):
    """A head that turns and a mouth that opens."""
    return cut_clip(folder / "clip.mp4", 2, 20)


@pytest.fixture(scope="module")
def models(folder):
    """A folder of an exported model for each kind."""
    def export(kind, *arguments):
        subprocess.run(["/usr/bin/python3", EXPORT, "--from", kind, "--output", folder / kind, *map(str, arguments)], check=True, capture_output=True)
        return folder / kind

    pytest.importorskip("h5py")
    write_basel(folder / "m.h5", Stranger())
    write_flame(folder / "m.pkl", folder / "e.pkl", Stranger(with_eyeballs=True))
    write_surrey(folder / "m.bin", folder / "b.bin", folder / "m.txt", Stranger(with_neck=False))
    return {
        "bfm2019": export("bfm2019", "--input", folder / "m.h5"),
        "flame": export("flame", "--input", folder / "m.pkl", "--landmarks", folder / "e.pkl", "--expression-modes", 2),
        "sfm": export("sfm", "--input", folder / "m.bin", "--blendshapes", folder / "b.bin", "--landmarks", folder / "m.txt"),
    }


def altered(folder, name, change):
    """The model that ships, changed: `change` gets tensors and expression names."""
    tensors, metadata = safetensors_file.load(ROOT / "models" / "face_model" / face_model.FILE_NAME)
    names = change(tensors, json.loads(metadata["expression_names"]))
    face_model.save(folder / name, name, tensors, names, {"licence": "test"})
    return folder / name


def small(model, clip, output, *more):
    return run("-s", PHOTO, "-d", clip, "-o", output, "--face-model", model, "--generator", "geometry", "--crop", "--size", 160, "--overwrite", *more)


def moves(path):
    frames = frames_of(path).astype(float)
    return np.abs(frames - frames[0]).mean(axis=(1, 2, 3)).max()


LIMITS = {
    "bfm2019": ("no jawOpen", "no eyeBlink", "no expressions named after brows", "no inside of the mouth"),
    "flame": ("no eyeBlink", "no expressions named after brows", "no inside of the mouth"),
    "sfm": ("no jawOpen", "no eyeBlink", "no expressions named after brows", "no inside of the mouth", "no neck"),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_a_model_of_each_kind_moves_the_photo_and_says_what_it_cannot(folder, clip, models, kind):
    output, motion, report = folder / f"{kind}.mp4", folder / f"{kind}.jsonl", folder / f"{kind}.json"
    result = small(models[kind], clip, output, "--save-motion", motion, "--report", report)
    assert result.returncode == 0, result.stderr
    said = [line for line in result.stderr.splitlines() if "the face model" in line]
    assert len(said) == len(LIMITS[kind]) and all(any(limit in line for line in said) for limit in LIMITS[kind]), said
    assert moves(output) > 1
    header, *frames = map(json.loads, motion.read_text().splitlines())
    assert header["face_model"] == json.loads((models[kind] / "manifest.json").read_text())["name"]
    weights = np.array([frame["expression"] for frame in frames[:-1]])
    assert weights.std(axis=0).max() > 0.02, "expressions follow the driver"
    gaze = np.array([frame["gaze_right"] for frame in frames[:-1]])
    assert np.abs(gaze).max() > 0, "eyeballs come with the export"


def test_a_model_of_its_own_replays_its_motion_and_no_other(folder, clip, models):
    motion = folder / "own.jsonl"
    assert run("-d", clip, "--face-model", models["sfm"], "--save-motion", motion, "--overwrite").returncode == 0
    assert small(models["sfm"], motion, folder / "own.mp4").returncode == 0
    result = small(models["flame"], motion, folder / "other.mp4")
    assert result.returncode == 3 and "tracked with the face model 'surrey'" in result.stderr
    result = run("-d", clip, "--face-model", models["bfm2019"], "--save-motion", folder / "x.csv")
    assert result.returncode == 5 and "none of ARKit's expressions" in result.stderr and not (folder / "x.csv").exists()


def test_a_model_may_lack_eyeballs(folder, clip):
    def without(tensors, names):
        for eye in (6, 7):
            tensors["region"][tensors["region"] == eye] = 3
        return names

    result = small(altered(folder, "blind", without), clip, folder / "blind.mp4", "--report", folder / "blind.json")
    assert result.returncode == 0, result.stderr
    assert "no eyeballs: eyes neither turn nor shut" in result.stderr
    assert moves(folder / "blind.mp4") > 1


def test_a_model_without_the_face_mesh_needs_the_other_landmarks(folder, clip):
    def without(tensors, names):
        del tensors["landmarks468_triangle"], tensors["landmarks468_barycentric"]
        return names

    model = altered(folder, "sparse", without)
    result = small(model, clip, folder / "sparse.mp4")
    assert result.returncode == 5 and "use --landmarks dlib68" in result.stderr
    result = small(model, clip, folder / "sparse.mp4", "--landmarks", "dlib68")
    assert result.returncode == 0, result.stderr


def test_the_model_that_ships_has_no_limits(folder, clip):
    result = small(ROOT / "models" / "face_model", clip, folder / "ours.mp4")
    assert result.returncode == 0 and "the face model" not in result.stderr


def test_the_drawn_head_of_the_benchmark_moves_as_far_as_a_model_has_names(models):
    for kind in ("bfm2019", "sfm"):
        result = run("--benchmark", "--json", "--frames", 3, "--warm-up", 1, "--face-model", models[kind], "--generator", "geometry")
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["frames"] == 4


def test_what_is_no_model_is_said(folder, clip):
    def one_eye(tensors, names):
        tensors["region"][tensors["region"] == 7] = 3
        return names

    for model, sentence in ((folder / "nowhere", "there is no file"), (altered(folder, "cyclops", one_eye), "it has one eyeball")):
        result = small(model, clip, folder / "none.mp4")
        assert result.returncode == 5 and sentence in result.stderr and result.stderr.count("\n") == 1
