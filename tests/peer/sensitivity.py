"""How far f32's rounding of a start can move each row of golden files, and how far their solver is from converged.

    .venv/bin/python tests/peer/sensitivity.py assets/reference

Adds arrays to `*_states.npz` and `*_env.npz` of a folder; all other arrays keep their bytes. MuJoCo steps each row from
several starts that differ by noise of the size of f32's rounding (`noisy` of `rollout_mujoco.py`). Transitions are stepped with the
file's own solver and to convergence. `tests/physics/golden.rs` widens the bar of rows that these effects alone exceed, and counts them.
"""

import io
import pathlib
import sys
import zipfile

import mujoco
import numpy as np

import rollout_mujoco as peer

TRIES = 6
# How closely a file's own numbers must be reproduced; otherwise it belongs to another model.
SAME = 1e-6


def model_of(folder, name):
    """Find a robot: Gymnasium's in its package, others next to the golden data."""
    own = folder / f"{name}.xml"
    return mujoco.MjModel.from_xml_path(str(own)) if own.exists() else peer.Task(name).model


def column(rows, width):
    """Round to three digits, which are enough and take less space."""
    return np.array([[float(f"{x:.2e}") for x in np.atleast_1d(row)] for row in rows]).reshape(len(rows), width)


class Evaluation(peer.Robot):
    """A forward evaluation: acceleration and contacts."""

    def inside(self, state, ctrl):
        mujoco.mj_resetData(self.model, self.data)
        for name in peer.STATE:
            getattr(self.data, name)[:] = state[name]
        self.data.ctrl[:] = ctrl
        mujoco.mj_forward(self.model, self.data)
        contacts = [(tuple(sorted(c.geom)), c.dist, c.pos.copy()) for c in self.data.contact[: self.data.ncon]]
        scale = np.linalg.norm(self.data.qacc) + np.linalg.norm(self.data.qacc_smooth)
        return {"qacc": self.data.qacc.copy(), "scale": scale, "contacts": contacts}


def difference(one, other):
    """Compare two evaluations: acceleration (README's measure), contact distances and places; infinite if contacts differ."""
    left, apart, away = list(other["contacts"]), 0.0, 0.0
    for geoms, dist, pos in one["contacts"]:
        same = [n for n, contact in enumerate(left) if contact[0] == geoms]
        if not same:
            return [np.linalg.norm(one["qacc"] - other["qacc"]) / one["scale"], np.inf, np.inf]
        nearest = left.pop(min(same, key=lambda n: np.abs(left[n][2] - pos).max()))
        apart, away = max(apart, abs(nearest[1] - dist)), max(away, np.abs(nearest[2] - pos).max())
    contacts = [np.inf, np.inf] if left else [apart, away]
    return [np.linalg.norm(one["qacc"] - other["qacc"]) / one["scale"], *contacts]


def starts(golden, row):
    return {name: golden[name][row] if name in golden else np.zeros(0) for name in peer.STATE}


def tries(state):
    rng = np.random.default_rng(1)
    return [peer.noisy(state, rng) for _ in range(TRIES)]


def of_states(folder, file, golden):
    """Return `qacc_sens [N, 3]` (acceleration, distance and place of contacts), `next1_own_sens`, `next1_euler_sens [N, 2 or 3]`."""
    name = file.stem.removesuffix("_states")
    model = model_of(folder, name.removesuffix("_rk4"))
    if name.endswith("_rk4"):
        model.opt.integrator = mujoco.mjtIntegrator.mjINT_RK4
    peer.solve_to_convergence(model)
    one, made = Evaluation(model), {}
    inside = []
    for row in range(len(golden["qpos"])):
        state, ctrl = starts(golden, row), golden["ctrl"][row]
        middle = one.inside(state, ctrl)
        inside.append(np.max([difference(middle, one.inside(other, ctrl)) for other in tries(state)], axis=0))
    made["qacc_sens"] = column(inside, 3)
    for kind in ("own", "euler"):
        if kind == "euler":
            model.opt.integrator = mujoco.mjtIntegrator.mjINT_EULER
        if f"next1_{kind}_qpos" in golden:
            made[f"next1_{kind}_sens"] = steps(one, golden, kind)
    return made


def steps(one, golden, kind):
    rows = []
    for row in range(len(golden["qpos"])):
        state, ctrl = starts(golden, row), golden["ctrl"][row]
        expected = one.step(state, ctrl)
        again = max(np.abs(expected[name] - golden[f"next1_{kind}_{name}"][row]).max(initial=0) for name in ("qpos", "qvel"))
        assert again < SAME, f"row {row}: {again:.1e} from what the file says: it is of another model"
        errors = [one.errors(one.step(other, ctrl), expected) for other in tries(state)]
        rows.append([max(error[name] for error in errors) for name in one.bars])
    return column(rows, len(one.bars))


class Environment(peer.Task):
    """Gymnasium's environment with a row's warm start."""

    warm = None

    def __init__(self, name):
        super().__init__(name)
        forward = self.env.set_state

        def set_state(qpos, qvel):
            forward(qpos, qvel)
            self.env.data.qacc_warmstart[:] = self.warm

        self.env.set_state = set_state

    def step(self, state, ctrl, before=None):
        end = super().step(state, ctrl, before)
        return end | {"terms": np.array([value for value in self.info.values() if np.ndim(value) == 0], float)}

    def errors(self, found, expected):
        return super().errors(found, expected) | {"terms": np.abs(found["terms"] - expected["terms"]).max(initial=0)}


# Columns of `sens` and `unsolved`.
COLUMNS = ("qpos", "qvel", "reward", "obs", "contact forces", "terms", "terminated")


def of_transitions(folder, file, golden):
    """Return `sens` and `unsolved [N, 7]`, with the columns `COLUMNS`."""
    env = Environment(file.stem.removesuffix("_env"))
    option = env.model.opt
    own = (option.solver, option.iterations, option.tolerance)
    sens, unsolved = [], []
    for row in range(len(golden["qpos"])):
        env.warm = golden["qacc_warmstart"][row]
        state, action = {"qpos": golden["qpos"][row], "qvel": golden["qvel"][row]}, golden["action"][row]
        option.solver, option.iterations, option.tolerance = own
        theirs = env.step(state, action)
        again = np.abs(theirs["qpos"] - golden["next_qpos"][row]).max()
        assert again < SAME, f"row {row}: {again:.1e} from what the file says: it is of another model"
        peer.solve_to_convergence(env.model)
        middle = env.step(state, action)
        unsolved.append(env.errors(theirs, middle))
        errors = [env.errors(env.step(other, action), middle) for other in tries(state)]
        sens.append({name: max(error[name] for error in errors) for name in COLUMNS})
    rows = lambda made: column([[row[name] for name in COLUMNS] for row in made], len(COLUMNS))  # noqa: E731
    return {"sens": rows(sens), "unsolved": rows(unsolved)}


def add(file, arrays):
    """Rewrite the file with these arrays; all others keep their bytes."""
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    new = file.with_suffix(".new")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name, content in members.items():
            if name.removesuffix(".npy") not in arrays:
                out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
        for name, values in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, values, allow_pickle=False)
            out.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), zipfile.ZIP_DEFLATED, 9)
    new.replace(file)


def main(folder):
    mujoco.set_mju_user_warning(lambda message: None)
    folder = pathlib.Path(folder)
    for suffix, of in (("states", of_states), ("env", of_transitions)):
        for file in sorted(folder.glob(f"*_{suffix}.npz")):
            with np.load(file) as arrays:
                made = of(folder, file, dict(arrays))
            add(file, made)
            print(file.name, {name: [f"{x:.1e}" for x in values.max(0)] for name, values in made.items()}, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
