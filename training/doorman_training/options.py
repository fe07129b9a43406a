"""What can be chosen; the same names as `doorman train-encoder` has."""

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional

from .heads import DEFAULT_MARGINS
from .networks import DEFAULT_EMBEDDINGS, DEFAULT_SIZES


@dataclass(frozen=True)
class Recipe:
    """Everything that the curve depends on; a resumed training must have the same."""

    architecture: str
    size: int
    embedding: int
    width: float
    loss: str
    scale: float
    margin: float
    epochs: int
    batch: int
    learning_rate: float
    schedule: str
    warm_up: float
    weight_decay: float
    least: int
    seed: int
    augmentation: bool
    hold_out: float

    def as_dict(self) -> Dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Options:
    faces: Path
    out: Path
    id: str
    license: str
    validate: Optional[Path]
    pairs: Optional[Path]
    fold: Optional[int]
    device: str
    threads: Optional[int]
    workers: Optional[int]
    amp: bool
    deterministic: bool
    checkpoint_minutes: float
    report_steps: int
    fresh: bool
    recipe: Recipe


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="doorman_training", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("faces", type=Path)
    add("--out", type=Path, required=True)
    add("--id", default="own-encoder")
    add("--license", default="not stated")
    add("--validate", type=Path)
    add("--pairs", type=Path)
    add("--fold", type=int)
    add("--hold-out", type=float, default=0.05)
    add("--architecture", choices=sorted(DEFAULT_SIZES), default="mobilefacenet")
    add("--size", type=int)
    add("--embedding", type=int)
    add("--width", type=float, default=1.0)
    add("--loss", choices=sorted(DEFAULT_MARGINS), default="softmax")
    add("--scale", type=float, default=32.0)
    add("--margin", type=float)
    add("--epochs", type=int, default=30)
    add("--batch", type=int, default=256)
    add("--learning-rate", type=float)
    add("--schedule", choices=("cosine", "steps"), default="cosine")
    add("--warm-up", type=float, default=1.0)
    add("--weight-decay", type=float, default=5e-4)
    add("--least", type=int, default=2)
    add("--seed", type=int, default=1)
    add("--no-augmentation", action="store_true")
    add("--device", default="auto")
    add("--threads", type=int)
    add("--workers", type=int)
    add("--no-amp", action="store_true")
    add("--deterministic", action="store_true")
    add("--checkpoint-minutes", type=float, default=10.0)
    add("--report-steps", type=int, default=20)
    add("--fresh", action="store_true")
    return parser


def parse(arguments: List[str]) -> Options:
    parser = _parser()
    given = parser.parse_args(arguments)
    for name in ("epochs", "batch", "report_steps", "least"):
        if getattr(given, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be 1 or more")
    if not 0 <= given.hold_out < 1:
        parser.error("--hold-out must be a share from 0 to below 1")
    recipe = Recipe(
        architecture=given.architecture,
        size=given.size or DEFAULT_SIZES[given.architecture],
        embedding=given.embedding or DEFAULT_EMBEDDINGS[given.architecture],
        width=given.width,
        loss=given.loss,
        scale=given.scale,
        margin=DEFAULT_MARGINS[given.loss] if given.margin is None else given.margin,
        epochs=given.epochs,
        batch=given.batch,
        # The linear rule (Goyal et al. 2017): twice the batch, twice the rate.
        learning_rate=0.1 * given.batch / 256 if given.learning_rate is None else given.learning_rate,
        schedule=given.schedule,
        warm_up=given.warm_up,
        weight_decay=given.weight_decay,
        least=given.least,
        seed=given.seed,
        augmentation=not given.no_augmentation,
        hold_out=given.hold_out,
    )
    return Options(
        faces=given.faces,
        out=given.out,
        id=given.id,
        license=given.license,
        validate=given.validate,
        pairs=given.pairs,
        fold=given.fold,
        device=given.device,
        threads=given.threads,
        workers=given.workers,
        amp=not given.no_amp,
        deterministic=given.deterministic,
        checkpoint_minutes=given.checkpoint_minutes,
        report_steps=given.report_steps,
        fresh=given.fresh,
        recipe=recipe,
    )
