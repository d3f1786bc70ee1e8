"""The real program on machines that fail it: disks that are full, readers that leave, signals at any moment."""

import os
import pathlib
import resource
import signal
import subprocess
import time

import pytest
from program import BINARY, MEDIA, PHOTO, ffmpeg, frames_of, one_sentence, run


@pytest.fixture(scope="module")
def driver(folder):
    path = folder / "driver.mp4"
    ffmpeg("-i", MEDIA / "cap13_edit2.mp4", "-frames:v", 8, "-vf", "scale=320:-2", "-c:a", "copy", path)
    return path


@pytest.fixture(scope="module")
def photo(folder):
    path = folder / "photo.png"
    ffmpeg("-i", PHOTO, "-vf", "scale=372:-2", path)
    return path


def disk_of(size):
    """No file grows beyond `size` bytes, as on a full disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("size", [0, 3000])
@pytest.mark.parametrize(
    "name", ["out.mp4", "out.webm", "out.avi", "out.gif", "out.mov", "out.png", "frames/%03d.png", "motion.jsonl"]
)
def test_a_full_disk_leaves_what_was_there(tmp_path, photo, driver, name, size):
    output = tmp_path / name
    before = b"from an earlier run"
    if output.parent == tmp_path:
        output.write_bytes(before)
    if name == "motion.jsonl":
        arguments = ["-d", driver, "--save-motion", output]
    else:
        arguments = ["-s", photo, "-d", photo if name == "out.png" else driver, "-o", output]
    if name == "out.mov":
        arguments += ["--background", "transparent"]
    result = run(*arguments, "--overwrite", preexec_fn=disk_of(size))
    assert result.returncode == 6, result.stderr
    assert one_sentence(result), result.stderr
    assert result.stdout == ""
    kept = [output.name] if output.parent == tmp_path else []
    assert [path.name for path in tmp_path.iterdir()] == kept
    if kept:
        assert output.read_bytes() == before


def test_a_full_disk_fails_the_items_of_a_batch_and_resume_makes_them(tmp_path, photo, driver):
    arguments = ["-s", photo, "-d", driver, "-o", tmp_path / "results"]
    result = run(*arguments, preexec_fn=disk_of(5000))
    assert result.returncode == 8, result.stderr
    result = run(*arguments, "--resume")
    assert result.returncode == 0, result.stderr
    assert len(frames_of(tmp_path / "results" / "photo_as_driver.mp4")) == 8


@pytest.mark.parametrize("megabytes", [580, 620, 660, 680, 700, 720, 800, 1200])
def test_too_little_memory_is_told_before_any_work(tmp_path, photo, driver, megabytes):
    limit = megabytes << 20
    result = run(
        *["-s", photo, "-d", driver, "-o", tmp_path / "out.mp4"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert result.returncode == 1, result.stderr
    assert one_sentence(result) and "MB of memory" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.fixture
def control_group():
    """A control group of its own, where the system lets a user make one, and the file that limits its memory."""
    for root, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = pathlib.Path(root) / f"reenact-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / limit).exists():
            yield group, group / limit
            group.rmdir()
            return
        group.rmdir()
    pytest.skip("no control group with a limit of memory can be made here")


def test_the_kernel_that_kills_for_memory_leaves_what_was_there(tmp_path, photo, driver, control_group):
    group, limit = control_group
    before = {"out.mp4": b"from an earlier run", "motion.jsonl": b"likewise"}
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    command = ["sh", "-c", 'echo $$ > "$0"/cgroup.procs && exec "$@"', group, BINARY, "-s", photo, "-d", driver, "--quiet",
               "-o", tmp_path / "out.mp4", "--save-motion", tmp_path / "motion.jsonl", "--overwrite"]  # fmt: skip
    for megabytes in (40, 110, 150):
        limit.write_text(str(megabytes << 20))
        result = subprocess.run([*map(str, command)], capture_output=True, timeout=300)
        assert result.returncode == -signal.SIGKILL, result.stderr
        for name, content in before.items():
            assert (tmp_path / name).read_bytes() == content
    limit.write_text(str(2 << 30))
    assert subprocess.run([*map(str, command)], timeout=300).returncode == 0
    assert len(frames_of(tmp_path / "out.mp4")) == 8


def test_too_small_a_stack_is_told(tmp_path, photo, driver):
    limit = 256 << 10
    result = run(
        *["-s", photo, "-d", driver, "-o", tmp_path / "out.mp4"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (limit, limit)),
    )
    assert result.returncode == 1 and one_sentence(result) and "ulimit -s" in result.stderr, result.stderr


@pytest.mark.parametrize("threads", ["100000", "0", "x", ""])
def test_numbers_of_threads_that_cannot_be(tmp_path, photo, driver, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": threads}
    result = run("-s", photo, "-d", driver, "-o", tmp_path / "out.mp4", env=environment)
    told = result.stderr.strip().splitlines()[-1]  # behind what libgomp says
    assert result.returncode == 2 and told.startswith("error: OMP_NUM_THREADS is"), result.stderr


def test_few_files_may_be_open(tmp_path, photo, driver):
    """What no library can open is told, or not needed."""
    for limit in (5, 8, 12, 16):
        output = tmp_path / f"{limit}.mp4"
        result = run("-s", photo, "-d", driver, "-o", output,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))  # fmt: skip
        assert result.returncode == 0 or (result.returncode > 0 and one_sentence(result)), (limit, result.stderr)
        assert output.exists() == (result.returncode == 0)


def test_a_working_folder_that_is_gone(tmp_path, photo, driver):
    gone = tmp_path / "gone"
    for output in (tmp_path / "out.mp4", "out.mp4", "results"):
        gone.mkdir()
        command = ["sh", "-c", 'rmdir "$0" && exec "$@"', gone, BINARY, "-s", photo, "-d", driver, "-o", output]
        result = subprocess.run([*map(str, command)], cwd=gone, capture_output=True, text=True)
        assert result.returncode == (0 if output == tmp_path / "out.mp4" else 6), result.stderr
        assert result.returncode == 0 or (one_sentence(result) and "internal" not in result.stderr), result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--benchmark", "--json", "--frames", "2"]])
def test_what_cannot_be_printed_is_an_error(arguments):
    with open("/dev/full", "w") as full:
        result = subprocess.run([BINARY, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 6
    assert result.stderr.strip().splitlines()[-1] == "error: the standard output cannot be written; is the disk full?"


def test_a_reader_that_leaves_does_not_end_a_batch(tmp_path, photo, driver):
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [BINARY, "-s", photo, "-d", driver, "-o", tmp_path / "results"], stdout=writing, stderr=writing, timeout=300
    )
    os.close(writing)
    assert result.returncode == 6
    assert len(frames_of(tmp_path / "results" / "photo_as_driver.mp4")) == 8


def interrupted(tmp_path, photo, number, **options):
    """A run over the whole webcam clip that gets a signal at its first frame; returns the exit code and the output."""
    output = tmp_path / "out.mp4"
    process = subprocess.Popen(
        [BINARY, "-s", photo, "-d", MEDIA / "cap13_edit2.mp4", "-o", output], stderr=subprocess.PIPE, **options
    )
    deadline = time.time() + 120
    while not any(path.stat().st_size > 20_000 for path in tmp_path.glob(".*out.mp4*")):
        assert process.poll() is None and time.time() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    return process, output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_playable_file(tmp_path, photo, number):
    process, output = interrupted(tmp_path, photo, number)
    assert process.wait(60) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert 0 < len(frames_of(output)) < 765


def test_a_signal_that_is_ignored_stays_ignored(tmp_path, photo):
    process, output = interrupted(
        tmp_path, photo, signal.SIGHUP, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    time.sleep(1)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130
    assert len(frames_of(output)) > 0


def test_no_home_and_no_temporary_folder_are_needed(tmp_path, photo, driver):
    environment = {name: os.environ[name] for name in ("REENACT_MODELS",)}
    environment["TMPDIR"] = "/nowhere"
    result = run("-s", photo, "-d", driver, "-o", tmp_path / "out.mp4", env=environment)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["a b", "ü✓", "new\nline", "-dash", "100%d", "a*b[c]", "q'uote\"", "\udcff"])
def test_any_name_will_do(tmp_path, photo, driver, name):
    source = tmp_path / f"{name}.png"
    source.write_bytes(photo.read_bytes())
    result = subprocess.run(
        [BINARY, f"--source={source.name}", "-d", driver, f"--output={name}.mp4", f"--report={name}.json"],
        cwd=tmp_path,
        capture_output=True,
        errors="surrogateescape",
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{name}.mp4\n"
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.png", f"{name}.mp4", f"{name}.json"}


def test_links_to_inputs_are_not_overwritten(tmp_path, photo, driver):
    content = driver.read_bytes()
    (tmp_path / "real.mp4").write_bytes(content)
    (tmp_path / "symbolic.mp4").symlink_to("real.mp4")
    os.link(tmp_path / "real.mp4", tmp_path / "hard.mp4")
    for name in ("symbolic.mp4", "hard.mp4"):
        result = run("-s", photo, "-d", tmp_path / "real.mp4", "-o", tmp_path / name, "--overwrite")
        assert result.returncode == 2 and "is one of the inputs" in result.stderr, result.stderr
    assert (tmp_path / "real.mp4").read_bytes() == content
