"""Configs of experiments: one JSON file each, checked against the default config's keys and types."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "configs"
OPTIONAL_KEYS = {"recognition_path", "detector_path"}
CONDITIONINGS = ("mesh-v1", "lines-v1")


def load_like(path, reference):
    """The config at `path`, which has the keys and types of the config `reference`. Raises ValueError naming the key that
    is unknown, missing or of the wrong type."""
    config = json.loads(Path(path).read_text())
    check(config, json.loads((FOLDER / reference).read_text()), str(path))
    return config


def load(path):
    """The config of the whole face's generator at `path`. Raises ValueError as load_like does."""
    config = load_like(path, "default.json")
    size, conditioning = config["network"]["image_size"], config["network"]["conditioning"]
    if size % 16 or not 32 <= size <= 1024:
        raise ValueError(f"{path}: network.image_size is {size}; it must be a multiple of 16 from 32 to 1024")
    if conditioning not in CONDITIONINGS:
        raise ValueError(f"{path}: network.conditioning must be one of {', '.join(CONDITIONINGS)}")
    return config


def check(config, reference, where):
    if unknown := config.keys() - reference.keys() - OPTIONAL_KEYS:
        raise ValueError(f"{where}: unknown key {sorted(unknown)[0]}")
    if missing := reference.keys() - config.keys() - OPTIONAL_KEYS:
        raise ValueError(f"{where}: the key {sorted(missing)[0]} is missing")
    for key, value in reference.items():
        if key not in config:
            continue
        if isinstance(value, dict):
            check(config[key], value, f"{where}: {key}")
        elif isinstance(value, (int, float)) != isinstance(config[key], (int, float)) or (
            isinstance(value, str) and not isinstance(config[key], str)
        ):
            raise ValueError(f"{where}: {key} has the value {config[key]!r}, which is not like {value!r}")
