"""
Inception-ResNet v1 (Szegedy et al. 2016) as FaceNet's open implementation has it (D. Sandberg 2018): 160 px, five
blocks of 35, ten of 17, six of 8, about 23 million weights before the classifier.
"""

import torch
from torch import nn


class Conv(nn.Sequential):
    """Convolution, batch normalisation, ReLU; as large as the input unless `valid`."""

    def __init__(self, inputs: int, outputs: int, kernel, stride: int = 1, valid: bool = False):
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (0, 0) if valid else (sides[0] // 2, sides[1] // 2)
        super().__init__(
            nn.Conv2d(inputs, outputs, sides, stride, padding, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Branches side by side, brought back to the input's channels, scaled and added to it."""

    def __init__(self, channels: int, branches, joined: int, scale: float, activation: bool = True):
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.up = nn.Conv2d(joined, channels, 1)
        self.scale, self.activation = scale, activation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.scale * self.up(torch.cat([branch(x) for branch in self.branches], 1))
        return torch.relu(x) if self.activation else x


class Reduction(nn.Module):
    """Branches side by side, each half as large."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


def block35() -> Residual:
    branches = (
        Conv(256, 32, 1),
        nn.Sequential(Conv(256, 32, 1), Conv(32, 32, 3)),
        nn.Sequential(Conv(256, 32, 1), Conv(32, 32, 3), Conv(32, 32, 3)),
    )
    return Residual(256, branches, 96, 0.17)


def block17() -> Residual:
    branches = (
        Conv(896, 128, 1),
        nn.Sequential(Conv(896, 128, 1), Conv(128, 128, (1, 7)), Conv(128, 128, (7, 1))),
    )
    return Residual(896, branches, 256, 0.10)


def block8(scale: float = 0.20, activation: bool = True) -> Residual:
    branches = (
        Conv(1792, 192, 1),
        nn.Sequential(Conv(1792, 192, 1), Conv(192, 192, (1, 3)), Conv(192, 192, (3, 1))),
    )
    return Residual(1792, branches, 384, scale, activation)


class InceptionResNetV1(nn.Module):
    """N x 3 x size x size (160; at least 80) -> N x embedding."""

    def __init__(self, embedding: int = 512, dropout: float = 0.2):
        super().__init__()
        self.features = nn.Sequential(
            Conv(3, 32, 3, 2, valid=True),
            Conv(32, 32, 3, valid=True),
            Conv(32, 64, 3),
            nn.MaxPool2d(3, 2),
            Conv(64, 80, 1),
            Conv(80, 192, 3, valid=True),
            Conv(192, 256, 3, 2, valid=True),
            *(block35() for _ in range(5)),
            Reduction(
                Conv(256, 384, 3, 2, valid=True),
                nn.Sequential(Conv(256, 192, 1), Conv(192, 192, 3), Conv(192, 256, 3, 2, valid=True)),
                nn.MaxPool2d(3, 2),
            ),
            *(block17() for _ in range(10)),
            Reduction(
                nn.Sequential(Conv(896, 256, 1), Conv(256, 384, 3, 2, valid=True)),
                nn.Sequential(Conv(896, 256, 1), Conv(256, 256, 3, 2, valid=True)),
                nn.Sequential(Conv(896, 256, 1), Conv(256, 256, 3), Conv(256, 256, 3, 2, valid=True)),
                nn.MaxPool2d(3, 2),
            ),
            *(block8() for _ in range(5)),
            block8(1.0, activation=False),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(dropout),
        )
        self.embedding = nn.Linear(1792, embedding, bias=False)
        self.normalisation = nn.BatchNorm1d(embedding, eps=1e-3)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.normalisation(self.embedding(self.features(pictures)))
