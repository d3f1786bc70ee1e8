"""The real program, run as a process on real media."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import cv2
import numpy as np
import pytest
from other_user import needs_another_user
from program import BINARY, MEDIA, PHOTO, ffmpeg, frames_of, one_sentence, run

MODELS = pathlib.Path(os.environ["REENACT_MODELS"])


def probe(path):
    result = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(result.stdout)


def video_stream(path):
    return next(s for s in probe(path)["streams"] if s["codec_type"] == "video")


@pytest.fixture(scope="module")
def driver(folder):
    """24 frames of the webcam clip at 30000/1001 frames a second, with sound."""
    path = folder / "driver.mp4"
    ffmpeg("-i", MEDIA / "cap13_edit2.mp4", "-f", "lavfi", "-i", "sine=frequency=440:duration=4",
           "-map", "0:v", "-map", "1:a", "-frames:v", "24", "-r", "30000/1001", "-c:v", "libx264", "-pix_fmt", "yuv420p",
           "-c:a", "aac", "-shortest", path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def finished(folder, driver):
    """One run with everything on."""
    output = folder / "out.mp4"
    result = run("-s", PHOTO, "-d", driver, "-o", output, "--side-by-side", "--report", folder / "run.json",
                 "--save-motion", folder / "motion.jsonl")  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result, output


def test_version_names_what_it_is_built_on():
    result = run("--version")
    assert result.returncode == 0
    for name in ("reenact 0.", "LibTorch ", "OpenCV ", "dlib ", "BLAS ", "device cpu"):
        assert name in result.stdout


def without_openmp_policy():
    return {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}


def starts_of_torch(*arguments):
    """How often LibTorch is loaded, and how often it starts, where the program may use one core."""
    one_core = {min(os.sched_getaffinity(0))}
    result = run(*arguments, env={**without_openmp_policy(), "LD_DEBUG": "files"}, preexec_fn=lambda: os.sched_setaffinity(0, one_core))
    assert result.returncode == 0
    lines = [line for line in result.stderr.splitlines() if "libtorch_cpu" in line]
    return sum("generating link map" in line for line in lines), sum("calling init:" in line for line in lines)


def test_libraries_are_loaded_once_where_a_network_has_one_thread():
    assert starts_of_torch("--version") == (1, 1)


def test_libraries_start_once_where_the_program_restarts_with_passive_openmp_waits():
    """Before the libraries' constructors, which take long."""
    assert starts_of_torch("--version", "--threads", 2) == (2, 1)


def test_the_restarted_program_keeps_its_name():
    process = subprocess.Popen([BINARY, "--benchmark", "--frames", "100000", "--threads", "2"], env=without_openmp_policy(), stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        facts = pathlib.Path("/proc", str(process.pid))
        while b"OMP_WAIT_POLICY" not in (facts / "environ").read_bytes() or (facts / "comm").read_text() != "reenact\n":
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def benchmark():
    result = run("--benchmark", "--json", "--frames", 6, "--warm-up", 2)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_benchmark_times_every_stage_of_the_chain(benchmark):
    assert set(benchmark["stages"]) == {"decode", "landmarks", "mouth", "fit", "shading", "maps", "detail", "network", "compose", "encode"}
    for stage in benchmark["stages"].values():
        assert stage["calls"] >= 5 and 0 < stage["median_ms"] <= stage["p90_ms"]
    assert benchmark["frames"] == 8 and benchmark["driver_size"] == benchmark["output_size"] == [512, 512]
    assert all(benchmark[name] > 0 for name in ("frames_per_second", "load_s", "source_s", "first_frame_s"))
    assert benchmark["peak_memory_mb"] > 50 and benchmark["peak_gmacs_per_s"] > 0


def test_benchmark_fields_are_documented(benchmark):
    documentation = (MODELS.parent / "docs" / "report_format.md").read_text()
    assert [name for name in benchmark if f"`{name}`" not in documentation] == []


def test_benchmark_takes_the_users_own_input(driver):
    result = run("--benchmark", "-s", PHOTO, "-d", driver, "--frames", 6, "--warm-up", 2)
    assert result.returncode == 0, result.stderr
    assert str(driver) in result.stdout and "end to end" in result.stdout
    assert run("--benchmark", "-s", PHOTO).returncode == 2


def test_help_has_examples_and_exit_codes():
    result = run("--help")
    assert result.returncode == 0
    assert "Examples:" in result.stdout and "Exit codes:" in result.stdout


def test_output_has_the_drivers_frames_rate_and_sound(finished, driver):
    _, output = finished
    mine, theirs = video_stream(output), video_stream(driver)
    assert mine["codec_name"] == "h264" and mine["pix_fmt"] == "yuv420p"
    assert mine["avg_frame_rate"] == theirs["avg_frame_rate"] == "30000/1001"
    assert mine["nb_read_frames"] == theirs["nb_read_frames"] == "24"
    one_frame = 1001 / 30000
    assert abs(float(mine["duration"]) - float(theirs["duration"])) <= one_frame
    assert any(s["codec_type"] == "audio" for s in probe(output)["streams"])


def test_output_is_marked_as_synthetic(finished):
    _, output = finished
    assert "compositeWithTrainedAlgorithmicMedia" in json.dumps(probe(output)["format"]["tags"])
    assert b"DigitalSourceType" in output.read_bytes()


def test_face_moves_and_the_rest_stays(finished):
    _, output = finished
    frames = frames_of(output).astype(np.float32)
    spread = frames.std(axis=0).mean(axis=2)
    assert spread.max() > 10  # something moves
    height, width = spread.shape
    assert spread[: height // 20, : width // 20].max() < 4  # the corner holds only encoder noise


def test_stdout_names_the_outputs_and_nothing_else(finished, folder):
    result, output = finished
    assert result.stdout.split() == [
        str(output),
        str(folder / "out_side_by_side.mp4"),
        str(folder / "motion.jsonl"),
    ]
    assert "24 frames" in result.stderr


def test_side_by_side_shows_three_pictures(finished, folder):
    _, output = finished
    assert frames_of(folder / "out_side_by_side.mp4").shape[2] > 2 * frames_of(output).shape[2]


def test_report_holds_versions_hashes_and_timings(finished, folder):
    report = json.loads((folder / "run.json").read_text())
    assert report["result"]["frames"] == 24
    assert len(report["model_sha256"]["generator"]) == 64
    assert report["result"]["stage_seconds"]["network"] > 0
    assert report["versions"]["LibTorch"]


def test_motion_file_gives_the_same_video(finished, folder):
    _, output = finished
    again = folder / "again.mp4"
    result = run("-s", PHOTO, "-d", folder / "motion.jsonl", "-o", again)
    assert result.returncode == 0, result.stderr
    # The motion file is exact; only a different machine's rounding may show.
    assert np.abs(frames_of(again).astype(int) - frames_of(output)).max() <= 2


def test_folds_of_the_skin_travel_in_the_motion_file(finished, folder):
    _, output = finished
    lines = [json.loads(line) for line in (folder / "motion.jsonl").read_text().splitlines()]
    assert all("shading" in frame for frame in lines[1:-1])

    plain, without = folder / "no_detail.mp4", folder / "no_shading.mp4"
    result = run("-s", PHOTO, "-d", folder / "motion.jsonl", "-o", plain, "--detail", 0)
    assert result.returncode == 0 and "folds" not in result.stderr
    assert (frames_of(plain) != frames_of(output)).any()

    stripped = folder / "stripped.jsonl"
    bare = [{key: value for key, value in line.items() if key != "shading"} for line in lines]
    stripped.write_text("".join(json.dumps(line) + "\n" for line in bare))
    result = run("-s", PHOTO, "-d", stripped, "-o", without)
    assert result.returncode == 0 and "does not tell of the folds" in result.stderr
    assert without.read_bytes() == plain.read_bytes()

    lines[5]["shading"]["crc32"] ^= 1
    stripped.write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run("-s", PHOTO, "-d", stripped, "-o", folder / "damaged.mp4")
    assert result.returncode == 3 and "damaged picture of the skin" in result.stderr


def test_dlib_landmarks_leave_the_skin_alone(folder, driver):
    motion = folder / "dlib.jsonl"
    assert run("-d", driver, "--landmarks", "dlib68", "--save-motion", motion).returncode == 0
    assert "shading" not in motion.read_text()


def test_tracking_alone_writes_a_motion_file(driver, folder):
    path = folder / "alone.jsonl"
    assert run("-d", driver, "--save-motion", path).returncode == 0
    lines = path.read_text().splitlines()
    assert len(lines) == 26  # header, 24 frames, frame count
    assert json.loads(lines[-1]) == {"frames": 24}


def test_crop_and_size(driver, folder):
    output = folder / "crop.mp4"
    assert run("-s", PHOTO, "-d", driver, "-o", output, "--crop", "--size", 256).returncode == 0
    stream = video_stream(output)
    assert (stream["width"], stream["height"]) == (256, 256)


def test_a_crop_shows_nothing_beyond_the_photo(driver, folder):
    tight = cv2.imread(str(PHOTO))[150:500, 200:550]
    cv2.imwrite(str(folder / "tight.png"), tight)
    arguments = ["-d", driver, "-o", folder / "tight.mp4", "--crop", "--size", 256, "--strength", 0]
    result = run("-s", folder / "tight.png", *arguments)
    assert result.returncode == 0, result.stderr
    whole = cv2.resize(tight, (256, 256), interpolation=cv2.INTER_AREA)
    assert cv2.PSNR(frames_of(folder / "tight.mp4")[0], whole) > 28


def test_strength_of_nothing_leaves_the_photo_and_parts_choose(driver, folder):
    def moved(name, *arguments):
        output, report = folder / f"{name}.mp4", folder / f"{name}.json"
        result = run("-s", PHOTO, "-d", driver, "-o", output, "--crop", "--size", 192, "--crf", 0, "--report", report,
                     *arguments)  # fmt: skip
        assert result.returncode == 0, result.stderr
        spread = frames_of(output).astype(np.float32).std(axis=0).max()
        return spread, json.loads(report.read_text())["options"]

    still, options = moved("strength_0", "--strength", "0")
    assert options["strength"] == {"mouth": 0, "eyes": 0, "brows": 0, "pose": 0}
    head, options = moved("pose_alone", "--parts", "pose", "--strength", "mouth=2,pose=1.5")
    assert options["strength"] == {"mouth": 0, "eyes": 0, "brows": 0, "pose": 1.5}
    assert (options["mouth"], options["detail"]) == ("generated", 0)
    face, options = moved("expression_alone", "--parts", "expression", "--strength", "0.5,mouth=1.2")
    assert options["strength"] == {"mouth": 1.2, "eyes": 0.5, "brows": 0.5, "pose": 0}
    assert still == 0 and face > 5 and head > 5


def test_the_inside_of_a_mouth_is_the_drivers_or_generated(folder):
    talking, motion = folder / "talking.mp4", folder / "talking.jsonl"
    ffmpeg("-i", MEDIA / "cap13_edit2.mp4", "-vf", "select=between(n\\,430\\,455),setpts=N/FRAME_RATE/TB", "-an",
           "-c:v", "libx264", "-crf", "10", talking)  # fmt: skip

    def result(name, moves, *arguments):
        output = folder / f"mouth_{name}.mp4"
        done = run("-s", PHOTO, "-d", moves, "-o", output, "--crop", "--size", 256, "--crf", 0, *arguments)
        assert done.returncode == 0, done.stderr
        return frames_of(output).astype(int)

    of_driver = result("driver", talking, "--save-motion", motion)
    generated = result("generated", talking, "--mouth", "generated")
    lines = [json.loads(line) for line in motion.read_text().splitlines()]
    widest = max(range(26), key=lambda i: lines[1 + i]["openings"][0])
    assert "mouth" in lines[1 + widest]
    differs = np.abs(of_driver - generated)[widest].max(axis=2) > 25
    assert 50 < differs.sum() < 4000
    assert np.argwhere(differs)[:, 0].min() > 100  # nothing above the mouth
    assert np.array_equal(result("replayed", motion), of_driver)

    damaged = folder / "damaged_mouth.jsonl"
    lines[1 + widest]["mouth"]["jpeg"] = "A" + lines[1 + widest]["mouth"]["jpeg"][1:]
    damaged.write_text("".join(json.dumps(line) + "\n" for line in lines))
    refused = run("-s", PHOTO, "-d", damaged, "-o", folder / "refused.mp4")
    assert refused.returncode == 3 and "damaged picture of the mouth" in refused.stderr
    assert not (folder / "refused.mp4").exists()
    assert run("-s", PHOTO, "-d", talking, "-o", folder / "refused.mp4", "--mouth", "none").returncode == 2


def test_a_picture_drives_a_picture(folder, driver):
    face = folder / "face.png"
    cv2.imwrite(str(face), frames_of(driver)[10])
    output = folder / "still.png"
    result = run("-s", PHOTO, "-d", face, "-o", output)
    assert result.returncode == 0, result.stderr
    assert cv2.imread(str(output)).shape[:2] == tuple(2 * (n // 2) for n in cv2.imread(str(PHOTO)).shape[:2])
    assert b"compositeWithTrainedAlgorithmicMedia" in output.read_bytes()


@pytest.fixture(scope="module")
def driver_with_gap(folder, driver):
    path = folder / "gap.mp4"
    ffmpeg("-i", driver, "-vf", "drawbox=enable='between(n,8,13)':color=black:t=fill", "-c:v", "libx264", "-an", path)
    return path


@pytest.mark.parametrize("policy, frames", [("hold", 24), ("skip", 18)])
def test_lost_faces_are_counted(folder, driver_with_gap, policy, frames):
    output, report = folder / f"{policy}.mp4", folder / f"{policy}.json"
    result = run("-s", PHOTO, "-d", driver_with_gap, "-o", output, "--on-lost", policy, "--report", report)
    assert result.returncode == 0, result.stderr
    assert json.loads(report.read_text())["result"]["lost_frames"] == 6
    assert len(frames_of(output)) == frames


def test_lost_face_can_fail_the_run(folder, driver_with_gap):
    output = folder / "fail.mp4"
    result = run("-s", PHOTO, "-d", driver_with_gap, "-o", output, "--on-lost", "fail")
    assert result.returncode == 4
    assert "frame 8" in result.stderr
    assert not output.exists()


def test_interrupt_leaves_a_playable_file(folder):
    output = folder / "interrupted.mp4"
    process = subprocess.Popen(
        [BINARY, "-s", str(PHOTO), "-d", str(MEDIA / "cap13_edit2.mp4"), "-o", str(output), "--look-ahead", "2"],
        stderr=subprocess.PIPE,
    )
    deadline = time.time() + 120
    while not any(path.stat().st_size > 20_000 for path in folder.glob(".*interrupted*")):
        assert time.time() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert len(frames_of(output)) >= 1


def test_interrupt_during_the_look_ahead_writes_nothing(folder):
    long = folder / "long.mp4"
    ffmpeg("-stream_loop", "40", "-i", MEDIA / "cap13_edit2.mp4", "-c", "copy", "-an", long)
    output = folder / "early.mp4"
    terminal, stderr = os.openpty()
    process = subprocess.Popen(
        [BINARY, "-s", str(PHOTO), "-d", str(long), "-o", str(output), "--look-ahead", "100000"], stderr=stderr
    )
    os.close(stderr)
    shown = b""
    while b"looking ahead" not in shown:
        shown += os.read(terminal, 4096)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130  # looking at all 31,000 frames takes minutes
    assert b"nothing was written" in os.read(terminal, 4096)
    os.close(terminal)
    assert not list(folder.glob("*early*")) and not list(folder.glob(".*early*"))


def test_closed_standard_streams_do_not_reach_the_output(folder, driver):
    output = folder / "closed.mp4"
    command = 'exec "$0" "$@" 0<&- 1>&- 2>&-'
    arguments = ["-s", PHOTO, "-d", driver, "-o", output]
    assert subprocess.run(["sh", "-c", command, BINARY, *map(str, arguments)], timeout=300).returncode == 0
    assert len(frames_of(output)) == 24
    assert str(output).encode() not in output.read_bytes()


def small(output, driver, *arguments, photo=PHOTO):
    return run("-s", photo, "-d", driver, "-o", output, "--crop", "--size", 128, *arguments)


@pytest.fixture(scope="module")
def short(folder, driver):
    """8 frames without sound."""
    path = folder / "short.mp4"
    ffmpeg("-i", driver, "-frames:v", 8, "-c:v", "libx264", "-crf", 10, "-an", path)
    return path


@pytest.fixture(scope="module")
def upright(folder, short):
    result = small(folder / "upright.mp4", short)
    assert result.returncode == 0 and "turned" not in result.stderr, result.stderr
    return frames_of(folder / "upright.mp4").astype(int)


@pytest.mark.parametrize("code, words", [(cv2.ROTATE_90_CLOCKWISE, "90 degrees counterclockwise"),
                                         (cv2.ROTATE_90_COUNTERCLOCKWISE, "90 degrees clockwise"),
                                         (cv2.ROTATE_180, "180 degrees")])  # fmt: skip
def test_a_photo_and_a_driver_that_do_not_stand_upright(folder, short, upright, code, words):
    photo = folder / "turned.png"
    cv2.imwrite(str(photo), cv2.rotate(cv2.imread(str(PHOTO)), code))
    result = small(folder / "turned_photo.mp4", short, "--overwrite", photo=photo)
    assert result.returncode == 0, result.stderr
    assert f"photo {photo} was turned by {words}" in result.stderr
    assert np.abs(frames_of(folder / "turned_photo.mp4") - upright).mean() < 2

    turns = {cv2.ROTATE_90_CLOCKWISE: "transpose=clock", cv2.ROTATE_90_COUNTERCLOCKWISE: "transpose=cclock",
             cv2.ROTATE_180: "hflip,vflip"}  # fmt: skip
    turned = folder / "turned_driver.mp4"
    ffmpeg("-i", short, "-vf", turns[code], "-c:v", "libx264", "-crf", 10, turned)
    result = small(folder / "from_turned.mp4", turned, "--overwrite", "--save-motion", folder / "turned.jsonl")
    assert result.returncode == 0 and f"driver was turned by {words}" in result.stderr, result.stderr
    assert np.abs(frames_of(folder / "from_turned.mp4") - upright).mean() < 4
    header = json.loads((folder / "turned.jsonl").read_text().splitlines()[0])
    assert header["turned"] == {cv2.ROTATE_90_CLOCKWISE: 270, cv2.ROTATE_180: 180, cv2.ROTATE_90_COUNTERCLOCKWISE: 90}[code]
    stream = video_stream(short)
    assert (header["width"], header["height"]) == (stream["width"], stream["height"])


def test_a_turned_driver_is_shown_and_noted_as_it_was_tracked(folder, short, upright):
    turned = folder / "lying.mp4"
    ffmpeg("-i", short, "-vf", "transpose=clock", "-c:v", "libx264", "-crf", 10, turned)
    for driver, name in ((short, "standing_up"), (turned, "stood_up")):
        result = small(folder / f"{name}.mp4", driver, "--side-by-side")
        assert result.returncode == 0, result.stderr
    expected, shown = (frames_of(folder / f"{name}_side_by_side.mp4").astype(int) for name in ("standing_up", "stood_up"))
    assert shown.shape == expected.shape and np.abs(shown - expected).mean() < 4

    batch = folder / "turned_batch"
    result = run("-s", PHOTO, "-d", turned, short, "-o", batch, "--crop", "--size", 128)
    assert result.returncode == 0, result.stderr
    notes = {line["driver"]: line["notes"] for line in map(json.loads, (batch / "report.jsonl").read_text().splitlines())}
    assert notes[str(short)] == []
    assert notes[str(turned)] == ["the driver was turned by 90 degrees counterclockwise, since its faces are not upright"]


@pytest.mark.parametrize("width, height, face", [(1920, 1080, 56), (3840, 2160, 90)])
def test_small_faces_in_large_drivers(folder, short, width, height, face):
    clip = folder / "small_face.mp4"
    stream = video_stream(short)
    scale = face / (0.45 * min(stream["width"], stream["height"]))
    ffmpeg("-i", short, "-vf", f"scale=iw*{scale}:-2,pad={width}:{height}:{width // 3}:{height // 3}:gray",
           "-frames:v", 3, "-c:v", "libx264", "-crf", 10, clip)  # fmt: skip
    report = folder / "small_face.json"
    result = small(folder / "small_face_out.mp4", clip, "--overwrite", "--report", report)
    assert result.returncode == 0, result.stderr
    assert json.loads(report.read_text())["result"]["lost_frames"] == 0


@pytest.fixture(scope="module")
def cut_driver(folder, driver):
    """16 frames, then 16 of a nearer framing of the same person, then 8 of another face."""
    path = folder / "cut.mp4"
    stream = video_stream(driver)
    width, height = stream["width"], stream["height"]
    near = f"crop=iw*0.6:ih*0.6:iw*0.2:ih*0.15,scale={width}:{height},setsar=1"
    other = f"scale=-2:{height},pad={width}:{height}:(ow-iw)/2:0,setsar=1"
    ffmpeg("-i", driver, "-i", PHOTO, "-filter_complex",
           f"[0:v]split[a][b];[a]trim=end_frame=16,setsar=1[a1];[b]trim=start_frame=8,setpts=PTS-STARTPTS,{near}[b1];"
           f"[1:v]loop=7:1,setpts=N/30/TB,{other},fps=30000/1001[c1];[a1][b1][c1]concat=n=3:v=1",
           "-an", "-c:v", "libx264", "-crf", 12, "-r", "30000/1001", path)  # fmt: skip
    return path


def test_a_cut_starts_a_shot_with_a_reference_of_its_own(folder, driver, cut_driver):
    report, motion = folder / "shots.json", folder / "shots.jsonl"
    result = small(folder / "shots.mp4", cut_driver, "--report", report, "--save-motion", motion)
    assert result.returncode == 0, result.stderr
    assert "the driver is cut before frames 16, 32; every shot" in result.stderr
    shots = json.loads(report.read_text())["result"]["shots"]
    assert [shot["first_frame"] for shot in shots] == [0, 16, 32]
    for shot, end in zip(shots, (16, 32, 40)):
        assert shot["first_frame"] <= shot["reference_frame"] < end
    lines = [json.loads(line) for line in motion.read_text().splitlines()[1:-1]]
    assert [line["index"] for line in lines if line.get("starts_shot")] == [16, 32]
    # Every shot has colours of its own: the second those of the first, the third those of the painting.
    coloured = {line["index"]: line["mouth_colours"] for line in lines if "mouth_colours" in line}
    assert list(coloured) == [16, 32]
    first = json.loads(motion.read_text().splitlines()[0])["mouth_colours"]
    skins = [np.array(colours["skin"]) for colours in (first, coloured[16], coloured[32])]
    assert np.linalg.norm(skins[0] - skins[1]) < 6 < np.linalg.norm(skins[0] - skins[2])
    # The driver's face grows by two thirds at the cut; that of the photo keeps its size.
    assert lines[20]["scale"] > 1.4 * lines[10]["scale"]
    made = frames_of(folder / "shots.mp4").astype(int)
    corners = made[:, :128:127, :128:127]
    assert np.abs(corners[16:32] - corners[:16].mean(axis=0)).max() < 60
    uncut = folder / "uncut.mp4"
    assert small(uncut, driver, "--report", folder / "uncut.json").returncode == 0
    assert len(json.loads((folder / "uncut.json").read_text())["result"]["shots"]) == 1
    # Frames 8 to 23 of the driver are those of the second shot: the head does the same in both.
    same = frames_of(uncut).astype(int)[8:24]
    assert np.abs(made[16:32] - same).mean(axis=(1, 2, 3)).max() < 8

    again = folder / "shots_again.mp4"
    result = small(again, motion)
    assert result.returncode == 0 and "cut before frames 16, 32" in result.stderr
    assert again.read_bytes() == (folder / "shots.mp4").read_bytes()


def test_avi_gif_and_folders_of_pictures(folder, driver):
    result = small(folder / "out.avi", driver, "--side-by-side")
    assert result.returncode == 0, result.stderr
    streams = probe(folder / "out.avi")["streams"]
    assert [s["codec_name"] for s in streams] == ["mjpeg", "pcm_s16le"]
    assert streams[0]["nb_read_frames"] == "24" and streams[0]["avg_frame_rate"] == "30000/1001"
    reference = frames_of(folder / "out.avi").astype(int)

    result = small(folder / "out.gif", driver)
    assert result.returncode == 0 and ".gif holds none" in result.stderr, result.stderr
    animation = frames_of(folder / "out.gif")
    assert len(animation) == 24 and np.abs(animation - reference).mean() < 8

    pictures = folder / "pictures"
    result = small(pictures / "%04d.png", driver, "--side-by-side")
    assert result.returncode == 0 and "a folder of pictures holds none" in result.stderr, result.stderr
    assert result.stdout.split() == [str(pictures), str(folder / "pictures_side_by_side")]
    names = sorted(path.name for path in pictures.iterdir())
    assert names == [f"{i:04}.png" for i in range(24)]
    assert len(list((folder / "pictures_side_by_side").iterdir())) == 24
    for i, name in enumerate(names):
        assert np.abs(cv2.imread(str(pictures / name)) - reference[i]).mean() < 3
        assert b"compositeWithTrainedAlgorithmicMedia" in (pictures / name).read_bytes()

    assert small(pictures / "%d.jpg", driver).returncode == 6
    assert small(pictures / "%d.jpg", driver, "--overwrite", "--no-audio").returncode == 0
    assert {path.name for path in pictures.iterdir()} == {f"{i}.jpg" for i in range(24)}
    (pictures / "notes.txt").write_text("keep me")
    result = small(pictures / "%d.png", driver, "--overwrite")
    assert result.returncode == 6 and "more than pictures (notes.txt)" in result.stderr
    assert (pictures / "notes.txt").read_text() == "keep me"
    again = small(folder / "from_pictures.mp4", folder / "pictures_side_by_side", "--face", "largest")
    assert again.returncode == 0 and len(frames_of(folder / "from_pictures.mp4")) == 24
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_interrupt_leaves_the_pictures_so_far(folder):
    output = folder / "interrupted_pictures"
    command = [BINARY, "-s", str(PHOTO), "-d", str(MEDIA / "cap13_edit2.mp4"), "-o", str(output / "%06d.png")]
    process = subprocess.Popen([*command, "--look-ahead", "2"], stderr=subprocess.PIPE)
    deadline = time.time() + 120
    while not list(folder.glob(".interrupted_pictures*/*5.png")):
        assert time.time() < deadline and process.poll() is None
        time.sleep(0.02)
    assert not output.exists()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    names = sorted(path.name for path in output.iterdir())
    assert names == [f"{i:06}.png" for i in range(len(names))] and len(names) > 5
    assert cv2.imread(str(output / names[-1])) is not None
    process = subprocess.Popen([*command, "--overwrite"], stderr=subprocess.PIPE)
    process.kill()
    process.wait()
    assert sorted(path.name for path in output.iterdir()) == names


def test_a_damaged_driver_gives_what_can_be_read_and_says_so(folder, driver):
    cut_off = folder / "cut_off.mp4"
    ffmpeg("-i", driver, "-c", "copy", "-movflags", "faststart", cut_off)
    cut_off.write_bytes(cut_off.read_bytes()[: cut_off.stat().st_size * 6 // 10])
    output, motion = folder / "incomplete.mp4", folder / "incomplete.jsonl"
    report = folder / "incomplete.json"
    result = run("-s", PHOTO, "-d", cut_off, "-o", output, "--save-motion", motion, "--report", report, "--crop", "--size", 128)
    assert result.returncode == 9, result.stderr
    assert f"{cut_off} is cut off: it ends after" in result.stderr
    frames = len(frames_of(output))
    assert 3 <= frames < 24
    assert json.loads(report.read_text())["result"]["incomplete"] is True
    again = folder / "incomplete_again.mp4"
    result = run("-s", PHOTO, "-d", motion, "-o", again, "--crop", "--size", 128)
    assert result.returncode == 9 and "is cut off" in result.stderr
    assert len(frames_of(again)) == frames
    result = run("evaluate", "self", cut_off, "--max-frames", 100)
    assert result.returncode == 8 and "is cut off" in result.stderr


def test_joined_recordings_with_damaged_sound_give_a_whole_video(folder, driver):
    parts = []
    for start in (0, 3600):
        part = folder / f"from_{start}.ts"
        ffmpeg("-i", driver, "-frames:v", 8, "-c:v", "libx264", "-c:a", "aac", "-output_ts_offset", start, part)
        parts.append(part.read_bytes())
    joined = bytearray(b"".join(parts))
    joined[joined.index(b"\xff\xf1\x50", len(parts[0])) + 2] = 0x7C  # a sampling rate that there is not
    recording = folder / "joined.ts"
    recording.write_bytes(joined)
    output = folder / "joined.mp4"
    result = small(output, recording, "--side-by-side")
    assert result.returncode == 0, result.stderr
    assert "is damaged: 1 of its packets" in result.stderr
    for path in (output, folder / "joined_side_by_side.mp4"):
        stream = video_stream(path)
        assert stream["nb_read_frames"] == "16" and abs(float(stream["duration"]) - 16 * 1001 / 30000) < 0.04


def test_large_photos_give_videos_that_players_take(folder, driver):
    clip = folder / "four.mp4"
    ffmpeg("-i", driver, "-frames:v", 4, "-c:v", "libx264", "-an", clip)
    photo = cv2.imread(str(PHOTO))
    large = folder / "large.jpg"
    cv2.imwrite(str(large), cv2.resize(photo, None, fx=4000 / photo.shape[0], fy=4000 / photo.shape[0]))
    output = folder / "large.mp4"
    result = run("-s", large, "-d", clip, "-o", output, "--side-by-side", "--preset", "ultrafast")
    assert result.returncode == 0, result.stderr
    assert "the most that players take; --size 0 keeps" in result.stderr
    for path in (output, folder / "large_side_by_side.mp4"):
        stream = video_stream(path)
        assert stream["level"] <= 52  # 5.1 up to 26 frames a second of the largest size
        assert -(-stream["width"] // 16) * -(-stream["height"] // 16) <= 36864


def test_a_panorama_is_refused_before_any_work_when_its_size_is_asked_for(folder, driver):
    photo = cv2.imread(str(PHOTO))
    photo = cv2.resize(photo, None, fx=500 / photo.shape[0], fy=500 / photo.shape[0])
    panorama = folder / "panorama.jpg"
    cv2.imwrite(str(panorama), cv2.copyMakeBorder(photo, 0, 0, 0, 17000 - photo.shape[1], cv2.BORDER_REPLICATE))
    result = run("-s", panorama, "-d", driver, "-o", folder / "panorama.mp4", "--size", 0)
    assert result.returncode == 6 and one_sentence(result)
    assert "17000x500 pixels" in result.stderr and "--size" in result.stderr


@pytest.mark.parametrize("width, height", [(12000, 1200), (900, 9500)])
def test_canvases_that_players_do_not_take_are_made_smaller(folder, driver, width, height):
    clip = folder / "two.mp4"
    ffmpeg("-i", driver, "-frames:v", 2, "-c:v", "libx264", "-an", clip)
    side = min(width, height)
    photo = cv2.imread(str(PHOTO))
    scale = side / max(photo.shape[:2])
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    wide = folder / "wide.png"
    cv2.imwrite(str(wide), cv2.copyMakeBorder(photo, 0, height - photo.shape[0], 0, width - photo.shape[1], cv2.BORDER_REPLICATE))
    output = folder / "narrowed.mp4"
    result = run("-s", wide, "-d", clip, "-o", output, "--side-by-side", "--preset", "ultrafast", "--overwrite", "--layers", "off")
    assert result.returncode == 0, result.stderr
    assert "the most that players take" in result.stderr
    for path in (output, folder / "narrowed_side_by_side.mp4"):
        stream = video_stream(path)
        assert max(stream["width"], stream["height"]) <= 8688


def test_a_face_number_that_is_not_there_is_told_apart_from_no_face(folder, driver):
    result = run("-s", PHOTO, "-d", driver, "-o", folder / "second.mp4", "--source-face", 2)
    assert result.returncode == 4 and one_sentence(result)
    assert "shows 1 face: number 0" in result.stderr


def test_evaluate_reports_what_it_cannot_do(folder, driver):
    text = folder / "no_clip.mp4"
    text.write_text("this is not a video")
    result = run("evaluate", "self", text)
    assert result.returncode == 8
    assert "not a video" in result.stderr and "nothing could be scored" in result.stderr
    result = run("evaluate", "self", text, driver, "--max-frames", 2)
    assert result.returncode == 7
    assert "not a video" in result.stderr and "1 of 2 items could not be scored" in result.stderr
    assert "1 failed" in result.stdout
    assert run("evaluate", "self", "x" * 300).returncode == 8
    result = run("evaluate", "self", driver, "--output", text)
    assert result.returncode == 6 and one_sentence(result) and result.stdout == ""


def test_evaluate_takes_the_choices_of_a_run(driver, folder):
    for code, arguments in (
        (2, ["--device", "tpu"]),
        (2, ["--face", "left"]),
        (2, ["--source-face", "left"]),
        (2, ["--layers", "two"]),
        (5, ["--landmarks", "dlib68", "--shape-predictor", folder / "no_such.dat"]),
    ):
        result = run("evaluate", "self", driver, "--max-frames", 2, *arguments)
        assert result.returncode == code, (arguments, result.stderr)
        assert result.stderr.strip().splitlines()[-1].startswith("error: "), (arguments, result.stderr)
    result = run("evaluate", "self", driver, "--max-frames", 2, "--face", 1)
    assert result.returncode == 8 and "no face" in result.stderr


def test_errors_are_one_sentence_with_a_documented_code(folder, driver):
    text = folder / "text.mp4"
    text.write_text("this is not a video")
    noise = folder / "noise.png"
    cv2.imwrite(str(noise), np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8))
    existing = folder / "existing.mp4"
    existing.write_bytes(b"keep me")
    broken = folder / "broken"
    shutil.copytree(MODELS / "geometry", broken)
    with open(broken / "generator.pt", "r+b") as file:
        file.truncate(100)
    namesake = folder / "same_side_by_side.mp4"
    shutil.copy(driver, namesake)
    cut_off = folder / "cut_off.png"
    cut_off.write_bytes(noise.read_bytes()[:5000])
    new = folder / "new.mp4"
    pipes = [folder / name for name in ("pipe.mp4", "pipe.jpg", "pipe.jsonl")]
    for pipe in pipes:
        os.mkfifo(pipe)
    cases = [
        (3, ["-s", PHOTO, "-d", pipes[0], "-o", new]),
        (3, ["-s", pipes[1], "-d", driver, "-o", new]),
        (3, ["-s", PHOTO, "-d", pipes[1], "-o", new]),
        (3, ["-s", PHOTO, "-d", pipes[2], "-o", new]),
        (3, ["-s", PHOTO, "-d", driver, "-o", new, "--background", pipes[0]]),
        (3, ["-s", PHOTO, "-d", "/dev/zero", "-o", new]),
        (2, ["--no-such-flag"]),
        (2, ["-s", PHOTO, "-d", driver]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--reference-frame", "x"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--reference-frame", "99"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--strength", "much"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--strength", "3.5"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--strength", "mouth=1,nose=2"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--strength", "mouth=-1"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--parts", "mouth,nose"]),
        (3, ["-s", folder / "missing.jpg", "-d", driver, "-o", new]),
        (3, ["-s", text, "-d", driver, "-o", new]),
        (3, ["-s", PHOTO, "-d", text, "-o", new]),
        (4, ["-s", noise, "-d", driver, "-o", new]),
        (4, ["-s", PHOTO, "-d", noise, "-o", folder / "new.png"]),
        (5, ["-s", PHOTO, "-d", driver, "-o", new, "--generator", broken]),
        (5, ["-s", PHOTO, "-d", driver, "-o", new, "--generator", "no_such_model"]),
        (6, ["-s", PHOTO, "-d", driver, "-o", existing]),
        (6, ["-s", PHOTO, "-d", driver, "-o", folder / "no_such_folder" / "out.mp4"]),
        (6, ["-s", PHOTO, "-d", driver, "-o", folder / "out.wmv"]),
        (6, ["-s", PHOTO, "-d", driver, "-o", MODELS / "%d.png", "--overwrite"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", driver.parent / "%d.png", "--overwrite"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", driver, "--overwrite"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--report", driver, "--overwrite"]),
        (2, ["-s", PHOTO, "-d", driver, "-o", new, "--report", folder / "." / "new.mp4"]),
        (2, ["-s", PHOTO, "-d", namesake, "-o", folder / "same.mp4", "--side-by-side", "--overwrite"]),
        (6, ["-d", driver, "--save-motion", folder / "motion.txt"]),
        (6, ["-s", PHOTO, "-d", driver, "-o", new, "--report", folder]),
        (6, ["-s", PHOTO, "-d", driver, "-o", new, "--report", folder / "no_such_folder" / "run.json"]),
        (6, ["-s", PHOTO, "-d", driver, "-o", "/proc/out.mp4"]),
        (3, ["-s", "x" * 300, "-d", driver, "-o", new]),
        (3, ["-s", cut_off, "-d", driver, "-o", new]),
    ]
    for code, arguments in cases:
        result = run(*arguments)
        assert result.returncode == code, (arguments, result.stderr)
        assert one_sentence(result), (arguments, result.stderr)
        assert result.stdout == ""
    assert existing.read_bytes() == b"keep me"
    assert not new.exists()
    assert not [p for p in folder.iterdir() if "part" in p.name or p.name.startswith(".")]


@needs_another_user
def test_a_folder_that_cannot_be_listed_is_an_unreadable_input():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o777)
        pictures = folder / "pictures"
        pictures.mkdir(mode=0o700)
        result = run("-s", PHOTO, "-d", pictures, "-o", folder / "out.mp4", user=54321, group=54321, extra_groups=[])
        assert result.returncode == 3, result.stderr
        assert one_sentence(result) and f"{pictures} cannot be read" in result.stderr


def test_report_holds_what_its_documentation_names(finished, folder):
    report = json.loads((folder / "run.json").read_text())
    documentation = (MODELS.parent / "docs" / "report_format.md").read_text()
    names = [*report, *report["options"], *report["options"]["smoothing"]]
    names += [*report["options"]["strength"], *report["model_sha256"]]
    names += [*report["result"], *report["result"]["stage_seconds"]]
    assert [name for name in names if f"`{name}`" not in documentation] == []


def test_evaluate_scores_a_clip_against_its_own_reenactment(folder, driver):
    result = run("evaluate", "self", driver, "--max-frames", "6", "--output", folder / "scores")
    assert result.returncode == 0, result.stderr
    assert "not measured: no model; name one with --lpips-model" in " ".join(result.stdout.split())
    assert result.stdout.count("not measured") == 1
    hashes = json.loads((folder / "scores" / "evaluation.json").read_text())["model_sha256"]
    assert set(hashes) == {"face_model", "facemesh", "iris", "segmentation", "generator", "face_recognition"}
    evaluation = json.loads((folder / "scores" / "evaluation.json").read_text())
    means = {row["measure"]: row["mean"] for row in evaluation["summary"]}
    assert means["psnr"] > 25 and means["csim"] > 0.95 and means["nme"] < 0.05 and means["lpips"] is None
    assert [frame["frame"] for frame in evaluation["items"][0]["frames"]] == list(range(6))
    assert {path.name for path in (folder / "scores").iterdir()} == {
        "evaluation.json", "frames.csv", "items.csv", "report.html"
    }  # fmt: skip
