"""Writes assets/reference/networks/*.npz: steps of Flax's cells in f64, for tests/networks/rate.rs, and of the spiking network with
f32 weights in NumPy, for tests/networks/rsnn_f32.rs.

Needs flax and jax (made with flax 0.12.8, jax 0.10.2). Weights, observations and first states follow from `drawn`, which the test has too; the tables hold
only what comes out: the hidden vectors (and the LSTM's cells) [steps, units] and the actions before the clip [steps, d_act].
"""
import pathlib
import sys
import zlib

import jax
import numpy as np
from flax import linen as nn

jax.config.update("jax_enable_x64", True)
SIZES = {"small": (5, 32, 3), "published": (240, None, 17)}
STEPS = 4
# Names of our tensors by Flax's layers.
GRU = {("ir", "kernel"): "input_reset", ("ir", "bias"): "bias_reset", ("hr", "kernel"): "hidden_reset",
       ("iz", "kernel"): "input_update", ("iz", "bias"): "bias_update", ("hz", "kernel"): "hidden_update",
       ("in", "kernel"): "input_candidate", ("in", "bias"): "bias_candidate",
       ("hn", "kernel"): "hidden_candidate", ("hn", "bias"): "bias_hidden_candidate"}
GATES = {"i": "input", "f": "forget", "g": "candidate", "o": "output"}
LSTM = {key: name for gate, word in GATES.items() for key, name in
        {("i" + gate, "kernel"): f"input_{word}", ("h" + gate, "kernel"): f"hidden_{word}",
         ("h" + gate, "bias"): f"bias_{word}"}.items()}
RNN = {("i", "kernel"): "input", ("i", "bias"): "bias", ("h", "kernel"): "hidden"}
NETWORKS = {"gru": (nn.GRUCell, GRU, 256, 386_321), "lstm": (nn.OptimizedLSTMCell, LSTM, 128, 191_121),
            "rnn": (nn.SimpleCell, RNN, 256, 131_601), "mlp": (nn.Dense, {("kernel",): "input", ("bias",): "bias"}, 256, 66_065)}


def drawn(name, count):
    """Numbers in [-1, 1) by a hash of the name and the index; exact in f32."""
    x = (np.arange(1, count + 1, dtype=np.uint64) * 2654435761 + zlib.crc32(name.encode())) % 2**32
    for shift, factor in ((15, 2246822519), (13, 3266489917)):
        x = ((x ^ (x >> np.uint64(shift))) * factor) % 2**32
    return (x >> np.uint64(8)).astype(np.float64) / 2**23 - 1.0


def weight(name, shape):
    """Kernels give sums of order 1, biases are of order 1/4."""
    scale = 0.25 if len(shape) == 1 else np.float64(np.float32(np.sqrt(3 / shape[0])))
    return (scale * drawn(name, int(np.prod(shape)))).astype(np.float32).astype(np.float64).reshape(shape)


def steps(network, d_obs, units, d_act):
    cell_class, names, _, _ = NETWORKS[network]
    cell, head = cell_class(features=units, param_dtype=np.float64), nn.Dense(d_act, param_dtype=np.float64)
    first = drawn("hidden state", units).reshape(1, units)
    carry = (2 * drawn("cell state", units).reshape(1, units), first) if network == "lstm" else first
    x0 = np.zeros((1, d_obs))
    arguments = (x0,) if network == "mlp" else (carry, x0)
    params = cell.init(jax.random.PRNGKey(0), *arguments)["params"]
    ours = {("params", *key): weight(name, np.shape(leaf(params, key))) for key, name in names.items()}
    tree = {}
    for (_, *layers, last), value in ours.items():
        place = tree
        for layer in layers:
            place = place.setdefault(layer, {})
        place[last] = value
    assert jax.tree.structure(tree) == jax.tree.structure(dict(params)), "a parameter has no name"
    dense = {"params": {"kernel": weight("read_out", (units, d_act)), "bias": weight("bias_read_out", (d_act,))}}
    count = sum(np.size(x) for x in jax.tree.leaves([tree, dense]))
    hidden, cells, actions = [], [], []
    for step in range(STEPS):
        x = 2 * drawn(f"observation {step}", d_obs).reshape(1, d_obs)
        if network == "mlp":
            y = np.tanh(cell.apply({"params": tree}, x))
        else:
            carry, y = cell.apply({"params": tree}, carry, x)
        hidden.append(np.asarray(y)[0])
        cells.append(np.asarray(carry[0])[0] if network == "lstm" else np.zeros(0))
        actions.append(np.asarray(head.apply(dense, y))[0])
    return count, {"hidden": np.array(hidden), "cells": np.array(cells), "actions": np.array(actions)}


def spiking(d_obs, n, d_act):
    """Neurons of Evolving Connectivity's official code with f32 weights; spikes are 0 or 1."""
    w_in, w_h, w_out = (weight(name, shape) * np.sqrt(shape[0]) for name, shape in
                        (("input", (d_obs, n)), ("hidden", (n, n)), ("output", (n, d_act))))
    r_in, r_h, r_out = 0.1 * 10 * np.sqrt(2 / d_obs), 10 / 5 * np.sqrt(2 / n), 5 * np.sqrt(1 / n)
    a_syn, a_v = np.exp(-0.5 / 5), np.exp(-0.5 / 10)
    v, i_syn, rate, s = (drawn("membranes", n) + 1) / 2, np.zeros(n), np.zeros(n), np.zeros(n)
    v = v.astype(np.float32).astype(np.float64)
    margin, spikes, rates, membranes, actions = 1.0, [], [], [], []
    for step in range(3):
        drive, count = r_in * (2 * drawn(f"observation {step}", d_obs) @ w_in), 0
        for _ in range(33):
            i_syn = a_syn * i_syn + r_h * (s @ w_h)
            v = a_v * v + (1 - a_v) * (i_syn + drive)
            margin = min(margin, np.abs(v - 1).min())
            s = (v > 1).astype(np.float64)
            v = np.where(v > 1, 0, v)
            rate = a_v * rate + (1 - a_v) * s / 0.5
            count += int(s.sum())
        spikes.append(count), rates.append(rate), membranes.append(v), actions.append(r_out * (rate @ w_out))
    print("spikes", spikes, "nearest to the threshold:", margin)
    assert margin > 1e-5, "f32 may decide otherwise"
    return {"spikes": np.array(spikes), "rates": np.array(rates), "membranes": np.array(membranes), "actions": np.array(actions)}


def leaf(params, key):
    for name in key:
        params = params[name]
    return params


out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "assets/reference/networks")
for network, (_, _, published_units, published_count) in NETWORKS.items():
    arrays = {}
    for size, (d_obs, units, d_act) in SIZES.items():
        count, tables = steps(network, d_obs, units or published_units, d_act)
        assert size == "small" or count == published_count, f"{network}: {count} parameters"
        arrays |= {f"{size}_{name}": table for name, table in tables.items() if table.size}
    np.savez_compressed(out / f"{network}.npz", **arrays)
    print(network, {name: array.shape for name, array in arrays.items()})
np.savez_compressed(out / "rsnn_f32.npz", **spiking(5, 32, 3))
