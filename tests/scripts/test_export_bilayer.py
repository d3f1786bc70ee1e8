"""scripts/export/bilayer.py on randomly initialised checkpoints, against a plain reading of the published model."""

import collections
import json
import math
import pickle
import re
import shutil
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from bilayer_checkpoint import EPOCH, NARROW, REPOSITORY, bilayer, write_checkpoint

from bilayer_network import BilayerGenerator, Settings, erode

sys.path.insert(0, str(REPOSITORY / "tests" / "infer"))
from make_test_bundles import SavesWhenLoaded  # noqa: E402

SCRIPT = REPOSITORY / "scripts" / "export" / "bilayer.py"
BLOCKS = 4  # of both generators at 64 pixels


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bilayer") / "run"
    write_checkpoint(folder)
    return folder


@pytest.fixture()
def copy(checkpoint, tmp_path):
    return shutil.copytree(checkpoint, tmp_path / "run")


@pytest.fixture(scope="session")
def generator(checkpoint):
    return bilayer.read_checkpoint(checkpoint, EPOCH, "bilayer")


def file_of(folder, network):
    return folder / "checkpoints" / f"{EPOCH}_{network}.pth"


def change(folder, network, edit):
    """Writes a network's file again after `edit` has changed its tensors."""
    path = file_of(folder, network)
    tensors = torch.load(path)
    edit(tensors)
    torch.save(tensors, path)


def refusal(folder):
    with pytest.raises(bilayer.CheckpointError) as caught:
        bilayer.read_checkpoint(folder, EPOCH, "bilayer")
    return str(caught.value)


class Published:
    """The composition of the published model, layer by layer, from its stored tensors alone."""

    def __init__(self, folder):
        self.tensors = {name: torch.load(file_of(folder, name)) for name in bilayer.NETWORKS}

    def weight(self, network, name):
        tensors = self.tensors[network]
        if f"{name}.weight_orig" not in tensors:
            return tensors[f"{name}.weight"]
        weight = tensors[f"{name}.weight_orig"]
        sigma = tensors[f"{name}.weight_u"] @ weight.flatten(1) @ tensors[f"{name}.weight_v"]
        return weight / sigma

    def layer(self, network, name, x):
        weight, bias = self.weight(network, name), self.tensors[network][f"{name}.bias"]
        if weight.dim() == 2:
            return F.linear(x, weight, bias)
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)

    def norm(self, network, name, x, **affine):
        tensors = self.tensors[network]
        return F.batch_norm(x, tensors[f"{name}.running_mean"], tensors[f"{name}.running_var"], eps=1e-7, **affine)

    def residual(self, name, x, pool):
        """Block of the embedder: result, and its features."""
        network = "identity_embedder"
        features = F.leaky_relu(self.layer(network, f"{name}.block_feats.1", F.leaky_relu(x, 0.2)), 0.2)
        main = self.layer(network, f"{name}.block.0", features)
        has_skip = f"{name}.skip.0.bias" in self.tensors[network]
        skip = self.layer(network, f"{name}.skip.0", x) if has_skip else x
        return (F.avg_pool2d(main, 2) + F.avg_pool2d(skip, 2) if pool else main + skip), features

    def embeddings(self, photo, mask, lines):
        x = torch.cat([photo * mask + (-1) * (1 - mask), lines], 1)
        x = self.layer("identity_embedder", "net.enc.0", x)
        for i in range(1, 4):
            x, _ = self.residual(f"net.enc.{i}", x, pool=True)
        embeddings = []
        for i in range(BLOCKS):
            x, features = self.residual(f"net.dec_blocks.{i}", x, pool=False)
            embeddings.append(features)
        return embeddings

    def projected(self, network, projector, embeddings, share):
        """[(weight, bias)] of all chains; `share` is rows over channels of an embedding."""
        pairs = []
        for stage, embedding in enumerate(embeddings):
            rows = int(embedding.shape[1] * share)
            pooled = F.adaptive_avg_pool2d(embedding, int(32 * share)).reshape(rows, -1)
            chain = 0
            while f"{projector}.fc_blocks.{stage}.{chain}.0.bias" in self.tensors[network]:
                x = pooled
                for layer in range(3):
                    x = self.layer(network, f"{projector}.fc_blocks.{stage}.{chain}.{layer}", x)
                pairs.append((x[:, :-1], x[:, -1]))
                chain += 1
        return pairs

    @staticmethod
    def mixed(x, pair):
        """An adaptive 1x1 convolution as a product of matrices."""
        weight, bias = pair
        return torch.einsum("oi,nihw->nohw", weight, x) + bias[:, None, None]

    def pixel_norm(self, name, x, scale, shift):
        features = self.tensors["texture_generator"][f"{name}.pixel_feats"]
        x = self.norm("texture_generator", f"{name}.norm_layer", x)
        return x * (self.mixed(features, scale) + 1) + self.mixed(features, shift)

    def first_norm(self, network, name, x):
        tensors = self.tensors[network]
        return self.norm(network, name, x, weight=tensors[f"{name}.weight"], bias=tensors[f"{name}.bias"])

    def texture(self, embeddings):
        network = "texture_generator"
        pairs = iter(self.projected(network, "prj_tex", embeddings, 1))
        x = self.tensors[network]["gen_tex_input"]
        for i in range(BLOCKS):
            name = f"gen_tex.blocks.{i}"
            if i == 0:
                y = self.first_norm(network, f"{name}.block_feats.0", x)
            else:
                y = self.pixel_norm(f"{name}.block_feats.0", x, next(pairs), next(pairs))
            y = self.layer(network, f"{name}.block_feats.3", F.interpolate(F.leaky_relu(y, 0.2), scale_factor=2))
            y = F.leaky_relu(self.pixel_norm(f"{name}.block_feats.4", y, next(pairs), next(pairs)), 0.2)
            x = self.layer(network, f"{name}.block.0", y) + self.mixed(F.interpolate(x, scale_factor=2), next(pairs))
        x = F.leaky_relu(self.pixel_norm(f"gen_tex.blocks.{BLOCKS}", x, next(pairs), next(pairs)), 0.2)
        assert next(pairs, None) is None
        return torch.tanh(self.layer(network, "gen_tex.heads.0.0", x))

    def adaptive_norm(self, name, x, pair):
        weight, bias = pair[0][:, 0] + 1, pair[1]
        return self.norm("inference_generator", f"{name}.norm_layer", x) * weight[:, None, None] + bias[:, None, None]

    def frame(self, embeddings, texture, points):
        network = "inference_generator"
        pairs = iter(self.projected(network, "prj_inf", embeddings, 0.5))
        x = points.reshape(len(points), -1)
        for layer in (0, 2, 4, 6):
            x = self.layer("keypoints_embedder", f"net.mlp.{layer}", x if layer == 0 else F.leaky_relu(x, 0.2))
        x = x.view(len(points), -1, 4, 4)
        for i in range(BLOCKS):
            name = f"gen_inf.blocks.{i}"
            if i == 0:
                y = self.first_norm(network, f"{name}.block_feats.0", x)
            else:
                y = self.adaptive_norm(f"{name}.block_feats.0", x, next(pairs))
            y = self.layer(network, f"{name}.block_feats.2", F.leaky_relu(y, 0.2))
            y = F.leaky_relu(self.adaptive_norm(f"{name}.block_feats.3", y, next(pairs)), 0.2)
            y = self.layer(network, f"{name}.block.1", F.interpolate(y, scale_factor=2))
            x = y + self.mixed(F.interpolate(x, scale_factor=2), next(pairs))
        x = F.leaky_relu(self.adaptive_norm(f"gen_inf.blocks.{BLOCKS}", x, next(pairs)), 0.2)
        assert next(pairs, None) is None
        offset, low, logit = (self.layer(network, f"gen_inf.heads.{i}.0", x) for i in range(3))
        grid = self.tensors[network]["identity_grid"] + torch.tanh(offset).permute(0, 2, 3, 1)
        high = F.grid_sample(texture.repeat(len(points), 1, 1, 1), grid, align_corners=False)
        return torch.tanh(low) + high, torch.sigmoid(logit)


def source():
    """(photo in [0,1], maps): an alpha of two values, and lines."""
    random = torch.Generator().manual_seed(5)
    photo = torch.rand(1, 3, 64, 64, generator=random)
    alpha = (torch.rand(1, 1, 64, 64, generator=random) > 0.02).float()
    lines = (torch.rand(1, 3, 64, 64, generator=random) > 0.9).float()
    return photo, torch.cat([alpha, lines], 1)


@torch.no_grad()
def test_it_computes_what_the_published_model_does(checkpoint, generator):
    photo, maps = source()
    points = 2 * torch.rand(2, 68, 2, generator=torch.Generator().manual_seed(6)) - 1
    state = generator.initialize(photo, maps)
    colour, alpha = generator(state, points)

    published = Published(checkpoint)
    lines = torch.where(maps[:, 1:] > 0, maps[:, 1:], torch.tensor(1 / 255))  # drawn on a canvas of 1 of 255
    embeddings = published.embeddings(2 * photo - 1, erode(maps[:, :1]), 2 * lines - 1)
    texture = published.texture(embeddings)
    picture, mask = published.frame(embeddings, texture, points)

    assert torch.allclose(state[-1], texture, atol=1e-5)
    assert texture.std() > 0.05 and picture.std() > 0.05 and mask.std() > 0.01  # nothing is saturated or constant
    assert torch.allclose(colour, (picture.clamp(-1, 1) + 1) / 2, atol=1e-5)
    assert torch.allclose(alpha, mask, atol=1e-5)


def test_each_frame_depends_on_its_own_points_alone(generator):
    with torch.no_grad():
        state = generator.initialize(*source())
        points = torch.rand(3, 68, 2, generator=torch.Generator().manual_seed(1)) - 0.5
        together = generator(state, points)
        for i in range(3):
            for all_frames, one in zip(together, generator(state, points[i : i + 1])):
                assert torch.allclose(all_frames[i : i + 1], one, atol=1e-5)
    assert not torch.allclose(together[0][0], together[0][1], atol=1e-3)


def test_erosion_takes_the_least_within_two_and_a_half_pixels():
    mask = torch.rand(1, 1, 9, 11, generator=torch.Generator().manual_seed(2))
    eroded = erode(mask)
    for y in range(9):
        for x in range(11):
            near = [
                mask[0, 0, b, a]
                for b in range(9)
                for a in range(11)
                if (b - y) ** 2 + (a - x) ** 2 < 6.25
            ]
            assert eroded[0, 0, y, x] == min(near)


def test_names_and_shapes_are_those_of_the_published_files():
    """Facts of the published model; the totals are in millions of parameters."""
    model = BilayerGenerator(Settings())
    stored = {name: bilayer.stored_shapes(getattr(model, name)) for name in bilayer.NETWORKS}
    known = {
        "identity_embedder": {
            "net.enc.0.weight_orig": (64, 6, 3, 3),
            "net.enc.5.block_feats.1.weight_v": (512 * 9,),
            "net.enc.1.skip.0.weight_orig": (128, 64, 1, 1),
            "net.dec_blocks.5.block.0.bias": (64,),
        },
        "texture_generator": {
            "gen_tex_input": (1, 512, 4, 4),
            "gen_tex.blocks.0.block_feats.0.weight": (512,),
            "gen_tex.blocks.0.block_feats.4.pixel_feats": (1, 512, 8, 8),
            "gen_tex.blocks.6.pixel_feats": (1, 64, 256, 256),
            "prj_tex.fc_blocks.5.4.2.weight_orig": (65, 128),
        },
        "keypoints_embedder": {"net.mlp.0.weight_orig": (256, 136), "net.mlp.6.weight_orig": (4096, 256)},
        "inference_generator": {
            "identity_grid": (1, 256, 256, 2),
            "gen_inf.blocks.0.block_feats.2.weight_orig": (256, 256, 3, 3),
            "gen_inf.blocks.5.block_feats.3.norm_layer.running_mean": (32,),
            "gen_inf.blocks.5.block.1.weight_u": (32,),
            "gen_inf.heads.2.0.bias": (1,),
            "prj_inf.fc_blocks.0.1.0.weight_orig": (512, 512),
            "prj_inf.fc_blocks.5.2.2.weight_orig": (2, 128),
        },
    }
    for network, shapes in known.items():
        for name, shape in shapes.items():
            assert stored[network][name] == shape
    assert not any(name.startswith("net.dec_blocks.0.skip") for name in stored["identity_embedder"])

    def millions(part):
        return round(sum(parameter.numel() for parameter in part.parameters()) / 1e6, 2)

    assert millions(model.identity_embedder) == 31.44
    assert millions(model.texture_generator.gen_tex) + 0.01 == 32.55  # with the constant
    assert millions(model.texture_generator.prj_tex) == 23.12
    assert millions(model.keypoints_embedder) == 1.22
    assert millions(model.inference_generator.gen_inf) == 4.12
    assert millions(model.inference_generator.prj_inf) == 7.72
    rows = (256, 256, 256, 128, 64, 32)  # of the stages
    stages = model.inference_generator.prj_inf.fc_blocks
    assert sum(n * chain[2].out_features for n, stage in zip(rows, stages) for chain in stage) == 244576


def test_a_bundle_fulfils_its_manifest(checkpoint, tmp_path):
    output = tmp_path / "narrow"
    result = subprocess.run(
        [sys.executable, SCRIPT, "--checkpoint", checkpoint, "--output", output, "--licence", "a test's"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["name"] == "narrow" and manifest["conditioning"] == "landmarks-v1"
    assert manifest["image_size"] == 64 and manifest["licence"] == "a test's"
    bundle = torch.jit.load(str(output / "generator.pt"))
    assert (bundle.name, bundle.conditioning, bundle.image_size) == ("narrow", "landmarks-v1", 64)
    assert manifest["macs"]["initialize"] > 10 * manifest["macs"]["forward"] > 0


def test_a_missing_an_extra_and_a_misshapen_tensor_are_named(copy):
    change(copy, "texture_generator", lambda tensors: tensors.pop("gen_tex.blocks.1.block_feats.0.pixel_feats"))
    assert "2225_texture_generator.pth lacks the tensor gen_tex.blocks.1.block_feats.0.pixel_feats" in refusal(copy)

    def narrow(tensors):
        tensors["net.enc.0.weight_u"] = tensors["net.enc.0.weight_u"][1:]

    change(copy, "identity_embedder", narrow)
    assert "the tensor net.enc.0.weight_u is [7] where [8] is needed" in refusal(copy)


def test_every_tensor_is_used(checkpoint, tmp_path):
    for network in bilayer.NETWORKS:
        copy = shutil.copytree(checkpoint, tmp_path / network)
        change(copy, network, lambda tensors: tensors.update(another=torch.zeros(1)))
        assert f"2225_{network}.pth holds the tensor another" in refusal(copy)


def test_every_tensor_is_needed(checkpoint):
    """Of each network but for the counters of batch normalisation, which old checkpoints lack."""
    for network in bilayer.NETWORKS:
        part = getattr(BilayerGenerator(NARROW), network)
        tensors = torch.load(file_of(checkpoint, network))
        assert set(tensors) == set(bilayer.stored_shapes(part))
        for name in list(tensors)[:: max(1, len(tensors) // 7)]:
            if name.endswith(bilayer.COUNTER):
                continue
            with pytest.raises(bilayer.CheckpointError, match=re.escape(f"lacks the tensor {name},")):
                bilayer.fit({key: value for key, value in tensors.items() if key != name}, part, "file")


def test_counters_may_be_missing(copy):
    def drop(tensors):
        for name in [name for name in tensors if name.endswith(bilayer.COUNTER)]:
            del tensors[name]

    change(copy, "inference_generator", drop)
    bilayer.read_checkpoint(copy, EPOCH, "bilayer")


def test_numbers_that_are_not_finite_are_named(copy):
    def spoil(tensors):
        tensors["net.mlp.2.bias"][3] = math.nan

    change(copy, "keypoints_embedder", spoil)
    assert "the tensor net.mlp.2.bias holds numbers that are not finite" in refusal(copy)
    change(copy, "keypoints_embedder", lambda tensors: tensors.update({"net.mlp.2.bias": torch.zeros(16)}))
    change(copy, "keypoints_embedder", lambda tensors: tensors["net.mlp.4.weight_u"].zero_())
    assert "the spectral norm of net.mlp.4.weight is zero" in refusal(copy)


@pytest.mark.parametrize(
    "line, complaint",
    [
        ("emb_norm_layer_type: bn", "says emb_norm_layer_type: bn; this script knows none alone"),
        ("inf_pred_segmentation: False", "says inf_pred_segmentation: False"),
        ("folder_postfix: arcsoft", "only models of 68 points"),
        ("tex_num_channels: many", "says tex_num_channels: many"),
        ("image_size: 100", "is not a power of two"),
        ("eps: small", "says eps: small"),
    ],
)
def test_other_networks_are_refused_by_their_arguments(copy, line, complaint):
    with open(copy / "args.txt", "a") as file:
        file.write(line + "\n")
    assert complaint in refusal(copy)


def test_missing_files_are_named(copy):
    file_of(copy, "keypoints_embedder").unlink()
    assert refusal(copy).endswith("2225_keypoints_embedder.pth is missing")
    (copy / "args.txt").unlink()
    assert "args.txt is missing" in refusal(copy)


class Runs:
    """A pickle that makes a file when it is read."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_nothing_of_a_checkpoint_runs(copy, tmp_path):
    made = tmp_path / "made"
    path = file_of(copy, "identity_embedder")
    path.write_bytes(pickle.dumps(Runs(made)))
    assert "does not hold tensors alone" in refusal(copy)
    torch.save({"net.enc.0.bias": Runs(made)}, path)
    assert "does not hold tensors alone" in refusal(copy)
    torch.jit.save(torch.jit.script(SavesWhenLoaded(str(made))), path)
    assert "holds TorchScript, a program" in refusal(copy)
    assert not made.exists()
    torch.jit.load(str(path))
    assert made.exists()  # or the last of them would have tested nothing


def test_what_is_not_a_state_dict_is_refused(copy):
    path = file_of(copy, "identity_embedder")
    for content, complaint in (
        ([torch.zeros(1)], "holds no state dict"),
        ({"net.enc.0.bias": 3}, "is not a tensor with a name"),
        (collections.OrderedDict({5: torch.zeros(1)}), "is not a tensor with a name"),
    ):
        torch.save(content, path)
        assert complaint in refusal(copy)
    path.write_bytes(b"\x80\x02}q")
    assert "is damaged" in refusal(copy)
    path.write_bytes(b"")
    assert "is damaged" in refusal(copy)


def test_the_format_of_later_versions_is_read_too(copy):
    for network in bilayer.NETWORKS:
        change(copy, network, lambda tensors: None)
    bilayer.read_checkpoint(copy, EPOCH, "bilayer")


def test_a_refusal_is_one_sentence(copy, tmp_path):
    file_of(copy, "inference_generator").unlink()
    result = subprocess.run(
        [sys.executable, SCRIPT, "--checkpoint", copy, "--output", tmp_path / "out"], capture_output=True, text=True
    )
    assert result.returncode == 1 and result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
