"""Reasons why a step may differ from MuJoCo's by more than its bar and the rounding of its start; data bound each one."""

import copy

import mujoco
import numpy as np

import rollout_mujoco as peer

# Mass ratio at which f32 still has as many digits as the bars need; a larger ratio allows proportionally larger errors.
RATIO = 1e3
# Share of a change of velocity that solving with the mass matrix in f32 may lose. Beyond it not one digit is left:
# Newton's directions are rounding, and the error has no bound. Of the starts of seeds 0 to 4999, 28 of 7 robots are such;
# one of them is within its bars.
LOST = 0.2
# Constants that gpu-ec's kernels store in f32.
CONSTANTS = """body_mass body_inertia body_pos body_quat body_ipos body_iquat body_invweight0 qpos0 qpos_spring jnt_pos jnt_axis
jnt_stiffness dof_armature dof_damping dof_invweight0 geom_pos geom_quat geom_size site_pos tendon_stiffness tendon_lengthspring
actuator_gear actuator_gainprm""".split()
# Starts that are tried: six, as in `rollout_mujoco.py`, are all on one side of an edge once in 32 times.
STARTS = 60
# How often f32 rounds each intermediate result along a chain of bodies, where `intermediates` rounds it once.
ROUNDED = 3


def forwarded(model, begin):
    """Return MuJoCo's data at a row's start state, under its controls."""
    data = mujoco.MjData(model)
    for name in peer.STATE:
        getattr(data, name)[:] = begin[0][name]
    data.ctrl[:] = begin[1]
    mujoco.mj_forward(model, data)
    return data


def mass_matrix(model, data):
    inertia = np.zeros((model.nv, model.nv))
    for dof, row in enumerate(np.eye(model.nv)):
        mujoco.mj_mulM(model, data, inertia[dof], row)
    return inertia


def smallest(inertia):
    """Return the smallest eigenvalue of the mass matrix, scaled to ones on its diagonal."""
    scale = 1 / np.sqrt(np.maximum(np.diag(inertia), 1e-30))
    return np.linalg.eigvalsh(scale[:, None] * inertia * scale)[0]


def jacobian(model, data):
    """Return the rows of all constraints, `[nefc, nv]`."""
    rows = np.zeros((data.nefc, model.nv))
    if mujoco.mj_isSparse(model):
        mujoco.mju_sparse2dense(rows, data.efc_J, data.efc_J_rownnz, data.efc_J_rowadr, data.efc_J_colind)
        return rows
    return data.efc_J.reshape(rows.shape)


def degenerate(model, begin, found, expected, tries=6):
    """Return the known reason why a row's error may exceed what its start explains, or None."""
    one, rng, moved = peer.Robot(model), np.random.default_rng(1), []
    errors = one.errors(found, expected)
    held = one.errors(found, peer.Robot(changed(model, lambda values: values.astype(np.float32))).step(*begin))
    if all(error <= one.bars[name] for name, error in held.items()):
        return "its constants: MuJoCo with what f32 holds of them steps as gpu-ec does"
    if any(all(error <= one.bars[name] for name, error in one.errors(found, near).items()) for near in nearby(one, begin)):
        return "its start: MuJoCo steps as gpu-ec does from one that f32 hardly distinguishes from it, as at the edge of touching"
    for _ in range(tries):
        rounded = changed(model, lambda values: values * (1 + peer.ROUNDING * rng.standard_normal(values.shape)))
        moved.append(one.errors(peer.Robot(rounded).step(*begin), expected))
    noise = {name: max(error[name] for error in moved) for name in one.bars}
    if all(error <= one.bars[name] + peer.SENSITIVE * noise[name] for name, error in errors.items()):
        return "its constants: f32's rounding of them explains it"
    masses = model.body_mass[model.body_mass > 0]
    ratio = masses.max() / masses.min()
    if ratio > RATIO and all(error <= one.bars[name] * ratio / RATIO for name, error in errors.items()):
        return f"masses that differ by a factor above {RATIO:.0e}: of f32's seven digits few are left"
    # terms of a step may exceed their sum: damping and the Runge-Kutta stages cancel
    data = forwarded(model, begin)
    pushed = np.abs(data.qacc).max() * model.opt.timestep
    change = max(np.abs(expected["qvel"] - begin[0]["qvel"]).max(), pushed)
    lost = lost_digits(model, data) * peer.ROUNDING
    if lost > LOST and all(map(np.isfinite, errors.values())):
        return "its mass matrix: f32 leaves no digit of movements nearly alike"
    explains = lambda speed: all(  # noqa: E731
        error <= one.bars[name] + speed * {"qvel": 1, "qpos": model.opt.timestep}.get(name, 0) for name, error in errors.items()
    )
    if explains(lost * change):
        return "its mass matrix: movements with little inertia of their own, or nearly alike, lose digits of the change of velocity"
    if explains(peer.ROUNDING * pressed(model, data)):
        return "contacts that press hard: of their forces, or of what those do about joints, little is left"
    if explains(ROUNDED * intermediates(model, begin, data, rng, tries) * model.opt.timestep):
        return "its speeds: f32's rounding of what gyroscopic and centrifugal forces are summed from explains it"
    return None


def nearby(one, begin):
    """Yield MuJoCo's steps from starts that differ by f32's rounding."""
    rng = np.random.default_rng(2)
    for _ in range(STARTS):
        yield one.step(peer.noisy(begin[0], rng), begin[1])


def intermediates(model, begin, data, rng, tries):
    """Return the largest change of an acceleration if f32 rounds what the forces of its motion are computed from.

    Bodies' inertias and velocities give gyroscopic and centrifugal forces that cancel, and grow with the square of the speed.
    """
    other, seen = forwarded(model, begin), []
    for _ in range(tries):
        mujoco.mj_fwdPosition(model, other)
        mujoco.mj_fwdVelocity(model, other)
        for values in other.cinert, other.cdof, other.cvel, other.cdof_dot:
            values *= 1 + peer.ROUNDING * rng.standard_normal(values.shape)
        mujoco.mj_rne(model, other, 0, other.qfrc_bias)
        mujoco.mj_fwdActuation(model, other)
        mujoco.mj_fwdAcceleration(model, other)
        mujoco.mj_fwdConstraint(model, other)
        seen.append(np.abs(other.qacc - data.qacc).max())
    return max(seen)


def changed(model, change):
    """Return the model with other `CONSTANTS`."""
    other = copy.copy(model)
    for name in CONSTANTS:
        getattr(other, name)[:] = change(getattr(other, name))
    return other


def lost_digits(model, data):
    """Return how much solving with the mass matrix amplifies f32's rounding.

    A hinge's entry is a difference, because MuJoCo, and therefore gpu-ec, sums inertias about the whole tree's centre of mass.
    Nearly identical movements make the matrix nearly singular.
    """
    inertia = mass_matrix(model, data)
    own, body = np.maximum(np.diag(inertia), 1e-30), model.dof_bodyid
    centre = data.subtree_com[model.body_rootid[body]]
    far = ((data.xanchor[model.dof_jntid] - centre) ** 2 + (data.subtree_com[body] - centre) ** 2).sum(axis=1)
    turns = model.jnt_type[model.dof_jntid] == mujoco.mjtJoint.mjJNT_HINGE
    difference = 1 + np.where(turns, model.body_subtreemass[body] * far, 0) / own
    return difference.max() / smallest(inertia)


def pressed(model, data):
    """Bound the change of velocity in a step, as if constraints never cancelled and contacts pushed joints with their full arms.

    If the joints can hardly move along a contact's normal, it presses as hard as its impedance allows. Rows that pull resist the
    change.
    """
    rows = jacobian(model, data)
    pulls = data.efc_D * (data.efc_force != 0)  # with islands, MuJoCo 3.17 leaves `efc_state` as it was before it solved
    resistance = mass_matrix(model, data) + rows.T @ (pulls[:, None] * rows)
    pushes = np.maximum(np.abs(rows), arms(model, data)).T @ np.abs(data.efc_force)
    return (np.abs(np.linalg.inv(resistance)) @ pushes).max(initial=0) * model.opt.timestep


def arms(model, data):
    """Return the summands of contact rows, `[nefc, nv]`, m: distances of contact and joint from the tree's centre of mass.

    MuJoCo and gpu-ec compute a force's effect about that point. Only joints that turn one of the touching bodies count.
    """
    of, centre = model.dof_jntid, data.subtree_com[model.body_rootid[model.dof_bodyid]]
    own = np.linalg.norm(data.xanchor[of] - centre, axis=1)
    kind, number = model.jnt_type[of], np.arange(model.nv) - model.jnt_dofadr[of]
    slides = (kind == int(mujoco.mjtJoint.mjJNT_SLIDE)) | ((kind == int(mujoco.mjtJoint.mjJNT_FREE)) & (number < 3))
    sums = np.zeros((data.nefc, model.nv))
    for row in np.flatnonzero(data.efc_type >= int(mujoco.mjtConstraint.mjCNSTR_CONTACT_FRICTIONLESS)):
        contact = data.contact[data.efc_id[row]]
        one, other = (carried(model, model.geom_bodyid[geom]) for geom in contact.geom)
        sums[row] = (one ^ other) * ~slides * (own + np.linalg.norm(contact.pos - centre, axis=1))
    return sums


def carried(model, body):
    """Return which dofs move a body."""
    above = set()
    while body:
        above.add(body)
        body = model.body_parentid[body]
    return np.isin(model.dof_bodyid, list(above))
