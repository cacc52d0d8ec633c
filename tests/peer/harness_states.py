#!/usr/bin/env python3
"""Step Humanoid in MuJoCo under a harness force on its torso: assets/reference/humanoid_harness.npz.

    .venv/bin/python tests/peer/harness_states.py assets/robots/humanoid.xml assets/reference/humanoid_states.npz OUT.npz

The force is derived independently from its definition, in the world frame with rotation matrices. MuJoCo's callback for passive
forces adds it in every Runge-Kutta stage. It consists of `lift` weights upwards at the torso's origin, a torque
`upright (z_torso x z)`, `-damping` times the angular velocity across the torso's z axis, and `-turning` times that about it.
"""

import sys

import mujoco
import numpy as np

STRENGTHS = np.array([0.35, 250.0, 30.0, 12.0])  # lift (weights), upright, damping, turning
ROWS = 40


def wrench(model, qpos, qvel):
    """Return force along the world axes and torque about the torso's axes, for the six dofs of a free joint."""
    rotation = np.empty(9)
    mujoco.mju_quat2Mat(rotation, qpos[3:7] / np.linalg.norm(qpos[3:7]))
    rotation = rotation.reshape(3, 3)
    lift, upright, damping, turning = STRENGTHS
    up = np.array([0.0, 0.0, 1.0])
    axis = rotation[:, 2]
    speed = rotation @ qvel[3:6]
    about = axis * (axis @ speed)
    torque = upright * np.cross(axis, up) - damping * (speed - about) - turning * about
    weight = mujoco.mj_getTotalmass(model) * np.linalg.norm(model.opt.gravity)
    return np.concatenate([lift * weight * up, rotation.T @ torque])


def main():
    robot, states, out = sys.argv[1:]
    model = mujoco.MjModel.from_xml_path(robot)
    given = np.load(states)
    rows = np.flatnonzero(given["degenerate"] == 0)[:ROWS]
    arrays = {name: given[name][rows] for name in ("qpos", "qvel", "ctrl")}
    # the stepper does not renormalise starts
    arrays["qpos"][:, 3:7] /= np.linalg.norm(arrays["qpos"][:, 3:7], axis=1, keepdims=True)

    def passive(model, data):
        data.qfrc_passive[:6] += wrench(model, data.qpos, data.qvel)

    mujoco.set_mjcb_passive(passive)
    for name, integrator in (("rk4", mujoco.mjtIntegrator.mjINT_RK4), ("euler", mujoco.mjtIntegrator.mjINT_EULER)):
        model.opt.integrator = integrator
        next_qvel = []
        for qpos, qvel, ctrl in zip(arrays["qpos"], arrays["qvel"], arrays["ctrl"]):
            data = mujoco.MjData(model)
            data.qpos[:], data.qvel[:], data.ctrl[:] = qpos, qvel, ctrl
            mujoco.mj_step(model, data)
            next_qvel.append(data.qvel.copy())
        arrays[f"next1_{name}_qvel"] = np.array(next_qvel)
    mujoco.set_mjcb_passive(None)
    np.savez_compressed(out, strengths=STRENGTHS, **arrays)


if __name__ == "__main__":
    main()
