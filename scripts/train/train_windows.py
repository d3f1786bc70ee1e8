#!/usr/bin/python3
"""Trains the network that paints the mouth's or the eyes' window.

    train_windows.py --config configs/windows/mouth.json --data .cache/train --output .cache/runs/mouth --max-minutes 40

Runs, checkpoints and weights are those of train.py; pictures-<step>.png shows validation persons: source, base, ours,
target.
"""

import argparse
import contextlib
import sys
import time
from pathlib import Path

import config as configs
import cv2
import numpy as np
import torch
from flops import ConvolutionFlops, processor_note
from losses import weighted_mean
from native import REPOSITORY
from training_run import TrainingRun, add_run_options, append_row, go_on
from window_data import WindowPairs, WindowSamples
from window_losses import TERMS, WindowLosses, discriminator_loss, relative_distance, score_gradient, temporal
from window_network import WindowDiscriminator, WindowGenerator, base_of
from windows import NETWORK_WINDOWS

DRIVERS = 2  # of a sample
GRID_ROWS = 10
LOG_FIELDS = ["step", "minutes", "learning_rate", "total", *TERMS, "discriminator", "ranked", "penalty"]
LOG_FIELDS += ["gradient_norm", "inside_base", "inside", "samples_per_s", "tflops"]


def load_config(path):
    config = configs.load_like(path, "windows/mouth.json")
    if config["network"]["windows"] not in NETWORK_WINDOWS:
        raise ValueError(f"{path}: network.windows must be one of {', '.join(NETWORK_WINDOWS)}")
    return config


class WindowTrainer(TrainingRun):
    def __init__(self, config, data_folder, output, device, bfloat16):
        """`bfloat16`: whether convolutions compute in it."""
        torch.manual_seed(config["training"]["seed"])
        network = config["network"]
        generator = WindowGenerator(network, NETWORK_WINDOWS[network["windows"]][0])
        discriminator = WindowDiscriminator(network["discriminator_widths"])
        super().__init__(config, output, device, generator, discriminator, betas=(0.5, 0.99))
        self.bfloat16 = bfloat16
        for module in (self.generator, self.averaged, self.discriminator):
            module.dtype = torch.bfloat16 if bfloat16 else torch.float32
        self.losses = WindowLosses(config["losses"], self.device)
        self.samples = WindowSamples(data_folder, config, self.settings["seed"])
        self.validation = WindowPairs(data_folder, network["windows"], 1)
        self.flops_per_step, self.since = 0, None

    def generate(self, generator, batch):
        """[B·drivers,3,h,w] of a batch of samples."""
        state = generator.initialize(batch["source"], batch["source_maps"])
        drivers = batch["maps"].shape[1]
        state = [entry.repeat_interleave(drivers, 0) for entry in state]
        return generator(state, *(batch[name].flatten(0, 1) for name in ("warped", "maps", "interior")))

    def train_step(self, batch, minutes_left):
        counts = self.flops_per_step == 0 and (self.discriminating() or not self.learns_from_discriminator())
        with ConvolutionFlops() if counts else contextlib.nullcontext() as counted:
            result = self.uncounted_step(self.to_device(batch), minutes_left)
        if counted is not None:
            self.flops_per_step = counted.flops
        return result

    def uncounted_step(self, batch, minutes_left):
        self.set_learning_rates(minutes_left)
        maps, valid, target = (batch[name].flatten(0, 1) for name in ("maps", "valid", "target"))
        output = self.generate(self.generator, batch)
        terms = self.losses.reconstruction(output, target, self.losses.pixel_weight(maps, valid))
        shown = valid.mean((1, 2, 3)) > 0.5
        ours, truth = (output * valid)[shown], (target * valid)[shown]
        if self.losses.weight("perceptual") > 0:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
                terms["perceptual"] = self.losses.perceptual(ours, truth)
        if self.losses.weight("temporal") > 0:
            first, second = output.unflatten(0, (-1, DRIVERS)).unbind(1)
            terms["temporal"] = temporal(first, second, batch["step_flow"], batch["step_visible"])
        told = {}
        if self.discriminating():
            adversarial, told = self.adversarial_step(ours, truth, maps[shown])
            if self.step >= self.config["losses"]["adversarial_from_step"]:
                terms.update(adversarial)
        total = self.losses.total(terms)
        norm = self.descend(total)
        return {**terms, **told, "total": total, "gradient_norm": norm, "output": output.detach(), "batch": batch}

    def learns_from_discriminator(self):
        return self.losses.weight("adversarial") > 0 or self.losses.weight("feature_match") > 0

    def discriminating(self):
        return self.learns_from_discriminator() and self.step >= self.config["losses"]["discriminator_from_step"]

    def adversarial_step(self, ours, truth, maps):
        """One step of the discriminator; then the generator's terms, and what is to be logged."""
        settings, fake = self.config["losses"], ours.detach()
        self.discriminator.requires_grad_(True)
        scores, features = self.discriminator(torch.cat([truth, fake]), torch.cat([maps, maps]))
        real_score, fake_score = scores.chunk(2)
        loss = discriminator_loss(real_score, fake_score)
        told = {"discriminator": loss.detach(), "ranked": ranked(real_score, fake_score)}
        if self.step % settings["penalty_every"] == 0:
            penalty = sum(score_gradient(self.discriminator, picture, maps) for picture in (truth, fake))
            told["penalty"] = penalty.detach()
            loss = loss + settings["penalty_every"] * settings["penalty"] / 2 * penalty
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.discriminator_optimizer.step()
        self.discriminator.requires_grad_(False)
        fake_score, fake_features = self.discriminator(ours, maps)
        wanted = [feature.detach()[: len(truth)] for feature in features]
        terms = {
            "adversarial": discriminator_loss(fake_score, real_score.detach()),
            "feature_match": relative_distance(fake_features, wanted).float(),
        }
        return terms, told

    # Reports

    @torch.no_grad()
    def log(self, result):
        batch = result["batch"]
        warped, maps, interior, target, valid = (
            batch[name].flatten(0, 1) for name in ("warped", "maps", "interior", "target", "valid")
        )
        base = base_of(warped, maps, interior)[0] if self.generator.fills else warped
        within = maps[:, 10:11] * valid
        now = time.monotonic()
        seconds = (now - self.since) / self.settings["log_every"] if self.since else float("nan")
        self.since = now
        row = {name: float(value) for name, value in result.items() if name in LOG_FIELDS}
        row.update(
            step=self.step,
            minutes=round(self.minutes, 3),
            learning_rate=self.generator_optimizer.param_groups[0]["lr"],
            inside_base=255 * float(weighted_mean((base - target).abs(), within)),
            inside=255 * float(weighted_mean((result["output"].clamp(0, 1) - target).abs(), within)),
            samples_per_s=self.settings["batch_size"] / seconds,
            tflops=self.flops_per_step / seconds / 1e12,
        )
        append_row(self.output / "log.csv", LOG_FIELDS, row)
        print(
            f"step {self.step}  {self.minutes:.1f} min  loss {row['total']:.4f}  error inside {row['inside']:.1f} (base"
            f" {row['inside_base']:.1f})  {row['samples_per_s']:.2f} samples/s  {row['tflops']:.3f} TFLOP/s",
            flush=True,
        )

    @torch.no_grad()
    def draw_pictures(self):
        """pictures-<step>.png: one row per validation person."""
        rows = []
        for index in np.linspace(0, len(self.validation) - 1, min(GRID_ROWS, len(self.validation))).astype(int):
            sample = self.validation[int(index)]
            batch = self.to_device({name: value[None] for name, value in sample.items()})
            ours = self.generate(self.averaged, batch)[:1]
            base = batch["warped"][:, 0]
            if self.generator.fills:
                base = base_of(base, batch["maps"][:, 0], batch["interior"][:, 0])[0]
            source = self.generator.window.cut(batch["source"])
            rows.append(torch.cat([source, base, ours, batch["target"][:, 0]], 3)[0])
        if not rows:
            return
        grid = torch.cat(rows, 1).clamp(0, 1).permute(1, 2, 0).cpu().numpy()
        cv2.imwrite(str(self.output / f"pictures-{self.step:08}.png"), np.round(grid[..., ::-1] * 255).astype(np.uint8))


def ranked(real_score, fake_score):
    """Share of pairs in which the true window scores higher."""
    return (real_score.mean((1, 2, 3)) > fake_score.mean((1, 2, 3))).float().mean().detach()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=configs.FOLDER / "windows" / "mouth.json")
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train")
    add_run_options(parser)
    parser.add_argument("--bfloat16", action="store_true", help="on CUDA, or a CPU that computes in it")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    print(processor_note(), flush=True)
    trainer = WindowTrainer(load_config(options.config), options.data, options.output, options.device, options.bfloat16)
    go_on(trainer, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
