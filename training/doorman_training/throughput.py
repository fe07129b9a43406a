"""How fast training is, beside what the device's arithmetic would allow."""

import time

import torch
from torch.nn import functional as F

# A training step is about three forward passes: forward, gradients of the activations, gradients of the weights.
PASSES = 3


def measured_peak(device: torch.device, dtype: torch.dtype, seconds: float = 0.5) -> float:
    """
    Operations a second of the best of a large matrix product and a large convolution. (Two, since some builds of
    PyTorch have a slow matrix product and fast convolutions.)
    """
    size = 8192 if device.type == "cuda" else 768
    left = torch.randn(size, size, device=device, dtype=dtype)
    pictures = torch.randn(16, 256, 28, 28, device=device, dtype=dtype)
    kernel = torch.randn(256, 256, 3, 3, device=device, dtype=dtype)
    with torch.no_grad():
        product = _rate(lambda: left @ left, 2 * size**3, device, seconds)
        convolution = _rate(lambda: F.conv2d(pictures, kernel, padding=1), 2 * 16 * 28**2 * 256**2 * 9, device, seconds)
    return max(product, convolution)


def _rate(work, operations: int, device: torch.device, seconds: float) -> float:
    work()
    _finish(device)
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        for _ in range(10 if device.type == "cuda" else 1):
            work()
            count += 1
        _finish(device)
    return operations * count / (time.perf_counter() - started)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def floor_pictures_per_second(operations_per_picture: int, peak: float) -> float:
    """Pictures a second if training did nothing but its multiplications, at the measured peak."""
    return peak / (PASSES * operations_per_picture)
