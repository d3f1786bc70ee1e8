"""Writes the smallest good files of every kind that a fuzz target reads.

make_seeds.py FOLDER makes FOLDER/TARGET/NAME. It needs Debian's ffmpeg, python3-opencv, python3-torch and python3-numpy. What fuzzing added to
the committed corpus beside these is whatever reached a line of code that no seed reached.
"""

import base64
import hashlib
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Dict, Optional, Tuple

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from torchscript_file import save_script_module  # noqa: E402


def json_lines(*objects):
    return "".join(json.dumps(line) + "\n" for line in objects).encode()


def batch_report(put):
    started = {"output": "a.mp4", "source": "a.png", "driver": "b.mp4", "key": "key", "status": "started", "ours": True}
    sha256 = {"a.mp4": hashlib.sha256(b"video").hexdigest()}
    numbers = {"frames": 3, "seconds": 0.5, "notes": [], "incomplete": False}
    done = dict(started, status="done", **numbers, sha256=sha256)
    failed = dict(started, output="c.mp4", status="failed", **numbers, error="no face", sha256={})
    put("done", json_lines(started, done))
    put("failed", json_lines(failed, started))
    put("other_types", json_lines(dict(done, frames="3"), dict(started, ours=1)))


def csv(put):
    put("pairs", b"source,driver\na.png,b.mp4\n")
    put("results", b'\xef\xbb\xbfperson,result,driver,source\r\n"A, ""B""",r.mp4,/b.mp4,a.png\r\n')
    put("quote", b'a,"b\nc"\n\n"d')


def dataset(put):
    put("voxceleb2", b"VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set \nid00012 ,n000012 ,m ,test \n")
    put("hq_voxceleb", json.dumps({"vox1": {"train": [], "val": ["Ann"], "test": []}}).encode())
    put("celebv", b"10.5 20.25 1.jpg\n")
    put("uva_nemo", b"File\tSubject\n001_deliberate_smile_2.mp4\t012\tf\t30\n")


def safetensors(tensors, metadata):
    names = {np.dtype("float32"): "F32", np.dtype("float16"): "F16", np.dtype("int32"): "I32", np.dtype("uint8"): "U8"}
    header, data = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        start, data = len(data), data + values.tobytes()
        header[name] = {"dtype": names[values.dtype], "shape": list(values.shape), "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def face_model(put):
    vertices = 100
    region = np.zeros(vertices, np.uint8)
    region[-2:] = (6, 7)  # the eyeballs
    metadata = {
        "format": "reenact-face-model",
        "format_version": "1",
        "name": "tiny",
        "expression_names": '["jawOpen"]',
    }
    tensors = {
        "mean": np.zeros((vertices, 3), np.float32),
        "triangles": np.array([[0, 1, 2]], np.int32),
        "identity": np.zeros((1, vertices, 3), np.float16),
        "expression": np.zeros((1, vertices, 3), np.float16),
        "region": region,
        "head_weight": np.ones(vertices, np.float32),
        "mirror": np.arange(vertices, dtype=np.int32),
        "neutral_coordinates": np.zeros((vertices, 3), np.float32),
        "landmarks68": np.arange(68, dtype=np.int32),
    }
    put("sparse", safetensors(tensors, metadata))
    tensors["landmarks468_triangle"] = np.zeros(468, np.int32)
    tensors["landmarks468_barycentric"] = np.tile(np.array([1, 0, 0], np.float32), (468, 1))
    put("dense", safetensors(tensors, metadata))


def manifest(put):
    digest = hashlib.sha256(b"none").hexdigest()
    bundle = {"name": "tiny", "conditioning": "maps", "format_version": 1, "image_size": 224, "learned": False}
    costs = {name: {"initialize": 10, "forward": 5} for name in ("macs", "parameters")}
    put("generator", json.dumps(dict(bundle, licence="MIT", sha256=digest, **costs)).encode())
    costs = {name: {"initialize": 10, "forward": 5, "initialize_eyes": 4, "paint_eyes": 3} for name in costs}
    put("eyes", json.dumps(dict(bundle, format_version=2, licence="MIT", sha256=digest, **costs)).encode())
    for of in costs.values():
        of.update(initialize_mouth=2, paint_mouth=1)
    windows = {"windows": ["eyes", "mouth"], "licence": "MIT", "sha256": digest, **costs}
    put("windows", json.dumps(dict(bundle, format_version=2, **windows)).encode())
    put("networks", json.dumps({"files": {"iris.pt": {"sha256": digest}}}).encode())
    put("face_model", json.dumps({"format": "reenact-face-model", "format_version": 1, "sha256": digest}).encode())


def motion(put):
    picture = cv2.imencode(".jpg", np.full((8, 8, 3), 90, np.uint8))[1].tobytes()
    header = {
        "format": "reenact-motion",
        "version": 2,
        "width": 64,
        "height": 48,
        "frame_rate": [25, 1],
        "time_base": [1, 25],
        "face_model": "tiny",
        "expression_names": ["jawOpen"],
    }
    frame = {
        "index": 0,
        "timestamp": 0,
        "tracked": True,
        "rotation": [1, 0, 0, 0],
        "scale": 3.5,
        "translation": [32, 24],
        "expression": [0.5],
        "gaze_right": [0, 0],
        "gaze_left": [0.1, -0.1],
        "openings": [0.1, 0.2, 0.2],
    }
    mouth = {
        "jpeg": base64.b64encode(picture).decode(),
        "crc32": zlib.crc32(picture),
        "lip_edge": [4.0] * 160,
        "opening_share": 1.0,
        "confidence": 0.5,
        "upper_teeth": [4, 4],
        "anchors": [4.0] * 42,
    }
    colours = {"skin": [60, 12, 17], "lips": [48, 25, 10], "side_light": 0.1, "widest_opening": 0.3}
    first = dict(frame, mouth=mouth, lid_gaps=[0.2, 0.3], starts_shot=True, duration=1)
    second = dict(frame, index=1, timestamp=1, mouth_colours=colours)

    put("version_2", json_lines(dict(header, mouth_colours=colours, turned=90), first, second, {"frames": 2, "damage": "cut"}))
    put("version_1", json_lines(dict(header, version=1), frame, {"frames": 1}))


def photo(put):
    y, x = np.mgrid[0:40, 0:36]
    picture = np.stack([4 * x, 5 * y, 90 + x], 2).astype(np.uint8)
    alpha = np.dstack([picture, (6 * x).astype(np.uint8)])
    for ending, image in {
        ".jpg": picture,
        ".png": alpha,
        ".webp": alpha,
        ".tiff": picture,
        ".bmp": picture,
        ".jp2": picture,
    }.items():
        put(ending[1:], cv2.imencode(ending, image)[1].tobytes())
    put("png16", cv2.imencode(".png", picture.astype(np.uint16) * 256)[1].tobytes())
    put("grey", cv2.imencode(".jpg", picture[:, :, 0])[1].tobytes())
    put("gif", ffmpeg("gif", "-vframes", "1"))


def serialized(value):
    """A whole number as dlib writes it: the number of bytes, with 128 for a minus, then the bytes."""
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size + (128 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def shape_predictor(put):
    def real(hundredths):
        return serialized(hundredths) + serialized(-7)  # mantissa and exponent

    def column(*values):  # dlib marks its newer format with negative sizes
        return serialized(-len(values)) + serialized(-1) + b"".join(real(value) for value in values)

    split = serialized(0) + serialized(1) + real(0)
    tree = serialized(1) + split + serialized(2) + column(*[1] * 136) * 2
    pixel = real(5) * 2
    put(
        "tiny",
        serialized(1)
        + column(*range(136))
        + (serialized(1) + serialized(1) + tree)
        + (serialized(1) + serialized(2) + serialized(0) * 2)
        + (serialized(1) + serialized(2) + pixel * 2),
    )


def survey(put):
    key = {
        "format": "reenact-survey-key",
        "format_version": 1,
        "survey": "0123456789abcdef",
        "seed": 1,
        "systems": ["a", "b"],
        "questions": ["realism"],
        "comparisons": [{"id": "c1", "clip": "one", "videos": {"11.mp4": "a", "22.mp4": "b"}}],
    }
    answers = {
        "format": "reenact-survey-answers",
        "format_version": 1,
        "survey": key["survey"],
        "rater": {"id": "r", "label": ""},
        "answers": [{"comparison": "c1", "left": "11.mp4", "right": "22.mp4", "choices": {"realism": "left"}}],
    }
    put("one_rater", json.dumps(key).encode() + b"\0" + json.dumps(answers).encode())


def take(put):
    names = "Timecode,BlendshapeCount,EyeBlinkLeft,JawOpen,HeadYaw"
    rows = ["23:59:59:29.250,61,0.1,0.5,-0.2", "00:00:00:00.250,61,0.2,0.6,-0.1", "", "00:00:00:01.250,0,,,"]
    put("live_link", "\n".join([names, *rows]).encode())
    put("seconds", b"time,jawOpen,mouthSmile_L\r\n0,0.25,1\r\n0.04,0.5,1.2\r\n")
    put("frames", json.dumps({"fps": 30, "frames": [{"jawOpen": 0.5}, {"blendShapes": {"jawOpen": 1}}]}).encode())
    put("times", json.dumps([{"time": 0, "jawOpen": 0.5}, {"time": 0.1}]).encode())
    put("table", json.dumps({"exportFps": 29.97, "facsNames": ["jawOpen", "x"], "weightMat": [[0.1, 7], [0.2, 8]]}).encode())


class Half(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 0.5


class Parts(torch.nn.Module):
    most: torch.jit.Final[int]

    def __init__(self):
        super().__init__()
        self.most = 3
        self.sizes = [1, 2]
        self.inner = Half()

    def forward(self, x: torch.Tensor, named: Dict[str, int], times: int = 2) -> Tuple[torch.Tensor, Optional[int]]:
        for i in range(min(times, self.most)):
            x = self.inner(x) if i in self.sizes else x[:, :i]
        return x, named.get("a")


def torchscript(put):
    for name, module in (("half", Half()), ("parts", Parts())):
        save_script_module(torch.jit.script(module), Path(put.folder, name))


def ffmpeg(container, *options):
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=48x32:rate=10:duration=0.4"]
    return subprocess.run([*command, *options, "-f", container, "pipe:1"], check=True, capture_output=True).stdout


def video(put):
    sound = ["-f", "lavfi", "-i", "sine=duration=0.4", "-shortest"]
    put("h264", ffmpeg("matroska", "-c:v", "libx264", "-pix_fmt", "yuv420p"))
    put("vp9", ffmpeg("webm", *sound, "-c:v", "libvpx-vp9", "-c:a", "libopus"))
    put("mp4", ffmpeg("mp4", "-movflags", "frag_keyframe+empty_moov", "-c:v", "libx264", "-pix_fmt", "yuv420p"))
    put("mpegts", ffmpeg("mpegts", *sound, "-c:v", "mpeg2video"))
    put("mjpeg", ffmpeg("matroska", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"))
    put("gif", ffmpeg("gif"))
    put("apng", ffmpeg("apng"))
    put("webp", cv2.imencode(".webp", np.full((40, 40, 3), 90, np.uint8))[1].tobytes())


class Putter:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, name, content):
        (self.folder / name).write_bytes(content)


def main():
    for target in (batch_report, csv, dataset, face_model, manifest, motion, photo, shape_predictor, survey, take, torchscript, video):
        target(Putter(Path(sys.argv[1]) / target.__name__))


if __name__ == "__main__":
    main()
