#!/usr/bin/env python3
"""Speed of MuJoCo's C engine on Gymnasium's models: the yardstick for the physics in BENCHMARKS.md.

`mujoco.rollout` steps copies of the robot in parallel, without resets, from the start rows of the reference data. Actions are
uniform random, each held for the model's frame_skip. Speed is in environment steps per CPU-second (user and system, measured
part only), which other jobs on the machine disturb least; wall time is given too. A robot that stands or flies is cheaper
than one that lies on the floor, so compare equal numbers of steps (--steps applies to both sides).

With --ours "COMMAND", `COMMAND bench PRESET --part physics --no-termination --json` runs in turn with MuJoCo, the same
number of times, and a Markdown table of the ratios follows on stderr. stdout is one JSON object.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from measure import bench, cpu_seconds

ROBOTS = {"hopper": "Hopper-v5", "walker2d": "Walker2d-v5", "humanoid": "Humanoid-v5"}
# Name: (changes to MuJoCo's options, our preset with the same integrator).
VARIANTS = {
    "model": ({}, "{robot}.ron"),
    "euler": ({"integrator": "mjINT_EULER"}, "{robot}_fast.ron"),
    "euler_newton3": ({"integrator": "mjINT_EULER", "solver": "mjSOL_NEWTON", "iterations": 3}, "{robot}_fast.ron"),
}
LABELS = {"model": "model's own (RK4)", "euler": "Euler", "euler_newton3": "Euler, Newton 3"}
PINNED = "3.17.0"


class Yardstick:
    """One robot under one variant, with all of its memory allocated and touched."""

    def __init__(self, robot, variant, args):
        import gymnasium
        import mujoco

        env = gymnasium.make(ROBOTS[robot])
        self.model = mujoco.MjModel.from_xml_path(env.unwrapped.fullpath)
        frame_skip = env.unwrapped.frame_skip
        env.close()
        for key, value in VARIANTS[variant][0].items():
            if isinstance(value, str):
                enum = mujoco.mjtIntegrator if key == "integrator" else mujoco.mjtSolver
                value = getattr(enum, value)
            setattr(self.model.opt, key, value)

        rows = np.load(Path(args.golden) / f"{robot}_env.npz")
        pick = np.linspace(0, len(rows["qpos"]) - 1, args.rows).astype(int)
        # Full physics state: time, qpos, qvel, act.
        self.start = np.concatenate([np.zeros((args.rows, 1)), rows["qpos"][pick], rows["qvel"][pick]], axis=1)
        size = mujoco.mj_stateSize(self.model, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        assert self.start.shape[1] == size, (self.start.shape, size)
        self.warmstart = np.ascontiguousarray(rows["qacc_warmstart"][pick])
        low, high = self.model.actuator_ctrlrange.T
        action = np.random.default_rng(args.seed).uniform(low, high, (args.rows, args.steps, self.model.nu))
        self.control = np.ascontiguousarray(np.repeat(action, frame_skip, axis=1))
        self.state = np.zeros((args.rows, args.steps * frame_skip, size))
        self.sensors = np.zeros((args.rows, args.steps * frame_skip, self.model.nsensordata))
        self.data = [mujoco.MjData(self.model) for _ in range(args.threads)]
        self.frames = args.rows * args.steps

    def measure(self, pool):
        """Run one rollout of all rows; return (env steps per CPU-second, per second)."""
        wall, cpu = time.perf_counter(), cpu_seconds()
        pool.rollout(
            self.model,
            self.data,
            self.start,
            self.control,
            initial_warmstart=self.warmstart,
            state=self.state,
            sensordata=self.sensors,
        )
        cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
        if not np.isfinite(self.state).all() or any(d.warning.number.any() for d in self.data):
            raise SystemExit("MuJoCo became unstable: its speed would mean nothing")
        return self.frames / cpu, self.frames / wall


def summary(per_cpu, per_wall):
    return {
        "env_steps_per_cpu_second": statistics.median(per_cpu),
        "env_steps_per_second": statistics.median(per_wall),
        "all_per_cpu_second": per_cpu,
        "all_per_second": per_wall,
    }


def table(results):
    """Return Markdown: medians, and medians of the ratios of neighbouring runs."""
    ours = any("ours" in result for result in results)
    lines = ["| robot | integrator | MuJoCo, env steps per CPU-second |", "| --- | --- | ---: |"]
    if ours:
        lines[0] += " gpu-ec | ratio | wall: MuJoCo | gpu-ec | ratio |"
        lines[1] += " ---: | ---: | ---: | ---: | ---: |"
    for result in results:
        peer = result["mujoco"]
        line = f"| {result['robot']} | {LABELS[result['variant']]} | {peer['env_steps_per_cpu_second']:,.0f} |"
        if "ours" in result:
            mine = result["ours"]
            line += (
                f" {mine['env_steps_per_cpu_second']:,.0f} | {result['ratio_per_cpu_second']:.1f} |"
                f" {peer['env_steps_per_second']:,.0f} | {mine['env_steps_per_second']:,.0f} | {result['ratio_per_second']:.1f} |"
            )
        lines.append(line)
    return "\n".join(lines)


def main():
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robot", action="append", choices=ROBOTS, help="only this robot (may be repeated)")
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="only this variant (may be repeated)")
    parser.add_argument("--repeat", type=int, default=5, help="measurements of each, of which the median counts (5)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rows", type=int, default=64, help="robots side by side in MuJoCo (64)")
    parser.add_argument("--steps", type=int, default=200, help="environment steps of each (200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--golden", default=os.environ.get("GPU_EC_GOLDEN_DIR", root / "assets" / "reference"))
    parser.add_argument("--ours", metavar="COMMAND", help='gpu-ec, such as "cargo run --release --quiet --"')
    parser.add_argument("--population", type=int, default=512, help="of gpu-ec (512)")
    parser.add_argument("--seconds", type=float, default=5, help="measured part of each gpu-ec run (5)")
    args = parser.parse_args()
    if min(args.repeat, args.threads, args.rows, args.steps) < 1:
        parser.error("--repeat, --threads, --rows and --steps must be at least 1")

    import mujoco
    from mujoco import rollout

    if mujoco.__version__ != PINNED:
        raise SystemExit(f"MuJoCo {mujoco.__version__} is installed; the comparison is pinned to {PINNED} (tests/peer/requirements.txt)")

    results, adapter = [], None
    with rollout.Rollout(nthread=args.threads) as pool:
        for robot in args.robot or ROBOTS:
            for variant in args.variant or VARIANTS:
                yardstick = Yardstick(robot, variant, args)
                yardstick.measure(pool)  # warm-up
                peer, mine = [], []
                for _ in range(args.repeat):
                    peer.append(yardstick.measure(pool))
                    if args.ours:
                        ours = bench(args.ours, VARIANTS[variant][1].format(robot=robot), args, "--part", "physics")
                        mine.append((ours["frames_per_cpu_second"], ours["frames_per_second"]))
                        adapter = ours.get("adapter")
                result = {"robot": robot, "variant": variant, "mujoco": summary(*map(list, zip(*peer)))}
                if mine:
                    result["ours"] = summary(*map(list, zip(*mine)))
                    for i, key in enumerate(("ratio_per_cpu_second", "ratio_per_second")):
                        result[key] = statistics.median(m[i] / p[i] for m, p in zip(mine, peer))
                results.append(result)
                print(f"{robot} {variant}: {result['mujoco']['env_steps_per_cpu_second']:,.0f}", file=sys.stderr)
    report = {
        "mujoco": mujoco.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average": os.getloadavg(),
        "adapter": adapter,
        **{key: getattr(args, key) for key in ("threads", "rows", "steps", "repeat", "seed")},
        **({"population": args.population} if args.ours else {}),
        "results": results,
    }
    print(json.dumps(report, indent=2))
    print("\n" + table(results), file=sys.stderr)


if __name__ == "__main__":
    main()
