#!/usr/bin/env python3
"""Speed of Evolving Connectivity in JAX with Brax bodies: the cost of a whole generation on the usual CUDA-first stack.

Written for this comparison from the equations (Wang et al., NeurIPS 2023) and the constants of the authors' program: 0/1
connections as booleans, input [x, -x], 33 substeps of 256 neurons, signed spikes as int8 with an integer product,
a first-order rate, centred ranks, Adam. One jitted function samples a population, runs it for --steps environment steps
without early termination, ranks, and moves rho. Bodies come from the newest Brax, in its `spring` dynamics, the cheapest it
still has; `gpu-ec` computes MuJoCo's physics instead. Compilation is reported separately and not part of the speed.

Speed is in frames per CPU-second (user and system), which other jobs on the machine disturb least. With --ours "COMMAND",
`COMMAND bench PRESET --no-termination --json` runs in turn at the same population and episode length, the same number of
times; a Markdown table follows on stderr. stdout is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from statistics import median

from measure import bench, cpu_seconds

NEURONS, SUBSTEPS, DT_MS = 256, 33, 0.5
RHO_CLIP, LEARNING_RATE = 1e-3, 0.15
ROBOTS = ("hopper", "walker2d", "humanoid")


def make_generation(robot, population, steps):
    """Return the jitted generation `(key, rho, adam) -> (rho, adam, mean return)`, and its initial arguments."""
    import jax
    import jax.numpy as jnp
    import optax
    from brax import envs

    env = envs.get_environment(robot, backend="spring")
    d_obs, d_act = env.observation_size, env.action_size
    shapes = {"input": (2 * d_obs, NEURONS), "hidden": (NEURONS, NEURONS), "output": (NEURONS, d_act)}
    gain_in = 0.1 * 10 * (2 / (0.5 * d_obs)) ** 0.5
    gain_hidden = 10 / 5 * (2 / (0.5 * NEURONS)) ** 0.5
    gain_out = 5 * (1 / (0.5 * NEURONS)) ** 0.5
    keep_syn, keep_mem, keep_out = (jnp.exp(-DT_MS / tau) for tau in (5.0, 10.0, 10.0))
    sign = jnp.where(jnp.arange(NEURONS) < NEURONS // 2, 1, -1).astype(jnp.int8)

    def policy(theta, memory, obs):
        x = jnp.concatenate([obs, -obs])
        drive = gain_in * (x @ theta["input"].astype(jnp.float32))

        def substep(memory, _):
            v, i_syn, rate, spikes = memory
            total = jnp.matmul(spikes, theta["hidden"].astype(jnp.int8), preferred_element_type=jnp.int32)
            i_syn = keep_syn * i_syn + gain_hidden * total
            v = keep_mem * v + (1 - keep_mem) * (i_syn + drive)
            fired = v > 1
            spikes = jnp.where(fired, sign, 0).astype(jnp.int8)
            rate = keep_out * rate + (1 - keep_out) * spikes / DT_MS
            return (jnp.where(fired, 0.0, v), i_syn, rate, spikes), None

        memory, _ = jax.lax.scan(substep, memory, None, length=SUBSTEPS)
        return memory, jnp.clip(gain_out * (memory[2] @ theta["output"].astype(jnp.float32)), -1, 1)

    optimizer = optax.adam(LEARNING_RATE)
    step, reset, act = jax.vmap(env.step), jax.vmap(env.reset), jax.vmap(policy)

    @jax.jit
    def generation(key, rho, adam):
        key_sample, key_start, key_membrane = jax.random.split(key, 3)
        keys = dict(zip(shapes, jax.random.split(key_sample, 3)))
        theta = {name: jax.random.uniform(keys[name], (population, *shape)) < rho[name] for name, shape in shapes.items()}
        silent = jnp.zeros((population, NEURONS))
        membranes = jax.random.uniform(key_membrane, (population, NEURONS))
        memory = (membranes, silent, silent, silent.astype(jnp.int8))
        state = reset(jax.random.split(key_start, population))

        def live(carry, _):
            state, memory, total = carry
            memory, action = act(theta, memory, state.obs)
            state = step(state, action)
            return (state, memory, total + state.reward), None

        (_, _, total), _ = jax.lax.scan(live, (state, memory, jnp.zeros(population)), None, length=steps)
        rank = jnp.argsort(jnp.argsort(total)) / (population - 1) - 0.5
        pull = lambda bits, rho: -jnp.tensordot(rank, bits - rho, axes=1) / population
        updates, adam = optimizer.update(jax.tree.map(pull, theta, rho), adam)
        rho = jax.tree.map(lambda p, u: jnp.clip(p + u, RHO_CLIP, 1 - RHO_CLIP), rho, updates)
        return rho, adam, total.mean()

    rho = {name: jnp.full(shape, 0.5) for name, shape in shapes.items()}
    return generation, (rho, optimizer.init(rho))


class Peer:
    """One robot, compiled; `measure` runs one generation."""

    def __init__(self, robot, args):
        import jax

        self.frames = args.population * args.steps
        wall, cpu = time.perf_counter(), cpu_seconds()
        self.generation, self.state = make_generation(robot, args.population, args.steps)
        self.key = jax.random.PRNGKey(args.seed)
        self.measure()
        self.compile_seconds, self.compile_cpu_seconds = time.perf_counter() - wall, cpu_seconds() - cpu

    def measure(self):
        """Return (frames per CPU-second, per second) of one generation."""
        import jax

        self.key, key = jax.random.split(self.key)
        wall, cpu = time.perf_counter(), cpu_seconds()
        rho, adam, mean = jax.block_until_ready(self.generation(key, *self.state))
        cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
        if not float(mean) == float(mean):
            raise SystemExit("the mean return is not a number: its speed would mean nothing")
        self.state = (rho, adam)
        return self.frames / cpu, self.frames / wall


def table(results):
    lines = [
        "| robot | JAX and Brax | `gpu-ec`, Euler | ratio | `gpu-ec`, RK4 | ratio | wall, ratio (Euler) | JAX's first generation, s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in results:
        ours = row.get("ours", {})
        cells = [row["robot"], f"{row['jax']['per_cpu_second']:,.0f}"]
        for preset in ("fast", "model"):
            cells += [f"{ours[preset]['per_cpu_second']:,.0f}", f"{ours[preset]['ratio']:.1f}"] if ours else ["", ""]
        cells += [f"{ours['fast']['wall_ratio']:.1f}" if ours else "", f"{row['compile_seconds']:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compare(robot, args):
    """Measure one robot, alternating ours with the peer."""
    peer = Peer(robot, args)
    presets = {"fast": f"{robot}_fast", "model": robot} if args.ours else {}
    theirs, ours = [], {name: [] for name in presets}
    for _ in range(args.repeat):
        theirs.append(peer.measure())
        for name, preset in presets.items():
            run = bench(args.ours, preset, args)
            ours[name].append((run["frames_per_cpu_second"], run["frames_per_second"]))
    row = {
        "robot": robot,
        "compile_seconds": peer.compile_seconds,
        "compile_cpu_seconds": peer.compile_cpu_seconds,
        "jax": {"per_cpu_second": median([t[0] for t in theirs]), "per_second": median([t[1] for t in theirs]), "all": theirs},
    }
    if ours:
        row["ours"] = {
            name: {
                "per_cpu_second": median([o[0] for o in runs]),
                "per_second": median([o[1] for o in runs]),
                "ratio": median([o[0] / t[0] for o, t in zip(runs, theirs)]),
                "wall_ratio": median([o[1] / t[1] for o, t in zip(runs, theirs)]),
                "all": runs,
            }
            for name, runs in ours.items()
        }
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robot", action="append", choices=ROBOTS, help="only this robot (may be repeated)")
    parser.add_argument("--repeat", type=int, default=5, help="measurements of each, of which the median counts (5)")
    parser.add_argument("--population", type=int, default=256)
    parser.add_argument("--steps", type=int, default=100, help="environment steps of a generation (100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ours", metavar="COMMAND", help='gpu-ec, such as "cargo run --release --quiet --"')
    parser.add_argument("--seconds", type=float, default=1, help="measured part of each gpu-ec run (1)")
    args = parser.parse_args()
    if min(args.repeat, args.population - 1, args.steps) < 1:
        parser.error("--repeat and --steps must be at least 1, --population at least 2")
    import brax
    import jax

    jax.config.update("jax_default_prng_impl", "unsafe_rbg")  # as in the authors' program; the default costs more than the episode
    results = []
    for robot in args.robot or ROBOTS:
        results.append(compare(robot, args))
        print(f"{robot}: {results[-1]['jax']['per_cpu_second']:,.0f}", file=sys.stderr)
    report = {"jax": jax.__version__, "brax": brax.__version__, "cores": os.cpu_count(), "load_average": os.getloadavg()}
    report |= {key: getattr(args, key) for key in ("population", "steps", "repeat", "seed")} | {"results": results}
    print(json.dumps(report, indent=2))
    print("\n" + table(results), file=sys.stderr)


if __name__ == "__main__":
    main()
