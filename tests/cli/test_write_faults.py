"""The real program on disks that fail while it writes: calls that fail one by one, and a disk that is really full.

Every test tries some of the calls; REENACT_ALL_FAULTS=1 tries all of them.
"""

import errno
import os
import shutil
import subprocess

import pytest
from program import BINARY, CHEAP, one_sentence, run

PRELOADED = os.environ["REENACT_FAILING_CALLS"]
BEFORE = b"from an earlier run"


def run_with_faults(tmp_path, results, arguments, first=0, lasting=False, error=errno.ENOSPC):
    """A run in which calls that change `results` fail; returns it and how many such calls it made."""
    count = tmp_path / "count"
    environment = {
        **os.environ,
        "LD_PRELOAD": PRELOADED,
        "FAULT_FOLDER": str(results),
        "FAULT_FIRST": str(first),
        "FAULT_LASTING": str(int(lasting)),
        "FAULT_ERRNO": str(error),
        "FAULT_COUNT": str(count),
    }
    result = run(*arguments, env=environment)
    return result, int(count.read_text())


def faults(calls, most):
    """Calls to fail, and whether all after it fail too: the first, the last and some between, or all in both ways."""
    if os.environ.get("REENACT_ALL_FAULTS"):
        return [(call, lasting) for call in range(1, calls + 1) for lasting in (False, True)]
    return [(1 + round(i * (calls - 1) / (most - 1)), i % 2 == 1) for i in range(most)]


def fill(results, names):
    for name in names:
        path = results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BEFORE)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


OUTPUTS = {
    "video": (["out.mp4", "motion.jsonl", "run.json"], "-o", "out.mp4", "--save-motion", "motion.jsonl", "--report", "run.json"),
    "pictures": (["frames/000.png", "frames/009.png"], "-o", "frames/%03d.png"),
    "meshes": (["out.gif", "meshes/000.ply", "meshes/009.ply"], "-o", "out.gif", "--save-meshes", "meshes/%03d.ply"),
    "take": (["take.csv"], "--save-motion", "take.csv"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_write_that_fails_leaves_old_or_new_files(tmp_path, photo, driver, motion, kind):
    names, *flags = OUTPUTS[kind]
    results = tmp_path / "results"
    results.mkdir()
    inputs = ["-d", driver] if kind == "take" else ["-s", photo, "-d", driver if kind == "video" else motion, *CHEAP]
    outputs = [flag if flag.startswith("-") else results / flag for flag in flags]
    arguments = [*inputs, *outputs, "--overwrite", "--quiet"]
    fill(results, names)
    result, calls = run_with_faults(tmp_path, results, arguments)
    assert result.returncode == 0 and calls > 5, result.stderr
    whole = contents(results)
    for call, lasting in faults(calls, 5):
        fill(results, names)
        old = contents(results)
        result, _ = run_with_faults(tmp_path, results, arguments, call, lasting, errno.ENOSPC if lasting else errno.EIO)
        told = (call, lasting, result.returncode, result.stderr)
        assert result.returncode == 6 and one_sentence(result), told
        left = contents(results)
        assert all(left[name] in (old.get(name), whole.get(name)) or name == "run.json" for name in left), told
        assert set(left) in (set(old), set(whole)) and not any(".part" in name for name in left), told


def test_a_folder_is_replaced_where_names_cannot_be_exchanged(tmp_path, photo, motion):
    results = tmp_path / "results"
    arguments = ["-s", photo, "-d", motion, *CHEAP, "-o", results / "frames" / "%03d.png", "--overwrite", "--quiet"]
    fill(results, ["frames/000.png", "frames/009.png"])
    _, calls = run_with_faults(tmp_path, results, arguments)
    whole = contents(results)
    fill(results, ["frames/000.png", "frames/009.png"])
    result, _ = run_with_faults(tmp_path, results, arguments, calls, error=errno.EINVAL)
    assert result.returncode == 0, result.stderr
    assert contents(results) == whole


def test_a_batch_on_a_failing_disk_is_resumed_to_the_same_files(tmp_path, photo, driver):
    arguments = ["-s", photo, "-d", driver, *CHEAP, "-o", tmp_path / "whole", "--quiet"]
    results = tmp_path / "results"
    result, _ = run_with_faults(tmp_path, tmp_path / "whole", arguments)
    assert result.returncode == 0, result.stderr
    arguments[arguments.index("-o") + 1] = results
    result, calls = run_with_faults(tmp_path, results, arguments)
    assert result.returncode == 0, result.stderr
    whole = contents(tmp_path / "whole")
    for call, lasting in faults(calls, 3):
        shutil.rmtree(results)
        result, _ = run_with_faults(tmp_path, results, arguments, call, lasting)
        told = (call, lasting, result.returncode, result.stderr)
        harmless = result.returncode == 0 and set(contents(results)) == set(whole)  # a log that cannot be closed is replaced
        assert result.returncode in (6, 8) or harmless, told
        assert all("error: " in line for line in result.stderr.strip().splitlines()), told
        left = contents(results)
        assert not any(".part" in name for name in left), told
        assert all(left[name] == whole[name] for name in left if not name.startswith("report")), told
        result = run(*arguments, "--resume")
        assert result.returncode == 0, result.stderr
        again = contents(results)
        assert set(again) == set(whole)
        assert all(again[name] == whole[name] for name in whole if not name.startswith("report"))


def test_an_encoder_that_is_not_there_is_named(tmp_path, photo, motion):
    (tmp_path / "out.mp4").write_bytes(BEFORE)
    arguments = ["-s", photo, "-d", motion, *CHEAP, "-o", tmp_path / "out.mp4", "--overwrite"]
    result = run(*arguments, env={**os.environ, "LD_PRELOAD": PRELOADED, "FAULT_ENCODER": "libx264"})
    assert result.returncode == 6 and one_sentence(result) and "lacks libx264" in result.stderr, result.stderr
    assert contents(tmp_path) == {"out.mp4": BEFORE}


def test_a_disk_that_is_really_full(tmp_path, photo, driver):
    """In a mount namespace of its own, where the system lets a user make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=8k none "$0" && cd "$0" && printf old > out.mp4 && "$@"; code=$?; ls -A; cat out.mp4; exit $code'
    command = ["unshare", "-Urm", "sh", "-c", script, disk]
    if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    flags = [*CHEAP, "--crf", 0, "--overwrite", "--quiet", "-o", "out.mp4"]
    result = subprocess.run([*map(str, [*command, BINARY, "-s", photo, "-d", driver, *flags])], capture_output=True, text=True, errors="replace")
    assert result.returncode == 6 and one_sentence(result), result.stderr
    assert result.stdout == "out.mp4\nold"
