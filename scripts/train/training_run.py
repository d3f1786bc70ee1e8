"""What all trainings share: steps until a limit, checkpoints, averaged weights, learning rate."""

import copy
import csv
import signal
import time
from pathlib import Path

import checkpoint
import cv2
import torch
from torch.utils.data import DataLoader


def limit_threads(_):
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


class TrainingRun:
    """A generator that learns against a discriminator. Subclasses set `samples`, and have train_step(batch,
    minutes_left), which counts `step` up and returns a dict, log(result) and draw_pictures()."""

    MODULES = ("generator", "averaged", "discriminator")
    OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")

    def __init__(self, config, output, device, generator, discriminator, betas=(0.9, 0.99)):
        self.config, self.settings = config, config["training"]
        self.device = torch.device(device)
        self.output = Path(output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.generator = generator.to(self.device)
        self.averaged = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.discriminator = discriminator.to(self.device)
        self.generator.to(memory_format=torch.channels_last)
        self.discriminator.to(memory_format=torch.channels_last)
        self.generator_optimizer = torch.optim.Adam(
            self.generator.parameters(), lr=self.settings["learning_rate"], betas=betas
        )
        self.discriminator_optimizer = torch.optim.Adam(
            self.discriminator.parameters(), lr=self.settings["discriminator_learning_rate"], betas=(0.0, 0.99)
        )
        self.step = 0
        self.minutes = 0.0  # of all runs together

    # Checkpoints

    def state(self):
        state = {name: getattr(self, name).state_dict() for name in self.MODULES}
        # Without their settings, which come from the config: PyTorch 1.13 cannot read plain floats safely.
        state.update({name: getattr(self, name).state_dict()["state"] for name in self.OPTIMIZERS})
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
        for name in self.MODULES:
            getattr(self, name).load_state_dict(state[name])
        for name in self.OPTIMIZERS:
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

    def set_learning_rates(self, minutes_left):
        """Linear warm-up by steps; with a known end (`minutes_left`) a linear decay to it."""
        factor = min(1.0, (self.step + 1) / self.settings["warmup_steps"])
        if minutes_left is not None:
            factor *= min(1.0, max(minutes_left / self.settings["decay_minutes"], 0.01))
        self.generator_optimizer.param_groups[0]["lr"] = factor * self.settings["learning_rate"]
        self.discriminator_optimizer.param_groups[0]["lr"] = factor * self.settings["discriminator_learning_rate"]

    def descend(self, total):
        """A step of the generator and of its average. Returns the norm of the gradient."""
        if not torch.isfinite(total):
            raise FloatingPointError(f"the loss is not finite at step {self.step}; resume with a lower learning rate")
        self.generator_optimizer.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.generator.parameters(), self.settings["gradient_norm"])
        self.generator_optimizer.step()
        self.average()
        self.step += 1
        return norm

    @torch.no_grad()
    def average(self):
        decay = min(self.settings["ema"], (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.averaged.parameters(), self.generator.parameters()):
            mean.lerp_(now, 1 - decay)

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


def append_row(path, fields, row):
    """Adds a row (a dict) to a CSV file, which begins with its fields' names."""
    is_new = not path.exists()
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fields)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def add_run_options(parser):
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--max-minutes", type=float, default=float("inf"), help="of this run")
    parser.add_argument("--max-steps", type=int, default=2**63 - 1, help="of all runs together")
    parser.add_argument("--final", action="store_true", help="let the learning rate fall to 0 at --max-minutes")
    parser.add_argument("--start-from", type=Path, help="weights.pt of another run")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="of PyTorch, on a CPU")
    parser.add_argument("--workers", type=int, help="processes that make samples (default: as in the config)")


def go_on(trainer, options):
    """Resumes or starts `trainer` and runs it."""
    if trainer.resume():
        print(f"resumed at step {trainer.step}", flush=True)
    elif options.start_from:
        trainer.start_from(options.start_from)
    workers = trainer.settings["workers"] if options.workers is None else options.workers
    trainer.run(options.max_minutes, options.max_steps, workers, options.final)
