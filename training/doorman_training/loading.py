"""Pictures from disk to batches, in a mixed order that a resumed training takes up exactly where it was."""

import random
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, Sampler

from . import augment
from .faults import TrainingFault

# So many others are tried in place of a picture that cannot be read.
SUBSTITUTES = 100


class Batch(NamedTuple):
    pictures: torch.Tensor  # N x 3 x size x size, 0 ... 255, uint8
    labels: torch.Tensor  # N
    unreadable: List[int]  # indices of pictures that others stand for


class MixedOrder(Sampler):
    """
    Batches of (epoch, picture) from one step to another, across epochs, so that the workers never run dry between
    them. Every epoch has an order of its own that follows from the seed and its number.
    """

    def __init__(self, pictures: int, batch: int, seed: int, first_step: int, steps: int):
        self.pictures, self.batch, self.seed = pictures, batch, seed
        self.first_step, self.steps = first_step, steps
        self.per_epoch = steps_per_epoch(pictures, batch)

    def __len__(self) -> int:
        return self.steps - self.first_step

    def __iter__(self) -> Iterator[List[Tuple[int, int]]]:
        order: Sequence[int] = []
        of_epoch = -1
        for step in range(self.first_step, self.steps):
            epoch, at = divmod(step, self.per_epoch)
            if epoch != of_epoch:
                order, of_epoch = self.order_of(epoch), epoch
            yield [(epoch, index) for index in order[at * self.batch : (at + 1) * self.batch]]

    def order_of(self, epoch: int) -> List[int]:
        order = list(range(self.pictures))
        random.Random(f"order {self.seed} {epoch}").shuffle(order)
        return order


def steps_per_epoch(pictures: int, batch: int) -> int:
    """The remainder of an epoch that fills no batch waits for another epoch, where it is mixed otherwise."""
    return max(1, pictures // batch)


class Faces(Dataset):
    """Labelled pictures; an item is asked for by epoch and picture, since each epoch sees it otherwise."""

    def __init__(self, files: Sequence[str], labels: Sequence[int], size: int, seed: int, augmentation: bool):
        self.files, self.labels = np.array(files), np.array(labels)
        self.size, self.seed, self.augmentation = size, seed, augmentation

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, item: Tuple[int, int]) -> Tuple[np.ndarray, int, List[int]]:
        epoch, index = item
        unreadable: List[int] = []
        for _ in range(SUBSTITUTES):
            try:
                picture = read_picture(self.files[index])
            except Exception:  # Pillow's decoders raise nearly anything on broken files.
                unreadable.append(index)
                index = (index + 1) % len(self.files)
                continue
            if self.augmentation:
                pixels = augment.augmented(picture, self.size, random.Random(f"{self.seed} {epoch} {index}"))
            else:
                pixels = augment.plain(picture, self.size)
            return pixels, int(self.labels[index]), unreadable
        raise TrainingFault(
            f"{SUBSTITUTES} pictures in a row cannot be read, beginning with {self.files[unreadable[0]]}; "
            "are the files whole?"
        )


def read_picture(file: str) -> Image.Image:
    with Image.open(file) as picture:
        return picture.convert("RGB")


def collate(items: Sequence[Tuple[np.ndarray, int, List[int]]]) -> Batch:
    pixels, labels, unreadable = zip(*items)
    pictures = torch.from_numpy(np.ascontiguousarray(np.stack(pixels).transpose(0, 3, 1, 2)))
    return Batch(pictures, torch.tensor(labels), [index for indices in unreadable for index in indices])


def batches(faces: Faces, order: Sampler, workers: int, device: torch.device) -> DataLoader:
    return DataLoader(
        faces,
        batch_sampler=order,
        num_workers=workers,
        collate_fn=collate,
        pin_memory=device.type == "cuda",
        # Without one of its own the loader would draw from the generator whose state the checkpoint keeps.
        generator=torch.Generator(),
        worker_init_fn=_one_thread,
        **({"prefetch_factor": 4} if workers > 0 else {}),
    )


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


def to_network(pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
    """What the network takes: (0 ... 255 - 127.5) / 127.5, on the device."""
    return pictures.to(device, non_blocking=True).float().sub_(127.5).div_(127.5)
