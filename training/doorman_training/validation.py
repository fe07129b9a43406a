"""Embeds the pairs' pictures and judges them, as the exported encoder would see them."""

from typing import List, Tuple

import torch
from torch import nn
from torch.utils.data import BatchSampler, SequentialSampler

from .loading import Faces, batches, to_network
from .pairs import Pairs
from .verification import Verification, verify


class Validation:
    def __init__(self, pairs: Pairs, size: int, workers: int, device: torch.device):
        self.files = pairs.files
        place = {file: index for index, file in enumerate(self.files)}
        self.first = torch.tensor([place[pair.first] for pair in pairs.pairs])
        self.second = torch.tensor([place[pair.second] for pair in pairs.pairs])
        self.genuine = torch.tensor([pair.genuine for pair in pairs.pairs])
        self.size, self.workers, self.device = size, workers, device

    def __call__(self, network: nn.Module) -> Verification:
        network.eval()
        try:
            embeddings = self._embed(network)
        finally:
            network.train()
        return verify(embeddings[self.first], embeddings[self.second], self.genuine)

    def _embed(self, network: nn.Module) -> torch.Tensor:
        faces = Faces(self.files, [0] * len(self.files), self.size, 0, augmentation=False)
        order = BatchSampler(_FirstEpoch(len(faces)), 128, drop_last=False)
        rows = []
        with torch.no_grad():
            for batch in batches(faces, order, self.workers, self.device):
                rows.append(network(to_network(batch.pictures, self.device)).float().cpu())
        return torch.cat(rows)


class _FirstEpoch(SequentialSampler):
    """Pictures in their order, in the form that `Faces` is asked in."""

    def __init__(self, count: int):
        super().__init__(range(count))

    def __iter__(self):
        items: List[Tuple[int, int]] = [(0, index) for index in range(len(self.data_source))]
        return iter(items)
