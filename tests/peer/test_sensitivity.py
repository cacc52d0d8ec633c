"""Checks of sensitivity.py: python -m unittest discover -s tests/peer"""

import pathlib
import tempfile
import unittest

import mujoco
import numpy as np

import sensitivity

# A ball on a slide, whose lowest point is at floor height when the joint is at 0.
BALL = """<mujoco><worldbody><geom type="plane" size="1 1 1"/><body pos="0 0 0.125"><joint name="z" type="slide" axis="0 0 1"/>
<geom size="0.125"/></body></worldbody><actuator><motor joint="z"/></actuator></mujoco>"""


class States(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "ball.xml").write_text(BALL)
        self.file = self.folder / "ball_states.npz"
        model = mujoco.MjModel.from_xml_string(BALL)
        sensitivity.peer.solve_to_convergence(model)
        one = sensitivity.Evaluation(model)
        qpos = np.array([[0.5], [0.0], [-0.01]])  # in the air, just touching, in the floor
        qvel, ctrl = np.full((3, 1), -1.0), np.zeros((3, 1))
        ends = [one.step({"qpos": q, "qvel": v, "act": np.zeros(0)}, u) for q, v, u in zip(qpos, qvel, ctrl)]
        self.arrays = {"qpos": qpos, "qvel": qvel, "ctrl": ctrl}
        for kind in ("own", "euler"):
            self.arrays |= {f"next1_{kind}_{name}": np.array([end[name] for end in ends]) for name in ("qpos", "qvel")}

    def made(self):
        np.savez(self.file, **self.arrays)
        sensitivity.main(self.folder)
        return dict(np.load(self.file))

    def test_a_row_at_a_contacts_margin_is_sensitive_and_others_are_not(self):
        made = self.made()
        self.assertGreater(made["next1_own_sens"][1, 1], 1e-2, "with the contact or without")
        self.assertLess(made["next1_own_sens"][[0, 2]].max(), 2e-5)
        np.testing.assert_array_equal(np.isinf(made["qacc_sens"][:, 1:]), [[False] * 2, [True] * 2, [False] * 2])

    def test_other_arrays_keep_their_bytes_and_a_second_time_changes_nothing(self):
        made = self.made()
        for name, value in self.arrays.items():
            self.assertEqual(made[name].tobytes(), value.tobytes(), name)
        again = self.file.read_bytes()
        sensitivity.main(self.folder)
        self.assertEqual(self.file.read_bytes(), again)

    def test_a_file_of_another_model_is_refused(self):
        self.arrays["next1_own_qvel"][0] += 0.01
        with self.assertRaisesRegex(AssertionError, "row 0: .* it is of another model"):
            self.made()


if __name__ == "__main__":
    unittest.main()
