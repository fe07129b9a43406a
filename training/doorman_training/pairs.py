"""Pairs of pictures to validate on: LFW's pairs.txt, or drawn from the people held out."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from .faces import PICTURES, Person
from .faults import TrainingFault

# So many pairs of a kind are drawn where no file names them; LFW has 3,000.
DRAWN = 3000


@dataclass(frozen=True)
class Pair:
    first: str
    second: str
    genuine: bool


@dataclass(frozen=True)
class Pairs:
    pairs: Tuple[Pair, ...]
    # Everybody named, also where the picture is missing: nobody of these may be trained on.
    people: Tuple[str, ...]
    # Pairs with a picture that is not there (no face was found in it).
    missing: int

    @property
    def files(self) -> List[str]:
        return sorted({file for pair in self.pairs for file in (pair.first, pair.second)})


def read_pairs(file: Path, folder: Path, fold: Optional[int] = None) -> Pairs:
    """
    LFW's format: first line "folds pairs" (or "pairs"), then "name i j" or "name i other j"; pictures are
    name/name_0001.jpg.

    :param fold: only this fold, counted from 1
    """
    try:
        lines = [line.split() for line in file.read_text().splitlines() if line.strip()]
    except OSError as error:
        raise TrainingFault(f"The pairs file {file} cannot be read: {error.strerror}.") from error
    head = [int(word) if word.isdigit() else 0 for word in lines[0]] if lines else []
    if len(head) not in (1, 2) or min(head) < 1:
        raise TrainingFault(f'The first line of {file} must be "<folds> <pairs of a kind in each fold>", as in LFW.')
    size = 2 * head[-1]
    folds = head[0] if len(head) == 2 else 1
    if fold is not None and not 1 <= fold <= folds:
        raise TrainingFault(f"{file} has the folds 1 to {folds}, not {fold}.")
    chosen = lines[1:] if fold is None else lines[1:][(fold - 1) * size : fold * size]
    pairs, people, missing = [], set(), 0
    for words in chosen:
        if len(words) == 3:
            words = [words[0], words[1], words[0], words[2]]
            genuine = True
        elif len(words) == 4:
            genuine = False
        else:
            raise TrainingFault(f'"{" ".join(words)}" in {file} is no pair; "name i j" or "name i other j" is one.')
        people |= {words[0], words[2]}
        first, second = (_picture(folder, words[at], words[at + 1]) for at in (0, 2))
        if first is None or second is None:
            missing += 1
        else:
            pairs.append(Pair(first, second, genuine))
    if not any(p.genuine for p in pairs) or all(p.genuine for p in pairs):
        raise TrainingFault(
            f"Of the {len(chosen)} pairs in {file}, {missing} have no picture in {folder}, and no pairs of both kinds "
            "are left; give the folder that the file was made for."
        )
    return Pairs(tuple(pairs), tuple(sorted(people)), missing)


def _picture(folder: Path, name: str, number: str) -> Optional[str]:
    for ending in PICTURES:
        file = folder / name / f"{name}_{number.zfill(4)}{ending}"
        if file.exists():
            return str(file)
    return None


def draw_pairs(people: Sequence[Person], seed: int) -> Pairs:
    """As many pairs of one person as of two, from people held out; everybody with two pictures takes part."""
    chance = random.Random(f"pairs {seed}")
    several = [person for person in people if len(person.files) > 1]
    if len(several) < 2:
        raise TrainingFault(
            "There are no pairs to validate on: fewer than two people held out have two pictures. Give more people, or "
            "--hold-out 0 to train without validation."
        )
    genuine = set()
    possible = sum(len(p.files) * (len(p.files) - 1) // 2 for p in several)
    for turn in range(20 * DRAWN):
        if len(genuine) >= min(DRAWN, possible):
            break
        genuine.add(tuple(sorted(chance.sample(several[turn % len(several)].files, 2))))
    impostor = set()
    for _ in range(20 * DRAWN):
        if len(impostor) >= len(genuine):
            break
        one, other = chance.sample(list(several), 2)
        impostor.add(tuple(sorted((chance.choice(one.files), chance.choice(other.files)))))
    drawn = [Pair(*files, genuine=True) for files in sorted(genuine)]
    drawn += [Pair(*files, genuine=False) for files in sorted(impostor)]
    return Pairs(tuple(drawn), tuple(sorted(person.name for person in people)), 0)
