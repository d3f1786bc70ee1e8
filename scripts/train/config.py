"""Configs of experiments: one JSON file each, checked against the default config's keys and types."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "configs"
OPTIONAL_KEYS = {"recognition_path", "detector_path"}
CONDITIONINGS = ("mesh-v1", "lines-v1")


def load(path):
    """The config at `path`. Raises ValueError naming the key that is unknown, missing or of the wrong type."""
    config = json.loads(Path(path).read_text())
    reference = json.loads((FOLDER / "default.json").read_text())
    check(config, reference, str(path))
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
