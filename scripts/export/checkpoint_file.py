"""Reads tensors from PyTorch checkpoints of strangers without running what a pickle may ask for."""

import tarfile
import zipfile

import torch

MAX_BYTES = 4 << 30


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message is one sentence that names the file."""


def read_tensors(path):
    """The state dict in `path`, {name: tensor on the CPU}. Raises CheckpointError.

    torch.load(weights_only=True) builds tensors and plain containers and calls nothing else, but hands an archive with
    TorchScript to torch.jit.load, which runs code (CVE-2025-32434), and unpacks tar files: both are refused before.
    """
    if not path.is_file():
        raise CheckpointError(f"{path} is missing")
    if path.stat().st_size > MAX_BYTES:
        raise CheckpointError(f"{path} has more than {MAX_BYTES >> 30} GB, which no such checkpoint has")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
        if any(record.filename.lower().endswith("constants.pkl") for record in records):
            raise CheckpointError(f"{path} holds TorchScript, a program, instead of tensors")
        if sum(record.file_size for record in records) > MAX_BYTES:
            raise CheckpointError(f"{path} unpacks to more than {MAX_BYTES >> 30} GB, which no such checkpoint has")
    elif tarfile.is_tarfile(path):
        raise CheckpointError(f"{path} is a tar file, which PyTorch no longer writes; save it again")
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever a damaged file leads to
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise CheckpointError(f"{path} does not hold tensors alone, or is damaged: {reason}") from None
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path} holds no state dict")
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise CheckpointError(f"{path} holds {name!r}, which is not a tensor with a name")
    return dict(loaded)
