#!/usr/bin/python3
"""Trains the default generator from prepared shards.

    train.py --config configs/default.json --data .cache/train --output .cache/runs/default --max-minutes 9

A run goes on from the newest checkpoint in its output folder. The folder holds log.csv (one row per `log_every`
steps), pictures-<step>.jpg (validation persons: source, geometry, ours, target), checkpoints/ and weights.pt (the
averaged weights, for export.py and evaluate.py).
"""

import argparse
import sys
from pathlib import Path

import config as configs
import cv2
import numpy as np
import torch
from data import DRIVERS, TrainingSamples, ValidationPairs
from losses import (
    GENERATOR_TERMS,
    Losses,
    PatchDiscriminator,
    detector_term,
    discriminator_loss,
    generator_adversarial_terms,
    leaky_clamp,
)
from native import REPOSITORY, FaceModel
from network import Generator, compose, pixel_grid
from recognition import align_faces
from regions import Regions
from training_run import TrainingRun, add_run_options, append_row, go_on

GRID_ROWS = 6
LOG_FIELDS = ["step", "minutes", "learning_rate", "total", *GENERATOR_TERMS, "discriminator", "gradient_norm"]
LOG_FIELDS += ["face_psnr_geometry", "face_psnr"]


def network_maps(maps, lines):
    """What the network is told. `lines` [N,1,H,W] (lines-v1: 68 points drawn as lines, nothing else) or None."""
    if lines is None:
        return maps
    told = torch.zeros_like(maps)
    told[:, 2:3] = lines
    told[:, 3] = 1
    return told


def face_psnr(output, target, weight):
    error = ((output - target).square() * weight).sum() / (3 * weight.sum()).clamp(min=1)
    return -10 * torch.log10(error.clamp(min=1e-10))


class Trainer(TrainingRun):
    def __init__(self, config, data_folder, output, device, bfloat16=None):
        """`bfloat16`: whether convolutions compute in it; by default on CUDA."""
        torch.manual_seed(config["training"]["seed"])
        model = FaceModel()
        generator = Generator(model, config["network"])
        super().__init__(
            config, output, device, generator, PatchDiscriminator(config["losses"]["discriminator_width"])
        )
        self.bfloat16 = self.device.type == "cuda" if bfloat16 is None else bfloat16
        self.regions = Regions(model.arrays, self.averaged)
        self.losses = Losses(config["losses"], self.regions, self.device)
        self.samples = TrainingSamples(data_folder, config, self.settings["seed"])
        self.validation = ValidationPairs(data_folder, config["network"], 1)

    # One step

    def autocast(self):
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)

    def generate(self, generator, batch, drivers=DRIVERS):
        """Pictures of the first `drivers` drivers of every sample, with what made them; all [B·drivers,…]."""
        size = batch["source"].shape[-1]
        mesh_maps = batch["maps"][:, :drivers].reshape(-1, 10, size, size)
        source_lines = driver_lines = None
        if "lines" in batch:
            source_lines = batch["lines"][:, :1]
            driver_lines = batch["lines"][:, 1 : 1 + drivers].reshape(-1, 1, size, size)
        maps = network_maps(mesh_maps, driver_lines)
        with self.autocast():
            state = generator.initialize(batch["source"], network_maps(batch["source_maps"], source_lines))
            batched = [entry.repeat_interleave(drivers, 0) if len(entry) > 1 else entry for entry in state]
            residual, weight, colour = (entry.float() for entry in generator.correct(batched, maps))
        photo = batch["source"].repeat_interleave(drivers, 0)
        picture, _ = compose(photo, maps[:, :2] + residual, leaky_clamp(weight), leaky_clamp(colour))
        return {"picture": picture, "residual": residual, "weight": weight, "colour": colour}

    def train_step(self, batch, minutes_left):
        batch = self.to_device(batch)
        self.set_learning_rates(minutes_left)
        made = self.generate(self.generator, batch)
        weight = self.losses.pixel_weight(batch["maps"].flatten(0, 1), batch["valid"].flatten(0, 1))
        terms = self.losses.reconstruction(made["picture"], batch["target"].flatten(0, 1), weight)
        output, second = made["picture"].unflatten(0, (-1, DRIVERS)).unbind(1)
        target, valid, maps = batch["target"][:, 0], batch["valid"][:, 0], batch["maps"][:, 0]
        with self.autocast():
            terms.update(self.losses.recognition_terms(output, target * valid, batch["alignment"]))
        if self.losses.weight("temporal") > 0:
            grid = pixel_grid(output.shape[-1], output)
            terms["temporal"] = self.losses.temporal(output, second, batch["step_flow"], batch["step_visible"], grid)
        if self.losses.weight("trust") > 0:
            terms["trust"] = self.losses.trust(made["weight"], batch["maps"].flatten(0, 1), batch["valid"].flatten(0, 1))
        terms.update(self.losses.flow_terms(made["residual"]))
        terms["range"] = self.losses.range_term(made["weight"], made["colour"])
        if self.losses.detector is not None:
            terms["detector"] = detector_term(self.losses.detector, output)
        if self.adversarial_active():
            faces = (align_faces(planes, batch["alignment"]) for planes in (output * valid, target * valid, maps))
            terms.update(self.adversarial_step(*faces))

        total = self.losses.total(terms)
        norm = self.descend(total)
        return {**terms, "total": total, "gradient_norm": norm, "output": output.detach(), "batch": batch}

    def adversarial_active(self):
        wanted = self.losses.weight("adversarial") > 0 or self.losses.weight("feature_match") > 0
        return wanted and self.step >= self.config["losses"]["adversarial_from_step"]

    def adversarial_step(self, output, target, maps):
        """One step of the discriminator, then the generator's terms against it; all three are of aligned faces."""
        with self.autocast():
            real, _ = self.discriminator(target, maps)
            fake, _ = self.discriminator(output.detach(), maps)
            loss = discriminator_loss(real.float(), fake.float())
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.discriminator_optimizer.step()
        self.discriminator.requires_grad_(False)
        with self.autocast():
            fake, fake_features = self.discriminator(output, maps)
            _, real_features = self.discriminator(target, maps)
            terms = generator_adversarial_terms(fake.float(), fake_features, real_features)
        self.discriminator.requires_grad_(True)
        return {**terms, "discriminator": loss.detach()}

    # Reports

    @torch.no_grad()
    def log(self, result):
        batch = result["batch"]
        size = batch["source"].shape[-1]
        flow = batch["maps"][:, 0, :2]
        state = self.averaged.geometry.initialize(batch["source"], batch["source_maps"])
        _, weight, colour = self.averaged.geometry(state, batch["maps"][:, 0])
        geometry, _ = compose(batch["source"], flow, weight, colour)
        target, face = batch["target"][:, 0], batch["maps"][:, 0, 2:3] * batch["valid"][:, 0]
        row = {name: float(value) for name, value in result.items() if name in LOG_FIELDS}
        row.update(
            step=self.step,
            minutes=round(self.minutes, 3),
            learning_rate=self.generator_optimizer.param_groups[0]["lr"],
            face_psnr_geometry=float(face_psnr(geometry, target, face)),
            face_psnr=float(face_psnr(result["output"].clamp(0, 1), target, face)),
        )
        append_row(self.output / "log.csv", LOG_FIELDS, row)
        print(
            f"step {self.step}  {self.minutes:.1f} min  loss {row['total']:.4f}  face PSNR {row['face_psnr']:.2f} dB"
            f" (geometry {row['face_psnr_geometry']:.2f}), {size}×{size}",
            flush=True,
        )

    @torch.no_grad()
    def draw_pictures(self):
        """pictures-<step>.jpg: one row per validation clip, source | geometry | ours | target."""
        count = min(GRID_ROWS, len(self.validation))
        rows = []
        for index in np.linspace(0, len(self.validation) - 1, count).astype(int):
            batch = self.to_device({name: value[None] for name, value in self.validation[int(index)].items()})
            ours = self.generate(self.averaged, batch, 1)["picture"]
            state = self.averaged.geometry.initialize(batch["source"], batch["source_maps"])
            _, weight, colour = self.averaged.geometry(state, batch["maps"][:, 0])
            geometry, _ = compose(batch["source"], batch["maps"][:, 0, :2], weight, colour)
            rows.append(torch.cat([batch["source"], geometry, ours, batch["target"][:, 0]], 3)[0])
        if not rows:
            return
        grid = torch.cat(rows, 1).clamp(0, 1).permute(1, 2, 0).cpu().numpy()
        cv2.imwrite(str(self.output / f"pictures-{self.step:08}.jpg"), np.round(grid[..., ::-1] * 255).astype(np.uint8))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=configs.FOLDER / "default.json")
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train")
    add_run_options(parser)
    parser.add_argument("--image-size", type=int, help="instead of the config's: start small, the weights fit any size")
    parser.add_argument("--bfloat16", action="store_true", default=None, help="for a CPU that computes in it (AVX512-BF16)")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    config = configs.load(options.config)
    if options.image_size:
        config["network"]["image_size"] = options.image_size
    trainer = Trainer(config, options.data, options.output, options.device, options.bfloat16)
    go_on(trainer, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
