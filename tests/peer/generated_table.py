"""Write generated robots for `tests/physics/robots.rs`: XML, MuJoCo's constants, starts, and the state after one step.

    .venv/bin/python tests/peer/generated_table.py        # writes tests/physics/robots/generated.npz

`seeds` and `rows` hold one number per robot. `xml` and `model` are the bytes of all robots, separated by a 0. `qpos qvel act
ctrl next_qpos next_qvel next_act` hold consecutive rows, with lengths given by the models. `sens` is `[rows, 3]`: the largest
change of positions, velocities (relative to 1 + |v|) and activations caused by f32's rounding of the start.
"""

import json
import pathlib

import mujoco
import numpy as np

import generated
import rollout_mujoco as peer
from dump_models import constants
from random_states import states

FILE = pathlib.Path(__file__).parent.parent / "robots/generated.npz"
# Every kind with every oddity, and some without any.
SEEDS = range(0, 60 * 7, 7)
ROWS = 6
TRIES = 12


def short(value):
    """Round to twelve digits, the precision to which constants are compared."""
    if isinstance(value, float):
        return float(f"{value:.13g}")
    if isinstance(value, dict):
        return {name: short(item) for name, item in value.items()}
    return [short(item) for item in value] if isinstance(value, list) else value


def robot(seed):
    made, model = generated.make(seed)
    text = json.dumps(short(constants(model)), separators=(",", ":"))
    start = generated.sound(model, states(made, model, ROWS))
    one, rows = peer.Robot(model), []
    for row in range(len(start["ctrl"])):
        state, ctrl = peer.at(generated.in_front(start), 0, row), start["ctrl"][row]
        end = one.step(state, ctrl)
        noise = peer.sensitivity(one, state, ctrl, None, end, TRIES)
        moved = {f"next_{name}": value for name, value in end.items()}
        rows.append(state | {"ctrl": ctrl} | moved | {"sens": np.array([noise.get(name, 0) for name in peer.STATE])})
    return made.xml, text, rows


def main():
    assert mujoco.__version__ == "3.17.0", mujoco.__version__
    mujoco.set_mju_user_warning(lambda message: None)
    xml, models, all_rows, counts = [], [], [], []
    for seed in SEEDS:
        text, model, rows = robot(seed)
        xml.append(text)
        models.append(model)
        counts.append(len(rows))
        all_rows += rows
    numbers = {name: np.concatenate([row[name] for row in all_rows]) for name in all_rows[0]}
    numbers["sens"] = np.array([float(f"{x:.2e}") for x in numbers["sens"]]).reshape(-1, 3)
    data = lambda texts: np.frombuffer("\0".join(texts).encode(), np.uint8)  # noqa: E731
    arrays = {"seeds": np.array(SEEDS), "rows": np.array(counts), "xml": data(xml), "model": data(models)}
    np.savez_compressed(FILE, **arrays, **numbers)
    print(FILE, FILE.stat().st_size, "bytes", len(all_rows), "rows")


if __name__ == "__main__":
    main()
