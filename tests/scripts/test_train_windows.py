"""Training of the windows around mouth and eyes, from end to end on made-up heads.

Needs the Python binding (-DREENACT_BUILD_PYTHON=ON); $REENACT_NATIVE names its folder when it is in no build folder.
"""

import copy
import csv
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts" / "train"), str(REPOSITORY / "scripts")]

import augment  # noqa: E402
import config as configs  # noqa: E402
import data  # noqa: E402
import evaluate_windows  # noqa: E402
import face_state  # noqa: E402
import flops  # noqa: E402
import native  # noqa: E402
import shards  # noqa: E402
import train_windows  # noqa: E402
import window_data  # noqa: E402
import window_losses  # noqa: E402
import window_measures  # noqa: E402
import window_network  # noqa: E402
import windows  # noqa: E402

PICTURE = 160


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def model():
    return native.FaceModel()


@pytest.fixture(scope="module")
def settings():
    """The mouth's config, small enough for a test."""
    config = train_windows.load_config(configs.FOLDER / "windows" / "mouth.json")
    config["network"].update(frame_widths=[8, 8, 8], person_widths=[8, 8], features=8, discriminator_widths=[8, 8, 8])
    config["losses"]["terms"].update(perceptual=0.0)
    config["losses"].update(discriminator_from_step=1, adversarial_from_step=2, penalty_every=2)
    config["training"].update(batch_size=2, log_every=1, warmup_steps=1, workers=0, steps=100)
    return config


def state_of(model, identity, yaw=0.0, pitch=0.0, roll=0.0, jaw=0.0, middle=(0.0, 0.0)):
    """A head of 6 px/cm in a picture of PICTURE pixels; radians."""
    rotation = augment.turned(augment.turned(np.array([1.0, 0, 0, 0]), [pitch, yaw, 0]), [0, 0, roll])
    expression = np.zeros(model.expression_count)
    expression[model.expression_names.index("jawOpen")] = jaw
    translation = np.full(2, PICTURE / 2 - 0.5) + middle
    return face_state.FaceState(identity, expression, rotation, 6.0, translation, np.zeros(4))


def drawn_head(model, state):
    """RGB uint8 (PICTURE,PICTURE,3): the head coloured by neutral coordinate, before grey."""
    maps = data.Renderer(model, state, PICTURE).source_maps()
    head = maps[4:7].transpose(1, 2, 0)
    return np.round(np.where(maps[2][..., None] > 0, head, 0.5) * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def shard_folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    rng = np.random.default_rng(1)
    with shards.shard_writer(folder, shard_bytes=200000) as writer:
        for name, kind, split, count in [
            ("talk0", "clip", "train", 4),
            ("talk1", "clip", "train", 3),
            ("photo0", "still", "train", 1),
            ("unseen", "clip", "validation", 3),
        ]:
            identity = rng.normal(0, 0.7, model.identity_count)
            records = {"jpeg": [], "states": [], "frames": [], "errors": []}
            for frame in range(count):
                angles = rng.uniform(-0.3, 0.3, 3)
                state = state_of(model, identity, *angles, jaw=rng.uniform(0, 0.9))
                encoded = cv2.imencode(".png", drawn_head(model, state)[..., ::-1])[1]
                for key, value in zip(records, (encoded.ravel(), state.pack(), frame, 0.01)):
                    records[key].append(value)
            fields = dict(name=name, kind=kind, person=name, split=split, source="made up", licence="none", real=False)
            writer.add({**fields, "hours": 0.01, "weight": 1.0}, records)
        writer.close({"face_model": {"name": model.name, "sha256": model.sha256}})
    return folder


def run_training(config, shard_folder, output, steps):
    path = output.parent / f"{output.name}.json"
    path.write_text(json.dumps(config))
    arguments = ["--config", path, "--data", shard_folder, "--output", output, "--max-steps", steps]
    assert train_windows.main([str(argument) for argument in [*arguments, "--device", "cpu", "--workers", 0]]) == 0


def read_log(output):
    with open(output / "log.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def trained(settings, shard_folder, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs") / "run"
    run_training(settings, shard_folder, output, 4)
    return output


ALL_WINDOWS = (windows.MOUTH, windows.RIGHT_EYE, windows.LEFT_EYE)


@pytest.mark.parametrize("window", ALL_WINDOWS, ids=lambda window: window.name)
def test_window_follows_the_corners_without_roll(model, window):
    identity = np.zeros(model.identity_count)
    state = state_of(model, identity, yaw=0.1, roll=0.5, middle=(9, -4))
    here = windows.place(model, window, state)
    anchors = model.arrays["landmarks68"][list(window.anchors)]
    matrix = here.matrix()
    points = state.vertices(model)[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert points[anchors].mean(0) == pytest.approx(np.full(2, (window.side - 1) / 2), abs=1e-3)
    level = windows.place(model, window, state_of(model, identity, yaw=0.1)).matrix()
    upright = state_of(model, identity, yaw=0.1).vertices(model)[:, :2] @ level[:, :2].T + level[:, 2]
    assert np.abs(points - upright).max() < 0.5  # a rolled head looks the same
    assert abs(np.linalg.det(matrix[:, :2])) ** 0.5 * state.scale == pytest.approx(window.px_per_cm)


@pytest.mark.parametrize("window", ALL_WINDOWS, ids=lambda window: window.name)
def test_state_in_the_window_projects_to_where_the_picture_is_cut(model, window):
    state = state_of(model, np.zeros(model.identity_count), yaw=-0.2, pitch=0.1, roll=-0.3)
    here = windows.place(model, window, state, zoom=1.1, angle=0.1, shift=(3, -2))
    expected = here.matrix()[:, :2] @ state.vertices(model)[:, :2].T + here.matrix()[:, 2:]
    found = here.of_state(state).vertices(model)[:, :2].T
    if window.mirrored:
        found[0] = window.side - 1 - found[0]
    assert np.abs(found - expected).max() < 0.01


@pytest.mark.parametrize("window", ALL_WINDOWS, ids=lambda window: window.name)
def test_flow_leads_from_the_drivers_window_to_the_sources(model, window):
    """A picture coloured by neutral coordinate, warped, has the colours of the driver's maps where the source shows it."""
    identity = np.random.default_rng(3).normal(0, 0.7, model.identity_count)
    source, driver = state_of(model, identity, 0.1, roll=0.2, jaw=0.5), state_of(model, identity, -0.1, 0.1, -0.3, 0.3)
    here, there = windows.place(model, window, source), windows.place(model, window, driver)
    renderer = windows.WindowRenderer(model, window, source, here)
    picture = renderer.source_maps()[4:7].transpose(1, 2, 0)
    maps = renderer.render(driver, there)
    seen = window.cut(maps[2] * maps[3]) > 0.99
    assert seen.mean() > 0.6
    warped = windows.warped(window, np.ascontiguousarray(picture), maps)
    error = np.abs(window.cut(warped.transpose(2, 0, 1)) - window.cut(maps[4:7])).max(0)
    assert np.median(error[seen]) < 0.005 and np.quantile(error[seen], 0.95) < 0.05


def test_an_opened_mouth_has_an_inside_and_a_shut_one_has_little(model):
    identity = np.zeros(model.identity_count)
    areas = []
    for jaw in (0.0, 0.8):
        state = state_of(model, identity, jaw=jaw)
        here = windows.place(model, windows.MOUTH, state)
        maps = windows.WindowRenderer(model, windows.MOUTH, state, here).source_maps()
        assert maps.shape == (12, 160, 160) and np.all(maps[11] <= maps[10])
        areas.append(maps[10].sum())
    assert areas[1] > 800 and areas[0] < 0.3 * areas[1]


def test_mirrored_window_is_that_of_the_mirrored_head(model):
    """The model is symmetric, so that the left eye of a mirrored pose is the right eye mirrored."""
    identity = np.zeros(model.identity_count)
    turned, other = state_of(model, identity, yaw=0.3), state_of(model, identity, yaw=-0.3)
    maps = [
        windows.WindowRenderer(model, window, state, windows.place(model, window, state)).source_maps()
        for window, state in ((windows.RIGHT_EYE, turned), (windows.LEFT_EYE, other))
    ]
    differs = np.abs(maps[0] - maps[1]).max(0) > 0.05
    assert maps[0][10].sum() > 200 and differs.mean() < 0.02


@pytest.mark.parametrize("kind", ["eyes", "mouth"])
def test_program_renders_the_windows_that_the_networks_learned_from(model, kind):
    identity = np.zeros(model.identity_count)
    source = state_of(model, identity, yaw=0.2, roll=0.3, middle=(180, 160))
    driver = state_of(model, identity, yaw=-0.3, pitch=0.1, roll=-0.2, jaw=0.5, middle=(150, 170))
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (320, 340, 3), np.uint8), (0, 0), 2)
    program = model.binding.WindowRenderer(model.native, kind, source.native(model.binding), picture)
    warped, maps, places = program.render(driver.native(model.binding))
    for number, window in enumerate(windows.NETWORK_WINDOWS[kind]):
        maker = window_data.WindowSampleMaker(model, window)
        here, there = windows.place(model, window, source), windows.place(model, window, driver)
        target = np.zeros((window.side, window.side, 3), np.float32)
        told = (driver, there, target, target[..., 0], window_data.no_inside(window))
        sample = maker.sample(maker.cut(picture, here), source, here, [told])
        assert np.allclose(places[number] @ [150, 170, 1] + window.corner[::-1], there.matrix() @ [150, 170, 1], atol=1e-3)
        assert np.abs(program.source()[number] - sample["source"]).max() < 1.5 / 255
        assert np.abs(program.source_maps()[number] - sample["source_maps"]).mean() < 1e-4
        assert np.abs(maps[number] - sample["maps"][0]).mean() < 1e-4
        assert np.abs(warped[number] - sample["warped"][0]).mean() < 1e-3


def test_samples_repeat_and_differ(shard_folder, settings):
    samples = window_data.WindowSamples(shard_folder, settings, seed=5)
    first, again, other = samples[3], samples[3], samples[4]
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["target"], other["target"])
    assert first["warped"].shape == (2, 3, 96, 128) and first["source"].shape == (3, 160, 160)


def test_frames_are_alike_in_what_the_network_paints(model):
    for network, moving, resting in (("mouth", "jawOpen", "eyeBlink_L"), ("eyes", "eyeBlink_L", "jawOpen")):
        contrasts = window_data.contrasts_of(network, model)
        assert contrasts[model.expression_names.index(moving)] == 1
        assert contrasts[model.expression_names.index(resting)] == 0


def test_an_inside_is_given_in_its_share_and_stays_in_the_mouth(shard_folder, settings):
    config = copy.deepcopy(settings)
    config["data"].update(still_share=0.0, inside_share=1.0)
    samples = window_data.WindowSamples(shard_folder, config, seed=2)
    given = [samples[i]["interior"] for i in range(8)]
    maps = [samples[i]["maps"] for i in range(8)]
    assert sum(float(inside[:, 3].sum()) > 0 for inside in given) >= 5
    for inside, map_ in zip(given, maps):
        assert torch.all(inside[:, 3] <= map_[:, 10] + 1e-6)
        assert torch.all(inside[:, :3].abs().sum(1)[inside[:, 3] == 0] == 0)
    config["data"]["inside_share"] = 0.0
    samples = window_data.WindowSamples(shard_folder, config, seed=2)
    assert all(samples[i]["interior"].abs().sum() == 0 for i in range(4))


def test_close_drivers_are_explained_by_the_flow_between_them(shard_folder, settings):
    """What is warped for the first driver, warped on by the step, is what is warped for the second."""
    config = copy.deepcopy(settings)
    config["data"].update(still_share=0.0, temporal_share=1.0, inside_share=0.0, fit_jitter=0.0, degrade_share=0.0)
    sample = window_data.WindowSamples(shard_folder, config, seed=1)[0]
    flow, visible = sample["step_flow"][None], sample["step_visible"][None]
    assert sample["valid"][1].sum() == 0 and visible.mean() > 0.3
    first, second = sample["warped"][:1], sample["warped"][1:]
    explained = window_losses.temporal(first, second, flow, visible)
    unmoved = window_losses.temporal(first, second, 0 * flow, visible)
    assert explained < 0.01 and explained < 0.5 * unmoved


def test_affine_between_recovers_a_motion_and_limits_stretch():
    rng = np.random.default_rng(1)
    points = rng.normal(0, 10, (8, 2))
    linear, shift = np.array([[1.1, -0.2], [0.15, 0.9]]), np.array([3.0, -7.0])
    matrix = window_data.affine_between(points, points @ linear.T + shift)
    assert np.abs(matrix - np.column_stack([linear, shift])).max() < 1e-6
    squeezed = window_data.affine_between(points, points * [1.0, 0.01])
    assert np.linalg.svd(squeezed[:, :2])[1].min() == pytest.approx(window_data.LEAST_STRETCH)


def test_networks_of_a_frame_are_within_the_budget():
    """A mouth, two eyes and the 0.445 GMAC of models/default: at most 1.2 GMAC."""
    total = 0.445e9
    for name, count in (("mouth", 1), ("eyes", 2)):
        config = train_windows.load_config(configs.FOLDER / "windows" / f"{name}.json")
        window = windows.NETWORK_WINDOWS[name][0]
        generator = window_network.WindowGenerator(config["network"], window)
        planes = [torch.zeros(1, channels, window.height, window.width) for channels in (3, 12, 4)]
        square = torch.zeros(1, 12, window.side, window.side)
        with torch.no_grad():
            state = generator.initialize(square[:, :3], square)
            with flops.ConvolutionFlops() as counted:
                generator(state, *planes)
        assert counted.flops > 0
        total += count * counted.flops / 2
    assert total <= 1.2e9


def test_counted_operations_are_those_of_a_convolution():
    x, weight = torch.zeros(2, 3, 8, 8), torch.zeros(5, 3, 3, 3, requires_grad=True)
    with flops.ConvolutionFlops() as counted:
        torch.nn.functional.conv2d(x, weight, padding=1).sum().backward()
    assert counted.flops == 2 * (2 * 2 * 5 * 8 * 8 * 3 * 9)  # forward, and backward to the weights alone


def test_untrained_network_shows_nearly_the_base(shard_folder, settings):
    config = train_windows.load_config(configs.FOLDER / "windows" / "mouth.json")
    torch.manual_seed(1)
    generator = window_network.WindowGenerator(config["network"], windows.MOUTH)
    sample = window_data.WindowPairs(shard_folder, "mouth", 1)[0]
    batch = {name: value[None] for name, value in sample.items()}
    with torch.no_grad():
        state = generator.initialize(batch["source"], batch["source_maps"])
        frames = [batch[name][:, 0] for name in ("warped", "maps", "interior")]
        painted, base = generator(state, *frames), window_network.base_of(*frames)[0]
    assert (painted - base).abs().mean() < 0.1


@pytest.mark.parametrize("name", ["mouth", "eyes"])
def test_traced_networks_are_the_networks(name, settings):
    """What a bundle would hold: plain TorchScript, for any number of windows."""
    torch.manual_seed(2)
    window = windows.NETWORK_WINDOWS[name][0]
    generator = window_network.WindowGenerator(settings["network"], window).eval()

    def planes(count):
        return [torch.rand(count, channels, window.height, window.width) for channels in (3, 12, 4)]

    square = torch.rand(1, 12, window.side, window.side)
    with torch.no_grad():
        state = generator.initialize(square[:, :3], square)
        state = [entry.expand(2, *entry.shape[1:]) for entry in state]
        traced = torch.jit.trace(generator, (state, *planes(2)))
        other, one = planes(2), planes(1)
        assert torch.allclose(traced(state, *other), generator(state, *other), atol=1e-5)
        single = [entry[:1] for entry in state]
        assert torch.allclose(traced(single, *one), generator(single, *one), atol=1e-5)


def test_base_shows_the_given_inside_and_darkness_without():
    maps = torch.zeros(1, 12, 16, 16)
    maps[:, 2:4] = 1
    maps[:, 10, 4:12, 4:12] = 1
    warped, inside = torch.full((1, 3, 16, 16), 0.5), torch.zeros(1, 4, 16, 16)
    base, within, _ = window_network.base_of(warped, maps, inside)
    assert base[0, :, 8, 8].tolist() == pytest.approx([0.5 * share for share in window_network.DARK])
    assert base[0, :, 0, 0].tolist() == [0.5] * 3 and 0 < within[0, 0, 4, 8] < 1
    inside[:, :, 4:12, 4:12] = torch.tensor([0.9, 0.8, 0.7, 1.0]).view(1, 4, 1, 1)
    assert window_network.base_of(warped, maps, inside)[0][0, :, 8, 8].tolist() == pytest.approx([0.9, 0.8, 0.7])


def test_gradient_reaches_every_parameter(shard_folder, settings):
    generator = window_network.WindowGenerator(settings["network"], windows.MOUTH)
    samples = window_data.WindowSamples(shard_folder, settings, seed=1)
    batch = torch.utils.data.default_collate([samples[0], samples[1]])
    state = generator.initialize(batch["source"], batch["source_maps"])
    frames = [batch[name][:, 0] for name in ("warped", "maps", "interior")]
    (generator(state, *frames) - batch["target"][:, 0]).abs().mean().backward()
    without = [name for name, p in generator.named_parameters() if p.grad is None or p.grad.abs().max() == 0]
    assert not without


@pytest.mark.parametrize("window", (windows.MOUTH, windows.RIGHT_EYE), ids=lambda window: window.name)
def test_perceptual_loss_fits_each_window(window):
    losses = window_losses.WindowLosses({"terms": {"perceptual": 1.0}}, "cpu")
    picture = torch.rand(1, 3, window.height, window.width, generator=torch.Generator().manual_seed(1))
    blurred = torch.nn.functional.avg_pool2d(picture, 5, 1, 2)
    assert losses.perceptual(picture, picture) == 0 and losses.perceptual(blurred, picture) > 0.2


def test_penalty_is_the_squared_gradient_of_the_score():
    def linear(picture, _):
        return (picture * 3).sum((1, 2, 3), keepdim=True), []

    pictures = torch.rand(2, 3, 4, 4)
    assert window_losses.score_gradient(linear, pictures, None).item() == pytest.approx(9 * 48)


def test_training_logs_every_loss(trained):
    rows = read_log(trained)
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4]
    measured = [name for name in window_losses.TERMS if name != "perceptual"]
    assert all(np.isfinite(float(rows[-1][name])) for name in [*measured, "discriminator", "ranked", "gradient_norm"])
    assert any(row["penalty"] for row in rows) and float(rows[-1]["tflops"]) > 0
    assert list(trained.glob("pictures-*.png"))


def test_resumed_run_goes_on_as_if_never_stopped(trained, settings, shard_folder, tmp_path):
    output = tmp_path / "run"
    run_training(settings, shard_folder, output, 2)
    run_training(settings, shard_folder, output, 4)
    for row, other in zip(read_log(trained), read_log(output)):
        assert float(row["total"]) == pytest.approx(float(other["total"]), rel=1e-3)


def test_training_reduces_the_loss_on_one_batch(settings, shard_folder, tmp_path):
    config = copy.deepcopy(settings)
    config["losses"]["terms"].update(adversarial=0.0, feature_match=0.0)
    config["training"].update(learning_rate=0.001, warmup_steps=5)
    trainer = train_windows.WindowTrainer(config, shard_folder, tmp_path / "run", "cpu", False)
    batch = torch.utils.data.default_collate([trainer.samples[0], trainer.samples[1]])
    totals = [float(trainer.train_step(batch, None)["total"].detach()) for _ in range(24)]
    assert totals[-1] < 0.6 * totals[0]


def test_eyes_train_too(settings, shard_folder, tmp_path):
    config = copy.deepcopy(settings)
    config["network"].update(name="eyes", windows="eyes")
    run_training(config, shard_folder, tmp_path / "eyes", 2)
    assert len(read_log(tmp_path / "eyes")) == 2


def test_measures_vanish_at_the_target_and_forgive_a_small_shift():
    rng = np.random.default_rng(1)
    target = cv2.GaussianBlur(np.float32(rng.random((96, 128, 3))), (0, 0), 3)
    within = np.zeros((96, 128), bool)
    within[30:60, 40:90] = True
    covered = np.ones_like(within)
    same = window_measures.measures(target, target, within, covered)
    assert same["inside"] == 0 and same["inside_aligned"] < 0.5 and same["gradient"][0] == same["gradient"][1]
    moved = window_measures.measures(np.roll(target, 2, 1), target, within, covered)
    assert moved["inside_aligned"] < 0.5 * moved["inside"]
    blurred = window_measures.measures(cv2.GaussianBlur(target, (0, 0), 3), target, within, covered)
    assert blurred["gradient"][0] < 0.8 * blurred["gradient"][1]
    assert "inside" not in window_measures.measures(target, target, np.zeros_like(within), covered)


def test_evaluation_compares_with_the_base(trained, shard_folder, tmp_path):
    output = tmp_path / "scores.md"
    arguments = ["--weights", trained / "weights.pt", "--data", shard_folder, "--output", output, "--no-features"]
    assert evaluate_windows.main([str(argument) for argument in arguments]) == 0
    text = output.read_text()
    assert "| error inside |" in text and "| warping error to a close frame |" in text and "1 persons" in text


def test_configs_are_checked(tmp_path, settings):
    path = tmp_path / "config.json"
    for change, sentence in (
        ({"windows": "nose"}, "network.windows must be one of mouth, eyes"),
        ({"depth": 3}, "unknown key depth"),
    ):
        wrong = copy.deepcopy(settings)
        wrong["network"].update(change)
        path.write_text(json.dumps(wrong))
        with pytest.raises(ValueError, match=sentence):
            train_windows.load_config(path)


def test_shipped_configs_are_whole():
    for path in (configs.FOLDER / "windows").glob("*.json"):
        train_windows.load_config(path)


def test_processor_is_named(tmp_path):
    file = tmp_path / "cpuinfo"
    for flags, sentence in (("amx_bf16 avx512_bf16", "has AMX"), ("avx512_bf16", "no AMX"), ("avx2", "neither")):
        file.write_text(f"flags : {flags}\n")
        assert sentence in flops.processor_note(file)
