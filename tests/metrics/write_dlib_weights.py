"""Writes the weights of face-api's face recognition network as the layers of dlib's hold them, from output to input.

write_dlib_weights.py FILE
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

import convert_face_recognition  # noqa: E402


def layer_values(tensors, name):
    """Affine layer (scale, shift) and convolution (filters [N,C,H,W], bias)."""
    filters = tensors[f"{name}/conv/filters"].transpose(3, 2, 0, 1)
    if name == "conv32_down":
        filters = filters * 256 / 255  # dlib divides pixels by 256, face-api by 255
    parts = tensors[f"{name}/scale/weights"], tensors[f"{name}/scale/biases"], filters, tensors[f"{name}/conv/bias"]
    return [part.ravel() for part in parts]


def main(file):
    package = convert_face_recognition.PACKAGE
    with tempfile.TemporaryDirectory() as folder:
        package.extract(package.fetch(REPOSITORY / ".cache"), Path(folder))
        tensors = convert_face_recognition.read_weights(Path(folder))
    values = [tensors["fc"].ravel()]
    for block in reversed(convert_face_recognition.BLOCKS):
        values += layer_values(tensors, f"{block}/conv2") + layer_values(tensors, f"{block}/conv1")
    values += layer_values(tensors, "conv32_down")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(np.concatenate(values).astype(np.float32).tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
