"""Checks of rollout_mujoco.py itself: python -m unittest discover -s tests/peer"""

import unittest

import mujoco
import numpy as np

import rollout_mujoco as peer

RAIL = """<mujoco><option timestep="0.01" gravity="0 0 0"/><worldbody><body><joint name="x" type="slide" axis="1 0 0"/>
<geom size="0.1" mass="2"/></body></worldbody><actuator><motor joint="x" gear="3"/></actuator></mujoco>"""


class Comparison(unittest.TestCase):
    def motion(self, steps=20):
        """A mass on a rail by hand: semi-implicit Euler, x'' = 3 u / 2."""
        controls = np.sin(np.arange(steps, dtype=float)).reshape(steps, 1, 1)
        qvel = np.concatenate([np.zeros((1, 1, 1)), np.cumsum(0.01 * 1.5 * controls, axis=0)])
        qpos = np.concatenate([np.zeros((1, 1, 1)), np.cumsum(0.01 * qvel[1:], axis=0)])
        return {"qpos": qpos, "qvel": qvel}, controls

    def compare(self, motion, controls, samples=100):
        return peer.compare(peer.Robot(mujoco.MjModel.from_xml_string(RAIL)), motion, controls, samples, 0)

    def test_the_same_motion_agrees(self):
        count, errors, beyond = self.compare(*self.motion())
        self.assertEqual(count, 20)
        self.assertLess(max(errors["qpos"]), 1e-12)
        self.assertEqual(beyond, {"qpos": 0, "qvel": 0})

    def test_a_moved_state_is_seen(self):
        motion, controls = self.motion()
        motion["qpos"][7] += 1e-4
        _, errors, beyond = self.compare(motion, controls)
        self.assertEqual(beyond["qpos"], 2)  # the step to it, and the step from it
        self.assertGreater(max(errors["qpos"]), 9e-5)

    def test_other_controls_are_seen(self):
        motion, controls = self.motion()
        _, _, beyond = self.compare(motion, controls + 0.01)
        self.assertEqual(beyond["qvel"], 20)

    def test_states_that_are_no_numbers_are_left_out(self):
        motion, controls = self.motion()
        motion["qvel"][5] = np.nan
        count, _, _ = self.compare(motion, controls)
        self.assertEqual(count, 18)


if __name__ == "__main__":
    unittest.main()
