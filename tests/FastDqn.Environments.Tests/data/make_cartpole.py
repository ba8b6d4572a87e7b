#!/usr/bin/env python3
"""Writes cartpole.json: trajectories of Gymnasium's CartPole rules, stepped one by one with NumPy.

Restates gymnasium/envs/classic_control/cartpole.py (1.x, Euler, reward 1 every step), its seeding
(np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))) and next-step autoreset. Needs NumPy only.
"""
import json
import math
import os
import struct
import sys

import numpy as np

GRAVITY, MASS_CART, MASS_POLE, LENGTH, FORCE, TAU = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
TOTAL, POLE_LENGTH = MASS_POLE + MASS_CART, MASS_POLE * LENGTH
THETA, X = 12 * 2 * math.pi / 360, 2.4


def advance(state, action):
    x, x_dot, theta, theta_dot = state
    force = FORCE if action == 1 else -FORCE
    cos, sin = math.cos(theta), math.sin(theta)
    temp = (force + POLE_LENGTH * np.square(theta_dot) * sin) / TOTAL
    theta_acc = (GRAVITY * sin - cos * temp) / (LENGTH * (4.0 / 3.0 - MASS_POLE * np.square(cos) / TOTAL))
    x_acc = temp - POLE_LENGTH * theta_acc * cos / TOTAL
    state = (x + TAU * x_dot, x_dot + TAU * x_acc, theta + TAU * theta_dot, theta_dot + TAU * theta_acc)
    return state, bool(abs(state[0]) > X or abs(state[2]) > THETA)


def fnv(digest, data):
    for byte in data:
        digest = ((digest ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return digest


def trajectory(seed, limit, policy, steps):
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    state = tuple(generator.uniform(low=-0.05, high=0.05, size=(4,)))
    digest, draw, rows, over, count, ends = 0xCBF29CE484222325, 2463534242, [], False, 0, 0

    def note(step, reward, terminated, truncated):
        nonlocal digest
        observation = np.array(state, dtype=np.float32)
        digest = fnv(digest, observation.tobytes() + struct.pack("<fBB", reward, terminated, truncated))
        if step < 4 or step % 100 == 0 or terminated or truncated and len(rows) < 60:
            rows.append([step, observation.tobytes().hex(), reward, int(terminated), int(truncated)])

    note(0, 0.0, False, False)
    for step in range(1, steps + 1):
        draw ^= (draw << 13) & 0xFFFFFFFF
        draw ^= draw >> 17
        draw ^= (draw << 5) & 0xFFFFFFFF
        if policy == "random":
            action = draw % 2
        else:
            o = [float(np.float32(v)) for v in state]
            action = 1 if o[2] + 0.25 * o[3] + 0.02 * o[0] + 0.05 * o[1] > 0 else 0
        if over:
            state, over, count = tuple(generator.uniform(low=-0.05, high=0.05, size=(4,))), False, 0
            note(step, 0.0, False, False)
            continue
        state, terminated = advance(state, action)
        count += 1
        truncated = count >= limit and not terminated
        over = terminated or truncated
        ends += over
        note(step, 1.0, terminated, truncated)
    return {"seed": seed, "limit": limit, "policy": policy, "steps": steps, "ends": ends, "digest": f"{digest:016x}", "rows": rows}


def main():
    cases = [trajectory(seed, limit, policy, 1500) for seed, limit, policy in
             [(0, 500, "random"), (1, 500, "random"), (42, 500, "balance"), (12345678901, 200, "balance"), (2**63 + 5, 500, "balance"), (7, 200, "random")]]
    first = {str(seed): np.random.default_rng(seed).integers(0, 2**64, 4, dtype=np.uint64).tolist() for seed in (0, 1, 2**32 - 1, 2**32, 2**64 - 1)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cartpole.json"), "w") as f:
        f.write("{\n \"numpy\": " + json.dumps(np.__version__) + ",\n \"words\": " + json.dumps(first) + ",\n \"trajectories\": [\n")
        f.write(",\n".join(json.dumps(case) for case in cases))
        f.write("\n]}\n")


if __name__ == "__main__":
    sys.exit(main())
