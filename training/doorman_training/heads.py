"""Classification over the training's identities; thrown away when the encoder is exported."""

import math

import torch
from torch import nn
from torch.nn import functional as F

DEFAULT_MARGINS = {"softmax": 0.0, "cosface": 0.35, "arcface": 0.5}


class IdentityHead(nn.Module):
    """
    Cross-entropy over identities.

    - ``softmax``: plain, on the embedding itself (FaceNet's seed).
    - ``cosface``: scale * (cos - margin) for the right identity (Wang et al. 2018).
    - ``arcface``: scale * cos(angle + margin) for the right identity (Deng et al. 2019).
    """

    def __init__(self, kind: str, embedding: int, identities: int, scale: float, margin: float):
        super().__init__()
        self.kind, self.scale, self.margin = kind, scale, margin
        self.weight = nn.Parameter(torch.empty(identities, embedding))
        nn.init.normal_(self.weight, std=embedding**-0.5)
        self.bias = nn.Parameter(torch.zeros(identities)) if kind == "softmax" else None

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The logits that the loss sees, N x identities."""
        if self.bias is not None:
            return F.linear(embeddings, self.weight, self.bias)
        cosines = F.linear(F.normalize(embeddings), F.normalize(self.weight)).clamp(-1, 1)
        rows = torch.arange(len(labels), device=labels.device)
        right = cosines[rows, labels]
        lowered = right - self.margin if self.kind == "cosface" else self._turned(right)
        return self.scale * cosines.index_put((rows, labels), lowered)

    def _turned(self, cosine: torch.Tensor) -> torch.Tensor:
        """cos(angle + margin); beyond 180 degrees, where that would rise again, a straight line goes on falling."""
        sine = (1 - cosine * cosine).clamp_min(1e-9).sqrt()
        turned = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        beyond = cosine - math.sin(math.pi - self.margin) * self.margin
        return torch.where(cosine > math.cos(math.pi - self.margin), turned, beyond)


def accuracy_of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Share of pictures whose own identity has the largest logit, the margin taken off included."""
    return (logits.argmax(1) == labels).float().mean()
