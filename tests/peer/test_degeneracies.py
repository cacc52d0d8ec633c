"""Checks of degeneracies.py: python -m unittest discover -s tests/peer"""

import unittest

import mujoco
import numpy as np

import degeneracies
import generated
import rollout_mujoco as peer
from random_robots import KINDS, ODDITIES
from random_states import states

SLIPPERY = '<geom type="plane" size="1 1 1" friction="1e-4 0 0"/>'


def model_of(world):
    model = mujoco.MjModel.from_xml_string(f"<mujoco><worldbody>{world}</worldbody></mujoco>")
    peer.solve_to_convergence(model)
    return model


def at_rest(model):
    return {"qpos": model.qpos0.copy(), "qvel": np.zeros(model.nv), "act": np.zeros(0)}, np.zeros(0), None


class Reasons(unittest.TestCase):
    def test_light_beside_heavy_bodies_explain_what_their_ratio_allows(self):
        robot, model = generated.make(len(ODDITIES) * len(KINDS))
        start = generated.sound(model, states(robot, model, 8))
        mass = next(n for n in range(model.nbody) if model.body_mass[n])
        model.body_mass[mass] = 1e4 * model.body_mass[model.body_mass > 0].max()
        begin = peer.at(generated.in_front(start), 0, 1), start["ctrl"][1], None
        expected = peer.Robot(model).step(*begin)

        def reason(bars_off):
            found = {name: value.copy() for name, value in expected.items()}
            found["qpos"][0] += bars_off * peer.Robot(model).bars["qpos"]
            return degeneracies.degenerate(model, begin, found, expected)

        self.assertIn("masses that differ", reason(50))
        self.assertIsNone(reason(1e6))
        self.assertIsNone(reason(np.nan))

    def test_a_mass_matrix_of_which_f32_leaves_no_digit_explains_any_finite_error(self):
        def reason(base, off):
            # a trunk of so many kilograms that carries a limb of ten tonnes
            limb = '<body pos="0.5 0 0"><joint axis="0 1 0"/><geom size="0.1" pos="0.1 0 0" mass="1e4"/></body>'
            model = model_of(f'<body><freejoint/><geom size="0.1" mass="{base}"/>{limb}</body>')
            begin = at_rest(model)
            expected = peer.Robot(model).step(*begin)
            found = {name: value.copy() for name, value in expected.items()}
            found["qvel"][0] += off
            return degeneracies.degenerate(model, begin, found, expected)

        self.assertIn("no digit", reason(0.01, 10))
        self.assertIsNone(reason(0.01, np.inf))
        self.assertIsNone(reason(1, 10))

    def test_a_step_of_mujocos_with_what_f32_holds_of_the_constants_is_explained(self):
        # a capsule that is upright in f32; in f64 the last digits of `ref` tilt it, and its friction pyramid too
        joints = '<joint axis="1 2 0" ref="9.358" pos="0 0 -0.1"/><joint axis="1 0 1" type="slide"/>'
        capsule = '<geom type="capsule" size="0.1 0.1" pos="0.03 -0.1 0.05"/>'
        model = model_of(f'<geom type="plane" size="1 1 1"/><body pos="0 0 0.1">{joints}{capsule}</body>')
        begin = at_rest(model)
        begin[0]["qpos"] = begin[0]["qpos"].astype(np.float32).astype(float)
        expected = peer.Robot(model).step(*begin)
        held = degeneracies.changed(model, lambda values: values.astype(np.float32))
        found = peer.Robot(held).step(*begin)
        one = peer.Robot(model)
        self.assertGreater(one.errors(found, expected)["qvel"], 10 * one.bars["qvel"])
        self.assertIn("what f32 holds", degeneracies.degenerate(model, begin, found, expected))
        found["qvel"][1] += 10 * one.bars["qvel"]
        self.assertIsNone(degeneracies.degenerate(model, begin, found, expected))

    def test_a_step_of_mujocos_from_a_start_at_an_edge_is_explained(self):
        # a ball that touches the floor by less than f32 holds of its height
        model = model_of('<geom type="plane" size="1 1 1"/><body pos="0 0 0.1"><freejoint/><geom size="0.1"/></body>')
        begin = at_rest(model)
        begin[0]["qvel"][2] = -1
        one, above = peer.Robot(model), {name: value.copy() for name, value in begin[0].items()}
        begin[0]["qpos"][2], above["qpos"][2] = 0.1 - 1e-9, 0.1 + 1e-9
        expected, found = one.step(*begin), one.step(above, begin[1])
        self.assertGreater(one.errors(found, expected)["qvel"], 10 * one.bars["qvel"])
        self.assertIn("its start", degeneracies.degenerate(model, begin, found, expected))
        found["qvel"][2] = 0.5 * (found["qvel"][2] + expected["qvel"][2])
        self.assertNotIn("its start", degeneracies.degenerate(model, begin, found, expected) or "")


class Bounds(unittest.TestCase):
    def test_digits_lost_in_a_mass_matrix_are_its_condition(self):
        ball = '<body pos="0.5 0 0"><joint axis="0 1 0"/><geom size="0.05" mass="0.4"/></body>'
        model = model_of(f'<body><freejoint/><geom size="0.2" mass="10"/>{ball}</body>')
        centre = 0.4 * 0.5 / 10.4
        difference = 1 + 0.4 * 2 * (0.5 - centre) ** 2 / (0.4 * 0.4 * 0.05**2)
        lost = degeneracies.lost_digits(model, degeneracies.forwarded(model, at_rest(model)))
        self.assertTrue(difference <= lost < 1.6 * difference, (lost, difference))

    def test_forces_that_cancel_are_seen(self):
        # a ball sliding along a floor it cannot leave: the floor presses in vain
        pressed, change = {}, {}
        for name, joint in {"free": "<freejoint/>", "held": '<joint type="slide" axis="1 0 0"/>'}.items():
            model = model_of(f'{SLIPPERY}<body pos="0 0 0.09">{joint}<geom size="0.1" friction="1e-4 0 0"/></body>')
            data = degeneracies.forwarded(model, at_rest(model))
            pressed[name] = degeneracies.pressed(model, data)
            change[name] = np.abs(data.qacc).max() * model.opt.timestep
        self.assertLess(pressed["free"], 100 * change["free"])
        self.assertGreater(pressed["held"], 100 * (1 + change["held"]))

    def test_rounding_of_the_forces_of_a_motion_grows_with_the_square_of_its_speed(self):
        links = "".join(f'<body pos="0.3 0 0"><joint axis="{axis}"/><geom size="0.1" pos="0.2 0 0"/>' for axis in ("0 0 1", "0 1 0"))
        model = model_of(links + 2 * "</body>")
        model.opt.gravity[:] = 0
        rounding = []
        for speed in 10, 1000:
            begin = at_rest(model)
            begin[0]["qpos"][:], begin[0]["qvel"][:] = 0.5, speed
            data = degeneracies.forwarded(model, begin)
            rounding.append(degeneracies.intermediates(model, begin, data, np.random.default_rng(0), 6))
        self.assertTrue(1e-8 * 100 < rounding[0] < 1e-5 * 100, rounding)
        self.assertAlmostEqual(rounding[1] / rounding[0], 1e4, delta=1)

    def test_pushes_through_a_joint_are_seen_by_their_arms(self):
        # a wheel whose axis cannot rise, with a weight next to it
        joint = '<joint axis="0 1 0"/><geom size="0.1" mass="1"/><geom size="0.01" pos="0 0.4 0" mass="3" contype="0" conaffinity="0"/>'
        model = model_of(f'{SLIPPERY}<body pos="0 0 0.09">{joint}</body>')
        data = degeneracies.forwarded(model, at_rest(model))
        force, arm, turn = data.efc_force.sum(), 0.3 + np.hypot(0.3, 0.085 + 0.01), data.efc_J[2]
        self.assertAlmostEqual(data.contact[0].pos[2], -0.005)
        np.testing.assert_allclose(degeneracies.arms(model, data), 0.3 + np.hypot(0.3, 0.095))
        inertia = degeneracies.mass_matrix(model, data)[0, 0] + 2 * data.efc_D[0] * turn**2
        self.assertAlmostEqual(degeneracies.pressed(model, data), model.opt.timestep * force * arm / inertia, 6)


if __name__ == "__main__":
    unittest.main()
