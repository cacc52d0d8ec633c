"""Write assets/reference/arm_gradient.npz: reverse-mode gradients of the embodied arm, from JAX in f64.

    python tests/peer/arm_gradient.py assets/reference/arm_gradient.npz     (jax, numpy)

The model is that of src/algorithms/forward_sensitivity and tests/support/arm.rs (Brand 2024): 2-24-2 leaky integrate-and-fire
neurons, stimulation counters, two Hill muscles and a hinge, Euler's method with implicit damping. Spikes are steps with surrogate
derivative 1 / (1 + |x|)^2 (gradient_spiking), or 0.5 + x / (1 + |x|) (gradient_smooth). The loss is the sum of squared angles
after each of 20 macro steps; gradients are with respect to w_out.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

N, STEPS, TICKS, DT, STEP = 24, 20, 5, 0.25, 1.25e-3
ALPHA, BETA = np.exp(-DT / 5.0), np.exp(-DT / 10.0)
ON, OFF, HOLD = np.exp(-DT / 10.0), np.exp(-DT / 40.0), 120.0
INERTIA, DAMPING, WEIGHT = 3.3333333e-8 + 1e-7 + 1e-6, 4.3e-5, 1e-3 * 9.81 * 0.01
C1, C2 = 2e-3, 12e-3
WHOLE = np.hypot(C1, C2)
SLACK, OPTIMAL = 0.75 * WHOLE, 0.25 * WHOLE


def spikes(smooth):
    if smooth:
        return lambda x: 0.5 + x / (1 + jnp.abs(x))

    @jax.custom_vjp
    def step(x):
        return (x >= 0).astype(x.dtype)

    step.defvjp(lambda x: (step(x), x), lambda x, ct: (ct / (1 + jnp.abs(x)) ** 2,))
    return step


def current(rate):
    rheobase = (1 - BETA) / DT
    return rheobase / (1 - np.exp(-100.0 / rate)) * (1 - ALPHA)


def loss(w_out, w_in, w_rec, state, smooth):
    spike = spikes(smooth)
    low, slope = current(10.0), (current(100.0) - current(10.0)) / 0.6

    def tick(s, _):
        u1, i1, u2, i2, u3, i3, held, act, th, om = s
        s1, s2, s3 = spike(u1 - 1), spike(u2 - 1), spike(u3 - 1)
        ways = jnp.stack([th, -th])
        drive = jnp.where(ways > 0.01, low + slope * jnp.minimum(ways, 0.6), 0.0)
        membrane = lambda u, i, z: (1 - z) * (BETA * u + DT * i)
        held = (1 - s3) * jnp.maximum(held - 1, -1.0) + s3 * HOLD
        on = spike(held)
        act = on * (1 - (1 - act) * ON) + (1 - on) * act * OFF
        new = (membrane(u1, i1, s1), ALPHA * i1 + drive, membrane(u2, i2, s2), ALPHA * i2 + s1 @ w_in + s2 @ w_rec,
               membrane(u3, i3, s3), ALPHA * i3 + s2 @ w_out, held, act, th, om)
        return new, None

    def macro(carry, _):
        s, total = carry
        s, _ = jax.lax.scan(tick, s, None, length=TICKS)
        *rest, act, th, om = s
        side = jnp.array([1.0, -1.0])
        length = jnp.sqrt(C1**2 + C2**2 + 2 * C1 * C2 * jnp.sin(side * th))
        arm = C1 * C2 * jnp.cos(side * th) / length
        l, v = (length - SLACK) / OPTIMAL, arm * side * om / (10 * OPTIMAL)
        f_v = jnp.maximum(1 + jnp.arctan(10 * v) / 1.5, 0.0)
        f_p = jnp.where(l > 1, (l - 1) ** 2, 0.0)
        force = 0.1 * (jnp.exp(-(((l - 1) / 0.5) ** 2)) * f_v * act + f_p)
        torque = -(side * arm * force).sum()
        om = om + STEP / (INERTIA + STEP * DAMPING) * (torque + WEIGHT * jnp.sin(th) - DAMPING * om)
        th = th + STEP * om
        return ((*rest, act, th, om), total + th**2), None

    (_, total), _ = jax.lax.scan(macro, (state, jnp.zeros(())), None, length=STEPS)
    return total


def main(path):
    rng = np.random.default_rng(5)
    draw = lambda size, low, high: rng.uniform(low, high, size)
    w_in = draw((2, N), -1, 1)
    w_rec = draw((N, N), -0.15, 0.15) * (rng.random((N, N)) < 0.5)
    w_out = draw((N, 2), -0.05, 0.05)
    names = ["u_in", "i_in", "u", "i", "u_out", "i_out", "held", "act"]
    values = [draw(2, 0, 1.2), draw(2, 0, 0.2), draw(N, 0, 1.2), draw(N, 0, 0.3), draw(2, 0.3, 1.2), draw(2, 0, 0.3),
              np.array([60.0, 40.0]), draw(2, 0.2, 0.6)]
    body = np.array([0.5, 0.02])
    state = (*map(jnp.array, values), jnp.array(body[0]), jnp.array(body[1]))
    arrays = {name: value[None, :] for name, value in zip(names, values)} | {"body": body[None, :]}
    for name, smooth in [("gradient_smooth", True), ("gradient_spiking", False)]:
        gradient = jax.grad(lambda w: loss(w, w_in, w_rec, state, smooth))(jnp.array(w_out))
        arrays[name] = np.array(gradient)
        print(name, "norm", np.linalg.norm(gradient))
    np.savez_compressed(path, w_in=w_in, w_rec=w_rec, w_out=w_out, **arrays)


if __name__ == "__main__":
    main(sys.argv[1])
