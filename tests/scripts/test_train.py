"""Training from end to end on made-up heads: shards, three steps, resume, export, evaluation.

Needs the Python binding (-DREENACT_BUILD_PYTHON=ON); $REENACT_NATIVE names its folder when it is in no build folder.
"""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts" / "train"), str(REPOSITORY / "scripts")]

import augment  # noqa: E402
import checkpoint  # noqa: E402
import config as configs  # noqa: E402
import data  # noqa: E402
import evaluate  # noqa: E402
import export  # noqa: E402
import face_state  # noqa: E402
import losses  # noqa: E402
import media  # noqa: E402
import native  # noqa: E402
import network  # noqa: E402
import prepare  # noqa: E402
import shards  # noqa: E402
import train  # noqa: E402
from regions import Regions  # noqa: E402

SIZE = 64
PICTURE = 96


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model():
    return native.FaceModel()


@pytest.fixture(scope="session")
def settings():
    """The default config, small enough for a test."""
    config = configs.load(configs.FOLDER / "default.json")
    config["network"].update(image_size=SIZE, person_width=8, picture_channels=8, head_channels=8, mouth_channels=4)
    config["network"]["frame_widths"] = [8, 8, 8]
    config["losses"]["terms"].update(perceptual=0.0, identity=0.0, adversarial=0.01, feature_match=0.1)
    config["losses"].update(discriminator_width=4, adversarial_from_step=1)
    config["training"].update(batch_size=2, log_every=1, warmup_steps=1, workers=0, steps=100)
    return config


def random_state(model, rng, identity):
    """A head in the middle of a picture of PICTURE pixels."""
    yaw, pitch = rng.uniform(-0.4, 0.4), rng.uniform(-0.2, 0.2)
    rotation = augment.turned(np.array([1.0, 0, 0, 0]), [pitch, yaw, 0])
    expression = np.where(rng.random(model.expression_count) < 0.1, rng.uniform(0, 0.8, model.expression_count), 0)
    middle = np.full(2, PICTURE / 2 - 0.5)
    translation, gaze = middle + rng.uniform(-2, 2, 2), rng.normal(0, 0.1, 4)
    return face_state.FaceState(identity, expression, rotation, 2.4, translation, gaze)


def drawn_head(model, state, tint):
    """RGB uint8 (PICTURE,PICTURE,3): the head coloured by neutral coordinate, before a coloured background."""
    maps = data.Renderer(model, state, PICTURE).source_maps()
    head = maps[4:7].transpose(1, 2, 0) * tint
    y, x = np.mgrid[0:PICTURE, 0:PICTURE] / PICTURE
    background = np.stack([x, y, 0.5 + 0 * x], -1)
    return np.round(np.where(maps[2][..., None] > 0, head, background) * 255).astype(np.uint8)


def made_up_records(model, rng, count):
    identity, tint = rng.normal(0, 0.7, model.identity_count), rng.uniform(0.5, 1, 3)
    records = {"jpeg": [], "states": [], "frames": [], "errors": []}
    for frame in range(count):
        state = random_state(model, rng, identity)
        encoded = cv2.imencode(".png", drawn_head(model, state, tint)[..., ::-1])[1]
        records["jpeg"].append(encoded.ravel())
        records["states"].append(state.pack())
        records["frames"].append(3 * frame)
        records["errors"].append(0.01)
    return records


@pytest.fixture(scope="session")
def shard_folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    rng = np.random.default_rng(1)
    with shards.shard_writer(folder, shard_bytes=60000) as writer:
        for name, kind, split, count in [
            ("talk0", "clip", "train", 3),
            ("talk1", "clip", "train", 4),
            ("photo0", "still", "train", 1),
            ("photo1", "still", "train", 1),
            ("unseen", "clip", "validation", 3),
        ]:
            fields = dict(name=name, kind=kind, person=name, split=split, source="made up", licence="none", real=False)
            writer.add({**fields, "hours": 0.01, "weight": 1.0}, made_up_records(model, rng, count))
        writer.close({"face_model": {"name": model.name, "sha256": model.sha256}})
    return folder


def write_config(folder, settings):
    path = folder / "config.json"
    path.write_text(json.dumps(settings))
    return path


def run_training(config, shard_folder, output, steps):
    arguments = ["--config", config, "--data", shard_folder, "--output", output, "--max-steps", steps]
    assert train.main([str(argument) for argument in [*arguments, "--device", "cpu", "--workers", 0]]) == 0


def read_log(output):
    with open(output / "log.csv", newline="") as file:
        return [{name: float(value) if value else None for name, value in row.items()} for row in csv.DictReader(file)]


@pytest.fixture(scope="session")
def trained(settings, shard_folder, tmp_path_factory):
    """Three steps in one run."""
    output = tmp_path_factory.mktemp("run")
    run_training(write_config(output, settings), shard_folder, output, 3)
    return output


def one_batch(settings, shard_folder):
    samples = data.TrainingSamples(shard_folder, settings, seed=5)
    return torch.utils.data.default_collate([samples[0], samples[1]])


# Data


def test_state_survives_packing(model):
    state = random_state(model, np.random.default_rng(3), np.linspace(-1, 1, model.identity_count))
    again = face_state.FaceState.unpack(state.pack(), model.identity_count, model.expression_count)
    assert np.allclose(again.vertices(model), state.vertices(model), atol=1e-3)
    with pytest.raises(ValueError, match="not of this face model"):
        face_state.FaceState.unpack(state.pack()[:-1], model.identity_count, model.expression_count)


def test_crop_follows_a_moved_and_resized_picture(model):
    state = random_state(model, np.random.default_rng(4), np.zeros(model.identity_count))
    crop = face_state.head_crop(model, state)
    larger = face_state.head_crop(model, shards.scaled_state(state, 2.0))
    assert np.isclose(larger.side, 2 * crop.side, rtol=1e-5)
    assert np.isclose(larger.left, 2 * (crop.left + 0.5) - 0.5, atol=1e-3)
    inside = face_state.state_in_crop(state, crop, SIZE).vertices(model)[model.on_head, :2]
    centre = (inside.min(0) + inside.max(0)) / 2
    assert np.abs(centre - (SIZE - 1) / 2).max() < SIZE / 10  # the expression may move the box a little


def test_whole_picture_as_crop_is_the_picture():
    picture = np.random.default_rng(5).integers(0, 255, (PICTURE, PICTURE, 3)).astype(np.uint8)
    whole = face_state.CropSquare(-0.5, -0.5, PICTURE)
    assert np.allclose(face_state.extract_crop(picture, whole, PICTURE), picture, atol=1e-3)
    beyond = face_state.CropSquare(-0.5 - PICTURE, -0.5, 2 * PICTURE)
    columns = face_state.inside_picture(picture.shape, beyond, 8)[0]
    assert columns.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_validation_persons_are_kept_apart(shard_folder, settings):
    samples = data.TrainingSamples(shard_folder, settings, seed=1)
    assert {item["person"] for item in samples.clips + samples.stills} == {"talk0", "talk1", "photo0", "photo1"}
    pairs = data.ValidationPairs(shard_folder, settings["network"], 4)
    assert {item["person"] for item, _ in pairs.pairs} == {"unseen"}


def test_samples_repeat_and_differ(shard_folder, settings):
    samples = data.TrainingSamples(shard_folder, settings, seed=1)
    first, again, other = samples[0], samples[0], samples[1]
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["source"], other["source"])


def test_geometry_explains_a_clip_pair(model, shard_folder):
    """The warped source must resemble the target far more than the source does: maps and crops belong together."""
    prepared = data.PreparedData(shard_folder, model)
    item = prepared.of("train", "clip")[1]
    states = [prepared.state(item, k) for k in (0, 1)]
    pictures = [prepared.picture(item, k) for k in (0, 1)]
    maker = data.SampleMaker(model, {"image_size": PICTURE, "conditioning": "mesh-v1"})
    crop = face_state.head_crop(model, states[0])
    sample = data.to_tensors(maker.clip_sample(pictures, states, crop, [*states, states[1]], True))
    maps = sample["maps"][:1]
    warped, _ = network.compose(sample["source"][None], maps[:, :2], torch.ones(1, 1, PICTURE, PICTURE), 0)
    target, valid = sample["target"][:1], sample["valid"][:1]
    seen = maps[:, 2:3] * maps[:, 3:4] * valid
    error = losses.weighted_mean((warped - target).abs(), seen)
    unmoved = losses.weighted_mean((sample["source"][None] - target).abs(), seen)
    assert error < 0.4 * unmoved
    assert sample["valid"][1].max() == 0  # a close second driver has no picture
    assert sample["step_flow"].abs().max() < 1e-3  # the second driver equals the first


def test_mirrored_sample_is_that_of_the_mirrored_head(model):
    """Mirroring maps equals rendering the mirrored head, up to the pixels at edges."""
    rng = np.random.default_rng(8)
    still = random_state(model, rng, np.zeros(model.identity_count))
    still = replace(still, expression=np.zeros(model.expression_count), gaze=np.zeros(4), translation=np.full(2, 47.5))
    turned = replace(still, rotation=augment.turned(still.rotation, [0.1, 0.3, 0.05]))

    def reflected(state):
        w, x, y, z = state.rotation
        return replace(state, rotation=np.array([w, x, -y, -z]), translation=[PICTURE - 1 - 47.5, 47.5])

    maps = data.Renderer(model, still, PICTURE).render(turned)
    other = data.Renderer(model, reflected(still), PICTURE).render(reflected(turned))
    assert np.median(np.abs(augment.mirrored_maps(maps) - other)) < 1e-3
    assert np.mean(np.abs(augment.mirrored_maps(maps) - other) > 0.02) < 0.02


def test_contrasting_pairs_differ_in_lids_and_jaw(settings, shard_folder):
    samples = data.TrainingSamples(shard_folder, settings, 1)
    assert np.count_nonzero(samples.contrasts) == len(data.CONTRASTS)
    samples.contrasts = np.ones_like(samples.contrasts)  # made-up heads do not blink
    item = max(samples.clips, key=lambda clip: clip["count"])
    draws = [samples.frames(item, np.random.default_rng(i), data.CANDIDATES) for i in range(20)]
    assert all(len(set(draw)) == 3 for draw in draws)
    drawn = [samples.contrast(item, source, first) for source, first, _ in draws]
    pairs = [(a, b) for a in range(item["count"]) for b in range(a)]
    usual = [samples.contrast(item, *pair) for pair in pairs]
    assert np.mean(drawn) > 1.1 * np.mean(usual) and max(drawn) == pytest.approx(max(usual))


def test_pictures_are_laid_onto_their_targets():
    rng = np.random.default_rng(9)
    wide = cv2.GaussianBlur(rng.random((140, 140, 3), np.float32), (0, 0), 3)
    wide = torch.from_numpy((wide - wide.min()) / (wide.max() - wide.min())).permute(2, 0, 1)[None]
    picture, target = wide[..., 6:134, 6:134], wide[..., 4:132, 9:137]
    inner = (..., slice(12, -12), slice(12, -12))
    before = (picture - target)[inner].abs().mean()
    after = (evaluate.laid_onto(picture, target) - target)[inner].abs().mean()
    assert after < 0.2 * before


def test_damaged_shards_are_refused(shard_folder, tmp_path):
    for file in shard_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    index = shards.read_index(tmp_path)
    first = tmp_path / index["shards"][0]["file"]
    first.write_bytes(first.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged"):
        shards.Shards(tmp_path, index)[0]
    with pytest.raises(ValueError, match="not a shard"):
        shards.read_records(first)
    first.unlink()
    with pytest.raises(ValueError, match="missing"):
        shards.Shards(tmp_path, index)
    (tmp_path / shards.INDEX_NAME).write_text("[]")
    with pytest.raises(ValueError, match="not an index"):
        shards.read_index(tmp_path)


def test_mapped_shards_are_those_that_were_written(shard_folder, monkeypatch):
    monkeypatch.setattr(shards, "MAPPED_SHARDS", 1)
    index = shards.read_index(shard_folder)
    opened = shards.Shards(shard_folder, index)
    assert len(index["shards"]) > 1
    for number in [*range(len(index["shards"])), 0]:
        mapped, read = opened[number], shards.read_records(shard_folder / index["shards"][number]["file"])
        assert len(mapped["jpeg"]) == len(read["jpeg"]) and np.array_equal(mapped["states"], read["states"])
        assert all(np.array_equal(a, b) for a, b in zip(mapped["jpeg"], read["jpeg"]))
        assert not mapped["jpeg"][0].flags.owndata and not mapped["jpeg"][0].flags.writeable


@pytest.mark.parametrize("picture_size", [384, 64])
def test_prepare_fits_made_up_landmarks(model, tmp_path, picture_size):
    """From a video and exact landmarks to an item: the fit puts the head where it was drawn, also in smaller pictures."""
    rng = np.random.default_rng(11)
    identity = rng.normal(0, 0.7, model.identity_count)
    states = [random_state(model, rng, identity) for _ in range(6)]
    path = tmp_path / "clip.mkv"
    prepare.write_lossless(path, [drawn_head(model, state, np.ones(3))[..., ::-1] for state in states])
    landmarks, eyes = [], [np.arange(36, 42), np.arange(42, 48)]
    for state in states:
        points = state.vertices(model)[model.arrays["landmarks68"], :2]
        iris = np.concatenate([np.repeat(points[eye].mean(0, keepdims=True), 5, 0) for eye in eyes])
        landmarks.append(np.concatenate([points, iris]))
    clip = media.Media("clip", "clip", path, "nobody", "train", "made up", "none", False, 1.0)
    fitter = model.binding.FaceFitter(model.native, 68)
    settings = prepare.Settings(tmp_path, None, True, frames_per_clip=4, picture_size=picture_size)
    item = prepare.make_item(model, fitter, clip, np.float32(landmarks), np.arange(6), settings)
    assert len(item["jpeg"]) == 4 and item["frames"] == sorted(item["frames"])
    side = min(PICTURE, picture_size)
    for packed, frame, jpeg in zip(item["states"], item["frames"], item["jpeg"]):
        assert cv2.imdecode(jpeg, cv2.IMREAD_COLOR).shape == (side, side, 3)
        fitted = face_state.FaceState.unpack(packed, model.identity_count, model.expression_count)
        points = fitted.vertices(model)[model.arrays["landmarks68"], :2]
        truth = states[frame].vertices(model)[model.arrays["landmarks68"], :2]
        truth = (truth + 0.5) * side / PICTURE - 0.5
        assert np.linalg.norm(points - truth, axis=1).mean() < 1.0
    path = tmp_path / "item.npz"
    shards.write_records(path, item)
    assert len(shards.read_records(path)["jpeg"]) == 4


def test_farthest_points_take_the_extremes():
    features = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [9.0]])
    assert prepare.farthest_points(features, 3) == [0, 3, 5] or prepare.farthest_points(features, 3) == [0, 4, 5]
    assert prepare.farthest_points(features, 10) == list(range(6))


# Network


def test_untrained_network_is_the_geometry_bundle(model, settings, shard_folder):
    batch = one_batch(settings, shard_folder)
    generator = network.Generator(model, settings["network"]).eval()
    geometry = network.geometry_of(model).eval()
    maps = batch["maps"][0]
    source, source_maps = batch["source"][:1], batch["source_maps"][:1]
    with torch.no_grad():
        ours = generator(generator.initialize(source, source_maps), maps)
        theirs = geometry(geometry.initialize(source, source_maps), maps)
    for a, b in zip(ours, theirs):
        assert torch.equal(a, b)


def test_frames_of_a_batch_do_not_depend_on_each_other(model, settings, shard_folder):
    batch = one_batch(settings, shard_folder)
    generator = network.Generator(model, settings["network"]).eval()
    torch.nn.init.normal_(generator.frame.last.weight, std=0.05)
    with torch.no_grad():
        state = generator.initialize(batch["source"][:1], batch["source_maps"][:1])
        together = generator(state, batch["maps"][0])
        alone = generator(state, batch["maps"][0, 1:])
        both = generator.initialize(batch["source"], batch["source_maps"])
    for a, b in zip(together, alone):
        assert torch.allclose(a[1:], b, atol=1e-4)
    for a, b in zip(state, both):
        assert torch.allclose(a, b[:1], atol=1e-4)


def test_gradient_reaches_every_parameter(model, settings, shard_folder):
    generator = network.Generator(model, settings["network"])
    torch.nn.init.normal_(generator.frame.last.weight, std=0.05)  # at exactly zero it would hide the layers before it
    batch = one_batch(settings, shard_folder)
    state = generator.initialize(batch["source"], batch["source_maps"])
    residual, weight, colour = generator.correct(state, batch["maps"][:, 0])
    picture, _ = network.compose(batch["source"], batch["maps"][:, 0, :2] + residual, weight, colour)
    (picture - batch["target"][:, 0]).square().sum().backward()
    silent = [
        name
        for name, parameter in generator.named_parameters()
        if parameter.grad is None or not torch.isfinite(parameter.grad).all() or parameter.grad.abs().max() == 0
    ]
    assert silent == []


def test_units_before_the_last_layer_cannot_die(model, settings, shard_folder):
    generator = network.Generator(model, settings["network"])
    torch.nn.init.normal_(generator.frame.last.weight, std=0.05)
    torch.nn.init.constant_(generator.frame.refine.bias, -100.0)
    batch = one_batch(settings, shard_folder)
    state = generator.initialize(batch["source"], batch["source_maps"])
    sum(part.sum() for part in generator.correct(state, batch["maps"][:, 0])).backward()
    assert settings["network"]["leak"] > 0
    assert generator.frame.refine.weight.grad.abs().max() > 0


def test_splat_is_the_reverse_of_sample():
    grid = network.pixel_grid(16, torch.zeros(1)).expand(1, -1, -1, -1)
    texture = torch.rand(1, 3, 16, 16)
    values = network.sample(texture, grid)
    again = network.splat(values, grid, torch.ones(1, 1, 16, 16), 16)
    assert torch.allclose(again[:, :3, :15, :15], texture[:, :, :15, :15], atol=1e-2)
    assert again[0, 3, 5, 5] == pytest.approx(1, abs=1e-3)
    nothing = network.splat(values, grid, torch.zeros(1, 1, 16, 16), 16)
    assert nothing.abs().max() == 0


def test_default_network_is_within_the_budgets(model):
    config = configs.load(configs.FOLDER / "default.json")
    costs = export.count_costs(network.Generator(model, config["network"]).eval())
    export.check_budgets(costs)
    assert costs["macs"]["forward"] > 1e8
    costs["macs"]["forward"] = 2e9
    with pytest.raises(export.ExportError, match="budget"):
        export.check_budgets(costs)


# Losses


def test_losses_vanish_at_the_target(model, settings, shard_folder):
    batch = one_batch(settings, shard_folder)
    generator = network.Generator(model, settings["network"])
    terms = losses.Losses(settings["losses"], Regions(model.arrays, generator), "cpu")
    target = batch["target"][:, 0]
    weight = terms.pixel_weight(batch["maps"][:, 0], batch["valid"][:, 0])
    assert weight.max() >= settings["losses"]["regions"]["lids"]
    at_target = terms.reconstruction(target, target, weight)
    off_target = terms.reconstruction(target.roll(2, 3), target, weight)
    assert set(at_target) == {"pixel", "gradient", "pyramid"}
    assert all(float(value) == 0 for value in at_target.values())
    assert all(float(value) > 0.001 for value in off_target.values())


def test_temporal_loss_knows_the_flow(model, settings):
    generator = network.Generator(model, settings["network"])
    terms = losses.Losses(settings["losses"], Regions(model.arrays, generator), "cpu")
    first = torch.rand(1, 3, SIZE, SIZE)
    second = first.roll(1, 3)  # one pixel to the right: the second shows at x what the first has at x − 1
    flow = torch.zeros(1, 2, SIZE, SIZE)
    flow[:, 0] = -2 / SIZE
    visible = torch.zeros(1, 1, SIZE, SIZE)
    visible[..., 8:-8, 8:-8] = 1
    grid = network.pixel_grid(SIZE, first)
    assert terms.temporal(first, second, flow, visible, grid) < 1e-4
    assert terms.temporal(first, second, -flow, visible, grid) > 0.1


def test_trust_counts_what_the_photo_shows(model, settings, shard_folder):
    batch = one_batch(settings, shard_folder)
    generator = network.Generator(model, settings["network"])
    terms = losses.Losses(settings["losses"], Regions(model.arrays, generator), "cpu")
    maps, valid = batch["maps"][:, 0], torch.ones_like(batch["valid"][:, 0])
    painted = torch.zeros_like(valid)
    assert terms.trust(painted + 1, maps, valid) == 0
    everywhere = terms.trust(painted, maps, valid)
    assert 0.3 < everywhere < 1  # lips, lids and hidden surface do not count
    hidden = maps.clone()
    hidden[:, 3] = 0
    assert terms.trust(painted, hidden, valid) < everywhere


def test_leaky_clamp_keeps_a_gradient():
    x = torch.tensor([-0.5, 0.5, 1.5], requires_grad=True)
    y = losses.leaky_clamp(x)
    assert y.detach().tolist() == pytest.approx([0, 0.5, 1])
    y.sum().backward()
    assert x.grad.tolist() == pytest.approx([0.1, 1, 0.1])


def test_missing_networks_of_losses_are_named(model, settings):
    regions = Regions(model.arrays, network.Generator(model, settings["network"]))
    for term, key in (("identity", "recognition_path"), ("detector", "detector_path")):
        weights = {**settings["losses"], "terms": {**settings["losses"]["terms"], term: 0.1}, key: "nowhere.pt"}
        with pytest.raises(FileNotFoundError, match="nowhere.pt"):
            losses.Losses(weights, regions, "cpu")


def test_detector_is_told_apart(tmp_path):
    class Brightness(torch.nn.Module):
        def forward(self, pictures):
            return 10 * (pictures.mean((1, 2, 3)) - 0.5)

    path = tmp_path / "detector.pt"
    torch.jit.script(Brightness()).save(str(path))
    detector = losses.load_detector(path, "cpu")
    bright, dark = torch.full((2, 3, 8, 8), 0.9), torch.full((2, 3, 8, 8), 0.1)
    assert losses.detector_term(detector, bright) < 0.1 < losses.detector_term(detector, dark)


# Runs


def test_training_logs_every_loss(trained):
    rows = read_log(trained)
    assert [row["step"] for row in rows] == [1, 2, 3]
    off = {"perceptual", "identity", "detector"}
    for term in set(losses.GENERATOR_TERMS) - off - {"adversarial", "feature_match"}:
        assert all(row[term] is not None for row in rows), term
    assert rows[0]["adversarial"] is None and rows[2]["adversarial"] is not None
    assert rows[0]["face_psnr"] == pytest.approx(rows[0]["face_psnr_geometry"], abs=1e-3)
    assert list(trained.glob("pictures-*.jpg"))


def test_resumed_run_goes_on_as_if_never_stopped(trained, settings, shard_folder, tmp_path):
    config = write_config(tmp_path, settings)
    run_training(config, shard_folder, tmp_path, 2)
    run_training(config, shard_folder, tmp_path, 3)
    rows, whole = read_log(tmp_path), read_log(trained)
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert rows[2]["total"] == pytest.approx(whole[2]["total"], rel=0.02)  # Adam's moments are stored as bfloat16
    state = checkpoint.load_newest(tmp_path / "checkpoints")
    assert state["step"] == 3 and state["minutes"] > 0


def test_damaged_checkpoint_is_refused_and_an_interrupted_one_ignored(trained, tmp_path):
    folder = tmp_path / "checkpoints"
    checkpoint.save(folder, 7, {"step": 7})
    (folder / "partial-00000008").mkdir()
    assert checkpoint.load_newest(folder) == {"step": 7}
    part = folder / "step-00000007" / "part-00"
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(ValueError, match="damaged"):
        checkpoint.load_newest(folder)
    with pytest.raises(ValueError, match="not a file of weights"):
        checkpoint.load_weights(part)


def test_training_reduces_the_loss_on_one_batch(settings, shard_folder, tmp_path):
    config = json.loads(json.dumps(settings))
    config["losses"]["terms"].update(adversarial=0.0, feature_match=0.0)
    config["training"]["learning_rate"] = 2e-3
    trainer = train.Trainer(config, shard_folder, tmp_path, "cpu")
    batch = one_batch(config, shard_folder)
    before = float(trainer.train_step(batch, None)["pixel"])
    for _ in range(25):
        after = float(trainer.train_step(batch, None)["pixel"])
    assert after < 0.9 * before


def test_export_equals_the_module_and_describes_the_data(trained, shard_folder, tmp_path):
    manifest = export.export(trained / "weights.pt", shard_folder, tmp_path)
    assert manifest["training_data"]["totals"] == {"persons": 4, "clips": 2, "stills": 2, "pictures": 9, "hours": 0.04}
    assert manifest["sha256"] == shards.sha256_of_file(tmp_path / "generator.pt")
    bundle = torch.jit.load(str(tmp_path / "generator.pt"))
    assert (bundle.format_version, bundle.image_size, bundle.conditioning) == (1, SIZE, "mesh-v1")
    source, source_maps, maps = export.probe(SIZE)
    with torch.no_grad():
        residual, weight, colour = bundle(bundle.initialize(source, source_maps), maps)
    assert residual.shape == (1, 2, SIZE, SIZE) and weight.shape == (1, 1, SIZE, SIZE)
    assert manifest["precisions"] == ["float32", "bfloat16"]
    assert 0 <= float(colour.min()) and float(colour.max()) <= 1
    card = (tmp_path / "README.md").read_text()
    assert "made up" in card and "unseen" not in card


def test_bfloat16_changes_a_frame_by_rounding_alone(model, settings):
    torch.manual_seed(4)
    generator = network.Generator(model, settings["network"])
    torch.nn.init.normal_(generator.frame.last.weight, std=0.05)
    bundle = network.GeneratorBundle(model, settings["network"], generator.state_dict())
    source, source_maps, maps = export.probe(SIZE)
    with torch.no_grad():
        state = bundle.initialize(source, source_maps)
        exact, rounded = bundle(state, maps), bundle.forward_bfloat16(state, maps)
        expected = generator.eval()(state, maps)
    assert not torch.equal(exact[0], rounded[0])
    for a, b, c in zip(exact, rounded, expected):
        assert b.dtype == torch.float32
        assert torch.allclose(a, b, atol=0.02)
        assert torch.allclose(a, c, atol=1e-5)


def test_bundle_that_is_wrong_in_bfloat16_is_refused(model, settings, tmp_path):
    generator = network.Generator(model, settings["network"])
    bundle = network.GeneratorBundle(model, settings["network"], generator.state_dict())
    bundle.frame_bfloat16.last.bias += 0.5
    export.save_script_module(torch.jit.script(bundle), tmp_path / "generator.pt")
    with pytest.raises(export.ExportError, match="in bfloat16 is off"):
        export.check_equal(bundle, tmp_path / "generator.pt")


def test_evaluation_of_an_untrained_network_is_a_tie(model, settings, shard_folder, tmp_path):
    generator = network.Generator(model, settings["network"])
    checkpoint.save_weights(tmp_path / "weights.pt", generator, settings, 0)
    geometry, ours, clips, _ = evaluate.evaluate(tmp_path / "weights.pt", shard_folder, 2, None)
    assert clips == 1 and {"face_psnr", "face", "picture", "warping"} <= set(ours)
    for measure, (value, persons, _) in ours.items():
        assert persons == 1
        assert value == pytest.approx(geometry[measure][0], rel=1e-4)
    assert "| PSNR in the face, dB |" in evaluate.table(geometry, ours, "")
    laid, _, _, _ = evaluate.evaluate(tmp_path / "weights.pt", shard_folder, 2, None, aligned=True)
    assert "warping" not in laid and laid["face_psnr"][0] > geometry["face_psnr"][0]


def test_landmark_conditioning_trains(settings, shard_folder, tmp_path):
    config = json.loads(json.dumps(settings))
    config["network"]["conditioning"] = "lines-v1"
    trainer = train.Trainer(config, shard_folder, tmp_path, "cpu")
    batch = one_batch(config, shard_folder)
    assert batch["lines"].shape == (2, 3, SIZE, SIZE) and batch["lines"].max() == 1
    first = trainer.generate(trainer.averaged, batch)["picture"]
    assert torch.allclose(first[0], batch["source"][0], atol=1e-3)  # without flow it starts as the photo itself
    assert torch.isfinite(trainer.train_step(batch, None)["total"])


def test_configs_are_checked(tmp_path, settings):
    config = json.loads(json.dumps(settings))
    config["training"]["learning_rte"] = 1
    with pytest.raises(ValueError, match="unknown key learning_rte"):
        configs.load(write_config(tmp_path, config))
    config = json.loads(json.dumps(settings))
    del config["data"]["colour"]
    with pytest.raises(ValueError, match="colour is missing"):
        configs.load(write_config(tmp_path, config))
    config = json.loads(json.dumps(settings))
    config["network"]["image_size"] = 100
    with pytest.raises(ValueError, match="multiple of 16"):
        configs.load(write_config(tmp_path, config))
    for path in configs.FOLDER.glob("*.json"):
        configs.load(path)
