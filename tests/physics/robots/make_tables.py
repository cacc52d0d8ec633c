"""Tables of the robots in this folder and in `crowded/`, made with MuJoCo: states, and where each is after 1 and after 100 steps.

    .venv/bin/python tests/physics/robots/make_tables.py          # writes their tables.npz; `make peer-venv` makes .venv

Rows of `<robot>/qpos qvel ctrl` are states that f32 represents exactly, the first eight near the robot's start, the others from a
rollout. Newton runs at tolerance 0. `next1_*`, `next100_*`: the state after 1 and 100 steps of the model's own integrator, ctrl
held. `sens`: the largest change of qpos and qvel at step 100 over four tries in which the start is moved by rounding of f32.
In `crowded/` the state is moved so before every step, as arithmetic in f32 does: many stiff contacts at once feel it. States where
that is a velocity above 1e-3 are left out: there the rounding of f64 shows as well, and MuJoCo differs from itself.
"""

import pathlib

import mujoco
import numpy as np

FOLDER = pathlib.Path(__file__).parent
ROWS = 24
TRIES = 4
EPS = 2.0**-24
CHAOTIC = 1e-3


def single(x):
    return np.asarray(x, np.float32).astype(np.float64)


def near_start(model, rng):
    """The robot's start, moved and pushed a little. Lengths are in units of the bodies' size."""
    size = max(model.geom_rbound.max(), 1e-3)
    speed = np.sqrt(9.81 * size)
    qpos, qvel = model.qpos0.copy(), np.zeros(model.nv)
    for joint in range(model.njnt):
        q, v, kind = model.jnt_qposadr[joint], model.jnt_dofadr[joint], model.jnt_type[joint]
        if kind == mujoco.mjtJoint.mjJNT_FREE:
            qpos[q : q + 3] += 0.2 * size * rng.uniform(-1, 1, 3)
            qpos[q + 3 : q + 7] += 0.2 * rng.normal(size=4)
            qpos[q + 3 : q + 7] /= np.linalg.norm(qpos[q + 3 : q + 7])
            qvel[v : v + 3] = 0.5 * speed * rng.normal(size=3)
            qvel[v + 3 : v + 6] = 0.5 * speed / size * rng.normal(size=3)
        elif kind == mujoco.mjtJoint.mjJNT_SLIDE:
            qpos[q] += 0.2 * size * rng.uniform(-1, 1)
            qvel[v] = 0.5 * speed * rng.normal()
        else:
            qpos[q] += 0.4 * rng.uniform(-1, 1)
            qvel[v] = 0.5 * speed / size * rng.normal()
    return qpos, qvel


def state(model, rng, rolled):
    qpos, qvel = near_start(model, rng)
    if rolled:
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:] = qpos, qvel
        for step in range(rng.integers(20, 250)):
            if step % 20 == 0:
                data.ctrl[:] = rng.uniform(-1, 1, model.nu)
            mujoco.mj_step(model, data)
        qpos, qvel = data.qpos, data.qvel
    return single(qpos), single(qvel), single(rng.uniform(-1.2, 1.2, model.nu))


def advance(model, qpos, qvel, ctrl, steps, rng=None):
    """The state after so many steps; `rng`: moved by rounding of f32 before each of them."""
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:], data.ctrl[:] = qpos, qvel, ctrl
    for _ in range(steps):
        if rng is not None:
            data.qpos[:], data.qvel[:] = moved(data.qpos, rng), moved(data.qvel, rng)
        mujoco.mj_step(model, data)
    assert np.isfinite(data.qpos).all() and not data.warning.number.any(), "the rollout is sound"
    return data.qpos.copy(), data.qvel.copy()


def moved(x, rng):
    return x + EPS * np.maximum(np.abs(x), 2.0**-10) * rng.uniform(-1, 1, x.shape)


def table(model, rng, crowded):
    rows = []
    while len(rows) < ROWS:
        qpos, qvel, ctrl = state(model, rng, rolled=len(rows) >= 8)
        one, hundred = (advance(model, qpos, qvel, ctrl, steps) for steps in (1, 100))
        if crowded:
            tries = [advance(model, qpos, qvel, ctrl, 100, rng) for _ in range(TRIES)]
        else:
            tries = [advance(model, moved(qpos, rng), moved(qvel, rng), ctrl, 100) for _ in range(TRIES)]
        sens = [max(np.abs(other[k] - hundred[k]).max() for other in tries) for k in (0, 1)]
        if sens[1] < CHAOTIC:
            rows.append((qpos, qvel, ctrl, *one, *hundred, sens))
    names = "qpos qvel ctrl next1_qpos next1_qvel next100_qpos next100_qvel sens".split()
    return {name: np.array(values) for name, values in zip(names, zip(*rows))}


def main():
    assert mujoco.__version__ == "3.17.0", mujoco.__version__
    for folder in (FOLDER, FOLDER / "crowded"):
        write(folder)


def write(folder):
    tables = {}
    for index, path in enumerate(sorted(folder.glob("*.xml"))):
        model = mujoco.MjModel.from_xml_path(str(path))
        model.opt.tolerance = 0
        made = table(model, np.random.default_rng(index), folder != FOLDER)
        print(path.stem, "nv", model.nv, "sens", np.median(made["sens"], axis=0), made["sens"].max(axis=0))
        tables |= {f"{path.stem}/{name}": values for name, values in made.items()}
    np.savez_compressed(folder / "tables.npz", **tables)


if __name__ == "__main__":
    main()
