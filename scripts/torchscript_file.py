"""Writes TorchScript files that hold nothing of the machine they are made on."""

import hashlib
import io
import zipfile
from pathlib import Path

import torch

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def sha256_of_file(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def bundle_manifest(bundle, path, digest):
    """What the manifest beside `path` has to say of the generator `bundle` (docs/model_format.md)."""
    return {
        "name": bundle.name,
        "format_version": bundle.format_version,
        "image_size": bundle.image_size,
        "conditioning": bundle.conditioning,
        "learned": True,
        "file": path.name,
        "sha256": digest,
    }


def save_script_module(module, path):
    """Saves `module` (torch.jit.ScriptModule) to `path` and returns the file's SHA-256.

    The debug records, which hold the paths of the source files, and the time stamps are left out.
    """
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    with zipfile.ZipFile(buffer) as archive, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as output:
        for name in archive.namelist():
            if not name.endswith(".debug_pkl"):
                output.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), archive.read(name))
    temporary.replace(path)
    return sha256_of_file(path)
