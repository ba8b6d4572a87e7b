"""The golden pictures of the presets pillow-nearest, pillow-bicubic and tf2-crop160, from rgb_in.u8.gz beside this file.

Debian 12: python3-pil (9.4.0), python3-numpy (1.24.2). Pillow itself resizes and, in pillow-bicubic, makes the gray.
Written by their definitions, because what they belong to is not at hand: Pillow's gray before its version 7, which
rounded down, and TensorFlow 2's gray and nearest neighbour.
"""

import gzip
import pathlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
pictures = np.frombuffer(gzip.decompress((here / "rgb_in.u8.gz").read_bytes()), np.uint8).reshape(6, 210, 160, 3)


def pillow_nearest(rgb):
    small = np.asarray(Image.fromarray(rgb).resize((84, 84), Image.NEAREST)).astype(np.int64)
    return (small @ [19595, 38470, 7471] >> 16).astype(np.uint8)


def pillow_bicubic(rgb):
    return np.asarray(Image.fromarray(rgb).resize((84, 84)).convert("L"))


def tensorflow_gray(rgb):
    share = rgb.astype(np.float32) * np.float32(1 / 255)
    weighted = share * np.array([0.2989, 0.587, 0.114], np.float32)
    return (((weighted[..., 0] + weighted[..., 1]) + weighted[..., 2]) * np.float32(255.5)).astype(np.uint8)


def tensorflow_nearest(source, size):
    scale = np.float32(source) / np.float32(size)
    return np.floor((np.arange(size, dtype=np.float32) + np.float32(0.5)) * scale).astype(int)


def tf2_crop160(rgb):
    at = tensorflow_nearest(160, 84)
    return tensorflow_gray(rgb)[34:194][at][:, at]


for name, preset in [
    ("rgb_pil_nearest_84_then_luma_down", pillow_nearest),
    ("rgb_pil_bicubic_84_then_pil_gray", pillow_bicubic),
    ("rgb_tf_gray_crop34_160_tf_nearest_84", tf2_crop160),
]:
    made = np.stack([preset(rgb) for rgb in pictures])
    assert made.shape == (6, 84, 84) and made.dtype == np.uint8
    (here / f"{name}.u8.gz").write_bytes(gzip.compress(made.tobytes(), mtime=0))
