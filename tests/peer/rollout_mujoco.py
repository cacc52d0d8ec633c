#!/usr/bin/env python3
"""Step MuJoCo from every state that `gpu-ec rollout` wrote, with the same controls, and compare.

Each step starts from gpu-ec's own state, including muscle activations, so errors do not accumulate (f64 holds f32 exactly). The
drift of a free run is reported separately. MuJoCo solves to convergence (Newton, no tolerance), as gpu-ec does. Prints one JSON
object. The exit code is 1 if a step exceeds its bar (assets/reference/README.md) by more than 30 times the effect of noise of the
size of f32's rounding in its start. That noise can decide, for example, if a foot just touches the floor.
"""

import argparse
import json
import sys

import mujoco
import numpy as np

ENVIRONMENTS = {
    "hopper": "Hopper-v5",
    "walker2d": "Walker2d-v5",
    "humanoid": "Humanoid-v5",
    "ant": "Ant-v5",
    "half_cheetah": "HalfCheetah-v5",
    "swimmer": "Swimmer-v5",
    "reacher": "Reacher-v5",
    "inverted_double_pendulum": "InvertedDoublePendulum-v5",
    "inverted_pendulum": "InvertedPendulum-v5",
}
# The parts of a state; only robots with muscles have activations.
STATE = ("qpos", "qvel", "act")
# What f32 rounds off a number x: relative to x, and absolute, because x is added to numbers of size 1.
ROUNDING, UNIT_ROUNDING = 6e-8, 1e-7
# How far a step may exceed its bar, in units of the effect of that noise in its start.
SENSITIVE = 30


class Robot:
    """A bare robot; one step is one time step."""

    def __init__(self, model):
        self.model, self.data = model, mujoco.MjData(model)
        self.bars = {"qpos": 2e-6, "qvel": 2e-5} | ({"act": 2e-6} if model.na else {})

    def step(self, state, ctrl, before=None):
        mujoco.mj_resetData(self.model, self.data)
        for name in STATE:
            getattr(self.data, name)[:] = state[name]
        self.data.ctrl[:] = ctrl
        mujoco.mj_step(self.model, self.data)
        return {name: getattr(self.data, name).copy() for name in STATE}

    def errors(self, found, expected):
        absolute = {name: np.abs(found[name] - expected[name]).max() for name in self.bars}
        return absolute | {"qvel": absolute["qvel"] / (1 + np.linalg.norm(expected["qvel"]))}


class Task:
    """Gymnasium's own environment; one step is frame_skip time steps."""

    def __init__(self, name):
        import gymnasium

        self.env = gymnasium.make(ENVIRONMENTS[name]).unwrapped
        self.env.reset(seed=0)
        self.model = self.env.model
        contacts = name in ("humanoid", "ant")
        # contact forces, the last part of these observations
        self.forces = 6 * (self.model.nbody - 1) if contacts else 0

    def step(self, state, ctrl, before=None):
        if before is None:
            self.env.set_state(state["qpos"], state["qvel"])
        else:
            # Progress is measured from the last evaluation of the previous step, not from `qpos`, so repeat that step.
            earlier, controls = before
            self.env.set_state(earlier["qpos"], earlier["qvel"])
            self.env.step(controls)
            self.env.data.qpos[:], self.env.data.qvel[:] = state["qpos"], state["qvel"]
        obs, reward, terminated, _, self.info = self.env.step(ctrl)
        end = {name: getattr(self.env.data, name).copy() for name in STATE}
        return end | {"obs": obs, "reward": reward, "terminated": terminated}

    def errors(self, found, expected):
        look = np.abs(found["obs"] - expected["obs"]) / (1 + np.abs(expected["obs"]))
        cut = len(look) - self.forces
        return {
            "qpos": np.abs(found["qpos"] - expected["qpos"]).max(),
            "qvel": np.abs(found["qvel"] - expected["qvel"]).max(),
            "reward": abs(found["reward"] - expected["reward"]),
            "obs": look[:cut].max(),
            "contact forces": look[cut:].max(initial=0),
            "terminated": float(bool(found["terminated"]) != bool(expected["terminated"])),
        }

    bars = {"qpos": 5e-6, "qvel": 5e-4, "reward": 1e-3, "obs": 1e-3, "contact forces": 1e-2, "terminated": 0}


def load(path, actions, model):
    """Load the motion, with its starts prepended, and the controls [T, N, nu]."""
    motion = {name: value.astype(np.float64) for name, value in np.load(path).items()}
    steps, rows = motion["qpos"].shape[:2]
    if actions is not None:
        controls = np.load(actions).astype(np.float64)
    elif "actions" in motion:
        controls = motion["actions"]
    else:
        raise SystemExit(f"{path} holds no controls: give those of the rollout with --actions")
    controls = np.broadcast_to(controls[:steps] if controls.ndim == 3 else controls, (steps, rows, controls.shape[-1]))
    if motion["act"].shape[-1] != model.na or ("start_act" not in motion and model.na):
        raise SystemExit(f"{path} holds no activations, and the robot has {model.na}: write it with a newer gpu-ec")
    for name in STATE:
        start = motion.get(f"start_{name}", np.zeros((rows, motion[name].shape[-1])))
        motion[name] = np.concatenate([start[None], motion[name]])
    return motion, controls


def at(motion, t, row):
    """Return the state after `t` steps."""
    return {name: motion[name][t, row] for name in STATE}


def compare(peer, motion, controls, samples, seed):
    """Return errors of single steps, by quantity, over a sample of all (step, row) pairs with finite states."""
    finite = np.logical_and.reduce([np.isfinite(motion[name]).all(-1) for name in STATE])
    places = np.argwhere(finite[:-1] & finite[1:])
    if len(places) > samples:
        places = places[np.random.default_rng(seed).choice(len(places), samples, replace=False)]
    errors, beyond = {name: [] for name in peer.bars}, dict.fromkeys(peer.bars, 0)
    for t, row in places:
        state, ctrl = at(motion, t, row), controls[t, row]
        before = (at(motion, t - 1, row), controls[t - 1, row]) if t > 0 else None
        expected = peer.step(state, ctrl, before)
        found = {name: motion[name][t + 1 if name in STATE else t, row] for name in expected}
        differences, over = judge(peer, (state, ctrl, before), found, expected)
        for name, error in differences.items():
            errors[name].append(float(error))
            beyond[name] += over[name]
    return len(places), errors, beyond


def judge(peer, start, found, expected):
    """Return the errors of a step, and those that its bar and the noise of its start do not explain."""
    errors = peer.errors(found, expected)
    over = {name: not error <= peer.bars[name] for name, error in errors.items()}
    if any(over.values()):
        noise = sensitivity(peer, *start, expected)
        over = {name: not error <= peer.bars[name] + SENSITIVE * noise[name] for name, error in errors.items()}
    return errors, over


def noisy(state, rng):
    """Perturb a start by f32's rounding. Zeros move, too: a foot at floor height is a difference of non-zero numbers."""
    moved = {}
    for name, x in state.items():
        relative, absolute = rng.standard_normal((2, len(x)))
        moved[name] = x * (1 + ROUNDING * relative) + UNIT_ROUNDING * absolute
    return moved


def sensitivity(peer, state, ctrl, before, expected, tries=6):
    """Return the largest errors over a few starts that differ by f32's rounding."""
    rng = np.random.default_rng(1)
    seen = [peer.errors(peer.step(noisy(state, rng), ctrl, before), expected) for _ in range(tries)]
    return {name: max(error[name] for error in seen) for name in peer.bars}


def drift(peer, motion, controls, row=0):
    """Return the largest difference of positions in a free run, at 1, 10, 100 and 1,000 steps."""
    state, seen = at(motion, 0, row), {}
    for t in range(min(len(controls), 1000)):
        state = peer.step(state, controls[t, row])
        if t + 1 in (1, 10, 100, 1000):
            seen[str(t + 1)] = float(np.abs(state["qpos"] - motion["qpos"][t + 1, row]).max())
    return seen


def solve_to_convergence(model):
    """Make MuJoCo iterate until nothing changes, as gpu-ec's solver does whatever the file says."""
    model.opt.solver, model.opt.iterations, model.opt.tolerance = mujoco.mjtSolver.mjSOL_NEWTON, 100, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", help=f"ROBOT.xml, or one of {', '.join(ENVIRONMENTS)}")
    parser.add_argument("motion", help="what `gpu-ec rollout` wrote, without --reset")
    parser.add_argument("--actions", help="the controls of the rollout, if the file holds none")
    parser.add_argument("--euler", action="store_true", help="integrate with Euler, as the *_fast presets do")
    parser.add_argument("--samples", type=int, default=2000, help="steps that are compared")
    parser.add_argument("--seed", type=int, default=0, help="which steps are compared, where there are more")
    arguments = parser.parse_args()
    if arguments.target.endswith(".xml"):
        peer = Robot(mujoco.MjModel.from_xml_path(arguments.target))
    elif arguments.target in ENVIRONMENTS:
        peer = Task(arguments.target)
    else:
        parser.error(f"unknown target {arguments.target}")
    solve_to_convergence(peer.model)
    if arguments.euler:
        peer.model.opt.integrator = mujoco.mjtIntegrator.mjINT_EULER
    motion, controls = load(arguments.motion, arguments.actions, peer.model)
    count, errors, beyond = compare(peer, motion, controls, arguments.samples, arguments.seed)
    summary = {
        name: {
            "median": float(np.median(values)),
            "worst": max(values),
            "bar": peer.bars[name],
            "beyond": beyond[name],
        }
        for name, values in errors.items()
    }
    print(json.dumps({"steps": count, "errors": summary, "drift": drift(peer, motion, controls)}, indent=2))
    beyond = [name for name, count in beyond.items() if count]
    if not count or beyond:
        print(f"disagrees: {', '.join(beyond) or 'nothing was compared'}", file=sys.stderr)
        return 1
    print(f"agrees: {count} steps within their bars", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
