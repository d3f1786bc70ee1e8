"""A face's bundle and a trained network of the eyes' windows become one bundle that computes what both do."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List, Tuple

import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts" / "train"), str(REPOSITORY / "tests" / "scripts")]

import export_windows  # noqa: E402
import eyes_run  # noqa: E402
from export import ExportError  # noqa: E402
from torchscript_file import bundle_manifest, save_script_module, sha256_of_file  # noqa: E402

SCRIPT = REPOSITORY / "scripts" / "train" / "export_windows.py"
GEOMETRY = REPOSITORY / "models" / "geometry"
FACE_COSTS = {"macs": {"initialize": 1000, "forward": 500}, "parameters": {"initialize": 100, "forward": 50}}
WINDOW = export_windows.NETWORK_WINDOWS["eyes"][0]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


class Face(torch.nn.Module):
    """A bundle of version 1."""

    format_version: int
    image_size: int
    conditioning: str
    name: str

    def __init__(self):
        super().__init__()
        self.format_version, self.image_size, self.conditioning, self.name = 1, 32, "mesh-v1", "face"
        self.layer = torch.nn.Conv2d(13, 6, 3, padding=1)

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [source]

    def painted(self, state: List[torch.Tensor], maps: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.layer(torch.cat([state[0].expand(maps.size(0), -1, -1, -1), maps], 1)))

    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = self.painted(state, maps)
        return 0.1 * y[:, 0:2], y[:, 2:3], y[:, 3:6]

    @torch.jit.export
    def forward_bfloat16(
        self, state: List[torch.Tensor], maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = self.painted(state, maps).to(torch.bfloat16).float()
        return 0.1 * y[:, 0:2], y[:, 2:3], y[:, 3:6]


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    folder = tmp_path_factory.mktemp("face")
    torch.manual_seed(1)
    module = Face().eval().requires_grad_(False)
    digest = save_script_module(torch.jit.script(module), folder / "generator.pt")
    manifest = {
        **bundle_manifest(module, folder / "generator.pt", digest),
        "training_data": {"totals": {"persons": 12}},
        "training": {"steps": 34},
        "face_model": eyes_run.FACE_MODEL,
        **FACE_COSTS,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "README.md").write_text("# face: a learned generator\n\n## Scores\n")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """(folder of a made-up run, its network)."""
    folder = tmp_path_factory.mktemp("run")
    generator = eyes_run.write_run(folder / "eyes")
    return folder / "eyes", generator


def export(run_folder, output, face, *options):
    arguments = ["--face", face, "--eyes", run_folder / "weights.pt", "--data", run_folder / "data", "--output", output]
    return export_windows.main([str(argument) for argument in (*arguments, *options)])


@pytest.fixture(scope="module")
def exported(run, face, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    assert export(run[0], folder, face) == 0
    return folder


@pytest.fixture(scope="module")
def bundle(exported):
    return torch.jit.load(str(exported / "generator.pt"))


@torch.no_grad()
def alpha_of(bundle, seen, eye=0.0):
    """Alpha where the source shows `seen` [64,96] of the driver's view and `eye` [64,96] is the eyeball."""
    maps = torch.zeros(2, 12, 64, 96)
    maps[:, 2], maps[:, 3], maps[:, 10] = 1, seen, eye
    state = bundle.initialize_eyes(torch.full((2, 3, 112, 112), 0.5), torch.zeros(2, 12, 112, 112))
    return bundle.paint_eyes(state, torch.full((2, 3, 64, 96), 0.5), maps)[1]


@torch.no_grad()
def test_eyes_are_those_of_the_trained_network(run, bundle):
    """Where nothing is given of an inside, and within [0,1]."""
    random = torch.Generator().manual_seed(1)
    source, source_maps = torch.rand(2, 3, 112, 112, generator=random), torch.rand(2, 12, 112, 112, generator=random)
    warped, maps = torch.rand(2, 3, 64, 96, generator=random), torch.rand(2, 12, 64, 96, generator=random)
    _, generator = run
    trained = generator(generator.initialize(source, source_maps), warped, maps, torch.zeros(2, 4, 64, 96))
    assert (trained - warped).abs().mean() > 0.01 and (trained < 0).any()
    state = bundle.initialize_eyes(source, source_maps)
    colour, alpha = bundle.paint_eyes(state, warped, maps)
    assert torch.allclose(colour, trained.clamp(0, 1), atol=1e-5)
    rounded, same_alpha = bundle.paint_eyes_bfloat16(state, warped, maps)
    assert (rounded - colour).abs().mean() < 0.01
    assert not torch.equal(rounded, colour) and torch.equal(same_alpha, alpha)


@torch.no_grad()
def test_face_is_the_one_it_was(face, bundle):
    module = torch.jit.load(str(face / "generator.pt"))
    inputs = export_windows.probe(module.image_size)
    for method in ("forward", "forward_bfloat16"):
        ours = getattr(module, method)(module.initialize(*inputs[:2]), inputs[2])
        saved = getattr(bundle, method)(bundle.initialize(*inputs[:2]), inputs[2])
        assert all(torch.equal(a, b) for a, b in zip(ours, saved))


def test_alpha_is_full_in_the_middle_and_nothing_at_the_border(bundle):
    alpha = alpha_of(bundle, torch.ones(64, 96))
    assert alpha[:, 0, 24:40, 36:60].min() == 1
    border = torch.cat([alpha[..., 0, :], alpha[..., -1, :], alpha[..., 0], alpha[..., -1]], 2)
    assert border.abs().max() == 0
    assert alpha.diff(dim=3).abs().max() < 0.15  # no edge to be seen
    assert torch.equal(alpha, alpha.flip(3)) and torch.equal(alpha, alpha.flip(2))


def test_alpha_fades_where_the_source_does_not_show_the_face(bundle):
    seen = torch.zeros(64, 96)
    assert alpha_of(bundle, seen).abs().max() == 0
    seen[:, :48] = 1
    alpha, full = alpha_of(bundle, seen), alpha_of(bundle, torch.ones(64, 96))
    assert torch.equal(alpha[..., :36], full[..., :36]) and alpha[..., 60:].abs().max() == 0
    assert 0.3 < alpha[0, 0, 32, 47] < 0.7  # half of what is near is seen
    assert (alpha[0, 0, 32].diff() <= 0)[20:].all() and alpha[0, 0, 32].diff().abs().max() < 0.3  # no edge


def test_alpha_stays_where_the_source_hides_the_eye_alone(bundle):
    """A photo with shut lids that open."""
    rows, columns = torch.meshgrid(torch.arange(64) - 31.5, torch.arange(96) - 47.5, indexing="ij")
    eye = ((rows / 10) ** 2 + (columns / 24) ** 2 < 1).float()
    opened = alpha_of(bundle, 1 - eye, eye)
    assert torch.allclose(opened, alpha_of(bundle, torch.ones(64, 96)))
    assert alpha_of(bundle, torch.zeros(64, 96), eye).abs().max() == 0
    assert alpha_of(bundle, 1 - eye).min(dim=3).values[0, 0, 32] < opened[0, 0, 32, 48]  # hidden skin is another matter


def test_manifest_says_what_the_bundle_is(run, exported, bundle):
    manifest = json.loads((exported / "manifest.json").read_text())
    assert manifest["sha256"] == sha256_of_file(exported / "generator.pt")
    for field, value in {"name": "face", "format_version": 2, "image_size": 32, "conditioning": "mesh-v1"}.items():
        assert manifest[field] == getattr(bundle, field) == value
    assert manifest["learned"] is True and manifest["face_model"] == eyes_run.FACE_MODEL
    assert manifest["training_data"]["face"] == {"totals": {"persons": 12}}
    assert manifest["training_data"]["eyes"]["totals"]["pictures"] == 7
    assert manifest["training"] == {"face": {"steps": 34}, "eyes": {"steps": 60, "batch_size": 4, "seed": 5}}
    for what, of in FACE_COSTS.items():
        assert {name: manifest[what][name] for name in of} == of
    frame = run[1].frame
    unused = 4 * 4 * 9 * frame.stem.weight.size(0)  # of the stem, for the planes of an inside
    assert manifest["parameters"]["paint_eyes"] == sum(entry.numel() for entry in frame.parameters()) - unused
    fine, middle, coarse = eyes_run.NETWORK["frame_widths"]
    macs = 9 * 32 * 48 * (60 * fine + 2 * fine * fine + fine * 16)
    macs += 16 * 24 * (9 * fine * middle + (middle + 8) * middle + 4 * 9 * middle * middle + middle * fine)
    macs += 8 * 12 * (9 * middle * coarse + 4 * 9 * coarse * coarse + coarse * middle)
    assert manifest["macs"]["paint_eyes"] == 2 * macs
    card = (exported / "README.md").read_text()
    assert "version 2" in card and "made up (generated)" in card and "\n## face: a learned generator\n" in card


def test_same_inputs_make_the_same_file_in_every_process(run, face, tmp_path):
    for name in ("first", "second"):
        arguments = ["--eyes", run[0] / "weights.pt", "--data", run[0] / "data", "--output", tmp_path / name]
        environment = {**os.environ, "PYTHONHASHSEED": {"first": "1", "second": "2"}[name]}
        command = [sys.executable, SCRIPT, "--face", face, *arguments, "--name", "eyes"]
        subprocess.run(command, env=environment, check=True)
    first, second = ((tmp_path / name / "generator.pt").read_bytes() for name in ("first", "second"))
    assert first == second
    assert torch.jit.load(str(tmp_path / "first" / "generator.pt")).name == "eyes"
    assert b"/scripts/" not in first


def test_eyes_of_a_bundle_are_replaced(run, exported, tmp_path):
    assert export(run[0], tmp_path, exported) == 0
    assert abs((tmp_path / "generator.pt").stat().st_size - (exported / "generator.pt").stat().st_size) < 10000
    assert json.loads((tmp_path / "manifest.json").read_text())["training_data"]["face"]["totals"]["persons"] == 12


def test_face_without_bfloat16_gets_none(run, tmp_path):
    assert export(run[0], tmp_path, GEOMETRY) == 0
    bundle = torch.jit.load(str(tmp_path / "generator.pt"))
    assert not hasattr(bundle, "forward_bfloat16") and hasattr(bundle, "paint_eyes_bfloat16")


def refusal(capsys, *arguments):
    assert export(*arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    return error


def test_weights_of_a_mouth_are_refused(capsys, tmp_path):
    eyes_run.write_run(tmp_path / "mouth", windows="mouth")
    error = refusal(capsys, tmp_path / "mouth", tmp_path / "out", GEOMETRY)
    assert "does not hold a network that paints the eyes' windows" in error
    assert not (tmp_path / "out").exists()


def test_data_of_another_face_model_are_refused(capsys, tmp_path):
    eyes_run.write_run(tmp_path / "run", face_model={"name": "other", "sha256": "0" * 64})
    assert "prepared with another face model" in refusal(capsys, tmp_path / "run", tmp_path / "out", GEOMETRY)


def test_what_is_no_face_is_refused(run, capsys, tmp_path):
    assert "holds no generator bundle" in refusal(capsys, run[0], tmp_path / "out", tmp_path)
    changed = tmp_path / "changed"
    shutil.copytree(GEOMETRY, changed)
    manifest = json.loads((changed / "manifest.json").read_text())
    (changed / "manifest.json").write_text(json.dumps({**manifest, "sha256": "0" * 64}))
    assert "another generator.pt than its manifest says" in refusal(capsys, run[0], tmp_path / "out", changed)
    (changed / "manifest.json").write_text(json.dumps({**manifest, "conditioning": "landmarks-v1"}))
    assert "eyes need mesh-v1" in refusal(capsys, run[0], tmp_path / "out", changed)
    (changed / "manifest.json").write_text(json.dumps({**manifest, "format_version": 2}))
    assert "eyes that this script did not add" in refusal(capsys, run[0], tmp_path / "out", changed)


def test_eyes_of_another_network_are_noticed(run, bundle):
    other = export_windows.WindowGenerator(eyes_run.NETWORK, WINDOW).eval()
    with pytest.raises(ExportError, match="differs from the Python module"):
        export_windows.check_eyes(other, export_windows.EyesNetwork(other), bundle, "a file")


def test_budgets_are_those_of_face_and_eyes_together():
    costs = {what: {**of, "initialize_eyes": 1, "paint_eyes": 1} for what, of in FACE_COSTS.items()}
    export_windows.check_total(costs)
    costs["macs"]["paint_eyes"] = 1.2e9 - 1  # less than the budget by itself
    with pytest.raises(ExportError, match="budget"):
        export_windows.check_total(costs)
