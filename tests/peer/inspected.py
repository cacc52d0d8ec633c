"""Constants of a robot from `gpu-ec inspect --json` and from MuJoCo."""

import mujoco
import numpy as np

TOLERANCE = 1e-9  # relative to 1 + |x|

def scalar_joints(model):
    return [j for j in range(model.njnt) if model.jnt_type[j] != mujoco.mjtJoint.mjJNT_FREE]


def linear(x, n):
    """Return linear coefficients: newer versions have polynomial stiffness and damping, linear coefficient first."""
    return float(np.ravel(x[n])[0])


def theirs(model):
    """Return MuJoCo's constants as lists of numbers, by name."""
    joints, bodies, moving = scalar_joints(model), range(model.nbody), range(model.ngeom)
    limited = lambda flags, ranges, n: list(ranges[n]) if flags[n] else []  # noqa: E731
    motors = [k for k in range(model.nu) if model.actuator_dyntype[k] != mujoco.mjtDyn.mjDYN_MUSCLE]
    muscles = [k for k in range(model.nu) if k not in motors]
    return {
        "mass": [model.body_mass[b] for b in bodies],
        "inertia": [sorted(model.body_inertia[b]) for b in bodies],
        "pos": [list(model.body_pos[b]) for b in bodies],
        "axis": [list(model.jnt_axis[j]) for j in joints],
        "range": [limited(model.jnt_limited, model.jnt_range, j) for j in joints],
        "stiffness": [linear(model.jnt_stiffness, j) for j in joints],
        "damping": [linear(model.dof_damping, model.jnt_dofadr[j]) for j in range(model.njnt)],
        "armature": [model.dof_armature[model.jnt_dofadr[j]] for j in range(model.njnt)],
        "friction": [model.geom_friction[g][0] for g in moving],
        "tendon length": list(model.tendon_length0),
        "tendon stiffness": [linear(model.tendon_stiffness, t) for t in range(model.ntendon)],
        "tendon damping": [linear(model.tendon_damping, t) for t in range(model.ntendon)],
        "tendon range": [limited(model.tendon_limited, model.tendon_range, t) for t in range(model.ntendon)],
        "gear": [model.actuator_gear[k][0] * model.actuator_gainprm[k][0] for k in motors],
        "control": [limited(model.actuator_ctrllimited, model.actuator_ctrlrange, k) for k in range(model.nu)],
        "peak": [peak(model, k) for k in muscles],
        "vmax": [model.actuator_gainprm[k][6] for k in muscles],
        "timeconst": [list(model.actuator_dynprm[k][:2]) for k in muscles],
    }


def peak(model, k):
    force, scale = model.actuator_gainprm[k][2:4]
    return force if force >= 0 else scale / model.actuator_acc0[k]


def ours(report):
    """Return the same from the output of `gpu-ec inspect --json`."""
    joints, tendons, actuators = report["joints"], report["tendons"], report["actuators"]
    scalar = [joint for joint in joints if joint["kind"] != "free"]
    of = lambda rows, name: [row[name] for row in rows]  # noqa: E731
    ranges = lambda rows: [row["range"] or [] for row in rows]  # noqa: E731
    muscles = [row["muscle"] for row in actuators if row["muscle"]]
    return {
        "mass": of(report["bodies"], "mass"),
        "inertia": [sorted(body["inertia"]) for body in report["bodies"]],
        "pos": of(report["bodies"], "pos"),
        "axis": of(scalar, "axis"), "range": ranges(scalar), "stiffness": of(scalar, "stiffness"),
        "damping": of(joints, "damping"), "armature": of(joints, "armature"),
        "friction": of(report["geoms"], "friction"),
        "tendon length": of(tendons, "length"), "tendon stiffness": of(tendons, "stiffness"),
        "tendon damping": of(tendons, "damping"), "tendon range": ranges(tendons),
        "gear": [row["gear"] for row in actuators if row["muscle"] is None],
        "control": ranges(actuators),
        "peak": of(muscles, "peak"), "vmax": of(muscles, "vmax"), "timeconst": of(muscles, "timeconst"),
    }  # fmt: skip


def differences(found, expected):
    """Return the constants in which two robots differ."""
    names = []
    for name, values in expected.items():
        a, b = (np.array([x for row in rows for x in np.ravel(row)]) for rows in (found[name], values))
        if a.shape != b.shape or not (np.abs(a - b) <= TOLERANCE * (1 + np.abs(b))).all():
            names.append(f"{name}: {a.tolist()} for {b.tolist()}")
    return names
