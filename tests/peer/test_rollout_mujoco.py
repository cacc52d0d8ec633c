"""Checks of rollout_mujoco.py itself: python -m unittest discover -s tests/peer"""

import pathlib
import tempfile
import unittest

import mujoco
import numpy as np

import rollout_mujoco as peer

RAIL = """<mujoco><option timestep="0.01" gravity="0 0 0"/><worldbody><body><joint name="x" type="slide" axis="1 0 0"/>
<geom size="0.1" mass="2"/></body></worldbody><actuator><motor joint="x" gear="3"/></actuator></mujoco>"""

# A ball whose lowest point is at floor height when its joint is at 0.
BALL = """<mujoco><worldbody><geom type="plane" size="1 1 1"/><body pos="0 0 0.125"><joint name="z" type="slide" axis="0 0 1"/>
<geom size="0.125"/></body></worldbody><actuator><motor joint="z"/></actuator></mujoco>"""

ARM = """<mujoco><worldbody><body><joint name="j" axis="0 1 0" damping="0.1"/><geom type="capsule" size="0.02" fromto="0 0 0 .3 0 0"/>
</body></worldbody><actuator><muscle joint="j" lengthrange="-1 1" force="20" ctrlrange="0 1"/></actuator></mujoco>"""


def robot(xml):
    return peer.Robot(mujoco.MjModel.from_xml_string(xml))


def roll(one, state, controls):
    """Return a motion [T + 1, 1, n] of one row, from the peer itself."""
    states = [state]
    for ctrl in controls[:, 0]:
        states.append(one.step(states[-1], ctrl))
    return {name: np.array([state[name] for state in states])[:, None] for name in peer.STATE}


class Comparison(unittest.TestCase):
    def motion(self, steps=20):
        """Step a mass on a rail by hand: semi-implicit Euler, x'' = 3 u / 2."""
        controls = np.sin(np.arange(steps, dtype=float)).reshape(steps, 1, 1)
        qvel = np.concatenate([np.zeros((1, 1, 1)), np.cumsum(0.01 * 1.5 * controls, axis=0)])
        qpos = np.concatenate([np.zeros((1, 1, 1)), np.cumsum(0.01 * qvel[1:], axis=0)])
        return {"qpos": qpos, "qvel": qvel, "act": np.zeros((steps + 1, 1, 0))}, controls

    def compare(self, motion, controls, samples=100):
        return peer.compare(robot(RAIL), motion, controls, samples, 0)

    def test_the_same_motion_agrees(self):
        count, errors, beyond = self.compare(*self.motion())
        self.assertEqual(count, 20)
        self.assertLess(max(errors["qpos"]), 1e-12)
        self.assertEqual(beyond, {"qpos": 0, "qvel": 0})

    def test_a_moved_state_is_seen(self):
        motion, controls = self.motion()
        motion["qpos"][7] += 1e-4
        _, errors, beyond = self.compare(motion, controls)
        self.assertEqual(beyond["qpos"], 2)  # the step into it, and the step out of it
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

    def step_from(self, height, written):
        """Step a falling ball from `height`, while the file claims it started from `written`."""
        controls = np.zeros((1, 1, 1))
        motion = roll(robot(BALL), {"qpos": np.array([height]), "qvel": np.array([-0.5]), "act": np.zeros(0)}, controls)
        motion["qpos"][0] = written
        return peer.compare(robot(BALL), motion, controls, 10, 0)

    def test_a_start_that_just_touches_agrees_either_way(self):
        for height in (-3e-8, 3e-8):
            _, _, beyond = self.step_from(height, 0)
            self.assertEqual(beyond, {"qpos": 0, "qvel": 0}, height)
        self.assertGreater(max(self.step_from(-3e-8, 0)[1]["qvel"]), 1e-3, "one of them does touch")

    def test_a_start_elsewhere_has_no_such_excuse(self):
        _, _, beyond = self.step_from(-1e-3, 1e-2)
        self.assertEqual(beyond, {"qpos": 1, "qvel": 1})


class Muscles(unittest.TestCase):
    """Activations are part of the state."""

    def setUp(self):
        self.controls = np.linspace(0, 1, 30).reshape(30, 1, 1)
        start = {"qpos": np.array([0.1]), "qvel": np.array([0.0]), "act": np.array([0.4])}
        self.motion = roll(robot(ARM), start, self.controls)

    def file(self, **arrays):
        """Return the motion as `gpu-ec rollout` writes it."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "motion.npz"
        starts = {f"start_{name}": value[0] for name, value in self.motion.items()}
        steps = {name: value[1:] for name, value in self.motion.items()}
        written = starts | steps | {"actions": self.controls} | arrays
        np.savez(path, **{name: value.astype(np.float32) for name, value in written.items() if value is not None})
        return path

    def test_a_motion_with_activations_agrees(self):
        one = robot(ARM)
        count, errors, beyond = peer.compare(one, *peer.load(self.file(), None, one.model), 100, 0)
        self.assertEqual((count, beyond), (30, {"qpos": 0, "qvel": 0, "act": 0}))
        self.assertLess(max(errors["act"]), 1e-6)

    def test_a_wrong_activation_is_seen(self):
        one = robot(ARM)
        motion, controls = peer.load(self.file(), None, one.model)
        motion["act"][7] += 1e-4
        _, _, beyond = peer.compare(one, motion, controls, 100, 0)
        self.assertEqual(beyond["act"], 2)
        self.assertGreater(beyond["qvel"], 0, "and it pulls otherwise")

    def test_a_file_without_activations_is_named(self):
        for arrays in ({"act": np.zeros((30, 1, 0))}, {"start_act": None}):
            with self.assertRaisesRegex(SystemExit, "holds no activations, and the robot has 1"):
                peer.load(self.file(**arrays), None, robot(ARM).model)


if __name__ == "__main__":
    unittest.main()
