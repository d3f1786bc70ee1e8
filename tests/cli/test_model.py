"""`reenact model`, run as a process on the repository's bundles and on others."""

import hashlib
import json
import os
import pathlib
import shutil

import pytest
from program import run

MODELS = pathlib.Path(os.environ["REENACT_MODELS"])


@pytest.fixture()
def stranger(tmp_path):
    """A sound bundle that the program does not ship: that of the geometry with another comment in its archive."""
    folder = tmp_path / "stranger"
    shutil.copytree(MODELS / "geometry", folder)
    module = folder / "generator.pt"
    content = bytearray(module.read_bytes())
    content[-2:] = (1).to_bytes(2, "little")  # length of the archive's comment
    module.write_bytes(bytes(content) + b"!")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"] = hashlib.sha256(module.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def of_a_frame(what, bundle):
    """The manifest's figures of `bundle` for a frame, of its windows, too."""
    figures = json.loads((MODELS / bundle / "manifest.json").read_text())[what]
    return figures["forward"] + figures.get("paint_eyes", 0) + figures.get("paint_mouth", 0)


def test_list_names_the_generators_that_are_there():
    result = run("model", "list")
    assert result.returncode == 0, result.stderr
    rows = {line.split()[0]: line for line in result.stdout.splitlines()[1:]}
    assert set(rows) == {"default", "geometry"}
    for name, row in rows.items():
        manifest = json.loads((MODELS / name / "manifest.json").read_text())
        assert manifest["sha256"][:12] in row and manifest["licence"] in row and "mesh-v1" in row


def test_list_says_which_manifest_is_damaged_and_shows_the_rest(stranger):
    broken = stranger.parent / "broken"
    shutil.copytree(stranger, broken)
    (broken / "manifest.json").write_text("{")
    result = run("model", "list", "--models", stranger.parent)
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["generator", "stranger"]
    assert str(broken / "manifest.json") in result.stderr


def test_show_tells_contract_cost_licence_hash_and_whether_it_is_shipped(stranger):
    manifest = json.loads((MODELS / "default" / "manifest.json").read_text())
    result = run("model", "show", "default")
    assert result.returncode == 0, result.stderr
    contract = f"version {manifest['format_version']}, mesh-v1, 224x224 pixels"
    cost = f"{of_a_frame('macs', 'default') / 1e9:.3f} G a frame"
    for expected in (contract, manifest["licence"], manifest["sha256"], cost):
        assert expected in result.stdout
    assert "shipped     yes" in result.stdout
    assert "shipped     no" in run("model", "show", stranger).stdout
    assert run("model", "show", "no_such_model").returncode == 5


def test_show_and_list_add_windows_to_the_face(stranger):
    manifest = json.loads((stranger / "manifest.json").read_text())
    assert "windows     none" in run("model", "show", stranger).stdout
    manifest["format_version"] = 2
    assert "MACs        – once, – a frame" in show_of(stranger, manifest)  # the eyes' are not told
    manifest["macs"] = {"initialize": 3e9, "forward": 1e9, "initialize_eyes": 7e9, "paint_eyes": 5e9}
    manifest["parameters"] = {"initialize": 4e6, "forward": 3e6, "initialize_eyes": 2e6, "paint_eyes": 1e6}
    for what in ("macs", "parameters"):
        manifest[what] = {name: int(value) for name, value in manifest[what].items()}
    shown = show_of(stranger, manifest)
    for line in ("windows     eyes\n", "MACs        10.000 G once, 6.000 G a frame", "6.000 M once, 4.000 M a frame"):
        assert line in shown
    assert "6.000 M  4.000 M   10.000 G  6.000 G" in run("model", "list", "--models", stranger.parent).stdout
    manifest["windows"] = ["eyes", "mouth"]
    shown = show_of(stranger, manifest)
    assert "windows     eyes, mouth" in shown and "MACs        – once, – a frame" in shown  # the mouth's are not told
    manifest["macs"].update(initialize_mouth=2 * 10**9, paint_mouth=10**9)
    manifest["parameters"].update(initialize_mouth=10**6, paint_mouth=10**6)
    assert "MACs        12.000 G once, 7.000 G a frame" in show_of(stranger, manifest)
    verified = run("model", "verify", stranger, "--trust-model")
    assert verified.returncode == 5 and "disagree about the field format_version" in verified.stdout


def show_of(folder, manifest):
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return run("model", "show", folder).stdout


def test_verify_loads_every_model_of_the_folder():
    result = run("model", "verify")
    assert result.returncode == 0, result.stdout
    verified = {pathlib.Path(line.split(":")[0]).name for line in result.stdout.splitlines()}
    assert {"default", "geometry", "face_model", "landmarks", "segmentation"} <= verified
    assert all(line.endswith(": good") for line in result.stdout.splitlines())


def test_verify_tells_what_is_wrong_with_each(stranger):
    (stranger / "generator.pt").write_bytes(b"nothing")
    result = run("model", "verify", "geometry", stranger, "--trust-model")
    assert result.returncode == 5
    good, bad = result.stdout.splitlines()
    assert good.endswith("geometry: good") and "is damaged or was replaced" in bad
    assert "1 of 2 models cannot be used" in result.stderr


def test_a_bundle_that_is_not_shipped_needs_trust(stranger, tmp_path):
    output = tmp_path / "out.png"
    photo = pathlib.Path(os.environ["REENACT_TEST_MEDIA"]) / "joconde.jpg"
    arguments = ("-s", photo, "-d", photo, "-o", output, "--generator", stranger)
    refused = run(*arguments)
    assert refused.returncode == 5 and not output.exists()
    assert "is not a bundle that this program ships" in refused.stderr and "--trust-model" in refused.stderr
    assert run("model", "verify", stranger).returncode == 5
    assert run("model", "verify", stranger, "--trust-model").returncode == 0
    trusted = run(*arguments, "--trust-model")
    assert trusted.returncode == 0, trusted.stderr
    assert output.exists()


def test_benchmark_times_generators_side_by_side():
    result = run("model", "benchmark", "default", "geometry", "--frames", 3, "--warm-up", 1, "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert [generator["name"] for generator in report["generators"]] == ["default", "geometry"]
    for generator in report["generators"]:
        assert 0 < generator["forward"]["median_ms"] <= generator["forward"]["p90_ms"]
        assert generator["initialize"]["median_ms"] > 0
    assert report["generators"][0]["forward"]["macs"] == of_a_frame("macs", "default")
    documentation = (MODELS.parent / "docs" / "report_format.md").read_text()
    assert [name for name in [*report, *report["generators"][0]] if f"`{name}`" not in documentation] == []
    text = run("model", "benchmark", "geometry", "--frames", 2).stdout
    assert "geometry" in text and "median of 2 frames" in text
    assert run("model", "benchmark").returncode == 2
    assert run("model", "benchmark", "geometry", "--frames", 0).returncode == 2
