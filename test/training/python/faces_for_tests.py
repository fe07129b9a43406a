"""Aligned "faces" for tests: four coloured shapes in places and colours that are a person's own."""

import random
from pathlib import Path

from PIL import Image, ImageDraw


def draw_people(folder: Path, people: int, pictures: int, size: int = 48) -> None:
    for number in range(people):
        own = random.Random(f"person {number}")
        colors = [tuple(own.randint(0, 255) for _ in range(3)) for _ in range(4)]
        eyes, nose, mouth = own.uniform(4, 12), own.uniform(5, 14), own.uniform(8, 24)
        (folder / f"p{number:03d}").mkdir(parents=True)
        for at in range(pictures):
            chance = random.Random(f"picture {number} {at}")
            x, y = chance.uniform(-4, 4), chance.uniform(-4, 4)
            image = Image.new("RGB", (112, 112), tuple(chance.randint(0, 255) for _ in range(3)))
            draw = ImageDraw.Draw(image)
            draw.ellipse((15 + x, 8 + y, 97 + x, 106 + y), fill=colors[0])
            for middle in (38 + x, 74 + x):
                draw.ellipse((middle - eyes, 52 - eyes / 2 + y, middle + eyes, 52 + eyes / 2 + y), fill=colors[1])
            draw.polygon(((56 + x, 50 + y), (56 - nose + x, 74 + y), (56 + nose + x, 74 + y)), fill=colors[2])
            draw.rectangle((56 - mouth + x, 88 + y, 56 + mouth + x, 96 + y), fill=colors[3])
            image.resize((size, size)).save(folder / f"p{number:03d}" / f"p{number:03d}_{at + 1:04d}.jpg", quality=95)
