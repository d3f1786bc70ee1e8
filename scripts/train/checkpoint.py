"""Checkpoints that survive a kill: folders step-<n> whose parts are small enough for any transfer.

A checkpoint is written beside its final name and renamed when it is complete, so a folder step-<n> is always whole;
its parts' joint SHA-256 is checked when it is read. Adam's moments are stored as bfloat16.
"""

import hashlib
import io
import json
import os
import shutil
from pathlib import Path

import torch

PART_BYTES = 15 << 20
KEPT = 2
MOMENTS = ("exp_avg", "exp_avg_sq")


def in_precision(value, names, dtype):
    """Copy of nested dicts and lists in which the tensors called one of `names` have another type."""
    if isinstance(value, dict):
        return {
            key: entry.to(dtype) if key in names and torch.is_tensor(entry) else in_precision(entry, names, dtype)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [in_precision(entry, names, dtype) for entry in value]
    return value


def save(folder, step, content):
    """Writes folder/step-<step> and removes all but the newest KEPT checkpoints."""
    folder = Path(folder)
    buffer = io.BytesIO()
    torch.save(in_precision(content, MOMENTS, torch.bfloat16), buffer)
    data = buffer.getvalue()
    partial = folder / f"partial-{step:08}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    parts = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]
    for i, part in enumerate(parts):
        (partial / f"part-{i:02}").write_bytes(part)
    description = {"step": step, "parts": len(parts), "sha256": hashlib.sha256(data).hexdigest()}
    (partial / "checkpoint.json").write_text(json.dumps(description) + "\n")
    final = folder / f"step-{step:08}"
    shutil.rmtree(final, ignore_errors=True)
    os.replace(partial, final)
    for old in sorted(folder.glob("step-*"))[:-KEPT]:
        shutil.rmtree(old)


def load(folder):
    """Content of one checkpoint folder. Raises ValueError when it is damaged."""
    try:
        description = json.loads((folder / "checkpoint.json").read_text())
        data = b"".join((folder / f"part-{i:02}").read_bytes() for i in range(description["parts"]))
        whole = hashlib.sha256(data).hexdigest() == description["sha256"]
    except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder} is not a checkpoint ({error}); remove it to resume from the one before") from error
    if not whole:
        raise ValueError(f"{folder} is damaged (wrong SHA-256); remove it to resume from the one before")
    content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return in_precision(content, MOMENTS, torch.float32)


def load_newest(folder):
    """Content of the newest checkpoint under `folder`, or None when there is none."""
    newest = max(Path(folder).glob("step-*"), default=None)
    return load(newest) if newest else None


def save_weights(path, module, config, step):
    """Weights alone as float16, for export and transfer."""
    path = Path(path)
    tensors = {
        name: tensor.detach().cpu().half() if tensor.is_floating_point() else tensor.cpu()
        for name, tensor in module.state_dict().items()
    }
    temporary = path.with_name(path.name + ".part")
    torch.save({"config": json.dumps(config), "step": step, "weights": tensors}, temporary)
    os.replace(temporary, path)


def load_weights(path, image_size=None):
    """(weights in float32, config, step) of save_weights; `image_size` replaces that of the config. Raises ValueError
    when the file is something else."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        tensors = {
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in content["weights"].items()
        }
        config, step = json.loads(content["config"]), int(content["step"])
    except (OSError, KeyError, TypeError, AttributeError, RuntimeError, ValueError) as error:
        raise ValueError(f"{path} is not a file of weights of this training ({error})") from error
    if image_size:
        config["network"]["image_size"] = image_size
    return tensors, config, step
