"""Starts of a random robot: its own pose, and displaced, pushed, spun or set on the floor."""

import mujoco
import numpy as np

from dice import Dice

GAPS = (0, 1e-6, 1e-4, -1e-4, -0.003, -0.02, 0.02)


def states(robot, model, rows):
    """Draw `rows` starts and controls that f32 holds exactly; the first is the robot's own pose, at rest."""
    dice, data = Dice("states", robot.seed), mujoco.MjData(model)
    made = [one(robot, model, data, dice, row) for row in range(rows)]
    columns = {name: np.array([row[name] for row in made]) for name in made[0]}
    return {name: np.asarray(value, np.float32).astype(np.float64) for name, value in columns.items()}


def one(robot, model, data, dice, row):
    qpos, qvel = model.qpos0.copy(), np.zeros(model.nv)
    spin = "fast spin" in robot.odd and dice.chance(0.6)
    for joint in range(model.njnt):
        q, v, free = model.jnt_qposadr[joint], model.jnt_dofadr[joint], model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE
        hinge = model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE
        if row >= 2 and free:
            qpos[q : q + 3] += dice.vector(0.1)
            qpos[q + 3 : q + 7] += [0.7 * dice.normal() for _ in range(4)]
            qpos[q + 3 : q + 7] /= np.linalg.norm(qpos[q + 3 : q + 7])
        elif row >= 2:
            qpos[q] += dice.number(-1, 1) * (1.2 if hinge else 0.1)
        if row >= 1:
            speed = dice.scaled(10, 1000) if spin else dice.one([0, 0.3, 3])
            qvel[v : v + (6 if free else 1)] = [dice.normal() for _ in range(6)] if free else dice.normal()
            qvel[v + 3 if free else v : v + 6 if free else v + 1] *= speed if free or hinge else min(speed, 3)
    if row >= 2 and robot.floor:
        set_down(model, data, qpos, dice)
    act = [dice.number(0, 1) if row else 0 for _ in range(model.na)]
    ctrl = [dice.number(-1.3, 1.3) if row else 0 for _ in range(model.nu)]
    return {"qpos": qpos, "qvel": qvel, "act": np.array(act), "ctrl": np.array(ctrl)}


def set_down(model, data, qpos, dice):
    """Move each free tree up or down until it is near the floor, or slightly in it."""
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    for joint in np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE):
        root = model.body_rootid[model.jnt_bodyid[joint]]
        geoms = np.flatnonzero(model.body_rootid[model.geom_bodyid] == root)
        lowest = min(data.geom_xpos[geom][2] - reach(model, data, geom) for geom in geoms)
        qpos[model.jnt_qposadr[joint] + 2] += dice.one(GAPS) - lowest


def reach(model, data, geom):
    """Return how far a geom extends below its centre."""
    kind, size, down = mujoco.mjtGeom(model.geom_type[geom]), model.geom_size[geom], data.geom_xmat[geom][6:]
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return size[0]
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return size[0] + size[1] * abs(down[2])
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return size[0] * np.hypot(down[0], down[1]) + size[1] * abs(down[2])
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        return np.abs(down) @ size
    return np.linalg.norm(down * size)
