"""Writes assets/reference/enu.json: steps of evolvable units and of a network of them in f64, for tests/networks/enu_golden.rs.

Needs numpy (made with 2.4.6). All rows of a kind are one batch, as in Extended Data 6 of Bertens and Lee (2020): a matrix of
connections copies rows of channels to synapses, and sums those of a neuron. Weights and inputs follow from `drawn`, which the
test has too; the table holds only what comes out, at every step: memory, outputs and cells of a unit, votes of a network.
"""
import json
import pathlib
import zlib

import numpy as np

M, O, I, STEPS, TICKS = 32, 16, 16, 8, 4


def drawn(name, count):
    """Numbers in [-1, 1) by a hash of the name and the index; exact in f32."""
    x = (np.arange(1, count + 1, dtype=np.uint64) * 2654435761 + zlib.crc32(name.encode())) % 2**32
    for shift, factor in ((15, 2246822519), (13, 3266489917)):
        x = ((x ^ (x >> np.uint64(shift))) * factor) % 2**32
    return (x >> np.uint64(8)).astype(np.float64) / 2**23 - 1.0


def matrix(name, rows, cols):
    return 0.25 * drawn(name, rows * cols).reshape(rows, cols)


def sigmoid(x):
    return 0.5 * np.tanh(0.5 * x) + 0.5


class Units:
    """A batch of units with one chromosome, whose matrices are called by `kind` and what they are."""

    def __init__(self, law, kind, count):
        lines = M + I + (O if law == "enu" else 0)
        gates = ["forget", "input", "candidate", "output"] if law == "lstm" else ["reset", "update", "candidate"]
        self.w = {gate: matrix(kind + gate, lines, M) for gate in gates}
        if law in ("enu", "nfenu"):
            self.w["read_out"] = matrix(kind + "read_out", M, O)
        self.law, self.h, self.o, self.c = law, np.zeros((count, M)), np.zeros((count, O)), np.zeros((count, M))

    def step(self, x):
        fed = np.concatenate([self.o, x], axis=1) if self.law == "enu" else x
        heard = np.concatenate([self.h, fed], axis=1)
        if self.law == "lstm":
            f, i, o = (sigmoid(heard @ self.w[gate] + offset) for gate, offset in (("forget", 1), ("input", 0), ("output", 0)))
            self.c = f * self.c + i * np.tanh(heard @ self.w["candidate"])
            self.h = o * np.tanh(self.c)
        else:
            r, z = sigmoid(heard @ self.w["reset"]), sigmoid(heard @ self.w["update"])
            q = np.tanh(np.concatenate([r * self.h, fed], axis=1) @ self.w["candidate"])
            self.h = self.h + z * (q - self.h)
        self.o = np.clip(self.h @ self.w["read_out"], 0, 1) if "read_out" in self.w else self.h[:, :O]


def unit(law):
    units, out = Units(law, "", 1), {name: [] for name in ("hoc" if law == "lstm" else "ho")}
    for step in range(STEPS):
        x = np.zeros((1, I))
        x[0, :4] = drawn(f"seen {step}", 4)
        units.step(x)
        for name in out:
            out[name] += getattr(units, name)[0].tolist()
    return out


def network():
    """Six neurons, three of them outputs; three sensors, food and poison."""
    connect = np.zeros((48, 10))      # to a synapse, from neurons 0 to 5, sensors 6 to 8, the reward 9
    belong = np.kron(np.eye(6), np.ones((8, 1)))
    for neuron in range(6):
        k, own, other = neuron % 3, neuron // 3 * 3, 3 - neuron // 3 * 3
        mates, others = [own + (k + 1) % 3, own + (k + 2) % 3], [other + k, other + (k + 1) % 3]
        heard = mates + others if neuron < 3 else others + mates
        for s, row in enumerate([6 + k, 6 + (k + 1) % 3, *heard, 9, neuron]):
            connect[8 * neuron + s, row] = 1
    synapses, neurons, votes = Units("enu", "synapse ", 48), Units("enu", "body ", 6), []
    for step in range(STEPS):
        seen, rows = drawn(f"seen {step}", 5), np.zeros((10, 8))
        rows[6:9, 0], rows[9, 1:3] = seen[:3], seen[3:]
        vote = np.zeros(3)
        for _ in range(TICKS):
            rows[:6] = neurons.o[:, :8]
            synapses.step(np.concatenate([connect @ rows, belong @ neurons.o[:, :8]], axis=1))
            neurons.step(belong.T @ synapses.o)
            vote += neurons.o[3:, 0]
        votes += vote.tolist()
    return {"votes": votes, "h": neurons.h.ravel().tolist(), "o": synapses.o.ravel().tolist()}


if __name__ == "__main__":
    tables = {law: unit(law) for law in ("enu", "nfenu", "gru", "lstm")} | {"network": network()}
    rounded = {name: {key: [float(f"{x:.9g}") for x in values] for key, values in table.items()} for name, table in tables.items()}
    path = pathlib.Path(__file__).parents[2] / "assets/reference/enu.json"
    path.write_text(json.dumps(rounded, separators=(",", ":")) + "\n")
