"""The loop: a step, a report, a checkpoint, a validation; and the same again after whatever stopped it."""

import contextlib
import math
import time
from typing import Any, Dict, Iterator, List, Optional

import torch
from torch import nn
from torch.nn import functional as F

from . import checkpoint
from .curve import Curve
from .faults import TrainingFault
from .heads import IdentityHead, accuracy_of
from .loading import Faces, MixedOrder, batches, steps_per_epoch, to_network
from .options import Options
from .progress import Progress, duration
from .schedule import learning_rate
from .validation import Validation
from .verification import Verification

MOMENTUM = 0.9
# Longer gradients are shortened to this: margins make the first steps steep.
LONGEST_GRADIENT = 5.0


class Stopped(Exception):
    """Somebody asked to stop; the checkpoint is written."""


class Training:
    """Everything that a step changes, and that a checkpoint keeps."""

    def __init__(
        self,
        options: Options,
        network: nn.Module,
        faces: Faces,
        identities: int,
        device: torch.device,
        fingerprint: str,
        validation: Optional[Validation],
        workers: int,
    ):
        recipe = options.recipe
        self.options, self.recipe, self.device = options, recipe, device
        self.faces, self.fingerprint, self.validation, self.workers = faces, fingerprint, validation, workers
        self.network = network
        self.head = IdentityHead(recipe.loss, recipe.embedding, identities, recipe.scale, recipe.margin).to(device)
        modules = (self.network, self.head)
        weights = [p for module in modules for p in module.parameters() if p.ndim > 1]
        others = [p for module in modules for p in module.parameters() if p.ndim <= 1]
        groups = [{"params": weights, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=MOMENTUM, nesterov=True)
        self.precision = precision_of(device, options.amp)
        # Only half precision needs its gradients scaled; bfloat16 has float's range.
        self.scaler = gradient_scaler(self.precision is torch.float16)
        self.per_epoch = steps_per_epoch(len(faces), recipe.batch)
        self.steps = recipe.epochs * self.per_epoch
        self.step = 0
        self.seconds = 0.0
        self.pending: List[List[float]] = []
        self.unreadable: "set[int]" = set()
        self.validations: List[Dict[str, float]] = []
        self.rates: Dict[str, float] = {}
        self.stopping = False

    @property
    def file(self):
        return self.options.out / "checkpoint.pt"

    def resume(self) -> bool:
        """Takes up the last checkpoint. Returns whether there was one."""
        state = None if self.options.fresh else checkpoint.load(self.file)
        if state is None:
            return False
        differing = [key for key, value in self.recipe.as_dict().items() if state["recipe"].get(key) != value]
        if differing:
            told = ", ".join(f"{key} {state['recipe'].get(key)}" for key in differing)
            raise TrainingFault(
                f"{self.options.out} holds a training that was begun with {told}; give the same to go on with it, "
                "another --out, or --fresh to start anew."
            )
        if state["fingerprint"] != self.fingerprint:
            raise TrainingFault(
                f"{self.options.out} holds a training on other pictures or people than there are now; give another "
                "--out, or --fresh to start anew."
            )
        self.network.load_state_dict(state["network"])
        self.head.load_state_dict(state["head"])
        momentum = {index: {"momentum_buffer": buffer} for index, buffer in state["momentum"].items()}
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": momentum})
        self.scaler.load_state_dict(state["scaler"])
        self.step, self.seconds, self.pending = state["step"], state["seconds"], state["pending"]
        self.unreadable, self.validations = set(state["unreadable"]), state["validations"]
        self.rates = state.get("rates", {})
        checkpoint.restore_random_state(state["random"], self.device)
        return True

    def save(self) -> None:
        momentum = self.optimizer.state_dict()["state"]
        tensors: Dict[str, Any] = {
            "network": self.network.state_dict(),
            "head": self.head.state_dict(),
            "momentum": {index: state["momentum_buffer"] for index, state in momentum.items()},
            "random": checkpoint.random_state(self.device),
        }
        plain: Dict[str, Any] = {
            "recipe": self.recipe.as_dict(),
            "fingerprint": self.fingerprint,
            "scaler": self.scaler.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "pending": self.pending,
            "unreadable": sorted(self.unreadable),
            "validations": self.validations,
            "rates": self.rates,
        }
        checkpoint.save(self.file, tensors, plain)

    def run(self, progress: Progress, curve: Curve, floor: float) -> None:
        """Trains to the end. Raises Stopped after a checkpoint when `stopping` is set meanwhile."""
        order = MixedOrder(len(self.faces), self.recipe.batch, self.recipe.seed, self.step, self.steps)
        loader = iter(batches(self.faces, order, self.workers, self.device))
        clock = Clock(self.seconds)
        saved = time.monotonic()
        unreported: List[torch.Tensor] = []
        self.network.train()
        while self.step < self.steps:
            batch = clock.waiting(loader)
            unreported.append(self._step(batch.pictures, batch.labels))
            self.unreadable |= set(batch.unreadable)
            self.step += 1
            epoch_ends = self.step % self.per_epoch == 0
            due = time.monotonic() - saved > 60 * self.options.checkpoint_minutes
            if self.step % self.options.report_steps == 0 or epoch_ends or due or self.stopping:
                # Reading what the device computed waits for it: not at every step.
                self.pending += torch.stack(unreported).tolist()
                unreported = []
                if not all(math.isfinite(loss) for loss, _ in self.pending):
                    raise TrainingFault(
                        f"The loss is no number any more (step {self.step}): training has blown up. The last "
                        "checkpoint is kept; start anew with --fresh and a smaller --learning-rate."
                    )
                self.seconds = clock.total
                if self.step % self.options.report_steps == 0 or self.step == self.steps:
                    self._report(curve, clock)
                progress.update(self._line(clock, floor))
                if epoch_ends and self.validation is not None:
                    with clock.aside():
                        self._validate(progress, curve)
                if epoch_ends or due or self.stopping:
                    with clock.aside():
                        self.save()
                    saved = time.monotonic()
                if self.stopping and self.step < self.steps:
                    raise Stopped()

    def _step(self, pictures: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """One step of gradient descent; returns (loss, share of right identities), still on the device."""
        rate = learning_rate(
            self.step,
            self.steps,
            round(self.recipe.warm_up * self.per_epoch),
            self.recipe.learning_rate,
            self.recipe.schedule,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        labels = labels.to(self.device, non_blocking=True)
        inputs = to_network(pictures, self.device).contiguous(memory_format=torch.channels_last)
        with autocast(self.device, self.precision):
            embeddings = self.network(inputs)
        # The angles and the softmax over thousands of identities need float's precision.
        logits = self.head(embeddings.float(), labels)
        loss = F.cross_entropy(logits, labels)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        nn.utils.clip_grad_norm_(parameters, LONGEST_GRADIENT)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return torch.stack([loss.detach(), accuracy_of(logits.detach(), labels)])

    def _report(self, curve: Curve, clock: "Clock") -> None:
        losses, rights = zip(*self.pending)
        self.pending = []
        self.rates = rates = clock.rates(self.recipe.batch)
        curve.note(
            self.step,
            {
                "train/loss": sum(losses) / len(losses),
                "train/accuracy": sum(rights) / len(rights),
                "train/learning-rate": self.optimizer.param_groups[0]["lr"],
                "speed/pictures-per-second": rates["pictures_per_second"],
                "speed/waiting-for-pictures": rates["waiting"],
            },
        )
        self.loss = sum(losses) / len(losses)

    def _validate(self, progress: Progress, curve: Curve) -> None:
        assert self.validation is not None
        result: Verification = self.validation(self.network)
        epoch = self.step // self.per_epoch
        values = {
            "validation/accuracy": result.accuracy,
            "validation/accuracy-low": result.low,
            "validation/accuracy-high": result.high,
            "validation/threshold": result.threshold,
        }
        curve.note(self.step, values)
        self.validations.append({"epoch": float(epoch), "pairs": float(result.pairs), **values})
        progress.say(
            f"epoch {epoch}/{self.recipe.epochs}: loss {self.loss_told}, {100 * result.accuracy:.1f} % of "
            f"{result.pairs} pairs of people not trained on are told right "
            f"(95 % interval {100 * result.low:.1f} to {100 * result.high:.1f})"
        )

    @property
    def loss_told(self) -> str:
        values = [loss for loss, _ in self.pending] or [getattr(self, "loss", math.nan)]
        return f"{sum(values) / len(values):.3f}"

    def _line(self, clock: "Clock", floor: float) -> str:
        rates = clock.rates(self.recipe.batch)
        left = (self.steps - self.step) * clock.per_step()
        broken = f", {len(self.unreadable)} pictures unreadable" if self.unreadable else ""
        return (
            f"epoch {(self.step - 1) // self.per_epoch + 1}/{self.recipe.epochs}, step {self.step}/{self.steps}, loss "
            f"{self.loss_told}, {rates['pictures_per_second']:.1f} pictures/s "
            f"({100 * rates['pictures_per_second'] / floor:.0f} % of the device's arithmetic), waiting for pictures "
            f"{100 * rates['waiting']:.1f} %{broken}, {duration(left)} left"
        )


class Clock:
    """Where the time goes: steps, waiting for pictures, and everything aside (validation, checkpoints)."""

    def __init__(self, before: float):
        self.started = time.monotonic()
        self.before, self.waited, self.set_aside, self.steps = before, 0.0, 0.0, 0

    def waiting(self, loader: Iterator) -> Any:
        started = time.monotonic()
        batch = next(loader)
        # The first batch waits for the workers to start; that is once, not a stall.
        if self.steps > 0:
            self.waited += time.monotonic() - started
        else:
            self.started = time.monotonic()
        self.steps += 1
        return batch

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.set_aside += time.monotonic() - started

    @property
    def total(self) -> float:
        return self.before + time.monotonic() - self.started

    def per_step(self) -> float:
        """Seconds a step, validation and checkpoints included."""
        return (time.monotonic() - self.started) / max(1, self.steps)

    def rates(self, batch: int) -> Dict[str, float]:
        busy = max(1e-9, time.monotonic() - self.started - self.set_aside)
        return {"pictures_per_second": self.steps * batch / busy, "waiting": self.waited / busy}


def precision_of(device: torch.device, amp: bool) -> Optional[torch.dtype]:
    """bfloat16 where the device has it, half precision on older GPUs; None: float."""
    if device.type != "cuda" or not amp:
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def gradient_scaler(enabled: bool):
    if hasattr(torch.amp, "GradScaler"):
        return torch.amp.GradScaler("cuda", enabled=enabled)
    return torch.cuda.amp.GradScaler(enabled=enabled)


def autocast(device: torch.device, precision: Optional[torch.dtype]):
    if precision is None:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=precision)
