"""`python3 -m doorman_training DIR --out OUT`: see docs/training.md."""

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import List, Optional, Tuple

import torch

from . import export, throughput
from .checkpoint import replace_file
from .curve import Curve
from .faces import Person, Split, list_people, read_alignment, split_people
from .faults import TrainingFault, writing
from .loading import Faces
from .model_card import model_card
from .networks import build_network, count_weights, operations_per_picture
from .options import Options, parse
from .pairs import Pairs, draw_pairs, read_pairs
from .progress import Progress
from .training import Stopped, Training
from .validation import Validation


def main(arguments: List[str]) -> int:
    try:
        train(parse(arguments))
        return 0
    except Stopped:
        print("Stopped; the same command goes on from here.", flush=True)
        return 130
    except TrainingFault as fault:
        print(fault, file=sys.stderr, flush=True)
        return 1


def train(options: Options) -> None:
    recipe = options.recipe
    device = choose_device(options.device)
    prepare_device(options, device)
    with writing(options.out):
        options.out.mkdir(parents=True, exist_ok=True)
    split, pairs = choose_people(options)
    files, labels = split.labelled()
    if len(files) < recipe.batch:
        raise TrainingFault(f"{len(files)} pictures fill no batch of {recipe.batch}; give a smaller --batch.")
    workers = default_workers(device) if options.workers is None else options.workers
    torch.manual_seed(recipe.seed)
    network = build_network(recipe.architecture, recipe.size, recipe.embedding, recipe.width)
    # What cannot be exported need not be trained.
    export.onnx_bytes(network, recipe.size)
    network.to(device, memory_format=torch.channels_last)
    training = Training(
        options,
        network,
        Faces(files, labels, recipe.size, recipe.seed, recipe.augmentation),
        len(split.training),
        device,
        fingerprint(files, options.faces),
        None if pairs is None else Validation(pairs, recipe.size, workers, device),
        workers,
    )
    progress = Progress()
    operations = operations_per_picture(network, recipe.size)
    peak = throughput.measured_peak(device, training.precision or torch.float32)
    floor = throughput.floor_pictures_per_second(operations, peak)
    progress.say(
        f"{recipe.architecture}, {count_weights(network):,} weights, {operations / 1e6:.0f} million operations a "
        f"picture; {len(files):,} pictures of {len(split.training):,} people; {device_name(device)} does "
        f"{peak / 1e9:.0f} thousand million operations a second, {floor:.0f} pictures/s at most."
    )
    if pairs is not None and pairs.missing > 0:
        progress.say(f"{pairs.missing} pairs have a picture that is not there; {len(pairs.pairs)} are left.")
    if training.resume():
        progress.say(f"Going on from step {training.step} of {training.steps}.")
    watch_for_stop(training)
    curve = Curve(options.out, training.step)
    try:
        training.run(progress, curve, floor)
    finally:
        curve.close()
    finish(options, training, split, pairs, floor, device)
    progress.say(f"{options.out}: the encoder, its description and its model card are written.")


def choose_people(options: Options) -> Tuple[Split, Optional[Pairs]]:
    """Who is trained on, and on which pairs of others it is judged."""
    recipe = options.recipe
    people = list_people(options.faces)
    if options.pairs is not None:
        pairs = read_pairs(options.pairs, options.validate or options.faces, options.fold)
        return split_people(people, pairs.people, recipe.least, 0, recipe.seed), pairs
    if options.validate is not None:
        others = list_people(options.validate)
        pairs = draw_pairs(others, recipe.seed)
        split = split_people(people, [person.name for person in others], recipe.least, 0, recipe.seed)
        return Split(split.training, tuple(others)), pairs
    split = split_people(people, (), recipe.least, recipe.hold_out, recipe.seed)
    return split, draw_pairs(split.held_out, recipe.seed) if recipe.hold_out > 0 else None


def finish(
    options: Options,
    training: Training,
    split: Split,
    pairs: Optional[Pairs],
    floor: float,
    device: torch.device,
) -> None:
    """Writes encoder.onnx, encoder.json, MODEL-CARD.md and training.json."""
    recipe, out = options.recipe, options.out
    date = time.strftime("%Y-%m-%d")
    alignment = read_alignment(options.faces)
    model = export.onnx_bytes(training.network, recipe.size)
    # Other weights, other embeddings: the version is that of the file.
    version = hashlib.sha256(model).hexdigest()[:12]
    replace_file(out / "encoder.onnx", model)
    resized = alignment.resized(recipe.size)
    export.write_json(
        out / "encoder.json", export.description(options.id, version, options.license, resized, recipe.embedding)
    )
    held_out: Tuple[Person, ...] = split.held_out
    facts = {
        "id": options.id,
        "version": version,
        "license": options.license,
        "date": date,
        "torch": torch.__version__,
        "device": device_name(device),
        "hours": training.seconds / 3600,
        "recipe": recipe.as_dict(),
        "weights": count_weights(training.network),
        "steps_per_epoch": training.per_epoch,
        "data": {
            "folder": options.faces.resolve().name,
            "people": len(split.training),
            "pictures": len(training.faces),
            "held_out": len(held_out),
            "unreadable": len(training.unreadable),
        },
        "pairs": pairs_in_words(options),
        "validation": training.validations[-1] if training.validations else None,
        "speed": {**training.rates, "floor_pictures_per_second": floor},
        # For whoever loads the exported file: its answer to a known picture, and aligned faces of people not trained on.
        "check": export.embedding_of_pattern(training.network, recipe.size),
        "alignment": {"size": alignment.size, "template": alignment.template},
        "held_out": [{"name": person.name, "files": [os.path.abspath(f) for f in person.files]} for person in held_out],
    }
    export.write_json(out / "training.json", facts)
    replace_file(out / "MODEL-CARD.md", model_card(facts).encode())


def pairs_in_words(options: Options) -> str:
    if options.pairs is None:
        return "pairs drawn by chance from the people held out"
    fold = "" if options.fold is None else f", fold {options.fold}"
    return f"{options.pairs.name}{fold}"


def fingerprint(files: List[str], folder: Path) -> str:
    """Changes with the people and pictures trained on, not with where they lie."""
    names = json.dumps([os.path.relpath(file, folder) for file in files])
    return hashlib.sha256(names.encode()).hexdigest()


def choose_device(wanted: str) -> torch.device:
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise TrainingFault("PyTorch finds no CUDA device here; --device cpu trains without one.")
    try:
        return torch.device(wanted)
    except RuntimeError as error:
        raise TrainingFault(f"--device {wanted} is none; auto, cpu, cuda or cuda:1 are.") from error


def prepare_device(options: Options, device: torch.device) -> None:
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = not options.deterministic
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        if options.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True, warn_only=True)


def default_workers(device: torch.device) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # With a GPU all cores prepare pictures; without one the cores are the device.
    return cores if device.type == "cuda" else 1


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"the CPU ({torch.get_num_threads()} thread{'s' if torch.get_num_threads() > 1 else ''})"


def watch_for_stop(training: Training) -> None:
    def stop(_signal, _frame) -> None:
        training.stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
