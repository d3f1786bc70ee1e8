"""Writes tiny networks, good and broken, and inputs with known outputs, for the tests of LPIPS, embeddings and costs.

make_test_networks.py FOLDER
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
sys.path.insert(0, str(REPOSITORY / "tests" / "support" / "seeded_lpips"))

import check_landmarks  # noqa: E402
import export_lpips  # noqa: E402
from torchscript_file import save_script_module  # noqa: E402


class Everything(torch.nn.Module):
    """One of every operator whose multiply-accumulates are counted; the test has the count by hand."""

    def __init__(self):
        super().__init__()
        self.strided = torch.nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.grouped = torch.nn.Conv2d(8, 8, (3, 1), padding=(1, 0), groups=4, bias=False)
        self.dilated = torch.nn.Conv2d(8, 6, 3, dilation=2)
        self.transposed = torch.nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1)
        self.linear = torch.nn.Linear(12, 5)
        self.unused = torch.nn.Linear(100, 100)
        self.norm = torch.nn.BatchNorm2d(8)

    def forward(self, picture: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.norm(self.strided(picture)))
        x = self.transposed(self.dilated(self.grouped(x)))
        vector = x.flatten(1)[:, 0:12]
        y = self.linear(rows)
        y = torch.bmm(y, y.transpose(1, 2))
        z = torch.matmul(rows, vector[0])
        return y.sum() + z.sum() + self.linear(vector).sum() + torch.mm(vector, vector.t()).sum()

    @torch.jit.export
    def light(self, picture: torch.Tensor) -> torch.Tensor:
        x = picture
        for _ in range(3):
            x = F.conv2d(x, self.grouped.weight, groups=4, padding="same")
        return x


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.gru(x)[0]


class Forked(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.jit.wait(torch.jit.fork(self.linear, x))


class NotZeroForEqual(torch.nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a.mean() + b.mean() + 3


class Constant(torch.nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a - a).mean()


class TwoValues(torch.nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a - b).abs().mean((0, 1, 2))[0:2]


class OnePicture(torch.nn.Module):
    def forward(self, a: torch.Tensor) -> torch.Tensor:
        return a.mean()


class NotFinite(torch.nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a - b).mean() / 0


class ShortEmbedding(torch.nn.Module):
    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        return rgb.flatten(1)[:, 0:64]


class HalfSegmentation(torch.nn.Module):
    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        return rgb[:, 0, ::2, ::2]


class BrightSegmentation(torch.nn.Module):
    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        return rgb[:, 0] + 2


def write_lpips(root):
    """The distance of two pictures that Python computes by the network the export script wrote."""
    if export_lpips.main(["--net", "vgg", "--output", str(root / "lpips.pt")]) != 0:
        raise SystemExit("export_lpips.py failed")
    a, b = (torch.rand(1, 3, 70, 90, generator=torch.Generator().manual_seed(seed)) for seed in (5, 6))
    with torch.no_grad():
        distance = export_lpips.load_network("vgg")(2 * a - 1, 2 * b - 1)
    for name, tensor in {"lpips_a": a, "lpips_b": b, "lpips_distance": distance}.items():
        (root / f"{name}.f32").write_bytes(tensor.numpy().tobytes())


def write_embedding_folders(root):
    (root / "face_150.f32").write_bytes(check_landmarks.drawn_face(150).tobytes())
    for folder, version in (("short_embedding", 1), ("old_embedding", 0)):
        digest = save_script_module(torch.jit.script(ShortEmbedding()), root / folder / "face_recognition.pt")
        manifest = {"format_version": version, "files": {"face_recognition.pt": {"sha256": digest}}}
        (root / folder / "manifest.json").write_text(json.dumps(manifest))


def write_segmentation_folders(root):
    (root / "face_256.f32").write_bytes(check_landmarks.drawn_face(256).tobytes())
    networks = (("half_segmentation", HalfSegmentation, 1), ("bright_segmentation", BrightSegmentation, 1))
    for folder, network, version in (*networks, ("old_segmentation", HalfSegmentation, 0)):
        digest = save_script_module(torch.jit.script(network()), root / folder / "selfie.pt")
        manifest = {"format_version": version, "files": {"selfie.pt": {"sha256": digest}}}
        (root / folder / "manifest.json").write_text(json.dumps(manifest))
    shutil.copytree(root / "half_segmentation", root / "damaged_segmentation")
    with (root / "damaged_segmentation" / "selfie.pt").open("ab") as file:
        file.write(b"more")


def main(root):
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    torch.manual_seed(1)
    networks = {
        "everything": Everything(),
        "recurrent": Recurrent(),
        "forked": Forked(),
        "not_zero_for_equal": NotZeroForEqual(),
        "constant": Constant(),
        "two_values": TwoValues(),
        "one_picture": OnePicture(),
        "not_finite": NotFinite(),
    }
    for name, network in networks.items():
        save_script_module(torch.jit.script(network.eval()), root / f"{name}.pt")
    save_script_module(torch.jit.freeze(torch.jit.script(networks["everything"])), root / "everything_frozen.pt")
    write_lpips(root)
    write_embedding_folders(root)
    write_segmentation_folders(root)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
