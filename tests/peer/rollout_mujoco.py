#!/usr/bin/env python3
"""Steps MuJoCo from every state that `gpu-ec rollout` wrote, with the same controls, and compares.

Each step starts from gpu-ec's own state (f32 numbers are f64 numbers), so that errors do not add up; how far a free run drifts
is told besides. MuJoCo solves to convergence (Newton, no tolerance), as gpu-ec does. Prints one JSON object; the exit code is 1
if a step is beyond its bar (those of assets/reference/README.md) by more than 30 times what noise of the size of f32's rounding
in its start changes: a foot that just touches the floor or does not.
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


class Robot:
    """A bare robot: one step is one time step."""

    def __init__(self, model):
        self.model, self.data = model, mujoco.MjData(model)

    def step(self, qpos, qvel, ctrl, before=None):
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos, self.data.qvel = qpos, qvel
        self.data.ctrl[:] = ctrl
        mujoco.mj_step(self.model, self.data)
        return {"qpos": self.data.qpos.copy(), "qvel": self.data.qvel.copy()}

    def errors(self, found, expected):
        velocity = np.abs(found["qvel"] - expected["qvel"]).max() / (1 + np.linalg.norm(expected["qvel"]))
        return {"qpos": np.abs(found["qpos"] - expected["qpos"]).max(), "qvel": velocity}

    bars = {"qpos": 2e-6, "qvel": 2e-5}


class Task:
    """Gymnasium's own environment: one step is frame_skip time steps."""

    def __init__(self, name):
        import gymnasium

        self.env = gymnasium.make(ENVIRONMENTS[name]).unwrapped
        self.env.reset(seed=0)
        self.model = self.env.model
        contacts = name in ("humanoid", "ant")
        # contact forces, the last part of these observations
        self.forces = 6 * (self.model.nbody - 1) if contacts else 0

    def step(self, qpos, qvel, ctrl, before=None):
        if before is None:
            self.env.set_state(qpos, qvel)
        else:
            # Progress is measured from the last evaluation of the step before, not from `qpos`: that step is done again.
            self.env.set_state(*before[:2])
            self.env.step(before[2])
            self.env.data.qpos[:], self.env.data.qvel[:] = qpos, qvel
        obs, reward, terminated, _, _ = self.env.step(ctrl)
        data = self.env.data
        return {"qpos": data.qpos.copy(), "qvel": data.qvel.copy(), "obs": obs, "reward": reward, "terminated": terminated}

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


def load(path, actions):
    """The motion with its starts in front, and the controls [T, N, nu]."""
    motion = {name: value.astype(np.float64) for name, value in np.load(path).items()}
    steps, rows = motion["qpos"].shape[:2]
    if actions is not None:
        controls = np.load(actions).astype(np.float64)
    elif "actions" in motion:
        controls = motion["actions"]
    else:
        raise SystemExit(f"{path} holds no controls: give those of the rollout with --actions")
    controls = np.broadcast_to(controls[:steps] if controls.ndim == 3 else controls, (steps, rows, controls.shape[-1]))
    for name in ("qpos", "qvel"):
        motion[name] = np.concatenate([motion[f"start_{name}"][None], motion[name]])
    return motion, controls


def compare(peer, motion, controls, samples, seed):
    """The errors of single steps, by quantity, over a sample of all (step, row) whose state is finite."""
    steps, rows = controls.shape[:2]
    finite = np.isfinite(motion["qpos"]).all(-1) & np.isfinite(motion["qvel"]).all(-1)
    places = np.argwhere(finite[:-1] & finite[1:])
    if len(places) > samples:
        places = places[np.random.default_rng(seed).choice(len(places), samples, replace=False)]
    errors, beyond = {name: [] for name in peer.bars}, dict.fromkeys(peer.bars, 0)
    for t, row in places:
        before = (motion["qpos"][t - 1, row], motion["qvel"][t - 1, row], controls[t - 1, row]) if t > 0 else None
        expected = peer.step(motion["qpos"][t, row], motion["qvel"][t, row], controls[t, row], before)
        found = {name: motion[name][t + 1 if name in ("qpos", "qvel") else t, row] for name in expected}
        differences = peer.errors(found, expected)
        for name, error in differences.items():
            errors[name].append(float(error))
        if any(not error <= peer.bars[name] for name, error in differences.items()):
            noise = sensitivity(peer, motion["qpos"][t, row], motion["qvel"][t, row], controls[t, row], before, expected)
            for name, error in differences.items():
                beyond[name] += not error <= peer.bars[name] + 30 * noise[name]
    return len(places), errors, beyond


def sensitivity(peer, qpos, qvel, ctrl, before, expected, tries=3):
    """The largest errors over a few starts that differ by f32's rounding."""
    rng = np.random.default_rng(1)
    noisy = lambda x: x * (1 + 6e-8 * rng.standard_normal(len(x)))  # noqa: E731
    seen = [peer.errors(peer.step(noisy(qpos), noisy(qvel), ctrl, before), expected) for _ in range(tries)]
    return {name: max(error[name] for error in seen) for name in peer.bars}


def drift(peer, motion, controls, row=0):
    """Largest difference of positions in a run of its own, at 1, 10, 100 and 1,000 steps."""
    qpos, qvel, seen = motion["qpos"][0, row], motion["qvel"][0, row], {}
    for t in range(min(len(controls), 1000)):
        state = peer.step(qpos, qvel, controls[t, row])
        qpos, qvel = state["qpos"], state["qvel"]
        if t + 1 in (1, 10, 100, 1000):
            seen[str(t + 1)] = float(np.abs(qpos - motion["qpos"][t + 1, row]).max())
    return seen


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
    option = peer.model.opt
    option.solver, option.iterations, option.tolerance = mujoco.mjtSolver.mjSOL_NEWTON, 100, 0
    if arguments.euler:
        option.integrator = mujoco.mjtIntegrator.mjINT_EULER
    motion, controls = load(arguments.motion, arguments.actions)
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
