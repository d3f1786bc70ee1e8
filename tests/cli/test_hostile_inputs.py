"""Photos and drivers of every kind through the real program: what is used, and what is refused in which words.

All photos go through one batch with a motion file, all drivers through another with one photo, so that each costs
no start of the program. The runs of their own are those that end in another way.
"""

import itertools
import json
import os
import socket
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image
from program import CHEAP, MEDIA, PHOTO, ffmpeg, frames_of, one_sentence, run

CLIP = MEDIA / "cap13_edit2.mp4"


def picture(width=200):
    photo = cv2.imread(str(PHOTO))
    return cv2.resize(photo, (width, width * photo.shape[0] // photo.shape[1]), interpolation=cv2.INTER_AREA)


def encoded(ending, pixels=None):
    return cv2.imencode(ending, picture() if pixels is None else pixels)[1].tobytes()


def saved(path, pixels, mode=None, **options):
    image = Image.fromarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
    (image.convert(mode) if mode else image).save(path, **options)


def png_claiming(width, height):
    """The header of a PNG, and pixels for a few of its rows."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def faces_side_by_side(count, width=160):
    return np.hstack([picture(width)] * count)


def masked(pixels):
    """The lower half of the face behind a plain mask."""
    shown = pixels.copy()
    height, width = shown.shape[:2]
    shown[int(0.27 * height) : int(0.42 * height), int(0.3 * width) : int(0.7 * width)] = (200, 190, 180)
    return shown


def gloved(pixels):
    """Half of the face behind a hand's worth of skin."""
    shown = pixels.copy()
    height, width = shown.shape[:2]
    shown[int(0.1 * height) : int(0.5 * height), int(0.52 * width) : int(0.8 * width)] = (140, 170, 220)
    return shown


def with_glasses(pixels):
    shown = pixels.copy()
    height, width = shown.shape[:2]
    for x in (0.42, 0.56):
        cv2.circle(shown, (int(x * width), int(0.245 * height)), int(0.06 * width), (20, 20, 20), 2)
    return shown


NO_FACE = "no face was found"
DAMAGED = "cannot be decoded"

# Name: what makes the file, and the words of the refusal, or None where it is used.
PHOTOS = {
    "alpha.png": (lambda p: saved(p, picture(), "RGBA"), None),
    "deep.png": (lambda p: p.write_bytes(encoded(".png", picture().astype(np.uint16) * 257)), None),
    "palette.png": (lambda p: saved(p, picture(), "P"), None),
    "grey.jpg": (lambda p: p.write_bytes(encoded(".jpg", cv2.cvtColor(picture(), cv2.COLOR_BGR2GRAY))), None),
    "cmyk.jpg": (lambda p: saved(p, picture(), "CMYK"), None),
    "tiff.tiff": (lambda p: saved(p, picture(), compression="tiff_lzw"), None),
    "webp.webp": (lambda p: saved(p, picture()), None),
    "gif.gif": (lambda p: saved(p, picture(), "P"), None),
    "avif.avif": (lambda p: ffmpeg("-i", PHOTO, "-vf", "scale=200:-2", "-c:v", "libaom-av1", "-cpu-used", 8, "-f", "avif", p), None),
    "renamed.png": (lambda p: p.write_bytes(encoded(".jpg")), None),
    "upside_down.jpg": (lambda p: p.write_bytes(encoded(".jpg", cv2.rotate(picture(), cv2.ROTATE_180))), None),
    "many_faces.jpg": (lambda p: p.write_bytes(encoded(".jpg", faces_side_by_side(3))), None),
    "at_the_edge.jpg": (lambda p: p.write_bytes(encoded(".jpg", picture()[:, 70:])), None),
    "glasses.jpg": (lambda p: p.write_bytes(encoded(".jpg", with_glasses(picture()))), None),
    "masked.jpg": (lambda p: p.write_bytes(encoded(".jpg", masked(picture()))), None),
    "hand.jpg": (lambda p: p.write_bytes(encoded(".jpg", gloved(picture()))), None),
    "half_a_face.jpg": (lambda p: p.write_bytes(encoded(".jpg", picture()[:, 98:])), NO_FACE),
    "no_face.png": (lambda p: p.write_bytes(encoded(".png", np.full((120, 90, 3), 90, np.uint8))), NO_FACE),
    "tiny_face.jpg": (lambda p: p.write_bytes(encoded(".jpg", picture(60))), NO_FACE),
    "one_pixel.png": (lambda p: p.write_bytes(encoded(".png", np.zeros((1, 1, 3), np.uint8))), "at least 32"),
    "claims_much.png": (lambda p: p.write_bytes(png_claiming(60000, 60000)), "100 megapixels or fewer"),
    "lacks_rows.png": (lambda p: p.write_bytes(png_claiming(9000, 9000)), DAMAGED),
    "cut_off.jpg": (lambda p: p.write_bytes(encoded(".jpg")[:4000]), "cut off"),
    "text.jpg": (lambda p: p.write_text("a photo, honestly"), "text.jpg"),
    "empty.png": (lambda p: p.write_bytes(b""), "empty.png"),
}

CODED = {
    "hevc.mp4": ["-c:v", "libx265", "-x265-params", "log-level=none"],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-cpu-used", 8],
    "av1.mkv": ["-c:v", "libaom-av1", "-cpu-used", 8],
    "mjpeg.avi": ["-c:v", "mjpeg"],
    "animation.gif": [],
    "interlaced.ts": ["-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", 1],
    "fields.mts": ["-c:v", "libx264", "-x264-params", "tff=1"],
    "pq.mkv": ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none:colorprim=9:transfer=16:colormatrix=9"],
    "hlg.mkv": ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none:colorprim=9:transfer=18:colormatrix=9"],
}  # fmt: skip


def coded(path):
    ffmpeg("-i", CLIP, "-frames:v", 3, "-vf", "scale=240:180", "-an", *CODED[path.name], path)


def filtered(graph, frames=3):
    """A clip of 240×180 pixels that passed through a filter."""
    return lambda path: ffmpeg("-i", CLIP, "-frames:v", frames, "-vf", "scale=240:180," + graph, "-an", "-c:v", "libx264", path)


def joined(path, sizes=("240:180", "240:180")):
    """Recordings one behind the other as bytes: the clock starts again, and the size may change."""
    parts = []
    for size in sizes:
        part = path.with_name("part.ts")
        ffmpeg("-i", CLIP, "-frames:v", 4, "-vf", f"scale={size}", "-an", "-c:v", "libx264", "-bf", 0, part)
        parts.append(part.read_bytes())
        part.unlink()
    path.write_bytes(b"".join(parts))


def cut_off(path):
    ffmpeg("-i", CLIP, "-frames:v", 12, "-vf", "scale=240:180", "-an", "-c:v", "mjpeg", path)
    path.write_bytes(path.read_bytes()[:-20000])


def claiming_much(path):
    """A GIF of a few bytes whose screen is 65535×65535 pixels."""
    path.write_bytes(b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;")


# Likewise; a number is how many frames come out.
DRIVERS = {
    **{name: (coded, 3) for name in CODED},
    "one_frame.mp4": (filtered("null", 1), 1),
    "variable_rate.mkv": (lambda p: ffmpeg("-i", CLIP, "-frames:v", 4, "-vf", "scale=240:180,setpts=N*N/25/TB", "-vsync", "vfr", "-an", "-c:v", "libx264", p), 4),
    "clock_back.ts": (joined, 8),
    "size_changes.ts": (lambda p: joined(p, ("240:180", "320:240")), 8),
    "face_lost.mp4": (filtered("drawbox=enable='between(n,2,4)':color=black:t=fill", 8), 8),
    "no_face.mp4": (filtered("drawbox=color=black:t=fill"), "no face"),
    "two_people.mp4": (lambda p: ffmpeg("-i", CLIP, "-filter_complex", "scale=240:180,split[a][b];[a][b]hstack", "-frames:v", 3, "-an", "-c:v", "libx264", p), 3),
    "another_face.mp4": (lambda p: ffmpeg("-i", CLIP, "-loop", 1, "-i", PHOTO, "-filter_complex", "[0]scale=240:180,setsar=1,trim=end_frame=3[a];[1]scale=240:180,setsar=1,trim=end_frame=3[b];[a][b]concat", "-an", "-c:v", "libx264", p), 6),
    "another_comes.mp4": (lambda p: ffmpeg("-i", CLIP, "-loop", 1, "-i", PHOTO, "-filter_complex", "[0]scale=240:180,setsar=1,trim=end_frame=6,drawbox=enable='gte(n,3)':color=black:t=fill[a];[1]scale=240:180,setsar=1,trim=end_frame=3[b];[a][b]concat", "-an", "-c:v", "libx264", p), 9),
    "crossing.mp4": (lambda p: ffmpeg("-i", CLIP, "-loop", 1, "-i", PHOTO, "-filter_complex", "[0]scale=240:180[a];[1]scale=120:180,setsar=1[b];[a]pad=480:180:0:0[c];[c][b]overlay=x='360-30*n'", "-frames:v", 12, "-an", "-c:v", "libx264", p), 12),
    "upside_down.mp4": (filtered("hflip,vflip"), 3),
    "cut_off.avi": (cut_off, 6),
    "no_frames.mp4": (lambda p: ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", p), "no_frames.mp4"),
    "claims_much.gif": (claiming_much, "claims_much.gif"),
    "text.mp4": (lambda p: p.write_text("a video, honestly"), "text.mp4"),
    "empty.mkv": (lambda p: p.write_bytes(b""), "empty.mkv"),
    "header_alone.jsonl": (lambda p: p.write_text('{"format": "reenact-motion"}\n'), "header_alone.jsonl"),
    "nested.jsonl": (lambda p: p.write_text("[" * 100_000), "nested.jsonl"),
    "no_shapes.csv": (lambda p: p.write_text("time,nose\n0,1\n"), "none of ARKit's"),
    "not_finite.csv": (lambda p: p.write_text("time,jawOpen\n0,nan\n0.1,inf\n"), "not_finite.csv"),
}  # fmt: skip


def batch_of(folder, kinds, inputs):
    """Makes the files and runs a batch over them; returns the line of the report for each."""
    folder.mkdir()
    for name, (make, _) in kinds.items():
        make(folder / name)
    results = folder.with_name(folder.name + "_results")
    result = run(*inputs, "-o", results, *CHEAP, "--quiet")
    assert result.returncode == 7, result.stderr
    lines = [json.loads(line) for line in (results / "report.jsonl").read_text().splitlines()]
    made = {path.name for path in results.glob("*.mp4")}
    assert made == {line["output"] for line in lines if line["status"] == "done"}
    assert not list(results.rglob("*.part"))
    return results, lines


def check(line, expected, results):
    if line["status"] == "failed":
        assert "\n" not in line["error"] and "internal" not in line["error"], line
        assert isinstance(expected, str) and expected in line["error"], line
    else:
        assert expected is None or isinstance(expected, int), line
        frames = frames_of(results / line["output"])
        assert len(frames) == line["frames"] and frames.std() > 5, line
        if isinstance(expected, int):
            assert line["frames"] == expected, line


def test_photos_of_every_kind(folder, motion):
    results, lines = batch_of(folder / "photos", PHOTOS, ["-s", *(folder / "photos" / name for name in PHOTOS), "-d", motion])
    told = {line["source"].rsplit("/", 1)[1]: line for line in lines}
    assert set(told) == set(PHOTOS)
    for name, (_, expected) in PHOTOS.items():
        check(told[name], expected, results)


def test_drivers_of_every_kind(folder, photo):
    results, lines = batch_of(folder / "drivers", DRIVERS, ["-s", photo, "-d", *(folder / "drivers" / name for name in DRIVERS)])
    told = {line["driver"].rsplit("/", 1)[1]: line for line in lines}
    assert set(told) == set(DRIVERS)
    for name, (_, expected) in DRIVERS.items():
        check(told[name], expected, results)


@pytest.mark.parametrize("name, code", [("no_face.png", 4), ("claims_much.png", 3), ("empty.png", 3)])
def test_a_refusal_leaves_what_was_there(tmp_path, motion, name, code):
    PHOTOS[name][0](tmp_path / name)
    (tmp_path / "out.mp4").write_bytes(b"from an earlier run")
    result = run("-s", tmp_path / name, "-d", motion, "-o", tmp_path / "out.mp4", "--overwrite")
    assert result.returncode == code and one_sentence(result), result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {name, "out.mp4"}
    assert (tmp_path / "out.mp4").read_bytes() == b"from an earlier run"


def test_source_and_driver_may_be_one_picture(tmp_path, photo):
    result = run("-s", photo, "-d", photo, "-o", tmp_path / "out.png", *CHEAP)
    assert result.returncode == 0, result.stderr
    assert cv2.imread(str(tmp_path / "out.png")).shape == (64, 64, 3)


def test_the_number_of_threads_changes_no_byte(tmp_path, photo, driver):
    made = []
    for threads in (1, 2, 3):
        output = tmp_path / f"{threads}.mp4"
        arguments = ["-s", photo, "-d", driver, "-o", output, "--crop", "--size", 128, "--threads", threads, "--quiet"]
        assert run(*arguments).returncode == 0
        made.append(output.read_bytes())
    assert made[0] == made[1] == made[2]


def test_what_a_file_holds_moves_no_cursor(tmp_path, photo):
    """Names and what files hold are quoted in one line without the commands of terminals."""
    names = {"new\nline.mp4": "there is no file", "\x1b[2J\x1b[31mred.mp4": "there is no file"}
    for name, words in names.items():
        result = run("-s", photo, "-d", tmp_path / name, "-o", tmp_path / "out.mp4")
        assert result.returncode == 3 and one_sentence(result) and words in result.stderr, result.stderr
        assert "\x1b" not in result.stderr
    (tmp_path / "pairs.csv").write_text('source,driver\n"\x1b[31mfoo\nerror: bar\u009b2J",x\n')
    result = run("--manifest", tmp_path / "pairs.csv", "-o", tmp_path / "results")
    assert result.returncode == 3 and one_sentence(result) and not {"\x1b", "\u009b"} & set(result.stderr)


def kinds_in(folder):
    return {path.name: (path.lstat().st_mode, path.lstat().st_ino) for path in folder.iterdir()}


def socket_at(path):
    socket.socket(socket.AF_UNIX).bind(os.path.relpath(path))


# Name: what makes what is there already, and the words of the refusal.
OUTPUTS = {
    "pipe": (os.mkfifo, "is a device, a pipe or a socket"),
    "socket": (socket_at, "is a device, a pipe or a socket"),
    "device": (lambda p: p.symlink_to("/dev/null"), "is a device, a pipe or a socket"),
    "stdout": (lambda p: p.symlink_to("/proc/self/fd/1"), "is a device, a pipe or a socket"),
    "loop": (lambda p: p.symlink_to(p.name), "Too many levels of symbolic links"),
    "n" * 252: (lambda p: None, "File name too long"),
}


@pytest.mark.parametrize("option, ending, names", [("--output", ".mp4", OUTPUTS), ("--output", ".png", ["pipe"]),
                         ("--save-motion", ".jsonl", ["pipe", "n" * 252]), ("--report", ".json", ["device", "stdout"])])  # fmt: skip
def test_outputs_that_cannot_be_are_refused_before_any_work(tmp_path, photo, option, ending, names):
    for name in names:
        make, words = OUTPUTS[name]
        output = tmp_path / f"{name}{ending}"
        make(output)
        before = kinds_in(tmp_path)
        outputs = {"--output": tmp_path / "out.mp4", option: output}
        result = run("-s", photo, "-d", photo, *itertools.chain(*outputs.items()), "--overwrite")
        assert result.returncode == 6 and one_sentence(result) and words in result.stderr, result.stderr
        assert kinds_in(tmp_path) == before


def test_pictures_into_what_is_no_folder(tmp_path, photo, motion):
    os.mkfifo(tmp_path / "frames")
    result = run("-s", photo, "-d", motion, "-o", tmp_path / "frames" / "%03d.png", "--overwrite")
    assert result.returncode == 6 and one_sentence(result), result.stderr
    assert (tmp_path / "frames").is_fifo()


@pytest.mark.parametrize("option, name", [("--save-motion", "m.csv"), ("--report", "r.json"), ("--save-meshes", "meshes")])
def test_nothing_else_goes_into_a_folder_that_is_made_as_a_whole(tmp_path, photo, motion, option, name):
    folder = tmp_path / "frames"
    folder.mkdir()
    result = run("-s", photo, "-d", motion, "-o", folder / "%03d.png", option, folder / name, "--overwrite")
    assert result.returncode == 2 and one_sentence(result) and f"{name} lies in the folder" in result.stderr, result.stderr
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name, flags", [("pipe", ["--landmarks", "dlib68", "--shape-predictor"]), ("pipe", ["--background"]),
                         ("pipe", ["--face-model"]), ("n" * 300, ["--generator"]), ("n" * 300, ["--models"])])  # fmt: skip
def test_names_of_models_and_backgrounds_that_cannot_be(tmp_path, photo, motion, name, flags):
    if name == "pipe":
        os.mkfifo(tmp_path / name)
    result = run("-s", photo, "-d", motion, "-o", tmp_path / "out.mp4", *flags, tmp_path / name)
    assert result.returncode in (3, 5) and one_sentence(result), result.stderr
    assert "internal" not in result.stderr and not (tmp_path / "out.mp4").exists()
