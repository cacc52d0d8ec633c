"""Checks of gymnasium_eval.py itself: python -m unittest discover -s tests/peer"""

import json
import math
import os
import tempfile
import unittest

import gymnasium
import numpy as np
from safetensors.numpy import save_file

import gymnasium_eval as peer

NETWORK = {
    "neurons": 64, "excitatory_ratio": 0.5, "dt_ms": 0.5, "sim_time_ms": 16.6, "tau_syn_ms": 5.0, "tau_mem_ms": 10.0,
    "tau_out_ms": 10.0, "gain_in": 0.1, "gain_hidden": 1.0, "gain_out": 5.0,
}  # fmt: skip


def ron(name, fields):
    return f"{name}({', '.join(f'{key}: {str(value).lower()}' for key, value in fields.items())})"


def checkpoint(task="Hopper(episode_length: 1000, integrator: Model)", d_obs=11, d_act=3, network=None, fill=None, d=None):
    """Write a random checkpoint (or one with rho = fill) and read it back."""
    rng = np.random.default_rng(7)
    fields = {**NETWORK, **(d or {})}
    n = fields["neurons"]
    rho = lambda *shape: np.full(shape, fill) if fill is not None else rng.random(shape)  # noqa: E731
    tensors = {
        "rho.input": rho(2 * d_obs + fields.get("bias_input", False), n),
        "rho.hidden": rho(n, n),
        "rho.output": rho(n, d_act),
        "normaliser.mean": rng.normal(size=d_obs) * 0.1,
        "normaliser.std": np.abs(rng.normal(size=d_obs)) * 0.02,  # some below the floor
    }
    metadata = {
        "format_version": "1", "task": task, "network": network or ron("Rsnn", fields), "algorithm": "Ec(population: 64)",
        "normaliser": "(members: 256, std_floor: 0.01, clip: 10.0)", "seed": "0", "generation": "3",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.safetensors")
        save_file(tensors, path, metadata)
        return peer.load(path), tensors


def scalar_step(tensors, fields, state, obs):
    """Do one environment step of one episode, neuron by neuron in float64, straight from the equations."""
    n, d_obs, d_act = fields["neurons"], len(obs), tensors["rho.output"].shape[1]
    v, i_syn, rate, spike = state
    x = [max(-10.0, min(10.0, (obs[i] - tensors["normaliser.mean"][i]) / max(tensors["normaliser.std"][i], 0.01))) for i in range(d_obs)]
    x = x + [-value for value in x] + ([1.0] if fields.get("bias_input") else [])
    r_in, r_hidden, r_out = 2 / math.sqrt(d_obs), 2 * math.sqrt(4 / n), 5 * math.sqrt(2 / n)
    drive = [r_in * sum(x[i] for i in range(len(x)) if tensors["rho.input"][i][j] > 0.5) for j in range(n)]
    a_syn, a = math.exp(-0.1), math.exp(-0.05)
    for _ in range(33):
        sums = [sum(spike[i] for i in range(n) if spike[i] and tensors["rho.hidden"][i][j] > 0.5) for j in range(n)]
        spike = [0] * n
        for j in range(n):
            i_syn[j] = a_syn * i_syn[j] + r_hidden * sums[j]
            v[j] = a * v[j] + (1 - a) * (i_syn[j] + drive[j])
            if v[j] > 1:
                v[j], spike[j] = 0.0, 1 if j < n // 2 else -1
            rate[j] = a * rate[j] + (1 - a) * spike[j] / 0.5
    out = [r_out * sum(rate[i] for i in range(n) if tensors["rho.output"][i][k] > 0.5) for k in range(d_act)]
    return (v, i_syn, rate, spike), [max(-1.0, min(1.0, value)) for value in out]


class NetworkTest(unittest.TestCase):
    def test_equals_the_scalar_float64_network(self):
        for fields in ({}, {"bias_input": True}, {"neurons": 96}):
            loaded, tensors = checkpoint(d=fields)
            fields = {**NETWORK, **fields}
            rng = np.random.default_rng(3)
            v0 = rng.random((2, fields["neurons"]), dtype=np.float32)
            network = peer.Network(loaded, v0)
            states = [([float(v) for v in row], *([0.0] * fields["neurons"] for _ in range(3))) for row in v0]
            moved = 0.0
            for _ in range(4):
                obs = rng.normal(size=(2, 11)) * 0.05
                actions = network.step(obs)
                for row in range(2):
                    states[row], expected = scalar_step(tensors, fields, states[row], obs[row])
                    np.testing.assert_allclose(actions[row], expected, atol=2e-5)
                    moved = max(moved, np.abs(expected).max())
            self.assertGreater(moved, 0.05, "the network was silent: nothing was compared")

    def test_a_wrong_kernel_is_seen(self):
        loaded, tensors = checkpoint()
        loaded.kernel_hidden = loaded.kernel_hidden.T.copy()
        v0 = np.random.default_rng(3).random((1, 64), dtype=np.float32)
        network, state = peer.Network(loaded, v0), ([float(v) for v in v0[0]], *([0.0] * 64 for _ in range(3)))
        worst, rng = 0.0, np.random.default_rng(3)
        for _ in range(4):
            obs = rng.normal(size=11) * 0.05
            state, expected = scalar_step(tensors, NETWORK, state, obs)
            worst = max(worst, np.abs(network.step(obs[None])[0] - expected).max())
        self.assertGreater(worst, 1e-3)


class HeaderTest(unittest.TestCase):
    def test_json_and_ron_headers_read_alike(self):
        for text in (ron("Rsnn", NETWORK), json.dumps(NETWORK), json.dumps({"Rsnn": NETWORK})):
            self.assertEqual(checkpoint(network=text)[0].network, NETWORK)
        for task in ("Hopper(episode_length: 1000)", '"hopper@1"', "hopper@1", '{"Hopper": {"episode_length": 1000}}'):
            self.assertEqual(checkpoint(task=task)[0].environment, "Hopper-v5")
        self.assertEqual(peer.parse_record("(a: Some(1.5), b: true, c: 1_000)"), ("", {"a": 1.5, "b": True, "c": 1000}))

    def test_a_wrong_shape_is_refused(self):
        with self.assertRaises(SystemExit):
            checkpoint(network=ron("Rsnn", {**NETWORK, "neurons": 128}))


class EpisodeTest(unittest.TestCase):
    def test_an_empty_network_is_the_zero_action(self):
        result = peer.evaluate(checkpoint(fill=0.5)[0], 3, 11)
        env, returns = gymnasium.make("Hopper-v5"), []
        for seed in (11, 12, 13):
            env.reset(seed=seed)
            total, done = 0.0, False
            while not done:
                _, reward, terminated, truncated, _ = env.step(np.zeros(3, np.float32))
                total, done = total + reward, terminated or truncated
            returns.append(total)
        self.assertAlmostEqual(result["mean"], np.mean(returns), places=9)

    def test_every_environment_runs(self):
        for task, d_obs, d_act in (("Walker2d()", 17, 6), ("Humanoid()", 348, 17), ("InvertedPendulum()", 4, 1)):
            result = peer.evaluate(checkpoint(task=task, d_obs=d_obs, d_act=d_act)[0], 2, 0, euler=True)
            self.assertEqual(result["episodes"], 2)
            self.assertTrue(math.isfinite(result["mean"]))


class CompareTest(unittest.TestCase):
    def test_the_bars(self):
        mine = {"episodes": 128, "mean": 2000.0, "se": 10.0, "mean_length": 900.0, "se_length": 5.0}
        ours = {"episodes": 128, "mean": 2150.0, "std": 113.0, "mean_length": 880.0}
        self.assertTrue(peer.compare(mine, ours)[1])
        self.assertFalse(peer.compare(mine, {**ours, "mean": 2300.0})[1])
        self.assertTrue(peer.compare(mine, {**ours, "mean": 2300.0, "std": 3000.0})[1])
        self.assertFalse(peer.compare(mine, {**ours, "mean_length": 700.0})[1])
        self.assertFalse(peer.compare(mine, {**ours, "mean": math.nan})[1])


if __name__ == "__main__":
    unittest.main()
