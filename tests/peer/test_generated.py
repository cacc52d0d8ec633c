"""Checks of generated.py and of the robots it draws: python -m unittest discover -s tests/peer"""

import collections
import contextlib
import io
import unittest

import mujoco
import numpy as np

import generated
from random_robots import CYCLE, KINDS, ODDITIES
from random_states import states


class Robots(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        mujoco.set_mju_user_warning(lambda message: None)
        cls.made = [generated.make(seed) for seed in range(len(KINDS) * CYCLE)]

    def test_every_kind_comes_with_every_oddity(self):
        seen = collections.Counter((robot.kind, odd) for robot, _ in self.made for odd in robot.odd)
        self.assertEqual({(kind, odd) for kind in KINDS for odd in ODDITIES} - seen.keys(), set())
        self.assertGreater(sum(not robot.odd for robot, _ in self.made), 8)

    def test_a_seed_is_always_the_same_robot(self):
        for robot, model in self.made[::17]:
            again, _ = generated.make(robot.seed)
            self.assertEqual(again.xml, robot.xml)
            a, b = (states(one, model, 4) for one in (robot, again))
            self.assertTrue(all((a[name] == b[name]).all() for name in a))

    def test_everything_of_the_subset_occurs(self):
        tags = collections.Counter()
        for robot, _ in self.made:
            for element in robot.root.iter():
                tags.update([element.tag, *(f"{element.tag}.{name}" for name in element.attrib)])
        wanted = """freejoint joint.ref joint.springref joint.stiffness joint.damping joint.armature joint.margin joint.range
            joint.solreflimit joint.solimplimit geom.fromto geom.quat geom.euler geom.zaxis geom.axisangle geom.friction geom.margin
            geom.condim geom.solref geom.solimp geom.solmix geom.mass geom.density inertial exclude motor.gear motor.ctrlrange
            motor.tendon muscle.joint muscle.tendon muscle.force muscle.timeconst fixed spatial spatial.stiffness spatial.damping
            spatial.range spatial.springlength default.class body.childclass joint.class geom.class site.class""".split()
        self.assertEqual([name for name in wanted if not tags[name]], [])

    def test_oddities_are_what_they_say(self):
        of = lambda odd: [pair for pair in self.made if odd in pair[0].odd]  # noqa: E731
        masses = [model.body_mass[model.body_mass > 0] for _, model in of("mass ratio")]
        self.assertGreaterEqual(max(mass.max() / mass.min() for mass in masses), 1e5)
        spins = [np.abs(states(robot, model, 16)["qvel"]).max() for robot, model in of("fast spin")]
        self.assertGreater(max(spins), 500)
        frictions = [model.geom_friction[:, 0].min(initial=1) for _, model in of("zero friction")]
        self.assertEqual(min(frictions), 0)
        touching = [self.distances(model) for _, model in of("touching")]
        self.assertGreater(sum((np.abs(dist) < 1e-12).any() for dist in touching), len(touching) // 2)

    def distances(self, model):
        model.geom_margin += 0.01  # geoms that do not touch yet
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        return np.array([contact.dist for contact in data.contact[: data.ncon]])


class Judgement(unittest.TestCase):
    def setUp(self):
        self.robot, self.model = generated.make(len(ODDITIES) * len(KINDS))
        self.start = generated.sound(self.model, states(self.robot, self.model, 8))
        one = generated.peer.Robot(self.model)
        rows = range(len(self.start["ctrl"]))
        ends = [one.step(generated.peer.at(generated.in_front(self.start), 0, row), self.start["ctrl"][row]) for row in rows]
        self.ends = {name: np.array([end[name] for end in ends]) for name in ends[0]}

    def test_mujocos_own_steps_are_within(self):
        verdict, detail = generated.judge_steps(self.model, self.start, self.ends)
        self.assertEqual((verdict, detail["worst"]), ("within", dict.fromkeys(detail["worst"], 0)))

    def test_a_changed_step_is_beyond_and_one_that_is_no_number_too(self):
        for change in (1.0, np.nan):
            self.ends["qvel"][3, 0] += change
            verdict, detail = generated.judge_steps(self.model, self.start, self.ends)
            self.assertEqual((verdict, detail["beyond"]), ("beyond", [3]))

    def test_constants_are_compared(self):
        expected = generated.theirs(self.model)
        self.assertEqual(generated.differences(expected, expected), [])
        changed = dict(expected, mass=[*expected["mass"][:-1], expected["mass"][-1] * (1 + 1e-8) + 1e-8])
        self.assertEqual(len(generated.differences(changed, expected)), 1)
        fewer = dict(expected, mass=expected["mass"][:-1])
        self.assertEqual(len(generated.differences(fewer, expected)), 1)

    def test_failures_are_counted(self):
        lines = [{"seed": 0, "kind": "tree", "odd": [], "verdict": "refused", "said": "no", "file": "x"}]
        lines += [{"seed": 1, "kind": "tree", "odd": [], "verdict": "within", "worst": {}, "why": [], "of": 8}]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(generated.summary(lines), 1)
        self.assertIn("seed 0 (tree; nothing odd): refused: no: x", printed.getvalue())


if __name__ == "__main__":
    unittest.main()
