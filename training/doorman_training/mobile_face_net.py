"""MobileFaceNet (Chen et al. 2018): about a million weights, for the edge."""

import torch
from torch import nn


class ConvBlock(nn.Sequential):
    """Convolution and batch normalisation, with PReLU unless `linear`."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride=1, padding=0, groups=1, linear=False):
        layers = [
            nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([] if linear else [nn.PReLU(outputs)]))


class Bottleneck(nn.Module):
    """Inverted residual with linear bottleneck (MobileNetV2), with PReLU."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int):
        super().__init__()
        hidden = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            ConvBlock(inputs, hidden, 1),
            ConvBlock(hidden, hidden, 3, stride, 1, groups=hidden),
            ConvBlock(hidden, outputs, 1, linear=True),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


# Expansion, channels, repetitions, stride of the first: table 1 of the paper.
STAGES = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))


class MobileFaceNet(nn.Module):
    """
    N x 3 x size x size -> N x embedding.

    :param size: side of the pictures, a multiple of 16
    :param width: factor on all channels; 1 is the paper's
    """

    def __init__(self, size: int = 112, embedding: int = 128, width: float = 1.0):
        super().__init__()

        def channels(count: int) -> int:
            return max(8, round(count * width / 8) * 8)

        first = channels(64)
        layers = [ConvBlock(3, first, 3, 2, 1), ConvBlock(first, first, 3, 1, 1, groups=first)]
        inputs = first
        for expansion, outputs, repetitions, stride in STAGES:
            for repetition in range(repetitions):
                layers.append(Bottleneck(inputs, channels(outputs), expansion, stride if repetition == 0 else 1))
                inputs = channels(outputs)
        last = channels(512)
        layers += [
            ConvBlock(inputs, last, 1),
            # Global depthwise convolution: the face's places get weights of their own, unlike in an average.
            ConvBlock(last, last, size // 16, groups=last, linear=True),
            ConvBlock(last, embedding, 1, linear=True),
            nn.Flatten(),
        ]
        self.layers = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.layers(pictures)
