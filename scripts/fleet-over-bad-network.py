#!/usr/bin/env python3
"""Runs a leader and two workers in network namespaces whose only link loses and delays packets, and compares the
results with those of one machine, byte for byte. Needs root, iproute2, a server of Redis or Valkey, and /dev/net/tun.

    scripts/fleet-over-bad-network.py PROGRAM [LOSS [DELAY_MS]]

The link is a relay between two TUN devices, since few kernels of containers have netem.
"""
import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RUN = ["cartpole", "--set", "network=Rsnn(neurons: 64)", "--set", "algorithm.population=300", "--set", "generations=6",
       "--set", "evaluation=(every: 2, episodes: 40)", "--set", "checkpoint.every=1"]
PATIENCE = 240
# the namespace in which this program was started
HOME = os.open("/proc/self/ns/net", os.O_RDONLY)


class Link(threading.Thread):
    """Carries packets between the namespaces."""

    def __init__(self, spaces, loss, delay):
        super().__init__(daemon=True)
        self.loss, self.delay = loss, delay
        self.carried = self.lost = 0
        self.ends = [tun(space, f"10.77.0.{k + 1}", f"10.77.0.{2 - k}") for k, space in enumerate(spaces)]

    def run(self):
        chance, waiting, count = random.Random(1), [], 0
        while True:
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, end, packet = heapq.heappop(waiting)
                os.write(end, packet)
            wait = max(0.0, waiting[0][0] - now) if waiting else 0.5
            for end in select.select(self.ends, [], [], wait)[0]:
                packet = os.read(end, 65536)
                if chance.random() < self.loss:
                    self.lost += 1
                    continue
                self.carried += 1
                count += 1
                other = self.ends[1 - self.ends.index(end)]
                heapq.heappush(waiting, (time.monotonic() + self.delay, count, other, packet))


def enter(path):
    """Moves this thread into the network namespace `path`."""
    with open(path) as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), path)


def tun(space, own, other):
    enter(f"/run/netns/{space}")
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, 0x400454CA, struct.pack("16sH22x", b"lossy", 0x0001 | 0x1000))  # IFF_TUN, IFF_NO_PI
    for words in [f"addr add {own} peer {other} dev lossy", "link set dev lossy up", "link set dev lo up"]:
        subprocess.run(["ip", *words.split()], check=True)
    enter(f"/proc/self/fd/{HOME}")
    return end


def results(run):
    """Returns what must be equal: metrics without timing, and the last and the best checkpoint."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("timing")
    files = [run / "checkpoints" / f"gen-{len(lines):06}.safetensors", run / "checkpoints/best.safetensors"]
    return lines, [file.read_bytes() for file in files]


def main():
    program = os.path.abspath(sys.argv[1])
    loss = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1
    delay = float(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0.05
    server = shutil.which("redis-server") or shutil.which("valkey-server") or sys.exit("no server is installed")
    spaces = [f"gpu-ec-{end}-{os.getpid()}" for end in "ab"]
    started = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        subprocess.run([program, "run", *RUN, "--out", folder / "alone", "--quiet"], check=True)
        try:
            for space in spaces:
                subprocess.run(["ip", "netns", "add", space], check=True)
            link = Link(spaces, loss, delay)
            link.start()

            def start(space, name, *words):
                log = open(folder / name, "w")
                started.append(subprocess.Popen(["ip", "netns", "exec", space, *words], stdout=log, stderr=log))
                return started[-1]

            start(spaces[0], "server.log", server, "--bind", "10.77.0.1", "127.0.0.1", "--protected-mode", "no", "--dir", folder,
                  "--save", "", "--appendonly", "yes")
            time.sleep(1)
            near, far = "redis://127.0.0.1:6379", "redis://10.77.0.1:6379"
            workers = [start(spaces[1], f"worker{k}.log", program, "worker", "--hub", far) for k in range(2)]
            begun = time.monotonic()
            leader = start(spaces[0], "leader.log", program, "run", *RUN, "--out", folder / "shared", "--hub", near)
            codes = [process.wait(timeout=PATIENCE) for process in [leader, *workers]]
            took = time.monotonic() - begun
            said = "".join((folder / f"{name}.log").read_text() for name in ["leader", "worker0", "worker1"])
            if any(codes) or "joined" not in said or not link.lost:
                sys.exit(f"exit codes {codes}, {link.lost} packets lost\n{said}")
            if results(folder / "shared") != results(folder / "alone"):
                sys.exit(f"the results differ\n{said}")
            print(f"the same bytes after {took:.1f} s; {link.carried} packets carried, {link.lost} lost, {1000 * delay:.0f} ms each way")
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()
            for space in spaces:
                subprocess.run(["ip", "netns", "del", space])


main()
