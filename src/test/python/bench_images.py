"""Training images a second on one thread, with PIL and numpy: what PictureBenchmark does in Java.

python bench_images.py FOLDER ROUNDS    (needs pillow and numpy)
"""

import math
import os
import random
import sys
import time

import numpy
from PIL import Image

SIZE = 224
MEAN = numpy.array([124, 117, 104], numpy.float32)
SCALE = numpy.float32(0.0167)


def decode(path):
    return Image.open(path).convert("RGB")


def part(image):
    width, height = image.size
    for _ in range(10):
        area = random.uniform(0.08, 1) * width * height
        aspect = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w = round(math.sqrt(area * aspect))
        h = round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            left = random.randint(0, width - w)
            top = random.randint(0, height - h)
            return left, top, left + w, top + h
    return 0, 0, width, height


def view(path):
    image = decode(path)
    image = image.resize((SIZE, SIZE), Image.BILINEAR, box=part(image))
    return image.transpose(Image.FLIP_LEFT_RIGHT) if random.random() < 0.5 else image


def normalise(image):
    values = (numpy.asarray(image, numpy.float32) - MEAN) * SCALE
    return numpy.ascontiguousarray(values.transpose(2, 0, 1))


def hsv(image):
    """PIL has no HSL: its HSV is the nearest that it does in C."""
    shifts = [random.uniform(-most, most) for most in (20 * 255 / 180, 40, 50)]
    bands = image.convert("HSV").split()
    moved = [band.point([max(0, min(255, round(v + shift))) for v in range(256)]) for band, shift in zip(bands, shifts)]
    return Image.merge("HSV", moved).convert("RGB")


def hsl(image):
    """The formula of OpenCV in numpy."""
    red, green, blue = numpy.moveaxis(numpy.asarray(image, numpy.float32), 2, 0)
    most = numpy.maximum(numpy.maximum(red, green), blue)
    least = numpy.minimum(numpy.minimum(red, green), blue)
    spread = most - least
    safe = numpy.maximum(spread, 1e-3)
    hue = numpy.where(most == red, (green - blue) / safe % 6,
                      numpy.where(most == green, (blue - red) / safe + 2, (red - green) / safe + 4))
    total = most + least
    saturation = 255 * spread / numpy.maximum(1e-3, numpy.minimum(total, 510 - total))
    hue = numpy.clip(hue + random.uniform(-20, 20) / 30, 0, 6)
    saturation = numpy.clip(saturation + random.uniform(-40, 40), 0, 255)
    light = numpy.clip(total / 2 + random.uniform(-50, 50), 0, 255)
    spread = saturation * numpy.minimum(light, 255 - light) * (2 / 255)
    parts = (numpy.abs(hue - 3) - 1, 2 - numpy.abs(hue - 2), 2 - numpy.abs(hue - 4))
    return numpy.stack([light + spread * (numpy.clip(p, 0, 1) - 0.5) for p in parts], 2)


def measure(what, files, step):
    random.seed(1)
    start = time.perf_counter()
    for path in files:
        step(path)
    print(f"PIL   {what:40} {len(files) / (time.perf_counter() - start):7.0f} images/s", flush=True)


def main(folder, rounds):
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".jpg"))
    for _ in range(rounds):
        measure("decode", files, decode)
        measure("decode, crop, mirror, normalise", files, lambda path: normalise(view(path)))
        measure("decode, crop, mirror, HSV, normalise", files, lambda path: normalise(hsv(view(path))))
        measure("decode, crop, mirror, HSL, normalise", files, lambda path: normalise(hsl(view(path))))


main(sys.argv[1], int(sys.argv[2]))
