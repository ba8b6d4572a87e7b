"""Reference updates in PyTorch, written from the papers and CleanRL, independent of FastDqn.

    python3 reference.py CASE FOLDER     writes FOLDER/initial.safetensors, batches.safetensors, expected.safetensors
    python3 reference.py check FILE      reads a safetensors file and prints "name shape sum" lines

No safetensors module is needed: the plain reader and writer are below.
"""
import copy
import json
import math
import struct
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
MASK = (1 << 64) - 1
UPDATES = 10


def write(path, tensors):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, t in tensors.items():
        size = t.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for t in tensors.values():
            f.write(t.detach().float().contiguous().numpy().tobytes())


def read(path):
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(length)), f.read()
    result = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F32"
        result[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(entry["shape"])
    return result


class RandomStream:
    """xoshiro256** seeded through SplitMix64, as FastDqn.Core.RandomStream documents it."""

    def __init__(self, seed, name):
        h = 14695981039346656037
        for b in name.encode():
            h = ((h ^ b) * 1099511628211) & MASK
        state = seed ^ (((h << 17) | (h >> 47)) & MASK)
        state, derived = self.split_mix(state)
        self.s = []
        for _ in range(4):
            derived, value = self.split_mix(derived)
            self.s.append(value)

    @staticmethod
    def split_mix(state):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return state, z ^ (z >> 31)

    def next(self):
        def rotl(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        result = (rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)
        return result

    def fractions(self, *shape):
        values = [(self.next() >> 40) / (1 << 24) for _ in range(math.prod(shape))]
        return torch.tensor(values, dtype=torch.float32).reshape(shape)


class Scale(nn.Module):
    def forward(self, x):
        return x / 255.0


class Dueling(nn.Module):
    def __init__(self, actions, outputs=1):
        super().__init__()
        self.actions, self.outputs = actions, outputs
        self.network = nn.Sequential(
            nn.Conv2d(4, 32, 8, stride=4), nn.ReLU(), nn.Conv2d(32, 64, 4, stride=2), nn.ReLU(), nn.Conv2d(64, 64, 3, stride=1), nn.ReLU(), nn.Flatten()
        )
        self.value_head = nn.Sequential(nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, outputs))
        self.advantage_head = nn.Sequential(nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, actions * outputs))

    def forward(self, x):
        h = self.network(x / 255.0)
        value = self.value_head(h).view(-1, 1, self.outputs)
        advantage = self.advantage_head(h).view(-1, self.actions, self.outputs)
        return (value + advantage - advantage.mean(dim=1, keepdim=True)).squeeze(2)


class Plain(nn.Module):
    def __init__(self, *layers, scale=True):
        super().__init__()
        self.network, self.scale = nn.Sequential(*layers), scale

    def forward(self, x):
        return self.network(x / 255.0 if self.scale else x)


class SameConv(nn.Conv2d):
    """TensorFlow's SAME, whose odd zero goes to the bottom and to the right."""

    def forward(self, x):
        pads = []
        for side, kernel, stride in reversed(list(zip(x.shape[2:], self.kernel_size, self.stride))):
            zeros = max(0, (-(-side // stride) - 1) * stride + kernel - side)
            pads += [zeros // 2, zeros - zeros // 2]
        return super().forward(F.pad(x, pads))


class Signed(Plain):
    def forward(self, x):
        return self.network((x - 128) / 128)


class Iqn(nn.Module):
    def __init__(self, features, hidden, actions):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(features, 32), nn.ReLU(), nn.Linear(32, hidden), nn.ReLU(), nn.Linear(hidden, actions))
        self.quantile_embedding = nn.Linear(64, 32)

    def forward(self, x, taus):
        phi = self.network[1](self.network[0](x))
        i = torch.arange(1, 65, dtype=torch.float32)
        embedding = F.relu(self.quantile_embedding(torch.cos(math.pi * i * taus.unsqueeze(2))))
        h = phi.unsqueeze(1) * embedding
        return self.network[4](self.network[3](self.network[2](h)))  # (B, N, A)


def nature(outputs, norm=False):
    def block(layer, shape):
        return [layer, nn.LayerNorm(shape), nn.ReLU()] if norm else [layer, nn.ReLU()]

    return Plain(
        *block(nn.Conv2d(4, 32, 8, stride=4), [32, 20, 20]),
        *block(nn.Conv2d(32, 64, 4, stride=2), [64, 9, 9]),
        *block(nn.Conv2d(64, 64, 3, stride=1), [64, 7, 7]),
        nn.Flatten(),
        *block(nn.Linear(3136, 512), [512]),
        nn.Linear(512, outputs),
    )


class RmsPropTf:
    """The Nature agent's rule: g / sqrt(E[g^2] - E[g]^2 + eps)."""

    def __init__(self, parameters, lr, alpha, eps):
        self.parameters, self.lr, self.alpha, self.eps = list(parameters), lr, alpha, eps
        self.square = [torch.zeros_like(p) for p in self.parameters]
        self.mean = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self):
        for p, square, mean in zip(self.parameters, self.square, self.mean):
            square.mul_(self.alpha).add_(p.grad**2, alpha=1 - self.alpha)
            mean.mul_(self.alpha).add_(p.grad, alpha=1 - self.alpha)
            p -= self.lr * p.grad / torch.sqrt(square - mean**2 + self.eps)


class RmsPropTf1:
    """TensorFlow 1's rule: g / sqrt(E[g^2] + 1e-10), where the mean starts at one."""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr
        self.square = [torch.ones_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self):
        for p, square in zip(self.parameters, self.square):
            square.mul_(0.9).add_(p.grad**2, alpha=0.1)
            p -= self.lr * p.grad / torch.sqrt(square + 1e-10)


def quantile_huber(predicted, target, taus):
    """predicted (B, N), target (B, M), taus (B, N); kappa 1."""
    u = target.unsqueeze(1) - predicted.unsqueeze(2)
    huber = torch.where(u.abs() <= 1, 0.5 * u**2, u.abs() - 0.5)
    return ((taus.unsqueeze(2) - (u.detach() < 0).float()).abs() * huber).mean(2).sum(1)


def project(returns, discounts, probabilities, atoms):
    """Bellemare et al. 2017, algorithm 1, as CleanRL has it."""
    low, high, n = atoms[0], atoms[-1], len(atoms)
    delta = atoms[1] - atoms[0]
    b = ((returns.unsqueeze(1) + discounts.unsqueeze(1) * atoms).clamp(low, high) - low) / delta
    lower, upper = b.floor().clamp(0, n - 1), b.ceil().clamp(0, n - 1)
    to_lower = (upper + (lower == upper).float() - b) * probabilities
    to_upper = (b - lower) * probabilities
    result = torch.zeros_like(probabilities)
    for i in range(len(result)):
        result[i].index_add_(0, lower[i].long(), to_lower[i])
        result[i].index_add_(0, upper[i].long(), to_upper[i])
    return result


margin = [math.inf]


def keep_away_from_zero(net):
    """Biases of +-1 in turn over small weights (+-8 for LayerNorm): half of the ReLUs are on, half off, none within rounding of zero.

    A ReLU that one implementation's rounding switches and another's does not changes a gradient by up to 2 %: PyTorch in float and in
    double then differ by 1e-4 after ten updates, and nothing could be compared to 1e-5.
    """
    before = None
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
                sign = torch.ones_like(before.bias).flatten()
                sign[1::2] = -1
                if isinstance(before, nn.LayerNorm):
                    before.bias.copy_(8 * sign.reshape(before.bias.shape))
                else:
                    before.bias.copy_(sign)
                    before.weight.mul_(0.25)
                module.register_forward_pre_hook(lambda _, x: margin.append(x[0].detach().abs().min().item()))
            before = module


def run(case, folder):
    torch.manual_seed(7)
    actions, size, period, clip = 6, 32, 4, 0.0
    pixels = case not in ("munchausen-mlp", "iqn-mlp")
    shape = (4, 84, 84) if pixels else (5,)
    atoms = torch.linspace(-10, 10, 51)
    if case == "dqn-nature":
        net = nature(actions)
    elif case == "double-dueling":
        net, clip = Dueling(actions), 1.0
    elif case == "c51":
        net = nature(actions * 51)
    elif case == "qr-dqn":
        net = nature(actions * 20)
    elif case == "composed":
        net = Signed(
            SameConv(4, 16, 8, stride=4), nn.LeakyReLU(0.2), SameConv(16, 32, (4, 3), stride=2), nn.Tanh(), nn.Flatten(),
            nn.Linear(32 * 11 * 11, 256), nn.ELU(), nn.Linear(256, actions),
        )
    elif case == "pqn":
        net, clip = nature(actions, norm=True), 10.0
    elif case == "munchausen-mlp":
        net = Plain(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, actions), scale=False)
    elif case == "iqn-mlp":
        net = Iqn(5, 24, actions)
    else:
        raise SystemExit(f"unknown case {case}")
    if pixels:
        keep_away_from_zero(net)
    write(f"{folder}/initial.safetensors", net.state_dict())
    target = copy.deepcopy(net)
    batches = {}
    optimizer = {
        "double-dueling": lambda: RmsPropTf(net.parameters(), 0.00025, 0.95, 0.01),
        "pqn": lambda: torch.optim.RAdam(net.parameters(), lr=2.5e-5),
        "composed": lambda: RmsPropTf1(net.parameters(), 1e-4),
        "c51": lambda: torch.optim.Adam(net.parameters(), lr=2.5e-5, eps=0.01 / 32),
        "munchausen-mlp": lambda: torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01),
        "iqn-mlp": lambda: torch.optim.RMSprop(net.parameters(), lr=1e-3, alpha=0.9, eps=1e-3, momentum=0.5, centered=True),
    }.get(case, lambda: torch.optim.Adam(net.parameters(), lr=6.25e-5, eps=1.5e-4))()
    random = RandomStream(11, "learner")
    losses, priorities = [], []
    for k in range(UPDATES):
        if k == 0 or case != "pqn":
            make = (lambda: torch.randint(0, 256, (size, *shape)).float()) if pixels else (lambda: torch.randn(size, *shape))
            obs, following = make(), make()
            a = torch.randint(0, actions, (size,))
            r = torch.randn(size).clamp(-1, 1)
            d = torch.full((size,), 0.99**3) * (torch.rand(size) > 0.2).float()
            w = torch.rand(size) if case in ("double-dueling", "qr-dqn") else torch.ones(size)
            batches.update({f"obs.{k}": obs, f"next.{k}": following, f"actions.{k}": a.float(), f"returns.{k}": r, f"discounts.{k}": d, f"weights.{k}": w})
        index = torch.arange(size)
        with torch.no_grad():
            if case in ("dqn-nature", "composed"):
                y = r + d * target(following).max(1).values
            elif case == "double-dueling":
                y = r + d * target(following)[index, net(following).argmax(1)]
            elif case == "c51":
                p = torch.softmax(target(following).view(size, actions, 51), 2)
                y = project(r, d, p[index, (p * atoms).sum(2).argmax(1)], atoms)
            elif case == "qr-dqn":
                z = target(following).view(size, actions, 20)
                y = r.unsqueeze(1) + d.unsqueeze(1) * z[index, z.mean(2).argmax(1)]
            elif case == "pqn":
                y = r
            elif case == "munchausen-mlp":
                tau, alpha, low = 0.03, 0.9, -1.0
                log_pi = F.log_softmax(target(obs) / tau, 1)[index, a]
                next_q = target(following)
                pi, next_log_pi = F.softmax(next_q / tau, 1), F.log_softmax(next_q / tau, 1)
                y = r + alpha * (tau * log_pi).clamp(low, 0) + d * (pi * (next_q - tau * next_log_pi)).sum(1)
            elif case == "iqn-mlp":
                z = target(following, random.fractions(size, 16)).transpose(1, 2)
                choice = target(following, random.fractions(size, 8)).mean(1).argmax(1)
                y = r.unsqueeze(1) + d.unsqueeze(1) * z[index, choice]
        if case == "c51":
            errors = -(y * F.log_softmax(net(obs).view(size, actions, 51)[index, a], 1)).sum(1)
        elif case == "qr-dqn":
            taus = ((torch.arange(20) + 0.5) / 20).expand(size, 20)
            errors = quantile_huber(net(obs).view(size, actions, 20)[index, a], y, taus)
        elif case == "iqn-mlp":
            taus = random.fractions(size, 12)
            errors = quantile_huber(net(obs, taus).transpose(1, 2)[index, a], y, taus)
        else:
            q = net(obs)[index, a]
            errors = F.mse_loss(q, y, reduction="none") if case in ("dqn-nature", "composed", "pqn") else F.smooth_l1_loss(q, y, reduction="none")
        loss = (errors * w).mean()
        optimizer.zero_grad()
        (loss * size if case == "double-dueling" else loss).backward()
        if clip > 0:
            norm = nn.utils.clip_grad_norm_(net.parameters(), clip)
            assert case == "pqn" or norm > clip, f"clipping at {clip} is not exercised by a norm of {norm}"
        optimizer.step()
        losses.append(loss.detach())
        priorities.append((y - q).detach().abs() if errors.dim() == 1 and case in ("dqn-nature", "composed", "double-dueling", "munchausen-mlp") else errors.detach())
        if case != "pqn" and (k + 1) % period == 0:
            target.load_state_dict(net.state_dict())
    assert min(margin) > 1e-3, f"a ReLU's input came within {min(margin)} of zero"
    write(f"{folder}/batches.safetensors", batches)
    write(f"{folder}/expected.safetensors", {**net.state_dict(), "losses": torch.stack(losses), "priorities": torch.stack(priorities)})


class Recurrent(nn.Module):
    """A dueling network over an LSTM that sees the last action and the tanh of the last reward, too."""

    def __init__(self, actions, hidden):
        super().__init__()
        self.actions = actions
        self.network = nn.Sequential(nn.Linear(5, 16), nn.ReLU())
        self.lstm = nn.LSTM(16 + actions + 1, hidden)
        self.value_head = nn.Sequential(nn.Linear(hidden, 12), nn.ReLU(), nn.Linear(12, 1))
        self.advantage_head = nn.Sequential(nn.Linear(hidden, 12), nn.ReLU(), nn.Linear(12, actions))

    def forward(self, obs, last_actions, last_rewards, starts, state):
        """(T, B) steps to (T, B, actions) and the state after them."""
        last = F.one_hot(last_actions.clamp(min=0), self.actions) * (last_actions >= 0).unsqueeze(2)
        x = torch.cat([self.network(obs), last.float(), torch.tanh(last_rewards).unsqueeze(2)], 2)
        outputs, (h, c) = [], state
        for t in range(len(x)):
            kept = (1 - starts[t]).view(1, -1, 1)
            y, (h, c) = self.lstm(x[t : t + 1], (h * kept, c * kept))
            outputs.append(y)
        y = torch.cat(outputs)
        advantage = self.advantage_head(y)
        return self.value_head(y) + advantage - advantage.mean(2, keepdim=True), (h, c)


def rescale(x, eps=1e-3):
    return torch.sign(x) * (torch.sqrt(x.abs() + 1) - 1) + eps * x


def unscale(x, eps=1e-3):
    x = x.double()
    return (torch.sign(x) * (((torch.sqrt(1 + 4 * eps * (x.abs() + 1 + eps)) - 1) / (2 * eps)) ** 2 - 1)).float()


def run_recurrent(folder):
    """Kapturowski et al. 2019, section 2.3 and 3: stored state, burn-in, rescaled double n-step targets, priorities of sequences."""
    torch.manual_seed(7)
    actions, size, burn_in, length, n, hidden, eta, clip = 6, 8, 3, 5, 2, 10, 0.9, 2.0
    steps = burn_in + length + n
    net = Recurrent(actions, hidden)
    write(f"{folder}/initial.safetensors", net.state_dict())
    target = copy.deepcopy(net)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-3)
    batches, losses, priorities, clipped = {}, [], [], 0
    for k in range(UPDATES):
        obs, rewards = torch.randn(steps, size, 5), 3 * torch.randn(steps, size)
        starts = (torch.rand(steps, size) < 0.2).float()
        last = torch.randint(0, actions, (steps, size))
        last[starts > 0], rewards[starts > 0] = -1, 0
        state = torch.randn(size, 2 * hidden)
        a = torch.randint(0, actions, (length, size))
        r, w = 10 * torch.randn(length, size), torch.rand(size)
        d = torch.full((length, size), 0.997**n) * (torch.rand(length, size) > 0.2).float()
        valid = (torch.rand(length, size) > 0.2).float()
        valid[0] = 1
        following = torch.arange(length).unsqueeze(1) + torch.randint(1, n + 1, (length, size))
        rows = following * size + torch.arange(size)
        names = {"obs": obs, "last_actions": last.float(), "last_rewards": rewards, "starts": starts, "states": state, "actions": a.float(),
                 "returns": r, "discounts": d, "weights": w, "valid": valid, "bootstraps": rows.float()}
        batches.update({f"{name}.{k}": t for name, t in names.items()})

        def unroll(network):
            first = (state[:, :hidden].unsqueeze(0).contiguous(), state[:, hidden:].unsqueeze(0).contiguous())
            with torch.no_grad():
                _, first = network(obs[:burn_in], last[:burn_in], rewards[:burn_in], starts[:burn_in], first)
            return network(obs[burn_in:], last[burn_in:], rewards[burn_in:], starts[burn_in:], first)[0]

        q = unroll(net)
        with torch.no_grad():
            chosen = q.view(-1, actions)[rows].argmax(2, keepdim=True)
            value = unroll(target).view(-1, actions)[rows].gather(2, chosen).squeeze(2)
            y = rescale(r + d * unscale(value))
        error = (y - q[:length].gather(2, a.unsqueeze(2)).squeeze(2)) * valid
        weighted = error**2 * w
        optimizer.zero_grad()
        (weighted.sum(0)).mean().backward()
        clipped += nn.utils.clip_grad_norm_(net.parameters(), clip) > clip
        optimizer.step()
        losses.append((weighted.sum() / valid.sum()).detach())
        sizes = error.detach().abs()
        priorities.append(eta * sizes.max(0).values + (1 - eta) * sizes.sum(0) / valid.sum(0))
        if (k + 1) % 4 == 0:
            target.load_state_dict(net.state_dict())
    assert clipped > 0, "clipping is not exercised"
    write(f"{folder}/batches.safetensors", batches)
    write(f"{folder}/expected.safetensors", {**net.state_dict(), "losses": torch.stack(losses), "priorities": torch.stack(priorities)})


if __name__ == "__main__":
    if sys.argv[1] == "r2d2":
        run_recurrent(sys.argv[2])
    elif sys.argv[1] == "check":
        for name, t in read(sys.argv[2]).items():
            print(name, "x".join(map(str, t.shape)), f"{t.double().sum().item():.9g}")
    else:
        run(sys.argv[1], sys.argv[2])
