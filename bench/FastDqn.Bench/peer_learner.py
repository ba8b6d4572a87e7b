"""PyTorch's side of the learner suite: CleanRL's DQN update and acting (dqn_atari.py), timed on request.

Reads lines "update COUNT" and "act BATCH COUNT", answers each with the microseconds of every repetition.
"""
import copy
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

threads, actions, batch = int(sys.argv[1]), 6, 32
torch.set_num_threads(threads)
torch.manual_seed(1)
q_network = nn.Sequential(
    nn.Conv2d(4, 32, 8, stride=4), nn.ReLU(), nn.Conv2d(32, 64, 4, stride=2), nn.ReLU(), nn.Conv2d(64, 64, 3, stride=1), nn.ReLU(), nn.Flatten(),
    nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, actions),
)
target_network = copy.deepcopy(q_network)
optimizer = torch.optim.Adam(q_network.parameters(), lr=1e-4)
observations = torch.randint(0, 256, (batch, 4, 84, 84), dtype=torch.uint8)
next_observations = torch.randint(0, 256, (batch, 4, 84, 84), dtype=torch.uint8)
chosen = torch.randint(0, actions, (batch, 1))
rewards = torch.randn(batch, 1)
dones = (torch.rand(batch, 1) < 0.1).float()


def update():
    with torch.no_grad():
        target_max, _ = target_network(next_observations / 255.0).max(dim=1)
        td_target = rewards.flatten() + 0.99 * target_max * (1 - dones.flatten())
    old_val = q_network(observations / 255.0).gather(1, chosen).squeeze()
    loss = F.mse_loss(td_target, old_val)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def act(count):
    with torch.no_grad():
        return torch.argmax(q_network(observations[:count] / 255.0), dim=1).numpy()


for line in sys.stdin:
    words = line.split()
    work = update if words[0] == "update" else (lambda: act(int(words[1])))
    times = []
    for _ in range(int(words[-1])):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e6)
    print(" ".join(f"{t:.1f}" for t in times), flush=True)
