"""PyTorch's side of the GPU suite: the update of CleanRL's dqn_atari.py and acting, one by one and as CUDA graphs.

peer_gpu.py DEVICE BATCH... prints "update|acting WAY BATCH MILLISECONDS", medians, each repetition waited for. Like
FastDqn it lets cuDNN choose deterministic algorithms, without trying them out.
"""
import copy
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

device, sizes, actions = sys.argv[1], [int(size) for size in sys.argv[2:]], 6
cuda = device != "cpu"
repeats, seconds = (300, 1.0) if cuda else (3, 0.5)
torch.manual_seed(1)
torch.backends.cudnn.deterministic = True


def median(work):
    times, clock = [], time.perf_counter()
    for i in range(repeats + 5):
        start = time.perf_counter()
        work()
        if cuda:
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
        if i > 5 and time.perf_counter() - clock > seconds:
            break
    times = sorted(times[min(5, len(times) - 1):])
    return times[len(times) // 2] * 1e3


def captured(work):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def measure(way, size):
    half, graph = way == "bf16", cuda and way != "eager"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = way == "tf32"
    q = nn.Sequential(
        nn.Conv2d(4, 32, 8, stride=4), nn.ReLU(), nn.Conv2d(32, 64, 4, stride=2), nn.ReLU(), nn.Conv2d(64, 64, 3, stride=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, actions),
    ).to(device)
    target = copy.deepcopy(q)
    optimizer = torch.optim.Adam(q.parameters(), lr=1e-4, **({"fused": True, "capturable": True} if cuda else {}))
    seen, following = (torch.randint(0, 256, (size, 4, 84, 84), dtype=torch.uint8, device=device) for _ in "ab")
    chosen = torch.randint(0, actions, (size, 1), device=device)
    returns, discounts = torch.randn(size, device=device), torch.full((size,), 0.99, device=device)
    kind = torch.device(device).type

    def update():
        with torch.autocast(kind, torch.bfloat16, enabled=half):
            with torch.no_grad():
                wanted = returns + discounts * target(following / 255.0).float().amax(1)
            loss = F.mse_loss(q(seen / 255.0).float().gather(1, chosen).squeeze(1), wanted)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()

    def act():
        with torch.no_grad(), torch.autocast(kind, torch.bfloat16, enabled=half):
            return q(seen / 255.0)

    for name, work in (("update", update), ("acting", act)):
        for _ in range(3):
            work()
        run = captured(work) if graph else work
        print(f"{name} {way} {size} {median(run):.4f}", flush=True)


for way in ("eager", "graph", "tf32", "bf16") if cuda else ("eager", "bf16"):
    for size in sizes:
        measure(way, size)
