"""The architectures by name, and how many operations a picture costs them."""

import torch
from torch import nn

from .faults import TrainingFault
from .inception_resnet_v1 import InceptionResNetV1
from .mobile_face_net import MobileFaceNet

DEFAULT_SIZES = {"mobilefacenet": 112, "inception-resnet-v1": 160}
DEFAULT_EMBEDDINGS = {"mobilefacenet": 128, "inception-resnet-v1": 512}


def build_network(architecture: str, size: int, embedding: int, width: float) -> nn.Module:
    if architecture == "mobilefacenet":
        if size % 16 != 0 or size < 48:
            raise TrainingFault(f"--size {size} does not fit mobilefacenet; give a multiple of 16 from 48 on.")
        return MobileFaceNet(size, embedding, width)
    if size < 80:
        raise TrainingFault(f"--size {size} is too small for inception-resnet-v1; give 80 or more (160 is usual).")
    if width != 1:
        raise TrainingFault("--width is for mobilefacenet only.")
    return InceptionResNetV1(embedding)


def count_weights(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


def operations_per_picture(network: nn.Module, size: int) -> int:
    """Multiplications and additions of all convolutions and linear layers of one forward pass."""
    total = 0

    def count(module: nn.Module, _inputs, output: torch.Tensor) -> None:
        nonlocal total
        per_output = module.weight[0].numel()
        total += 2 * per_output * output[0].numel()

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    training = network.training
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad():
        network(torch.zeros(1, 3, size, size, device=device))
    network.train(training)
    for hook in hooks:
        hook.remove()
    return total
