"""Why a single step may be further from MuJoCo's than its bar and the rounding of its start allow: each reason has a bound from data."""

import copy

import mujoco
import numpy as np

import rollout_mujoco as peer

# Masses side by side that leave f32 as many digits as the bars have; those that differ by more may be off by more, in proportion.
RATIO = 1e3
# Constants that gpu-ec's kernels hold in f32.
CONSTANTS = """body_mass body_inertia body_pos body_quat body_ipos body_iquat body_invweight0 qpos0 qpos_spring jnt_pos jnt_axis
jnt_stiffness dof_armature dof_damping dof_invweight0 geom_pos geom_quat geom_size site_pos tendon_stiffness tendon_lengthspring
actuator_gear actuator_gainprm""".split()


def forwarded(model, begin):
    """MuJoCo's data at the state in which a row begins, under its controls."""
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
    """The smallest eigenvalue of a mass matrix with ones on its diagonal."""
    scale = 1 / np.sqrt(np.maximum(np.diag(inertia), 1e-30))
    return np.linalg.eigvalsh(scale[:, None] * inertia * scale)[0]


def jacobian(model, data):
    """The rows of all constraints, `[nefc, nv]`."""
    rows = np.zeros((data.nefc, model.nv))
    if mujoco.mj_isSparse(model):
        mujoco.mju_sparse2dense(rows, data.efc_J, data.efc_J_rownnz, data.efc_J_rowadr, data.efc_J_colind)
        return rows
    return data.efc_J.reshape(rows.shape)


def degenerate(model, begin, found, expected, tries=6):
    """The listed reason why a row may be further off than its start explains; None if there is none."""
    one, rng, moved = peer.Robot(model), np.random.default_rng(1), []
    errors = one.errors(found, expected)
    held = one.errors(found, peer.Robot(changed(model, lambda values: values.astype(np.float32))).step(*begin))
    if all(error <= one.bars[name] for name, error in held.items()):
        return "its constants: MuJoCo with what f32 holds of them steps as gpu-ec does"
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
    # what is added up in a step may be more than what is left: damping and the stages of Runge-Kutta's method cancel
    data = forwarded(model, begin)
    pushed = np.abs(data.qacc).max() * model.opt.timestep
    change = max(np.abs(expected["qvel"] - begin[0]["qvel"]).max(), pushed)
    explains = lambda speed: all(  # noqa: E731
        error <= one.bars[name] + speed * {"qvel": 1, "qpos": model.opt.timestep}.get(name, 0) for name, error in errors.items()
    )
    if explains(lost_digits(model, data) * peer.ROUNDING * change):
        return "its mass matrix: movements with little inertia of their own, or nearly alike, lose digits of the change of velocity"
    if explains(peer.ROUNDING * pressed(model, data)):
        return "contacts that press hard: of their forces, or of what those do about joints, little is left"
    return None


def changed(model, change):
    """A model with other `CONSTANTS`."""
    other = copy.copy(model)
    for name in CONSTANTS:
        getattr(other, name)[:] = change(getattr(other, name))
    return other


def lost_digits(model, data):
    """By how much solving with the mass matrix enlarges f32's rounding. A hinge's entry is a difference: MuJoCo, and gpu-ec as it
    does, sum inertias about the centre of mass of the whole tree. Movements that are nearly alike make the matrix nearly singular."""
    inertia = mass_matrix(model, data)
    own, body = np.maximum(np.diag(inertia), 1e-30), model.dof_bodyid
    centre = data.subtree_com[model.body_rootid[body]]
    far = ((data.xanchor[model.dof_jntid] - centre) ** 2 + (data.subtree_com[body] - centre) ** 2).sum(axis=1)
    turns = model.jnt_type[model.dof_jntid] == mujoco.mjtJoint.mjJNT_HINGE
    difference = 1 + np.where(turns, model.body_subtreemass[body] * far, 0) / own
    return difference.max() / smallest(inertia)


def pressed(model, data):
    """The largest change of velocity in a step, if no push of a constraint took back what another does, and contacts pushed joints
    with their whole arms: a contact along whose normal joints can hardly move presses as hard as its impedance lets it. Rows that pull
    resist the change."""
    rows = jacobian(model, data)
    pulls = data.efc_D * (data.efc_state == int(mujoco.mjtConstraintState.mjCNSTRSTATE_QUADRATIC))
    resistance = mass_matrix(model, data) + rows.T @ (pulls[:, None] * rows)
    pushes = np.maximum(np.abs(rows), arms(model, data)).T @ np.abs(data.efc_force)
    return (np.abs(np.linalg.inv(resistance)) @ pushes).max(initial=0) * model.opt.timestep


def arms(model, data):
    """What the rows of contacts are summed from, `[nefc, nv]`, m: the distances of contact and joint from the tree's centre of mass,
    about which MuJoCo and gpu-ec work out what a force does, where the joint turns one of the two that touch."""
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
    """Which dofs move a body."""
    above = set()
    while body:
        above.add(body)
        body = model.body_parentid[body]
    return np.isin(model.dof_bodyid, list(above))
