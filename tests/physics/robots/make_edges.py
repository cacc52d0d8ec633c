"""States at the edges of what can be computed, and where each is after 1 and after 100 steps, made with MuJoCo.

    .venv/bin/python tests/physics/robots/make_edges.py          # writes tests/physics/robots/edges/tables.npz; `make peer-venv` makes .venv

The robots are those of tests/physics/robots/edges: sites and centres at the same place, contacts without friction, fast
spins, movements nearly alike, stiff rows that hold each other. Arrays are as in make_tables.py; where 100 steps are more than MuJoCo itself can do, `sens` is infinite.
"""

import itertools
import pathlib

import mujoco
import numpy as np
from make_tables import TRIES, advance, single
from make_tables import moved as moved_anywhere

FOLDER = pathlib.Path(__file__).parent


def moved(x, rng):
    """Moved by rounding; what is exactly 0 stays, so that sites at the same place remain there."""
    return np.where(x == 0, x, moved_anywhere(x, rng))


def starts(name, model, rng):
    """Rows of qpos, qvel, ctrl."""
    at_rest = (model.qpos0, np.zeros(model.nv))
    if name == "spin":
        for speed in (0.0, 1e-3, 75.0, 100.0, 150.0, 300.0, 1000.0, -300.0):
            qvel = np.zeros(model.nv)
            qvel[4] = speed
            yield model.qpos0, qvel, np.zeros(model.nu)
        for speed in (0.3, 1.0, 20.0):
            qvel = np.append(np.zeros(3), speed * rng.normal(size=3))
            yield model.qpos0, np.append(qvel, 0.0), rng.uniform(-1, 1, model.nu)
    elif name == "coincident":
        yield *at_rest, np.zeros(0)
        yield model.qpos0, 0.3 * rng.normal(size=model.nv), np.zeros(0)
    elif model.nkey:
        rows = 24 // model.nkey
        for key, row in itertools.product(range(model.nkey), range(rows)):
            qpos, qvel = model.key_qpos[key].copy(), model.key_qvel[key].copy()
            noise = 1e-3 * (row > 0) * rng.normal(size=(2, model.nv))
            mujoco.mj_integratePos(model, qpos, noise[0], 1)
            yield qpos, qvel + noise[1], rng.uniform(-1, 1, model.nu)
    else:
        for ctrl in (0.5, 0.0, -0.5, 1.0):
            yield *at_rest, np.full(model.nu, ctrl)
        if name.startswith("frictionless"):
            for row in range(20):
                data = mujoco.MjData(model)
                data.qpos[2] += 0.05 * (row % 3 == 0)
                data.qvel[:] = 0.3 * rng.normal(size=model.nv) * (row % 4 > 0)
                data.ctrl[:] = rng.uniform(-1, 1, model.nu)
                for _ in range(rng.integers(0, 150)):
                    mujoco.mj_step(model, data)
                yield data.qpos, data.qvel, data.ctrl


def table(name, model, rng):
    rows = []
    for start in starts(name, model, rng):
        qpos, qvel, ctrl = map(single, start)
        one = advance(model, qpos, qvel, ctrl, 1)
        dice = np.random.default_rng(len(rows))
        others = [advance(model, moved(qpos, dice), moved(qvel, dice), ctrl, 1) for _ in range(TRIES)]
        sens1 = [max(np.abs(other[k] - one[k]).max() for other in others) for k in (0, 1)]
        try:
            hundred = advance(model, qpos, qvel, ctrl, 100)
            tries = [advance(model, moved(qpos, rng), moved(qvel, rng), ctrl, 100) for _ in range(TRIES)]
            sens = [max(np.abs(other[k] - hundred[k]).max() for other in tries) for k in (0, 1)]
        except AssertionError:  # MuJoCo warns that the simulation is unstable
            hundred, sens = one, [np.inf, np.inf]
        rows.append((qpos, qvel, ctrl, *one, *hundred, sens1, sens))
    names = "qpos qvel ctrl next1_qpos next1_qvel next100_qpos next100_qvel sens1 sens".split()
    return {name: np.array(values) for name, values in zip(names, zip(*rows))}


def main():
    assert mujoco.__version__ == "3.17.0", mujoco.__version__
    tables = {}
    for index, path in enumerate(sorted((FOLDER / "edges").glob("*.xml"))):
        model = mujoco.MjModel.from_xml_path(str(path))
        model.opt.tolerance = 0
        model.opt.iterations = 200
        made = table(path.stem, model, np.random.default_rng(index))
        print(path.stem, len(made["qpos"]), "sens1", made["sens1"].max(axis=0), "sens", np.median(made["sens"], axis=0), made["sens"].max(axis=0))
        tables |= {f"{path.stem}/{name}": values for name, values in made.items()}
    np.savez_compressed(FOLDER / "edges/tables.npz", **tables)


if __name__ == "__main__":
    main()
