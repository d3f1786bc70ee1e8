#!/usr/bin/python3
"""Trains the default generator from prepared shards.

    train.py --config configs/default.json --data .cache/train --output .cache/runs/default --max-minutes 9

A run goes on from the newest checkpoint in its output folder. The folder holds log.csv (one row per `log_every`
steps), pictures-<step>.jpg (validation persons: source, geometry, ours, target), checkpoints/ and weights.pt (the
averaged weights, for export.py and evaluate.py).
"""

import argparse
import copy
import csv
import signal
import sys
import time
from pathlib import Path

import checkpoint
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
from torch.utils.data import DataLoader

GRID_ROWS = 6
MODULES = ("generator", "averaged", "discriminator")
OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")
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


class Trainer:
    def __init__(self, config, data_folder, output, device, bfloat16=None):
        """`bfloat16`: whether convolutions compute in it; by default on CUDA."""
        self.config = config
        self.settings = config["training"]
        self.device = torch.device(device)
        self.bfloat16 = self.device.type == "cuda" if bfloat16 is None else bfloat16
        self.output = Path(output)
        self.output.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(self.settings["seed"])
        model = FaceModel()
        self.generator = Generator(model, config["network"]).to(self.device)
        self.averaged = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.discriminator = PatchDiscriminator(config["losses"]["discriminator_width"]).to(self.device)
        self.regions = Regions(model.arrays, self.averaged)
        self.losses = Losses(config["losses"], self.regions, self.device)
        self.generator.to(memory_format=torch.channels_last)
        self.discriminator.to(memory_format=torch.channels_last)
        self.generator_optimizer = torch.optim.Adam(
            self.generator.parameters(), lr=self.settings["learning_rate"], betas=(0.9, 0.99)
        )
        self.discriminator_optimizer = torch.optim.Adam(
            self.discriminator.parameters(), lr=self.settings["discriminator_learning_rate"], betas=(0.0, 0.99)
        )
        self.step = 0
        self.minutes = 0.0  # of all runs together
        self.samples = TrainingSamples(data_folder, config, self.settings["seed"])
        self.validation = ValidationPairs(data_folder, config["network"], 1)

    # Checkpoints

    def state(self):
        state = {name: getattr(self, name).state_dict() for name in MODULES}
        # Without their settings, which come from the config: PyTorch 1.13 cannot read plain floats safely.
        state.update({name: getattr(self, name).state_dict()["state"] for name in OPTIMIZERS})
        minutes = torch.tensor(self.minutes, dtype=torch.float64)
        return {**state, "step": self.step, "minutes": minutes, "random": torch.get_rng_state()}

    def save(self):
        checkpoint.save(self.output / "checkpoints", self.step, self.state())
        checkpoint.save_weights(self.output / "weights.pt", self.averaged, self.config, self.step)

    def resume(self):
        """Goes on from the newest checkpoint, if there is one."""
        state = checkpoint.load_newest(self.output / "checkpoints")
        if state is None:
            return False
        self.step, self.minutes = state["step"], float(state["minutes"])
        for name in MODULES:
            getattr(self, name).load_state_dict(state[name])
        for name in OPTIMIZERS:
            optimizer = getattr(self, name)
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state[name]})
        torch.set_rng_state(state["random"])
        return True

    def start_from(self, path):
        """Takes over weights alone; the optimizers start afresh."""
        weights, _, _ = checkpoint.load_weights(path)
        self.generator.load_state_dict(weights)
        self.averaged.load_state_dict(weights)

    # One step

    def to_device(self, batch):
        return {name: value.to(self.device, non_blocking=True) for name, value in batch.items()}

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

    def learning_rate_factor(self, minutes_left):
        """Linear warm-up by steps; with a known end (`minutes_left`) a linear decay to it."""
        factor = min(1.0, (self.step + 1) / self.settings["warmup_steps"])
        if minutes_left is not None:
            factor *= min(1.0, max(minutes_left / self.settings["decay_minutes"], 0.01))
        return factor

    def train_step(self, batch, minutes_left):
        batch = self.to_device(batch)
        factor = self.learning_rate_factor(minutes_left)
        self.generator_optimizer.param_groups[0]["lr"] = factor * self.settings["learning_rate"]
        self.discriminator_optimizer.param_groups[0]["lr"] = factor * self.settings["discriminator_learning_rate"]
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
        if not torch.isfinite(total):
            raise FloatingPointError(f"the loss is not finite at step {self.step}; resume with a lower learning rate")
        self.generator_optimizer.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.generator.parameters(), self.settings["gradient_norm"])
        self.generator_optimizer.step()
        self.average()
        self.step += 1
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

    @torch.no_grad()
    def average(self):
        decay = min(self.settings["ema"], (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.averaged.parameters(), self.generator.parameters()):
            mean.lerp_(now, 1 - decay)

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
        path = self.output / "log.csv"
        is_new = not path.exists()
        with open(path, "a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, LOG_FIELDS)
            if is_new:
                writer.writeheader()
            writer.writerow(row)
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

    # The run

    def batches(self, workers):
        """Batches from the current step on."""
        size = self.settings["batch_size"]
        indices = range(self.step * size, len(self.samples))
        loader = DataLoader(
            self.samples,
            batch_size=size,
            sampler=indices,
            num_workers=workers,
            drop_last=True,
            pin_memory=self.device.type == "cuda",
            **({"prefetch_factor": 4} if workers else {}),
            worker_init_fn=limit_threads,
        )
        return iter(loader)

    def run(self, max_minutes, max_steps, workers, final):
        """Trains until a limit is reached or the process is told to end; then leaves a checkpoint."""
        start, before = time.monotonic(), self.minutes
        last_pictures = last_checkpoint = start
        stopping = []
        previous = signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
        try:
            for batch in self.batches(workers):
                elapsed = (time.monotonic() - start) / 60
                self.minutes = before + elapsed
                if stopping or elapsed >= max_minutes or self.step >= max_steps:
                    break
                result = self.train_step(batch, max_minutes - elapsed if final else None)
                if self.step % self.settings["log_every"] == 0:
                    self.log(result)
                now = time.monotonic()
                if now - last_pictures > 60 * self.settings["pictures_every_minutes"]:
                    self.draw_pictures()
                    last_pictures = now
                if now - last_checkpoint > 60 * self.settings["checkpoint_every_minutes"]:
                    self.save()
                    last_checkpoint = now
        finally:
            signal.signal(signal.SIGTERM, previous)
        self.save()
        self.draw_pictures()


def limit_threads(_):
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=configs.FOLDER / "default.json")
    parser.add_argument("--data", type=Path, default=REPOSITORY / ".cache" / "train")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--max-minutes", type=float, default=float("inf"), help="of this run")
    parser.add_argument("--max-steps", type=int, default=sys.maxsize, help="of all runs together")
    parser.add_argument("--final", action="store_true", help="let the learning rate fall to 0 at --max-minutes")
    parser.add_argument("--image-size", type=int, help="instead of the config's: start small, the weights fit any size")
    parser.add_argument("--start-from", type=Path, help="weights.pt of another run")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="of PyTorch, on a CPU")
    parser.add_argument("--bfloat16", action="store_true", default=None, help="for a CPU that computes in it (AVX512-BF16)")
    parser.add_argument("--workers", type=int, help="processes that make samples (default: as in the config)")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    config = configs.load(options.config)
    if options.image_size:
        config["network"]["image_size"] = options.image_size
    trainer = Trainer(config, options.data, options.output, options.device, options.bfloat16)
    if trainer.resume():
        print(f"resumed at step {trainer.step}", flush=True)
    elif options.start_from:
        trainer.start_from(options.start_from)
    workers = config["training"]["workers"] if options.workers is None else options.workers
    trainer.run(options.max_minutes, options.max_steps, workers, options.final)
    return 0


if __name__ == "__main__":
    sys.exit(main())
