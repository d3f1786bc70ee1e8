"""A face's bundle and trained networks of windows become one bundle that computes what its parts do."""

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
import windows_run  # noqa: E402
from export import ExportError  # noqa: E402
from torchscript_file import bundle_manifest, save_script_module, sha256_of_file  # noqa: E402

SCRIPT = REPOSITORY / "scripts" / "train" / "export_windows.py"
GEOMETRY = REPOSITORY / "models" / "geometry"
FACE_COSTS = {"macs": {"initialize": 1000, "forward": 500}, "parameters": {"initialize": 100, "forward": 50}}
KINDS = ("eyes", "mouth")
WINDOWS = {kind: export_windows.NETWORK_WINDOWS[kind][0] for kind in KINDS}
COUNTS = {"eyes": 2, "mouth": 1}


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
        "face_model": windows_run.FACE_MODEL,
        **FACE_COSTS,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "README.md").write_text("# face: a learned generator\n\n## Scores\n")
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """(folder of a made-up run, its network) by kind of windows."""
    folder = tmp_path_factory.mktemp("runs")
    return {kind: (folder / kind, windows_run.write_run(folder / kind, kind)) for kind in KINDS}


def export(runs, output, face, *options):
    """`runs`: folders by kind of windows."""
    arguments = ["--face", face, "--data", [*runs.values()][0] / "data", "--output", output, *options]
    for kind, folder in runs.items():
        arguments += [f"--{kind}", folder / "weights.pt"]
    return export_windows.main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def exported(runs, face, tmp_path_factory):
    """Folders of the bundles with eyes and with both."""
    folder = tmp_path_factory.mktemp("exported")
    assert export({"eyes": runs["eyes"][0]}, folder / "eyes", face) == 0
    assert export({kind: runs[kind][0] for kind in KINDS}, folder / "both", face) == 0
    return {name: folder / name for name in ("eyes", "both")}


@pytest.fixture(scope="module")
def bundle(exported):
    return torch.jit.load(str(exported["both"] / "generator.pt"))


def painted(bundle, kind, source, source_maps, warped, maps):
    """(colour, alpha) in float32 and in bfloat16."""
    state = getattr(bundle, f"initialize_{kind}")(source, source_maps)
    return [getattr(bundle, f"paint_{kind}{of}")(state, warped, maps) for of in ("", "_bfloat16")]


def random_inputs(kind):
    """(source, source maps, warped, driver maps)"""
    random = torch.Generator().manual_seed(1)
    window, count = WINDOWS[kind], COUNTS[kind]
    sizes = [(window.side, window.side)] * 2 + [(window.height, window.width)] * 2
    return [torch.rand(count, planes, *size, generator=random) for planes, size in zip((3, 12, 3, 12), sizes)]


@torch.no_grad()
def alpha_of(bundle, seen, inside=0.0, kind="eyes"):
    """Alpha where the source shows `seen` [h,w] of the driver's view and `inside` [h,w] is the eyeball or the mouth's
    inside."""
    window, count = WINDOWS[kind], COUNTS[kind]
    maps = torch.zeros(count, 12, window.height, window.width)
    maps[:, 2], maps[:, 3], maps[:, 10] = 1, seen, inside
    source, warped = torch.full((count, 3, window.side, window.side), 0.5), torch.full_like(maps[:, :3], 0.5)
    (_, alpha), _ = painted(bundle, kind, source, torch.zeros(count, 12, window.side, window.side), warped, maps)
    return alpha


@torch.no_grad()
@pytest.mark.parametrize("kind", KINDS)
def test_windows_are_those_of_the_trained_network(runs, bundle, kind):
    """Where nothing is given of an inside, and within [0,1]."""
    source, source_maps, warped, maps = random_inputs(kind)
    generator = runs[kind][1]
    inside = torch.zeros(COUNTS[kind], 4, *warped.shape[2:])
    trained = generator(generator.initialize(source, source_maps), warped, maps, inside)
    assert (trained - warped).abs().mean() > 0.01 and (trained < 0).any()
    (colour, alpha), (rounded, same_alpha) = painted(bundle, kind, source, source_maps, warped, maps)
    assert torch.allclose(colour, trained.clamp(0, 1), atol=1e-5)
    assert (rounded - colour).abs().mean() < 0.01
    assert not torch.equal(rounded, colour) and torch.equal(same_alpha, alpha)


@torch.no_grad()
def test_windows_are_added_to_those_that_a_bundle_has(runs, exported, bundle, tmp_path):
    assert export({"mouth": runs["mouth"][0]}, tmp_path, exported["eyes"]) == 0
    grown = torch.jit.load(str(tmp_path / "generator.pt"))
    for kind in KINDS:
        ours, theirs = (painted(of, kind, *random_inputs(kind)) for of in (grown, bundle))
        assert all(torch.equal(a, b) for one, other in zip(ours, theirs) for a, b in zip(one, other))
    ours, theirs = (json.loads((folder / "manifest.json").read_text()) for folder in (tmp_path, exported["both"]))
    assert {**ours, "sha256": 0} == {**theirs, "sha256": 0}
    card = (tmp_path / "README.md").read_text()
    assert "# face: a learned generator that paints eyes and mouth\n" in card
    assert "\n## Scores: mouth\n" in card and "\n### Scores: eyes\n" in card  # of what was there, further below


def test_a_bundle_of_the_mouth_alone_has_no_eyes(runs, tmp_path):
    assert export({"mouth": runs["mouth"][0]}, tmp_path, GEOMETRY) == 0
    module = torch.jit.load(str(tmp_path / "generator.pt"))
    assert hasattr(module, "paint_mouth") and not hasattr(module, "paint_eyes")
    assert json.loads((tmp_path / "manifest.json").read_text())["windows"] == ["mouth"]


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


def mouth_opened(height):
    """The inside of a mouth 80 pixels wide and `height` high."""
    rows, columns = torch.meshgrid(torch.arange(96) - 47.5, torch.arange(128) - 63.5, indexing="ij")
    return ((2 * rows / height) ** 2 + (columns / 40) ** 2 < 1).float()


@torch.no_grad()
def test_alpha_of_a_mouth_covers_inside_and_lips_however_wide_it_opens(bundle):
    """No skin is near the middle of a mouth that is wide open."""
    before = alpha_of(bundle, torch.ones(96, 128), kind="mouth")
    assert before.abs().max() == 0  # it is shut
    for height in (3, 8, 20, 40, 60):
        inside = mouth_opened(height)
        alpha = alpha_of(bundle, 1 - inside, inside, kind="mouth")
        assert (alpha >= before - 1e-6)[..., 40:56, 40:88].all() and (alpha - before).max() < 1
        assert height < 8 or alpha[0, 0, 48 - height // 2 - 3 : 48 + height // 2 + 3, 60:68].min() > 0.5
        assert alpha[..., 0].max() == 0 and alpha[..., -1, :].max() == 0 and alpha.diff(dim=2).abs().max() < 0.25
        assert height > 20 or alpha[0, 0, 48 + height // 2 + 24, 64] == 0  # the chin is left to what lies below
        before = alpha


@torch.no_grad()
def test_alpha_of_a_mouth_fades_where_the_source_does_not_show_the_face(bundle):
    inside = mouth_opened(60)
    assert alpha_of(bundle, torch.zeros(96, 128), inside, kind="mouth").abs().max() == 0
    half = (torch.arange(128) < 64).float().expand(96, 128)
    fading = alpha_of(bundle, half * (1 - inside), inside, kind="mouth")[0, 0, 48]
    assert 0 < fading[64] < 1 and (fading.diff() <= 1e-6)[40:].all() and fading.diff().abs().max() < 0.3


def test_manifest_says_what_the_bundle_is(runs, exported, bundle):
    manifest = json.loads((exported["both"] / "manifest.json").read_text())
    assert manifest["sha256"] == sha256_of_file(exported["both"] / "generator.pt")
    for field, value in {"name": "face", "format_version": 2, "image_size": 32, "conditioning": "mesh-v1"}.items():
        assert manifest[field] == getattr(bundle, field) == value
    assert manifest["learned"] is True and manifest["face_model"] == windows_run.FACE_MODEL
    assert manifest["windows"] == ["eyes", "mouth"]
    assert manifest["training_data"]["face"] == {"totals": {"persons": 12}}
    trained = {"steps": 60, "batch_size": 4, "seed": 5}
    assert manifest["training"] == {"face": {"steps": 34}, "eyes": trained, "mouth": trained}
    for what, of in FACE_COSTS.items():
        assert {name: manifest[what][name] for name in of} == of
    fine, middle, coarse = windows_run.NETWORK["frame_widths"]
    for kind in KINDS:
        assert manifest["training_data"][kind]["totals"]["pictures"] == 7
        frame = runs[kind][1].frame
        unused = 4 * 4 * 9 * frame.stem.weight.size(0)  # of the stem, for the planes of an inside
        assert manifest["parameters"]["paint_" + kind] == sum(entry.numel() for entry in frame.parameters()) - unused
        macs = 9 * (60 * fine + 2 * fine * fine + fine * 16)
        macs += (9 * fine * middle + (middle + 8) * middle + 4 * 9 * middle * middle + middle * fine) // 4
        macs += (9 * middle * coarse + 4 * 9 * coarse * coarse + coarse * middle) // 16
        half = WINDOWS[kind].height // 2 * (WINDOWS[kind].width // 2)
        assert manifest["macs"]["paint_" + kind] == COUNTS[kind] * half * macs
    card = (exported["both"] / "README.md").read_text()
    assert "version 2" in card and "made up (generated)" in card and "\n## face: a learned generator\n" in card


def test_same_inputs_make_the_same_file_in_every_process(runs, face, tmp_path):
    for name in ("first", "second"):
        arguments = ["--data", runs["eyes"][0] / "data", "--output", tmp_path / name]
        for kind in KINDS:
            arguments += [f"--{kind}", runs[kind][0] / "weights.pt"]
        environment = {**os.environ, "PYTHONHASHSEED": {"first": "1", "second": "2"}[name]}
        command = [sys.executable, SCRIPT, "--face", face, *arguments, "--name", "windows"]
        subprocess.run(command, env=environment, check=True)
    first, second = ((tmp_path / name / "generator.pt").read_bytes() for name in ("first", "second"))
    assert first == second
    assert torch.jit.load(str(tmp_path / "first" / "generator.pt")).name == "windows"
    assert b"/scripts/" not in first


def test_windows_of_a_bundle_are_replaced(runs, exported, tmp_path):
    assert export({"eyes": runs["eyes"][0]}, tmp_path, exported["both"]) == 0
    sizes = [(folder / "generator.pt").stat().st_size for folder in (tmp_path, exported["both"])]
    assert abs(sizes[0] - sizes[1]) < 50000  # less than a network
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["training_data"]["face"]["totals"]["persons"] == 12 and manifest["windows"] == ["eyes", "mouth"]


def test_scores_are_shown_of_the_windows_they_are_of(runs, face, tmp_path):
    for kind in KINDS:
        (tmp_path / kind).write_text(f"scores of {kind}\n")
    folders = {kind: runs[kind][0] for kind in KINDS}
    assert export(folders, tmp_path / "out", face, "--scores", tmp_path / "eyes", tmp_path / "mouth") == 0
    card = (tmp_path / "out" / "README.md").read_text()
    assert "## Scores: eyes\n\nscores of eyes\n" in card and "## Scores: mouth\n\nscores of mouth\n" in card


def test_face_without_bfloat16_gets_none(runs, tmp_path):
    assert export({"eyes": runs["eyes"][0]}, tmp_path, GEOMETRY) == 0
    bundle = torch.jit.load(str(tmp_path / "generator.pt"))
    assert not hasattr(bundle, "forward_bfloat16") and hasattr(bundle, "paint_eyes_bfloat16")


def refusal(capsys, *arguments):
    assert export(*arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    return error


def test_weights_of_other_windows_are_refused(runs, capsys, tmp_path):
    for kind, other in (("eyes", "mouth"), ("mouth", "eyes")):
        error = refusal(capsys, {kind: runs[other][0]}, tmp_path / "out", GEOMETRY)
        assert f"does not hold a network that paints windows of: {kind}" in error
        assert not (tmp_path / "out").exists()


def test_something_has_to_be_added(capsys, tmp_path):
    with pytest.raises(SystemExit):
        export_windows.main(["--output", str(tmp_path)])
    assert "give --eyes or --mouth" in capsys.readouterr().err


def test_data_of_another_face_model_are_refused(capsys, tmp_path):
    windows_run.write_run(tmp_path / "run", face_model={"name": "other", "sha256": "0" * 64})
    error = refusal(capsys, {"eyes": tmp_path / "run"}, tmp_path / "out", GEOMETRY)
    assert "prepared with another face model" in error


def test_what_is_no_face_is_refused(runs, capsys, tmp_path):
    eyes = {"eyes": runs["eyes"][0]}
    assert "holds no generator bundle" in refusal(capsys, eyes, tmp_path / "out", tmp_path)
    changed = tmp_path / "changed"
    shutil.copytree(GEOMETRY, changed)
    manifest = json.loads((changed / "manifest.json").read_text())
    (changed / "manifest.json").write_text(json.dumps({**manifest, "sha256": "0" * 64}))
    assert "another generator.pt than its manifest says" in refusal(capsys, eyes, tmp_path / "out", changed)
    (changed / "manifest.json").write_text(json.dumps({**manifest, "conditioning": "landmarks-v1"}))
    assert "windows need mesh-v1" in refusal(capsys, eyes, tmp_path / "out", changed)
    (changed / "manifest.json").write_text(json.dumps({**manifest, "format_version": 2}))
    assert "windows that this script did not add" in refusal(capsys, eyes, tmp_path / "out", changed)


@pytest.mark.parametrize("kind", KINDS)
def test_windows_of_another_network_are_noticed(bundle, kind):
    other = export_windows.WindowGenerator(windows_run.NETWORK, WINDOWS[kind]).eval()
    with pytest.raises(ExportError, match="differs from the Python module"):
        export_windows.check_trained(kind, other, export_windows.NETWORKS[kind](other), bundle, "a file")
    with pytest.raises(ExportError, match="differs from the Python module"):
        export_windows.check_kept(kind, export_windows.NETWORKS[kind](other), bundle, "a file")


def test_budgets_are_those_of_face_and_windows_together():
    costs = {what: {**of, "initialize_eyes": 1, "paint_eyes": 1} for what, of in FACE_COSTS.items()}
    export_windows.check_total(costs)
    costs["macs"]["paint_mouth"] = 1.2e9 - 1  # less than the budget by itself
    with pytest.raises(ExportError, match="budget"):
        export_windows.check_total(costs)
