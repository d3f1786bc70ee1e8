"""Running the program as another user, which needs root and folders that others may enter."""

import os
import pathlib

import pytest


def reachable_by_others(path):
    path = pathlib.Path(path).resolve()
    return os.access(path, os.R_OK) and all(folder.stat().st_mode & 0o001 for folder in path.parents)


needs_another_user = pytest.mark.skipif(
    os.geteuid() != 0 or not reachable_by_others(os.environ["REENACT_BINARY"]),
    reason="needs root, and a program that other users can reach",
)
