"""The conversion of the face recognition network, checked against face-api itself, and the export of LPIPS.

Needs npm, which fetches the pinned package into .cache/ once, and node.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

import check_landmarks  # noqa: E402
import convert_face_recognition  # noqa: E402

CONVERSION = convert_face_recognition.CONVERSION
TOLERANCE = 1e-4
SEEDED_LPIPS = REPOSITORY / "tests" / "support" / "seeded_lpips"


@pytest.fixture(scope="module")
def archive():
    return convert_face_recognition.PACKAGE.fetch(REPOSITORY / ".cache")


@pytest.fixture(scope="module")
def package(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    with tarfile.open(archive) as packed:
        packed.extractall(folder)
    return folder / "package"


@pytest.fixture(scope="module")
def converted(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted")
    assert CONVERSION.main(["--package", str(archive), "--output", str(folder)]) == 0
    return folder


def embeddings_of_face_api(package, pictures, scratch):
    nhwc = np.ascontiguousarray(pictures.transpose(0, 2, 3, 1) * 255, np.float32)
    (scratch / "input").write_bytes(nhwc.tobytes())
    script = REPOSITORY / "tests" / "scripts" / "evaluate_face_api.mjs"
    command = ["node", "--no-warnings", script, package, scratch / "input", scratch / "output"]
    subprocess.run([*map(str, command), ",".join(map(str, nhwc.shape))], check=True)
    return np.fromfile(scratch / "output", np.float32).reshape(len(pictures), -1)


@pytest.fixture(scope="module")
def comparison(converted, package, tmp_path_factory):
    pictures = check_landmarks.test_inputs(convert_face_recognition.INPUT_SIZE, check_landmarks.drawn_face)
    with torch.no_grad():
        ours = torch.jit.load(str(converted / "face_recognition.pt"))(torch.from_numpy(pictures)).numpy()
    return ours, embeddings_of_face_api(package, pictures, tmp_path_factory.mktemp("scratch"))


def test_equals_face_api(comparison):
    ours, theirs = comparison
    assert ours.shape == theirs.shape == (11, 128)
    assert np.linalg.norm(theirs[0] - theirs[-1]) > 0.1  # a face and a white picture
    assert np.abs(ours - theirs).max() <= TOLERANCE


def test_stored_reference_is_what_face_api_says(comparison):
    stored = json.loads((REPOSITORY / "tests" / "infer" / "data" / "face_embedding_reference.json").read_text())
    assert stored == pytest.approx(comparison[1][0].tolist(), abs=1e-5)


def test_second_run_leaves_the_files_alone_and_damage_is_repaired(archive, converted, tmp_path):
    output = tmp_path / "face_recognition"
    shutil.copytree(converted, output)
    network = output / "face_recognition.pt"
    before = network.stat().st_mtime_ns
    missing = tmp_path / "nowhere.tgz"
    assert CONVERSION.main(["--package", str(missing), "--output", str(output)]) == 0
    assert network.stat().st_mtime_ns == before

    network.write_bytes(network.read_bytes()[:-1])
    assert not CONVERSION.is_up_to_date(output)
    assert CONVERSION.main(["--package", str(archive), "--output", str(output)]) == 0
    assert CONVERSION.is_up_to_date(output)


def test_conversion_is_reproducible(package, tmp_path):
    script = REPOSITORY / "scripts" / "convert_face_recognition.py"
    for run in ("first", "second"):
        command = ["/usr/bin/python3", script, "--package", package, "--output", tmp_path / run]
        subprocess.run([str(word) for word in command], check=True)
    for name in ("face_recognition.pt", "manifest.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_altered_package_is_refused(package, tmp_path, capsys):
    altered = tmp_path / "package"
    shutil.copytree(package / "model", altered / "model")
    weights = bytearray((altered / "model" / "face_recognition_model.bin").read_bytes())
    weights[100] ^= 1
    (altered / "model" / "face_recognition_model.bin").write_bytes(weights)
    output = tmp_path / "out"
    assert CONVERSION.main(["--package", str(altered), "--output", str(output)]) == 1
    assert "face_recognition_model.bin has SHA-256" in capsys.readouterr().err
    assert not output.exists()


def export_lpips(output, python_path):
    command = ["/usr/bin/python3", str(REPOSITORY / "scripts" / "export_lpips.py"), "--output", str(output)]
    environment = {**os.environ, "PYTHONPATH": str(python_path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_exported_lpips_equals_the_package(tmp_path):
    result = export_lpips(tmp_path / "lpips.pt", SEEDED_LPIPS)
    assert result.returncode == 0, result.stderr
    sys.path.insert(0, str(SEEDED_LPIPS))
    import lpips

    network = lpips.LPIPS(net="alex").eval()
    module = torch.jit.load(str(tmp_path / "lpips.pt"))
    a, b = (2 * torch.rand(1, 3, 81, 123, generator=torch.Generator().manual_seed(seed)) - 1 for seed in (1, 2))
    with torch.no_grad():
        assert module(a, b).shape == ()
        assert module(a, b).item() == pytest.approx(network(a, b).item(), abs=1e-5)
        assert module(a, b).item() > 0.01


def test_missing_lpips_is_a_sentence(tmp_path):
    (tmp_path / "lpips.py").write_text("raise ImportError('no such package here')\n")
    result = export_lpips(tmp_path / "lpips.pt", tmp_path)
    assert result.returncode == 1
    assert "pip install lpips" in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "lpips.pt").exists()


def test_network_that_depends_on_the_size_is_refused(tmp_path):
    (tmp_path / "lpips.py").write_text(
        "import torch\n"
        "class LPIPS(torch.nn.Module):\n"
        "    def __init__(self, net, verbose):\n"
        "        super().__init__()\n"
        "    def forward(self, a, b):\n"
        "        return (a - b).abs().sum() / (a.shape[2] if a.shape[3] > 100 else 1)\n"
    )
    result = export_lpips(tmp_path / "out.pt", tmp_path)
    assert result.returncode == 1
    assert "the exported network differs" in result.stderr
    assert not (tmp_path / "out.pt").exists()
