"""The faces on disk: one folder an identity, each picture an aligned face (CASIA-WebFace's layout)."""

import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from .faults import TrainingFault

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")

# ArcFace's five points in a picture of 112 x 112 (Deng et al. 2019): eyes, nose tip, corners of the mouth.
ARCFACE_SIZE = 112
ARCFACE_TEMPLATE = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)


@dataclass(frozen=True)
class Person:
    name: str
    files: Tuple[str, ...]


@dataclass(frozen=True)
class Alignment:
    """Where the five points lie in the training pictures, px; pixel centres have whole coordinates."""

    size: int
    template: Tuple[Tuple[float, float], ...]

    def resized(self, size: int) -> "Alignment":
        """The same for the pictures resized to another side (edges stay edges, as Pillow resizes)."""
        ratio = size / self.size

        def place(value: float) -> float:
            return (value + 0.5) * ratio - 0.5

        return Alignment(size, tuple((place(x), place(y)) for x, y in self.template))


def list_people(folder: Path) -> List[Person]:
    """The sub-folders that hold pictures, by name, files sorted."""
    if not folder.is_dir():
        raise TrainingFault(f"{folder} is no folder; give one with a sub-folder of aligned faces for each person.")
    people = []
    for name in sorted(entry.name for entry in os.scandir(folder) if entry.is_dir()):
        files = sorted(f.path for f in os.scandir(folder / name) if f.name.lower().endswith(PICTURES))
        if files:
            people.append(Person(name, tuple(files)))
    return people


def read_alignment(folder: Path) -> Alignment:
    """What `doorman align` noted beside the faces; without it ArcFace's template at 112 px is supposed."""
    try:
        noted = json.loads((folder / "alignment.json").read_text())
        return Alignment(int(noted["size"]), tuple((float(x), float(y)) for x, y in noted["template"]))
    except FileNotFoundError:
        return Alignment(ARCFACE_SIZE, ARCFACE_TEMPLATE)
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingFault(f"{folder / 'alignment.json'} is not what `doorman align` writes: {error}.") from error


@dataclass(frozen=True)
class Split:
    """Training and held-out people have nobody in common."""

    training: Tuple[Person, ...]
    held_out: Tuple[Person, ...]

    def labelled(self) -> Tuple[List[str], List[int]]:
        files = [file for person in self.training for file in person.files]
        labels = [label for label, person in enumerate(self.training) for _ in person.files]
        return files, labels


def split_people(people: Sequence[Person], held_out: Sequence[str], least: int, share: float, seed: int) -> Split:
    """
    Keeps the people named in `held_out` from training; when nobody is named, a share of all by chance, at least ten.
    Of the others those with at least `least` pictures are trained on.
    """
    names = set(held_out)
    if not names and share > 0:
        several = [person.name for person in people if len(person.files) > 1]
        count = min(max(10, round(share * len(people))), len(several))
        names = set(random.Random(f"held out {seed}").sample(several, count))
    training = tuple(p for p in people if p.name not in names and len(p.files) >= least)
    if len(training) < 2:
        raise TrainingFault(
            f"Only {len(training)} of {len(people)} people can be trained on (pictures each: {least} or more, "
            f"{len(names)} people held out for validation); at least two are needed, and hundreds for a good encoder."
        )
    return Split(training, tuple(p for p in people if p.name in names))


def by_name(people: Sequence[Person]) -> Dict[str, Person]:
    return {person.name: person for person in people}
