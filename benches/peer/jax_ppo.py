"""PPO as researchers write it for one machine: JAX for the networks, Gymnasium's own Hopper for the bodies.

    .venv/bin/python benches/peer/jax_ppo.py --network mlp --iterations 20      # frames per CPU-second

The loop is the usual one of single-file implementations: a synchronous vector of environments steps on the host, the network
acts in a compiled function, and compiled updates go over shuffled minibatches. Sizes, epochs and networks are those of
`hopper_ppo` (Mlp) or of `--set "network=Gru(units: 64)"` (gru): 32 environments x 64 steps, 8 minibatches, 8 epochs, 64 units, a value
network of two layers of 64. The first two iterations, which compile, are not counted. Needs jax and gymnasium[mujoco].
"""

import argparse
import time

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

ENVIRONMENTS, HORIZON, BPTT, MINIBATCHES, UNITS = 32, 64, 16, 8, 64
DISCOUNT, LAMBDA, CLIP, NORM, RATE = 0.99, 0.95, 0.2, 0.5, 1e-3


def first_parameters(key, network, d_obs, d_act):
    keys = iter(jax.random.split(key, 16))
    weights = lambda *shape: jax.random.normal(next(keys), shape) / np.sqrt(shape[0])
    lines = d_obs + (UNITS if network == "gru" else 0)
    policy = {"w": weights(lines, (3 if network == "gru" else 1) * UNITS), "b": jnp.zeros((3 if network == "gru" else 1) * UNITS)}
    policy |= {"out": 0.1 * weights(UNITS, d_act), "log_std": jnp.full(d_act, -0.5)}
    value = {"w1": weights(d_obs, 64), "b1": jnp.zeros(64), "w2": weights(64, 64), "b2": jnp.zeros(64), "w3": weights(64, 1)}
    return {"policy": policy, "value": value}


def step(network, policy, hidden, x):
    """One step of the policy: its next state, and the mean action."""
    if network == "mlp":
        return hidden, jnp.tanh(x @ policy["w"] + policy["b"]) @ policy["out"]
    d_obs, n = x.shape[-1], UNITS
    sums = x @ policy["w"][:d_obs] + policy["b"]
    back = hidden @ policy["w"][d_obs:]
    reset, update = jax.nn.sigmoid(sums[..., :n] + back[..., :n]), jax.nn.sigmoid(sums[..., n : 2 * n] + back[..., n : 2 * n])
    candidate = jnp.tanh(sums[..., 2 * n :] + reset * back[..., 2 * n :])
    hidden = candidate + update * (hidden - candidate)
    return hidden, hidden @ policy["out"]


def value_of(value, x):
    return (jnp.tanh(jnp.tanh(x @ value["w1"] + value["b1"]) @ value["w2"] + value["b2"]) @ value["w3"])[..., 0]


def log_density(policy, mean, action):
    z = (action - mean) / jnp.exp(policy["log_std"])
    return (-0.5 * z * z - policy["log_std"] - 0.5 * np.log(2 * np.pi)).sum(-1)


def loss(parameters, network, batch):
    def one(hidden, now):
        x, begins = now
        return step(network, parameters["policy"], jnp.where(begins[:, None], 0.0, hidden), x)

    _, means = jax.lax.scan(one, batch["hidden"], (batch["x"], batch["begins"]))
    ratio = jnp.exp(log_density(parameters["policy"], means, batch["action"]) - batch["log_density"])
    gain = jnp.minimum(ratio * batch["advantage"], jnp.clip(ratio, 1 - CLIP, 1 + CLIP) * batch["advantage"]).mean()
    return 0.5 * ((value_of(parameters["value"], batch["x"]) - batch["target"]) ** 2).mean() - gain


def updating(network):
    tree = jax.tree.map

    @jax.jit
    def update(parameters, moments, batch):
        gradient = jax.grad(loss)(parameters, network, batch)
        length = jnp.sqrt(sum((leaf**2).sum() for leaf in jax.tree.leaves(gradient)))
        gradient = tree(lambda g: g * jnp.minimum(1.0, NORM / length), gradient)
        count, mean, square = moments
        mean = tree(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = tree(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)
        count += 1
        move = lambda p, m, v: p - RATE * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-5)
        return tree(move, parameters, mean, square), (count, mean, square)

    return update


def advantages(rewards, values, fell, cut):
    estimate, after = np.zeros_like(rewards), 0.0
    for t in reversed(range(HORIZON)):
        error = (1 - cut[t]) * (rewards[t] + DISCOUNT * (1 - fell[t]) * values[t + 1] - values[t])
        estimate[t] = after = error + DISCOUNT * LAMBDA * (1 - fell[t]) * (1 - cut[t]) * after
    return estimate


def sequences(array):
    """[horizon, environments, ...] as [bptt, sequences, ...]."""
    parts = array.reshape(HORIZON // BPTT, BPTT, ENVIRONMENTS, *array.shape[2:])
    return np.moveaxis(parts, 1, 0).reshape(BPTT, -1, *array.shape[2:])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--network", choices=["mlp", "gru"], default="mlp")
    arguments.add_argument("--iterations", type=int, default=20)
    arguments.add_argument("--epochs", type=int, default=8)
    arguments = arguments.parse_args()
    make = lambda: gymnasium.make("Hopper-v5")
    environments = gymnasium.vector.SyncVectorEnv([make] * ENVIRONMENTS, autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP)
    observation, _ = environments.reset(seed=0)
    d_obs, d_act = observation.shape[1], environments.single_action_space.shape[0]
    parameters = first_parameters(jax.random.key(0), arguments.network, d_obs, d_act)
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    moments, update = (0, zeros, zeros), updating(arguments.network)
    act = jax.jit(lambda policy, hidden, x: step(arguments.network, policy, hidden, x))
    values = jax.jit(value_of)
    hidden, begins = jnp.zeros((ENVIRONMENTS, UNITS)), np.ones(ENVIRONMENTS, bool)
    random, started = np.random.default_rng(0), None
    for iteration in range(arguments.iterations + 2):
        if iteration == 2:
            started = time.perf_counter(), time.process_time()
        rows, starts = [], []
        for t in range(HORIZON):
            hidden = jnp.where(begins[:, None], 0.0, hidden)
            if t % BPTT == 0:
                starts.append(np.asarray(hidden))
            x = observation.astype(np.float32)
            hidden, mean = act(parameters["policy"], hidden, x)
            mean, spread = np.asarray(mean), np.exp(np.asarray(parameters["policy"]["log_std"]))
            action = mean + spread * random.normal(size=mean.shape)
            density = np.asarray(log_density(parameters["policy"], mean, action))
            observation, reward, fell, cut, _ = environments.step(np.clip(action, -1, 1))
            rows.append((x, action, density, reward, fell, cut, begins.copy()))
            begins = fell | cut
        x, action, density, reward, fell, cut, began = (np.asarray(column, np.float32) for column in zip(*rows))
        seen = np.asarray(values(parameters["value"], np.concatenate([x, observation[None].astype(np.float32)])))
        advantage = advantages(reward, seen, fell, cut)
        target, advantage = advantage + seen[:-1], (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        data = {"x": x, "action": action, "log_density": density, "advantage": advantage, "target": target, "begins": began > 0}
        data = {name: sequences(array) for name, array in data.items()} | {"hidden": np.concatenate(starts)[None]}
        for _ in range(arguments.epochs):
            for part in np.array_split(random.permutation(HORIZON // BPTT * ENVIRONMENTS), MINIBATCHES):
                batch = {name: array[:, part] for name, array in data.items()} | {"hidden": data["hidden"][0, part]}
                parameters, moments = update(parameters, moments, batch)
    jax.block_until_ready(parameters)
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    frames = arguments.iterations * HORIZON * ENVIRONMENTS
    print(f"{arguments.network}: {frames / wall:.0f} frames per second, {frames / cpu:.0f} per CPU-second")


if __name__ == "__main__":
    main()
