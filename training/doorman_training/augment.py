"""
What a camera at a door does to a face, drawn anew for every epoch and picture: mirrored, shifted, lit otherwise, grey
(infra-red), blurred, small, compressed, partly covered.

Chance comes from the seed, the epoch and the picture alone, so that it is the same with any number of workers, and
after a resumption.
"""

import io
import random

import numpy as np
from PIL import Image, ImageFilter


def plain(picture: Image.Image, size: int) -> np.ndarray:
    """size x size x 3, 0 ... 255."""
    if picture.size != (size, size):
        picture = picture.resize((size, size), Image.BILINEAR)
    return np.asarray(picture)


def augmented(picture: Image.Image, size: int, chance: random.Random) -> np.ndarray:
    """size x size x 3, 0 ... 255."""
    picture = _shifted(picture, size, chance)
    if chance.random() < 0.5:
        picture = picture.transpose(Image.FLIP_LEFT_RIGHT)
    if chance.random() < 0.2:
        picture = _small(picture, chance)
    if chance.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(chance.uniform(0.3, 1.2) * size / 112))
    if chance.random() < 0.15:
        picture = _compressed(picture, chance)
    pixels = np.asarray(picture)
    if chance.random() < 0.5:
        pixels = _lit(pixels, chance)
    if chance.random() < 0.1:
        grey = pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
        pixels = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    if chance.random() < 0.2:
        pixels = _erased(pixels, chance)
    return pixels


def _shifted(picture: Image.Image, size: int, chance: random.Random) -> Image.Image:
    """As if the five points had been found a little beside their places: up to 4 % of the side, 5 % of the scale."""
    width, height = picture.size
    zoom = chance.uniform(0.95, 1.0)
    left = (1 - zoom) * width / 2 + chance.uniform(-0.04, 0.04) * width
    top = (1 - zoom) * height / 2 + chance.uniform(-0.04, 0.04) * height
    left = min(max(0.0, left), (1 - zoom) * width)
    top = min(max(0.0, top), (1 - zoom) * height)
    box = (left, top, left + zoom * width, top + zoom * height)
    return picture.resize((size, size), Image.BILINEAR, box=box)


def _small(picture: Image.Image, chance: random.Random) -> Image.Image:
    size = picture.size[0]
    side = max(16, round(size * chance.uniform(0.25, 0.6)))
    return picture.resize((side, side), Image.BILINEAR).resize((size, size), Image.BILINEAR)


def _compressed(picture: Image.Image, chance: random.Random) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=chance.randint(25, 80))
    return Image.open(buffer).convert("RGB")


def _lit(pixels: np.ndarray, chance: random.Random) -> np.ndarray:
    """Contrast, brightness and the light's colour."""
    contrast, brightness = chance.uniform(0.7, 1.3), chance.uniform(0.65, 1.35)
    tint = np.array([chance.uniform(0.93, 1.07) for _ in range(3)], dtype=np.float32)
    values = pixels.astype(np.float32)
    middle = values.mean()
    return np.clip(((values - middle) * contrast + middle) * (brightness * tint), 0, 255).astype(np.uint8)


def _erased(pixels: np.ndarray, chance: random.Random) -> np.ndarray:
    """Random erasing (Zhong et al. 2020): something before the face, up to a quarter of the picture."""
    size = pixels.shape[0]
    height, width = (round(size * chance.uniform(0.12, 0.5)) for _ in range(2))
    top, left = chance.randint(0, size - height), chance.randint(0, size - width)
    pixels = pixels.copy()
    pixels[top : top + height, left : left + width] = [chance.randint(0, 255) for _ in range(3)]
    return pixels
