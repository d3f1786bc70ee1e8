"""A made-up training run of the eyes' windows: seeded weights and the index of the data it would have seen."""

import json
import sys
from pathlib import Path

import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts" / "train"), str(REPOSITORY / "scripts")]

import checkpoint  # noqa: E402
import shards  # noqa: E402
from window_network import WindowGenerator  # noqa: E402
from windows import NETWORK_WINDOWS  # noqa: E402

NETWORK = {"frame_widths": [8, 16, 24], "person_widths": [8, 16], "features": 8}
FACE_MODEL = json.loads((REPOSITORY / "models" / "geometry" / "manifest.json").read_text())["face_model"]


def write_run(folder, windows="eyes", face_model=None):
    """Writes weights.pt and data/index.json into `folder` and returns the generator of the weights."""
    torch.manual_seed(3)
    network = {"name": windows, "windows": windows, **NETWORK}
    generator = WindowGenerator(network, NETWORK_WINDOWS[windows][0]).eval().requires_grad_(False)
    torch.nn.init.normal_(generator.frame.last.weight, std=0.015)
    generator.load_state_dict({name: tensor.half().float() for name, tensor in generator.state_dict().items()})
    (folder / "data").mkdir(parents=True)
    config = {"network": network, "training": {"batch_size": 4, "seed": 5}}
    checkpoint.save_weights(folder / "weights.pt", generator, config, 60)
    item = {"kind": "clip", "source": "made up", "licence": "none", "person": "a", "real": False, "split": "train"}
    index = {
        "format": shards.FORMAT,
        "format_version": shards.FORMAT_VERSION,
        "face_model": face_model or FACE_MODEL,
        "items": [{**item, "count": 7, "hours": 0.5}, {**item, "split": "validation", "count": 3, "hours": 0.25}],
    }
    (folder / "data" / "index.json").write_text(json.dumps(index))
    return generator
