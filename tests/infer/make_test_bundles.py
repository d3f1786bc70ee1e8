"""Writes tiny seeded generator bundles, good and broken, and inputs with known outputs, for the tests of infer.

make_test_bundles.py FOLDER
"""

import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import List, Tuple

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("scripts", "scripts/train", "tests/scripts")]

import bilayer_checkpoint  # noqa: E402
import check_landmarks  # noqa: E402
import export_windows  # noqa: E402
import windows_run  # noqa: E402
from torchscript_file import save_script_module, sha256_of_file  # noqa: E402

SIZE = 32
CHANNELS = 10
EYE_SIDE, EYE_HEIGHT, EYE_WIDTH, EYE_CHANNELS = 112, 64, 96, 12
MOUTH_SIDE, MOUTH_HEIGHT, MOUTH_WIDTH = 160, 96, 128


class Tiny(torch.nn.Module):
    """A generator of a few hundred parameters that fulfils the contract."""

    def __init__(self, format_version=1, image_size=SIZE, conditioning="mesh-v1"):
        super().__init__()
        self.format_version = format_version
        self.image_size = image_size
        self.conditioning = conditioning
        self.name = "tiny"
        self.encoder = torch.nn.Conv2d(3 + CHANNELS, 4, 3, padding=1)
        self.decoder = torch.nn.Conv2d(4 + CHANNELS, 6, 3, padding=1)

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.tanh(self.encoder(torch.cat([source, source_maps], 1)))]

    def decode(self, state: List[torch.Tensor], maps: torch.Tensor) -> torch.Tensor:
        return self.decoder(torch.cat([state[0].expand(maps.size(0), -1, -1, -1), maps], 1))

    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = self.decode(state, maps)
        return 0.1 * torch.tanh(y[:, 0:2]), torch.sigmoid(y[:, 2:3]), torch.sigmoid(y[:, 3:6])


class RoundedFace:
    """Offers a second precision: rounded to it before the last step, which every processor can do."""

    @torch.jit.export
    def forward_bfloat16(
        self, state: List[torch.Tensor], maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = self.decode(state, maps).to(torch.bfloat16).float()
        return 0.1 * torch.tanh(y[:, 0:2]), torch.sigmoid(y[:, 2:3]), torch.sigmoid(y[:, 3:6])


class TinyEyes(Tiny):
    """The same that also paints windows at the eyes."""

    def __init__(self):
        super().__init__(format_version=2)
        self.eye_encoder = torch.nn.Conv2d(3 + EYE_CHANNELS, 4, 1)
        self.eye_decoder = torch.nn.Conv2d(4 + 3 + EYE_CHANNELS, 4, 1)

    @torch.jit.export
    def initialize_eyes(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.tanh(self.eye_encoder(torch.cat([source, source_maps], 1))).mean((2, 3), keepdim=True)]

    def eyes(self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        known = state[0].expand(-1, -1, warped.size(2), warped.size(3))
        return torch.sigmoid(self.eye_decoder(torch.cat([known, warped, maps], 1)))

    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        return y[:, 0:3], y[:, 3:4]


class Mouth:
    """Paints the mouth's window, too."""

    def add_mouth(self):
        self.mouth_encoder = torch.nn.Conv2d(3 + EYE_CHANNELS, 4, 1)
        self.mouth_decoder = torch.nn.Conv2d(4 + 3 + EYE_CHANNELS, 4, 1)

    @torch.jit.export
    def initialize_mouth(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.tanh(self.mouth_encoder(torch.cat([source, source_maps], 1))).mean((2, 3), keepdim=True)]

    def mouth(self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        known = state[0].expand(-1, -1, warped.size(2), warped.size(3))
        return torch.sigmoid(self.mouth_decoder(torch.cat([known, warped, maps], 1)))

    @torch.jit.export
    def paint_mouth(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.mouth(state, warped, maps)
        return y[:, 0:3], y[:, 3:4]


class TinyMouth(Mouth, Tiny):
    """A generator that paints the mouth's window alone."""

    def __init__(self):
        super().__init__(format_version=2)
        self.add_mouth()


class TinyEyesAndMouth(Mouth, TinyEyes):
    def __init__(self):
        super().__init__()
        self.add_mouth()


class MouthWithBfloat16(TinyMouth):
    @torch.jit.export
    def paint_mouth_bfloat16(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.mouth(state, warped, maps).to(torch.bfloat16).float()
        return y[:, 0:3], y[:, 3:4]


class MouthInBfloat16Only(Tiny):
    """Has the method of the second precision, but not the first."""

    def __init__(self):
        super().__init__(format_version=2)

    @torch.jit.export
    def paint_mouth_bfloat16(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        return warped, maps[:, 0:1]


class MouthOfTheSquare(TinyMouth):
    """Takes the square for the window."""

    @torch.jit.export
    def paint_mouth(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        return torch.zeros(1, 3, 160, 160), torch.zeros(1, 1, 160, 160)


class MouthAlphaOutOfRange(TinyMouth):
    @torch.jit.export
    def paint_mouth(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.mouth(state, warped, maps)
        return y[:, 0:3], y[:, 3:4] - 1


class NotFiniteMouthForFarFlow(TinyMouth):
    """Passes every check at load and fails on a driver whose flow exceeds 5 grid units."""

    @torch.jit.export
    def paint_mouth(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.mouth(state, warped, maps)
        if bool(maps[:, 0:2].max() > 5):
            y = y / 0 - y / 0
        return y[:, 0:3], y[:, 3:4]


class EyesWithBfloat16(TinyEyes):
    """Offers a second precision for the eyes alone."""

    @torch.jit.export
    def paint_eyes_bfloat16(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps).to(torch.bfloat16).float()
        return y[:, 0:3], y[:, 3:4]


class AllInBfloat16(RoundedFace, EyesWithBfloat16):
    pass


class FaceInBfloat16(RoundedFace, TinyEyes):
    """Offers a second precision for all but the eyes."""


class EyesInitializedOnly(Tiny):
    def __init__(self):
        super().__init__(format_version=2)

    @torch.jit.export
    def initialize_eyes(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [source]


class EyesOfOneOutput(TinyEyes):
    @torch.jit.export
    def paint_eyes(self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        return self.eyes(state, warped, maps)


class EyesOfOneBfloat16Output(TinyEyes):
    @torch.jit.export
    def paint_eyes_bfloat16(self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        return self.eyes(state, warped, maps)


class NotFiniteEyesInBfloat16(TinyEyes):
    @torch.jit.export
    def paint_eyes_bfloat16(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        return y[:, 0:3], y[:, 3:4] / 0 - y[:, 3:4] / 0


class OneEye(TinyEyes):
    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)[0:1]
        return y[:, 0:3], y[:, 3:4]


class SmallEyes(TinyEyes):
    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        return y[:, 0:3], y[:, 3:4, ::2, ::2]


class DoubleEyes(TinyEyes):
    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps).double()
        return y[:, 0:3], y[:, 3:4]


class EyeAlphaOutOfRange(TinyEyes):
    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        return y[:, 0:3], torch.full_like(y[:, 3:4], 1.2)


class EyeColourOutOfRange(TinyEyes):
    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        return y[:, 0:3] - 1, y[:, 3:4]


class NotFiniteEyes(TinyEyes):
    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        return y[:, 0:3] / 0 - y[:, 0:3] / 0, y[:, 3:4]


class NotFiniteEyesState(TinyEyes):
    @torch.jit.export
    def initialize_eyes(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.full([2, 4, 1, 1], float("nan"))]


class EyesRaise(TinyEyes):
    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps[:, 0:10])
        return y[:, 0:3], y[:, 3:4]


class NotFiniteEyesForFarFlow(TinyEyes):
    """Passes every check at load and fails on a driver whose flow exceeds 5 grid units."""

    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        if bool(maps[:, 0:2].max() > 5):
            y = y / 0 - y / 0
        return y[:, 0:3], y[:, 3:4]


class EyesKeepInputs(TinyEyes):
    """The state of the eyes is a part of what it was made from, not a copy."""

    @torch.jit.export
    def initialize_eyes(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.cat([source[:, :, 0:1, 0:1], source_maps[:, 0:1, 0:1, 0:1]], 1), source]

    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        return state[1][:, :, 0:64, 0:96], self.eyes(state, warped, maps)[:, 3:4]


class TinyPortrait(torch.nn.Module):
    """The same for the conditioning landmarks-v1."""

    def __init__(self, format_version=1):
        super().__init__()
        self.format_version, self.image_size = format_version, SIZE
        self.conditioning, self.name = "landmarks-v1", "tiny"
        self.encoder = torch.nn.Conv2d(3 + 4, 4, 3, padding=1)
        self.mixer = torch.nn.Linear(2 * 68, 4)

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.sigmoid(self.encoder(torch.cat([source, source_maps], 1)))]

    def draw(self, state: List[torch.Tensor], landmarks: torch.Tensor) -> torch.Tensor:
        return state[0] * torch.sigmoid(self.mixer(landmarks.flatten(1)))[:, :, None, None]

    def forward(self, state: List[torch.Tensor], landmarks: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.draw(state, landmarks)
        return y[:, 0:3], y[:, 3:4]


class PortraitWithFlow(TinyPortrait):
    def forward(
        self, state: List[torch.Tensor], landmarks: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = self.draw(state, landmarks)
        return y[:, 0:2], y[:, 3:4], y[:, 0:3]


class PortraitOfOneFrame(TinyPortrait):
    def forward(self, state: List[torch.Tensor], landmarks: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.draw(state, landmarks[0:1])
        return y[:, 0:3], y[:, 3:4]


class PortraitAlphaOutOfRange(TinyPortrait):
    def forward(self, state: List[torch.Tensor], landmarks: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.draw(state, landmarks)
        return y[:, 0:3], y[:, 3:4] + 1


class PortraitNotFinite(TinyPortrait):
    def forward(self, state: List[torch.Tensor], landmarks: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.draw(state, landmarks)
        return y[:, 0:3] / 0 - y[:, 0:3] / 0, y[:, 3:4]


class WithBfloat16(RoundedFace, Tiny):
    pass


class OneBfloat16Output(Tiny):
    @torch.jit.export
    def forward_bfloat16(self, state: List[torch.Tensor], maps: torch.Tensor) -> torch.Tensor:
        return self.decode(state, maps)


class NotFiniteInBfloat16(Tiny):
    @torch.jit.export
    def forward_bfloat16(
        self, state: List[torch.Tensor], maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        return y[:, 0:2] / 0 - y[:, 0:2] / 0, y[:, 2:3], y[:, 3:6]


class NotFiniteState(Tiny):
    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.full([1, 4, 32, 32], float("inf"))]


class SparseState(Tiny):
    """LibTorch has no minimum of a sparse tensor."""

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.tanh(self.encoder(torch.cat([source, source_maps], 1))).to_sparse()]


class EmptyTensorInState(Tiny):
    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [torch.tanh(self.encoder(torch.cat([source, source_maps], 1))), torch.zeros([0])]


class KeepsInputs(Tiny):
    """Its state is a part of what it was given, not a copy."""

    @torch.jit.export
    def initialize(self, source: torch.Tensor, source_maps: torch.Tensor) -> List[torch.Tensor]:
        return [source, source_maps[:, 4:5]]

    def decode(self, state: List[torch.Tensor], maps: torch.Tensor) -> torch.Tensor:
        return torch.cat([state[0], state[1], state[0][:, 0:2]], 1).expand(maps.size(0), -1, -1, -1)


class NoInitialize(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.format_version, self.image_size, self.conditioning, self.name = 1, SIZE, "mesh-v1", "tiny"

    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return maps[:, 0:2], maps[:, 2:3], maps[:, 4:7]


class NoFormatVersion(Tiny):
    def __init__(self):
        super().__init__()
        del self.format_version


class OneOutput(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> torch.Tensor:
        return self.decode(state, maps)


class WrongShape(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        return y[:, 0:2], y[:, 2:4], y[:, 3:6]


class OneFrameOnly(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))[0:1]
        return y[:, 0:2], y[:, 2:3], y[:, 3:6]


class NotFiniteFlow(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        return y[:, 0:2] / 0 - y[:, 0:2] / 0, y[:, 2:3], y[:, 3:6]


class WeightOutOfRange(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        return y[:, 0:2], y[:, 2:3] + 1, y[:, 3:6]


class ColourOutOfRange(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        return y[:, 0:2], y[:, 2:3], y[:, 3:6] - 1


class DoubleWeight(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        return y[:, 0:2], y[:, 2:3].double(), y[:, 3:6]


class Raises(Tiny):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps[:, 0:9]))
        return y[:, 0:2], y[:, 2:3], y[:, 3:6]


class WritesFile(Tiny):
    """Writes a file that the tests look for, as do all classes derived from it."""

    def __init__(self, path):
        super().__init__()
        self.path = str(path)

    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        torch.save(y, self.path)
        return y[:, 0:2], y[:, 2:3], y[:, 3:6]


class SavesWhenLoaded(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        self.path = path

    @torch.jit.export
    def __getstate__(self):
        return (self.path, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[str, bool]):
        self.path, self.training = state
        torch.save(torch.zeros(1), self.path)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class WritesFileWhenLoaded(Tiny):
    def __init__(self, path):
        super().__init__()
        self.saves = SavesWhenLoaded(str(path))


def save_and_return(x: torch.Tensor, path: str) -> torch.Tensor:
    torch.save(x, path)
    return x


class WritesFileInAFork(WritesFile):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        y = torch.jit.wait(torch.jit.fork(save_and_return, y, self.path))
        return y[:, 0:2], y[:, 2:3], y[:, 3:6]


@torch.jit.interface
class Changes:
    def change(self, x: torch.Tensor, path: str) -> torch.Tensor:
        pass


@torch.jit.script
class Saves:
    def __init__(self):
        self.factor = 1

    def change(self, x: torch.Tensor, path: str) -> torch.Tensor:
        torch.save(x, path)
        return x


class WritesFileBehindAnInterface(WritesFile):
    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        changes: List[Changes] = [Saves()]
        y = changes[0].change(torch.sigmoid(self.decode(state, maps)), self.path)
        return y[:, 0:2], y[:, 2:3], y[:, 3:6]


class PackedWeights(Tiny):
    """Holds an object of a class of LibTorch's own, which is made by native code."""

    def __init__(self):
        super().__init__()
        weight = torch.quantize_per_tensor(torch.ones(2, 2), 1.0, 0, torch.qint8)
        self.packed = torch.ops.quantized.linear_prepack(weight, None)


class WritesFileForEyes(TinyEyes):
    def __init__(self, path):
        super().__init__()
        self.path = str(path)

    @torch.jit.export
    def paint_eyes(
        self, state: List[torch.Tensor], warped: torch.Tensor, maps: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        y = self.eyes(state, warped, maps)
        torch.save(y, self.path)
        return y[:, 0:3], y[:, 3:4]


class NotFiniteForFarFlow(Tiny):
    """Passes every check at load and fails on a driver whose flow exceeds 5 grid units."""

    def forward(self, state: List[torch.Tensor], maps: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = torch.sigmoid(self.decode(state, maps))
        if bool(maps[:, 0:2].max() > 5):
            y = y / 0 - y / 0
        return y[:, 0:2], y[:, 2:3], y[:, 3:6]


def write_manifest(folder, **changes):
    manifest = {
        "name": "tiny",
        "format_version": 1,
        "image_size": SIZE,
        "conditioning": "mesh-v1",
        "learned": True,
        "licence": "MIT",
        "sha256": sha256_of_file(folder / "generator.pt") if (folder / "generator.pt").exists() else "0" * 64,
    }
    manifest.update(changes)
    manifest = {field: value for field, value in manifest.items() if value is not None}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def write_bundle(folder, module, **manifest_changes):
    torch.manual_seed(1)
    save_script_module(torch.jit.script(module.eval()), folder / "generator.pt")
    write_manifest(folder, **manifest_changes)


def write_edited_bundle(root, folder, edit, name=lambda name: name):
    """The bundle `tiny` with other source code: `edit` gets and returns its text, `name` the name of a record."""
    with zipfile.ZipFile(root / "tiny" / "generator.pt") as archive:
        records = {record: archive.read(record) for record in archive.namelist()}
    (root / folder).mkdir()
    with zipfile.ZipFile(root / folder / "generator.pt", "w", zipfile.ZIP_STORED) as output:
        for record, content in records.items():
            is_class = record.endswith(".py") and b"class Tiny" in content
            output.writestr(name(record), edit(content.decode()).encode() if is_class else content)
    write_manifest(root / folder)


def write_bundles_that_write(root):
    """Bundles that write root/written_by_a_network, each in another way, if LibTorch loads and calls them."""
    path = root / "written_by_a_network"
    write_bundle(root / "writes_file", WritesFile(path))
    write_bundle(root / "writes_file_when_loaded", WritesFileWhenLoaded(path))
    write_bundle(root / "writes_file_in_a_fork", WritesFileInAFork(path))
    write_bundle(root / "writes_file_behind_an_interface", WritesFileBehindAnInterface(path))
    write_bundle(root / "writes_file_for_eyes", WritesFileForEyes(path), format_version=2)

    mapping = f'ops.aten.from_file("{path}", True, 16, dtype=0)'  # a shared mapping makes the file
    constant = lambda text: text.replace("  name : str\n", f"  name : str\n  mapped : Final[Tensor] = {mapping}\n")
    write_edited_bundle(root, "writes_file_for_a_constant", constant)
    for name, definition in {"untyped_constant": "names = []", "constant_of_no_type": "names : Final[] = 3"}.items():
        insert = lambda text: text.replace("  name : str\n", f"  name : str\n  {definition}\n")
        write_edited_bundle(root, name, insert)
    write_edited_bundle(root, "writes_file_for_a_constant_in_capitals", constant, name=capital_code)
    write_edited_bundle(
        root, "writes_file_for_a_default", lambda text: text.replace(
            "    maps: Tensor)", f"    maps: Tensor,\n    mapped: Tensor={mapping})", 1)  # fmt: skip
    )
    names = [folder.name for folder in root.iterdir() if folder.name.startswith("writes_file")]
    for name in names:
        module = torch.jit.load(str(root / name / "generator.pt"))
        if not path.exists():
            maps = torch.zeros(1, CHANNELS, SIZE, SIZE)
            module.forward(module.initialize(torch.zeros(1, 3, SIZE, SIZE), maps), maps)
            if hasattr(module, "paint_eyes"):
                warped, maps = (torch.zeros(2, channels, EYE_HEIGHT, EYE_WIDTH) for channels in (3, EYE_CHANNELS))
                module.paint_eyes([torch.zeros(2, 4, 1, 1)], warped, maps)
        path.unlink()  # fails for a bundle that tests nothing


def capital_code(record):
    """LibTorch finds a record by its name whatever the case of its letters."""
    archive, _, inside = record.partition("/")
    return f"{archive}/{inside.upper()}" if inside.endswith(".py") else record


def write_expected(folder, module):
    """Raw float32 files: source, maps and the outputs that C++ must reproduce (flow includes the geometric one)."""
    random = np.random.default_rng(3)
    source = torch.from_numpy(random.random((1, 3, SIZE, SIZE), np.float32))
    source_maps, driver_maps = torch.from_numpy(random.random((2, 1, CHANNELS, SIZE, SIZE), np.float32))
    with torch.no_grad():
        residual, weight, colour = module(module.initialize(source, source_maps), driver_maps)
    outputs = {"flow": driver_maps[:, 0:2] + residual, "weight": weight, "colour": colour}
    inputs = {"source": source, "source_maps": source_maps, "driver_maps": driver_maps}
    for name, tensor in {**inputs, **outputs}.items():
        (folder / f"{name}.f32").write_bytes(tensor.numpy().tobytes())


def write_expected_portrait(folder, module):
    """The same for the conditioning landmarks-v1."""
    random = np.random.default_rng(4)
    size = module.image_size
    inputs = {
        "source": random.random((1, 3, size, size), np.float32),
        "source_maps": random.random((1, 4, size, size), np.float32),
        "landmarks": 2 * random.random((1, 68, 2), np.float32) - 1,
    }
    inputs = {name: torch.from_numpy(values) for name, values in inputs.items()}
    with torch.no_grad():
        colour, alpha = module(module.initialize(inputs["source"], inputs["source_maps"]), inputs["landmarks"])
    for name, tensor in {**inputs, "colour": colour, "alpha": alpha}.items():
        (folder / f"{name}.f32").write_bytes(tensor.numpy().tobytes())


def write_expected_eyes(folder, module):
    """The same of windows at the eyes."""
    random = np.random.default_rng(5)
    shapes = {
        "eyes": (3, EYE_SIDE, EYE_SIDE),
        "eyes_maps": (EYE_CHANNELS, EYE_SIDE, EYE_SIDE),
        "warped_eyes": (3, EYE_HEIGHT, EYE_WIDTH),
        "driver_eyes_maps": (EYE_CHANNELS, EYE_HEIGHT, EYE_WIDTH),
    }
    inputs = {name: torch.from_numpy(random.random((2, *shape), np.float32)) for name, shape in shapes.items()}
    with torch.no_grad():
        state = module.initialize_eyes(inputs["eyes"], inputs["eyes_maps"])
        colour, alpha = module.paint_eyes(state, inputs["warped_eyes"], inputs["driver_eyes_maps"])
    for name, tensor in {**inputs, "eyes_colour": colour, "eyes_alpha": alpha}.items():
        (folder / f"{name}.f32").write_bytes(tensor.contiguous().numpy().tobytes())


def write_expected_mouth(folder, module):
    """The same of the mouth's window."""
    random = np.random.default_rng(6)
    shapes = {
        "mouth": (3, MOUTH_SIDE, MOUTH_SIDE),
        "mouth_maps": (EYE_CHANNELS, MOUTH_SIDE, MOUTH_SIDE),
        "warped_mouth": (3, MOUTH_HEIGHT, MOUTH_WIDTH),
        "driver_mouth_maps": (EYE_CHANNELS, MOUTH_HEIGHT, MOUTH_WIDTH),
    }
    inputs = {name: torch.from_numpy(random.random((1, *shape), np.float32)) for name, shape in shapes.items()}
    with torch.no_grad():
        state = module.initialize_mouth(inputs["mouth"], inputs["mouth_maps"])
        colour, alpha = module.paint_mouth(state, inputs["warped_mouth"], inputs["driver_mouth_maps"])
    for name, tensor in {**inputs, "mouth_colour": colour, "mouth_alpha": alpha}.items():
        (folder / f"{name}.f32").write_bytes(tensor.contiguous().numpy().tobytes())


def write_bilayer(folder, settings=bilayer_checkpoint.NARROW):
    """The bundle of a randomly initialised checkpoint, and what the Python module gives."""
    bilayer, epoch = bilayer_checkpoint.bilayer, bilayer_checkpoint.EPOCH
    with tempfile.TemporaryDirectory() as temporary:
        checkpoint = Path(temporary) / "run"
        bilayer_checkpoint.write_checkpoint(checkpoint, settings)
        bilayer.export(checkpoint, epoch, folder, "that of a test")
        write_expected_portrait(folder, bilayer.read_checkpoint(checkpoint, epoch, folder.name))


def write_portraits(root):
    torch.manual_seed(1)
    tiny = TinyPortrait().eval()
    write_bundle(root / "tiny_portrait", tiny, conditioning="landmarks-v1")
    write_expected_portrait(root / "tiny_portrait", tiny)
    for name, module in {
        "portrait_with_flow": PortraitWithFlow(),
        "portrait_of_one_frame": PortraitOfOneFrame(),
        "portrait_alpha_out_of_range": PortraitAlphaOutOfRange(),
        "portrait_not_finite": PortraitNotFinite(),
    }.items():
        write_bundle(root / name, module, conditioning="landmarks-v1")
    write_bilayer(root / "bilayer")


def write_exported_windows(folder, *windows):
    """The bundle that scripts/train/export_windows.py makes of randomly initialised networks, and what it gives."""
    with tempfile.TemporaryDirectory() as temporary:
        runs = {window: Path(temporary) / window for window in windows}
        for window, run in runs.items():
            windows_run.write_run(run, window)
        weights = {window: run / "weights.pt" for window, run in runs.items()}
        data = runs[windows[0]] / "data"
        export_windows.export(REPOSITORY / "models" / "geometry", weights, data, folder)
    bundle = torch.jit.load(str(folder / "generator.pt"))
    for window in windows:
        {"eyes": write_expected_eyes, "mouth": write_expected_mouth}[window](folder, bundle)


def write_mouths(root):
    torch.manual_seed(1)
    tiny = TinyMouth().eval()
    write_bundle(root / "tiny_mouth", tiny, format_version=2, windows=["mouth"])
    write_expected(root / "tiny_mouth", tiny)
    write_expected_mouth(root / "tiny_mouth", tiny)
    both = TinyEyesAndMouth().eval()
    write_bundle(root / "eyes_and_mouth", both, format_version=2, windows=["eyes", "mouth"])
    write_expected_eyes(root / "eyes_and_mouth", both)
    write_expected_mouth(root / "eyes_and_mouth", both)
    for name, module in {
        "mouth_with_bfloat16": MouthWithBfloat16(),
        "mouth_in_bfloat16_only": MouthInBfloat16Only(),
        "mouth_of_the_square": MouthOfTheSquare(),
        "mouth_alpha_out_of_range": MouthAlphaOutOfRange(),
        "not_finite_mouth_for_far_flow": NotFiniteMouthForFarFlow(),
    }.items():
        write_bundle(root / name, module, format_version=2, windows=["mouth"])
    write_bundle(root / "mouth_called_eyes", TinyMouth(), format_version=2)
    write_bundle(root / "mouth_kept_quiet", TinyEyesAndMouth(), format_version=2, windows=["eyes"])
    write_bundle(root / "windows_of_the_nose", TinyMouth(), format_version=2, windows=["mouth", "nose"])
    write_bundle(root / "windows_as_text", TinyMouth(), format_version=2, windows="mouth")
    write_exported_windows(root / "exported_mouth", "mouth")
    write_exported_windows(root / "exported_eyes_and_mouth", "eyes", "mouth")


def write_eyes(root):
    torch.manual_seed(1)
    tiny = TinyEyes().eval()
    write_bundle(root / "tiny_eyes", tiny, format_version=2)
    write_expected(root / "tiny_eyes", tiny)
    write_expected_eyes(root / "tiny_eyes", tiny)
    for name, module in {
        "eyes_with_bfloat16": EyesWithBfloat16(),
        "all_in_bfloat16": AllInBfloat16(),
        "face_in_bfloat16": FaceInBfloat16(),
        "not_finite_eyes_in_bfloat16": NotFiniteEyesInBfloat16(),
        "not_finite_eyes_for_far_flow": NotFiniteEyesForFarFlow(),
        "eyes_keep_inputs": EyesKeepInputs(),
        "no_eye_methods": Tiny(format_version=2),
        "eyes_initialized_only": EyesInitializedOnly(),
        "eyes_of_one_output": EyesOfOneOutput(),
        "eyes_of_one_bfloat16_output": EyesOfOneBfloat16Output(),
        "one_eye": OneEye(),
        "small_eyes": SmallEyes(),
        "double_eyes": DoubleEyes(),
        "eye_alpha_out_of_range": EyeAlphaOutOfRange(),
        "eye_colour_out_of_range": EyeColourOutOfRange(),
        "not_finite_eyes": NotFiniteEyes(),
        "not_finite_eyes_state": NotFiniteEyesState(),
        "eyes_raise": EyesRaise(),
    }.items():
        write_bundle(root / name, module, format_version=2)
    write_exported_windows(root / "exported_eyes", "eyes")
    write_bundle(root / "eyes_of_version_1_in_the_manifest", TinyEyes(), format_version=1)
    write_bundle(root / "portrait_of_version_2", TinyPortrait(2), format_version=2, conditioning="landmarks-v1")


def write_damaged_files(root):
    intact = (root / "tiny" / "generator.pt").read_bytes()
    for name, data in (("truncated", intact[: len(intact) // 2]), ("text", b"not a network\n"), ("empty", b"")):
        (root / name).mkdir()
        (root / name / "generator.pt").write_bytes(data)
        write_manifest(root / name)
    for name in ("no_module", "unreadable"):
        (root / name).mkdir()
        write_manifest(root / name)
    (root / "unreadable" / "generator.pt").symlink_to("/proc/self/mem")  # a file whose first byte cannot be read


def main(root):
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    torch.manual_seed(1)
    tiny = Tiny().eval()
    write_bundle(root / "tiny", tiny)
    write_expected(root / "tiny", tiny)
    frozen = torch.jit.freeze(
        torch.jit.script(tiny), preserved_attrs=["initialize", "format_version", "image_size", "conditioning", "name"]
    )
    save_script_module(frozen, root / "frozen" / "generator.pt")
    write_manifest(root / "frozen")
    write_bundle(root / "not_finite_for_far_flow", NotFiniteForFarFlow())

    write_bundle(root / "with_bfloat16", WithBfloat16())
    write_bundle(root / "not_finite_in_bfloat16", NotFiniteInBfloat16())

    write_bundle(root / "keeps_inputs", KeepsInputs())
    write_bundle(root / "sparse_state", SparseState())
    write_bundle(root / "empty_tensor_in_state", EmptyTensorInState())
    write_bundle(root / "no_initialize", NoInitialize())
    write_bundle(root / "one_bfloat16_output", OneBfloat16Output())
    write_bundle(root / "no_format_version", NoFormatVersion())
    write_bundle(root / "other_format_version", Tiny(format_version=3), format_version=3)
    write_bundle(root / "text_image_size", Tiny(image_size="32"))
    write_bundle(root / "huge_image_size", Tiny(image_size=1 << 20), image_size=1 << 20)
    write_bundle(root / "other_conditioning", Tiny(conditioning="pixels-v1"), conditioning="pixels-v1")
    write_bundle(root / "portrait_of_maps", Tiny(conditioning="landmarks-v1"), conditioning="landmarks-v1")
    write_bundle(root / "one_output", OneOutput())
    write_bundle(root / "wrong_shape", WrongShape())
    write_bundle(root / "one_frame_only", OneFrameOnly())
    write_bundle(root / "not_finite_flow", NotFiniteFlow())
    write_bundle(root / "not_finite_state", NotFiniteState())
    write_bundle(root / "weight_out_of_range", WeightOutOfRange())
    write_bundle(root / "colour_out_of_range", ColourOutOfRange())
    write_bundle(root / "double_weight", DoubleWeight())
    write_bundle(root / "raises", Raises())
    write_portraits(root)
    write_eyes(root)
    write_mouths(root)
    write_bundles_that_write(root)
    write_bundle(root / "packed_weights", PackedWeights())
    write_ambiguous_bundle(root)
    write_damaged_files(root)

    write_bundle(root / "wrong_sha256", Tiny(), sha256="0" * 64)
    write_bundle(root / "malformed_sha256", Tiny(), sha256="../../etc")
    write_bundle(root / "no_sha256", Tiny(), sha256=None)
    write_bundle(root / "no_licence", Tiny(), licence=None)
    write_bundle(root / "text_learned", Tiny(), learned="yes")
    write_bundle(root / "disagreement", Tiny(), image_size=64)
    write_bundle(root / "no_manifest", Tiny())
    (root / "no_manifest" / "manifest.json").unlink()
    write_bundle(root / "manifest_not_json", Tiny())
    (root / "manifest_not_json" / "manifest.json").write_text('{"name": "tiny",')
    write_bundle(root / "manifest_list", Tiny())
    (root / "manifest_list" / "manifest.json").write_text("[1, 2]")

    (root / "face.f32").write_bytes(check_landmarks.drawn_face(192).tobytes())
    (root / "eye.f32").write_bytes(check_landmarks.drawn_eye(64).tobytes())
    write_landmark_folders(root)


def write_ambiguous_bundle(root):
    shutil.copytree(root / "tiny", root / "two_records_of_one_name")
    with zipfile.ZipFile(root / "two_records_of_one_name" / "generator.pt", "a") as archive:
        archive.writestr("archive/code/__TORCH__.py", "")
    write_manifest(root / "two_records_of_one_name")


def write_landmark_folders(root):
    """Landmark folders that must be refused: an iris network where the face mesh should be, and no manifest."""

    class WrongPoints(torch.nn.Module):
        def forward(self, rgb: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
            return rgb.flatten(1)[:, 0:15].view(-1, 5, 3), rgb.flatten(1)[:, 0]

    folder = root / "landmarks_wrong_points"
    digests = {
        name: {"sha256": save_script_module(torch.jit.script(WrongPoints()), folder / name)}
        for name in ("facemesh.pt", "iris.pt")
    }
    (folder / "manifest.json").write_text(json.dumps({"format_version": 1, "files": digests}))
    old = root / "landmarks_old_format"
    old.mkdir()
    (old / "manifest.json").write_text(json.dumps({"format_version": 0, "files": digests}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
