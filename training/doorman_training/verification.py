"""Same person or not: accuracy on pairs, with its confidence interval."""

import math
import random
from dataclasses import dataclass
from typing import Tuple

import torch
from torch.nn import functional as F

PARTS = 10


@dataclass(frozen=True)
class Verification:
    accuracy: float
    # Wilson's 95 % interval for so many pairs. Pairs share people, so the truth is a little less sure than it says.
    low: float
    high: float
    pairs: int
    # Cosine from which on two pictures are called one person, mean over the parts.
    threshold: float


def verify(first: torch.Tensor, second: torch.Tensor, genuine: torch.Tensor) -> Verification:
    """
    LFW's protocol: the threshold for each tenth of the pairs is the best one of the other nine.

    :param first: embeddings, N x length; `second` alike
    :param genuine: N, whether the pair is one person
    """
    cosines = (F.normalize(first.float()) * F.normalize(second.float())).sum(1).cpu()
    genuine = genuine.bool().cpu()
    order = list(range(len(genuine)))
    random.Random("parts").shuffle(order)
    parts = [torch.tensor(order[part::PARTS], dtype=torch.long) for part in range(min(PARTS, len(order)))]
    right, thresholds = 0, []
    for part in parts:
        others = torch.ones(len(genuine), dtype=torch.bool)
        others[part] = False
        threshold = best_threshold(cosines[others], genuine[others])
        right += int(((cosines[part] >= threshold) == genuine[part]).sum())
        thresholds.append(threshold)
    low, high = wilson(right, len(genuine))
    return Verification(right / len(genuine), low, high, len(genuine), sum(thresholds) / len(thresholds))


def best_threshold(cosines: torch.Tensor, genuine: torch.Tensor) -> float:
    """Midway between the two neighbours where most pairs are told right."""
    values, order = cosines.sort()
    kinds = genuine[order].long()
    # Cut before the i-th: impostors below it and genuine ones from it on are right.
    impostors_below = torch.cat([torch.zeros(1, dtype=torch.long), (1 - kinds).cumsum(0)])
    genuine_above = kinds.sum() - torch.cat([torch.zeros(1, dtype=torch.long), kinds.cumsum(0)])
    cut = int((impostors_below + genuine_above).argmax())
    if cut == 0:
        return float(values[0]) - 1e-6
    if cut == len(values):
        return float(values[-1]) + 1e-6
    return float(values[cut - 1] + values[cut]) / 2


def wilson(right: int, count: int, z: float = 1.959964) -> Tuple[float, float]:
    share = right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)
