#!/usr/bin/env python3
"""Writes cartpole-*.png (600x400), cartpole-*-screen.png (90x40) and cartpole-*-84.png: the golden pictures of the
cart-pole tests.

The drawing is restated here pixel by pixel with NumPy (a pixel is coloured if its centre lies inside the shape); the reduction
is Pillow's own BICUBIC, as torchvision's Resize(40) calls it; the whole screen becomes 84x84 by OpenCV's own resize. Needs
NumPy, Pillow and OpenCV (1.24, 9.4 and 4.6 made the committed files).
"""
import math
import os

import cv2
import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = {"centre": (0.013, 0.021), "left": (-2.103, -0.2), "right": (1.37, 0.17)}


def draw(x, theta):
    column, row = np.meshgrid(np.arange(600) + 0.5, 400 - np.arange(400) - 0.5)
    picture = np.full((400, 600, 3), 255, np.uint8)
    cart = x * 125 + 300
    picture[(np.abs(column - cart) < 25) & (np.abs(row - 100) < 15)] = 0
    dx, dy = column - cart, row - 107.5
    along, up = dx * math.cos(theta) - dy * math.sin(theta), dx * math.sin(theta) + dy * math.cos(theta)
    picture[(np.abs(along) < 5) & (up > -5) & (up < 120)] = (202, 152, 101)
    picture[dx * dx + dy * dy < 25] = (129, 132, 203)
    picture[(row > 99) & (row < 100)] = 0
    return picture


for name, (x, theta) in CASES.items():
    picture = draw(x, theta)
    Image.fromarray(picture).save(os.path.join(HERE, f"cartpole-{name}.png"), optimize=True)
    Image.fromarray(cv2.resize(picture, (84, 84))).save(os.path.join(HERE, f"cartpole-{name}-84.png"), optimize=True)
    left = min(max(int(x * 125 + 300) - 180, 0), 240)
    window = Image.fromarray(picture[160:320, left:left + 360])
    window.resize((90, 40), Image.BICUBIC).save(os.path.join(HERE, f"cartpole-{name}-screen.png"), optimize=True)
