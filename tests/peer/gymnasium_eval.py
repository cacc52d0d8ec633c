#!/usr/bin/env python3
"""Run a gpu-ec checkpoint's deterministic network in Gymnasium's own MuJoCo environments.

Reads the checkpoint and computes the network independently, in numpy float32; shares no code with gpu-ec. Prints one JSON
object. With --compare, reports on stderr whether `gpu-ec eval --json` agrees, and exits with 1 if it does not.
"""

import argparse
import json
import math
import re
import sys
from dataclasses import dataclass

import numpy as np

ENVIRONMENTS = {
    "hopper": "Hopper-v5",
    "walker2d": "Walker2d-v5",
    "humanoid": "Humanoid-v5",
    "invertedpendulum": "InvertedPendulum-v5",
}


# Task fields that decide what is observed, with the names of Gymnasium's environments.
OBSERVED = (
    "exclude_current_positions_from_observation",
    "include_cinert_in_observation",
    "include_cvel_in_observation",
    "include_qfrc_actuator_in_observation",
    "include_cfrc_ext_in_observation",
)


# ---- The checkpoint --------------------------------------------------------------------------------------------------


def parse_record(text):
    """Return (name, fields) of `Rsnn(neurons: 256, ...)`, {"Rsnn": {...}}, {"neurons": 256, ...}, "hopper@1" or Hopper(...)."""
    text = text.strip()
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = text
    if isinstance(value, str):  # RON, or a bare name
        name = re.match(r"\w*", value).group()
        pairs = re.findall(r"(\w+)\s*:\s*(?:Some\()?\s*([^,()\s]+)", value)
        return name, {key: scalar(word) for key, word in pairs}
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(next(iter(value.values())), dict):
            return next(iter(value.items()))
        return str(value.get("name", value.get("type", ""))), value
    raise SystemExit(f"cannot read this header entry: {text}")


def scalar(word):
    """Convert a RON word to a Python value."""
    if word in ("true", "false"):
        return word == "true"
    for convert in (int, float):
        try:
            return convert(word.replace("_", ""))
        except ValueError:
            pass
    return word.strip('"')


@dataclass
class Checkpoint:
    """The parts of a checkpoint that the evaluation needs."""

    environment: str
    observed: dict  # which observations the environment shall give
    network: dict
    kernel_in: np.ndarray  # [2 d_obs (+ 1 with bias_input), n] of 0 and 1
    kernel_hidden: np.ndarray  # [n, n], row = presynaptic
    kernel_out: np.ndarray  # [n, d_act]; -1 where a second hemisphere mirrors an action
    mean: np.ndarray  # [d_obs]
    inv_std: np.ndarray  # [d_obs], 1 / max(std, std_floor)
    clip: float
    header: dict


def load(path):
    """Read a checkpoint and refuse one that is inconsistent."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        header = file.metadata() or {}
        names = ("rho.input", "rho.hidden", "rho.output", "normaliser.mean", "normaliser.std")
        missing = [name for name in names if name not in file.keys()]
        missing += [name for name in ("task", "network") if name not in header]
        if missing:
            raise SystemExit(f"{path}: not a gpu-ec checkpoint: no {', '.join(missing)}")
        rho_in, rho_hidden, rho_out, mean, std = (file.get_tensor(name) for name in names)

    task, fields = parse_record(header["task"])
    environment = ENVIRONMENTS.get(task.lower().replace("_", ""))
    if environment is None:
        raise SystemExit(f"{path}: task {task!r} has no counterpart here (known: {', '.join(ENVIRONMENTS)})")
    _, network = parse_record(header["network"])
    _, normaliser = parse_record(header.get("normaliser", "{}"))
    for key, default in (("std_floor", 0.01), ("clip", 10.0)):
        if key not in normaliser:
            print(f"the header's normaliser has no {key}; taking {default}", file=sys.stderr)
            normaliser = {**normaliser, key: default}

    observed = {key: value for key, value in fields.items() if key in OBSERVED}
    kernels = [(rho > 0.5).astype(np.float32) for rho in (rho_in, rho_hidden, rho_out)]
    if network.get("bilateral", False):
        kernels = hemispheres(path, kernels, header)
    kernel_in, kernel_hidden, kernel_out = kernels
    n, d_obs = network["neurons"], mean.shape[0]
    rows = 2 * d_obs + bool(network.get("bias_input", False))
    for name, array, shape in (
        ("rho.input", kernel_in, (rows, n)),
        ("rho.hidden", kernel_hidden, (n, n)),
        ("rho.output", kernel_out, (n, kernel_out.shape[-1])),
        ("normaliser.std", std, (d_obs,)),
    ):
        if array.shape != shape:
            raise SystemExit(f"{path}: {name} is {list(array.shape)}, expected {list(shape)}")
    floored = np.maximum(std.astype(np.float64), normaliser["std_floor"])
    return Checkpoint(
        environment,
        observed,
        network,
        kernel_in,
        kernel_hidden,
        kernel_out,
        mean.astype(np.float32),
        (1.0 / floored).astype(np.float32),
        float(normaliser["clip"]),
        header,
    )


def hemispheres(path, kernels, header):
    """Return the kernels of both hemispheres from the first's: the second sees the mirrored observation and acts mirrored.

    `mirror.observation` lists the source of each entry of the mirror image, counted from 1, negative if its sign changes.
    """
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        across = (file.get_tensor("rho.commissural") > 0.5).astype(np.float32)
    kernel_in, within, out = kernels
    heard, acted = (np.array(json.loads(header[f"mirror.{name}"])) for name in ("observation", "action"))
    d_obs = len(heard)
    second = kernel_in.copy()  # both share the bias line
    for entry, image in enumerate(heard):
        origin = abs(image) - 1
        plus, minus = (origin, d_obs + origin) if image > 0 else (d_obs + origin, origin)
        second[plus], second[minus] = kernel_in[entry], kernel_in[d_obs + entry]
    mirrored = out[:, np.abs(acted) - 1] * np.sign(acted)
    return (
        np.concatenate([kernel_in, second], axis=1),
        np.block([[within, across], [across, within]]),
        np.concatenate([out, mirrored.astype(np.float32)]),
    )


# ---- The network -----------------------------------------------------------------------------------------------------


class Network:
    """The deterministic network over a batch of episodes."""

    def __init__(self, checkpoint, v0):
        c, p = checkpoint, checkpoint.network
        n, d_obs, density = p["neurons"], c.mean.shape[0], 0.5
        self.checkpoint = c
        self.gain_in = np.float32(p["gain_in"] * p["tau_mem_ms"] * math.sqrt(2 / (density * d_obs)))
        self.gain_hidden = np.float32(p["gain_hidden"] * p["tau_mem_ms"] / p["tau_syn_ms"] * math.sqrt(2 / (density * n)))
        self.gain_out = np.float32(p["gain_out"] * math.sqrt(1 / (density * n)))
        self.decay_syn, self.decay_mem, self.decay_out = (
            np.float32(math.exp(-p["dt_ms"] / p[tau])) for tau in ("tau_syn_ms", "tau_mem_ms", "tau_out_ms")
        )
        self.per_ms = np.float32(1 / p["dt_ms"])
        self.substeps = round(p["sim_time_ms"] / p["dt_ms"])
        side = n // 2 if p.get("bilateral", False) else n
        excites = np.arange(n) % side < math.floor(side * p["excitatory_ratio"] + 0.5)
        self.sign = np.where(excites, 1, -1).astype(np.float32)
        self.v = v0.astype(np.float32)
        self.i_syn, self.rate, self.spike = (np.zeros_like(self.v) for _ in range(3))

    def keep(self, rows):
        """Keep only these rows of the batch."""
        self.v, self.i_syn, self.rate, self.spike = (a[rows] for a in (self.v, self.i_syn, self.rate, self.spike))

    def step(self, obs):
        """Map observations [batch, d_obs] to actions [batch, d_act] in [-1, 1], for one environment step."""
        c, one = self.checkpoint, np.float32(1)
        x = np.clip((obs.astype(np.float32) - c.mean) * c.inv_std, -c.clip, c.clip)
        lines = [x, -x]
        if c.network.get("bias_input", False):
            lines.append(np.ones((len(x), 1), np.float32))
        drive = self.gain_in * (np.concatenate(lines, axis=1) @ c.kernel_in)
        for _ in range(self.substeps):
            # Sums of -1, 0 and 1 are exact in float32.
            self.i_syn = self.decay_syn * self.i_syn + self.gain_hidden * (self.spike @ c.kernel_hidden)
            self.v = self.decay_mem * self.v + (one - self.decay_mem) * (self.i_syn + drive)
            fired = self.v > 1
            self.v[fired] = 0
            self.spike = fired * self.sign
            self.rate = self.decay_out * self.rate + (one - self.decay_out) * (self.per_ms * self.spike)
        return np.clip(self.gain_out * (self.rate @ c.kernel_out), -1, 1)


# ---- The evaluation --------------------------------------------------------------------------------------------------


def evaluate(checkpoint, episodes, seed, euler=False):
    """Run whole episodes in parallel; return the figures of `gpu-ec eval --json` (and `se`) as a dict."""
    import gymnasium
    import mujoco

    envs = [gymnasium.make(checkpoint.environment, **checkpoint.observed) for _ in range(episodes)]
    if euler:
        for env in envs:
            env.unwrapped.model.opt.integrator = mujoco.mjtIntegrator.mjINT_EULER
    low, high = envs[0].action_space.low, envs[0].action_space.high
    d_obs, d_act = envs[0].observation_space.shape[0], envs[0].action_space.shape[0]
    if (d_obs, d_act) != (checkpoint.mean.shape[0], checkpoint.kernel_out.shape[1]):
        raise SystemExit(
            f"the checkpoint has {checkpoint.mean.shape[0]} observations and {checkpoint.kernel_out.shape[1]} actions, "
            f"{checkpoint.environment} has {d_obs} and {d_act}"
        )

    obs = np.stack([env.reset(seed=seed + i)[0] for i, env in enumerate(envs)])
    v0 = np.random.default_rng([seed, 1]).random((episodes, checkpoint.network["neurons"]), dtype=np.float32)
    network = Network(checkpoint, v0)
    returns, lengths, velocity = np.zeros(episodes), np.zeros(episodes, int), np.zeros(episodes)
    has_velocity = False
    live = np.arange(episodes)
    while live.size:
        action = low + (network.step(obs) + np.float32(1)) * np.float32(0.5) * (high - low)
        going, next_obs = [], []
        for row, episode in enumerate(live):
            o, reward, terminated, truncated, info = envs[episode].step(action[row])
            returns[episode] += reward
            lengths[episode] += 1
            if "x_velocity" in info:
                velocity[episode] += info["x_velocity"]
                has_velocity = True
            if not (terminated or truncated):
                going.append(row)
                next_obs.append(o)
        network.keep(going)
        live = live[going]
        obs = np.array(next_obs)
    for env in envs:
        env.close()
    return {
        "environment": checkpoint.environment,
        "integrator": "Euler" if euler else "Model",
        "seed": seed,
        "episodes": episodes,
        "mean": returns.mean(),
        "std": returns.std(),
        "se": returns.std() / math.sqrt(episodes),
        "min": returns.min(),
        "max": returns.max(),
        "mean_length": lengths.mean(),
        "se_length": lengths.std() / math.sqrt(episodes),
        # Over all steps of all episodes.
        "mean_x_velocity": velocity.sum() / lengths.sum() if has_velocity else None,
    }


def compare(peer, ours):
    """Return the lines of the verdict, and True if mean return and mean length agree within 10 % or two standard errors."""
    lines, passed = [], True
    scale = math.sqrt(peer["episodes"] / ours["episodes"])
    for name, key, se_peer, se_ours in (
        ("return", "mean", peer["se"], ours["std"] / math.sqrt(ours["episodes"])),
        # `gpu-ec eval` prints no spread of the lengths, so this side's is used for both.
        ("length", "mean_length", peer["se_length"], peer["se_length"] * scale),
    ):
        difference, se = abs(peer[key] - ours[key]), math.hypot(se_peer, se_ours)
        bar = max(0.1 * abs(ours[key]), 2 * se)
        ok = difference <= bar  # false for NaN
        passed = passed and ok
        lines.append(
            f"{'pass' if ok else 'FAIL'}  mean {name}: Gymnasium {peer[key]:.2f}, gpu-ec {ours[key]:.2f}, "
            f"difference {difference:.2f}, allowed {bar:.2f} (10 % is {0.1 * abs(ours[key]):.2f}, two s.e. are {2 * se:.2f})"
        )
    return lines, passed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", help="a checkpoint of gpu-ec (*.safetensors)")
    parser.add_argument("--episodes", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--euler", action="store_true", help="Euler integration instead of the model file's own")
    parser.add_argument("--compare", metavar="FILE.json", help="output of `gpu-ec eval --json` of the same checkpoint")
    args = parser.parse_args()
    if args.episodes < 1:
        parser.error("--episodes must be at least 1")

    ours = None
    if args.compare:
        with open(args.compare, encoding="utf-8") as file:
            ours = json.load(file)
    result = evaluate(load(args.checkpoint), args.episodes, args.seed, args.euler)
    print(json.dumps(result, indent=2))
    if ours is not None:
        lines, passed = compare(result, ours)
        print("\n".join(lines), file=sys.stderr)
        sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
