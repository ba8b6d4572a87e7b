"""DQN, C51 and QR-DQN as CleanRL's loops update them, in single or in double precision, on transitions that a test recorded.

    python3 side_by_side.py CASE FOLDER UPDATES EVERY f32|f32-turned|f64

FOLDER holds initial.safetensors, frames.u8 (84x84 each), places.i32 (update, s or s', sample, the stack's 4 frames), actions.i64,
rewards.f32, discounts.f32 and held.i32 (the stacks of held-out states). A file of doubles is written under the run's name: the loss of
every update, then the Q-values of the held-out states after every EVERY-th. f32-turned takes each minibatch from its end: the same
numbers summed in another order.
"""
import copy
import sys

import numpy as np
import torch
import torch.nn.functional as F

from reference import nature, project, quantile_huber, read

SIZE, TARGET_PERIOD, ATOMS, QUANTILES = 32, 4, 51, 20


def run(case, folder, updates, every, name):
    precision = torch.float64 if name == "f64" else torch.float32
    order = np.arange(SIZE)[::-1] if name == "f32-turned" else np.arange(SIZE)
    torch.set_default_dtype(precision)

    def load(name, dtype, *shape):
        return np.fromfile(f"{folder}/{name}", dtype).reshape(shape)

    frames = load("frames.u8", np.uint8, -1, 84, 84)
    places = load("places.i32", np.int32, updates, 2, SIZE, 4)[:, :, order]
    actions = torch.from_numpy(load("actions.i64", np.int64, updates, SIZE)[:, order])
    rewards = torch.from_numpy(load("rewards.f32", np.float32, updates, SIZE)[:, order]).to(precision)
    discounts = torch.from_numpy(load("discounts.f32", np.float32, updates, SIZE)[:, order]).to(precision)
    index = torch.arange(SIZE)

    def stacks(at):
        return torch.from_numpy(frames[at]).to(precision)

    weights = read(f"{folder}/initial.safetensors")
    net = nature(len(weights["network.9.bias"]))
    net.load_state_dict({key: t.to(precision) for key, t in weights.items()})
    target = copy.deepcopy(net)
    width = {"dqn": 1, "c51": ATOMS, "qr-dqn": QUANTILES}[case]
    atoms = torch.linspace(-10, 10, ATOMS)
    taus = ((torch.arange(QUANTILES) + 0.5) / QUANTILES).expand(SIZE, QUANTILES)
    learning_rate, epsilon = {"dqn": (1e-4, 1e-8), "c51": (2.5e-4, 0.01 / 32), "qr-dqn": (5e-5, 0.01 / 32)}[case]
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate, eps=epsilon)

    def values(outputs):  # (B, A) of the network's outputs
        outputs = outputs.view(len(outputs), -1, width)
        return {"dqn": lambda: outputs[:, :, 0], "c51": lambda: (torch.softmax(outputs, 2) * atoms).sum(2), "qr-dqn": lambda: outputs.mean(2)}[case]()

    held = stacks(load("held.i32", np.int32, -1, 4))
    losses, q_values = [], []
    for k in range(updates):
        obs, following, a, r, d = stacks(places[k, 0]), stacks(places[k, 1]), actions[k], rewards[k], discounts[k]
        with torch.no_grad():
            after = target(following)
            best = values(after).argmax(1)
            chosen = after.view(SIZE, -1, width)[index, best]
            if case == "dqn":
                y = r + d * chosen[:, 0]
            elif case == "c51":
                y = project(r, d, torch.softmax(chosen, 1), atoms)
            else:
                y = r.unsqueeze(1) + d.unsqueeze(1) * chosen
        taken = net(obs).view(SIZE, -1, width)[index, a]
        if case == "dqn":
            loss = F.mse_loss(y, taken[:, 0])
        elif case == "c51":
            # CleanRL keeps the probabilities above 1e-5 before the logarithm: another loss than the paper's, once one falls below.
            loss = -(y * F.log_softmax(taken, 1)).sum(1).mean()
        else:
            loss = quantile_huber(taken, y, taus).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if (k + 1) % TARGET_PERIOD == 0:
            target.load_state_dict(net.state_dict())
        if (k + 1) % every == 0:
            with torch.no_grad():
                q_values.append(values(net(held)).double().numpy())
    with open(f"{folder}/{name}", "wb") as f:
        f.write(np.asarray(losses, np.float64).tobytes())
        f.write(np.asarray(q_values, np.float64).tobytes())


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
