"""Shrink a robot on which gpu-ec and MuJoCo differ: remove elements and attributes as long as they still differ.

    .venv/bin/python tests/peer/shrink.py generated/seed_17/robot.xml --gpu-ec target/release/gpu-ec

Prints the robot. New starts are drawn for each smaller robot, from the seed in its name and the oddities in `--odd`.
"""

import argparse
import pathlib
import sys
import tempfile
import types
from math import inf
from xml.etree import ElementTree

import mujoco

import generated
from random_states import states

# Without these, an element becomes a different one or refers to nothing.
KEPT = {"joint": ("name",), "site": ("name", "site"), "body": ("name",), "tendon": (), "motor": ("joint", "tendon")}


class Shrinker:
    def __init__(self, arguments):
        self.arguments = arguments

    def verdict(self, xml):
        """Return the verdict on a robot; None if MuJoCo or gpu-ec refuses it."""
        try:
            model = mujoco.MjModel.from_xml_string(xml)
        except ValueError:
            return None
        generated.peer.solve_to_convergence(model)
        seed = int("".join(c for c in ElementTree.fromstring(xml).get("model", "0") if c.isdigit()) or 0)
        robot = types.SimpleNamespace(seed=seed, odd=self.arguments.odd, floor="plane" in xml, xml=xml)
        start = generated.sound(model, states(robot, model, self.arguments.rows))
        try:
            with tempfile.TemporaryDirectory() as folder:
                verdict, detail = generated.judge(self.arguments.gpu_ec, robot, model, start, pathlib.Path(folder))
                # wrong numbers and missing numbers are different faults; so are different constants
                return verdict, inf in detail.get("worst", {}).values(), [text.split(":")[0] for text in detail.get("differ", [])]
        except (generated.Refused, ValueError):
            return None
        except RuntimeError:
            return "failed", False, []

    def shrink(self, xml):
        wanted = self.verdict(xml)
        print(f"verdict: {wanted}", file=sys.stderr)
        if wanted is None or wanted[0] in generated.GOOD:
            return xml
        again = True
        while again:
            again = False
            for change in list(changes(ElementTree.fromstring(xml))):
                smaller = without(xml, change)
                if smaller and self.verdict(smaller) == wanted:
                    xml, again = smaller, True
                    print(f"{len(xml)} bytes", file=sys.stderr)
        return xml


def changes(root):
    """List elements, largest first, then attributes, by number and name."""
    elements = list(root.iter())
    for number in sorted(range(1, len(elements)), key=lambda n: -len(list(elements[n].iter()))):
        yield elements[number].tag, dict(elements[number].attrib), None
    for element in elements[1:]:
        for name in element.attrib:
            if name not in KEPT.get(element.tag, ()):
                yield element.tag, dict(element.attrib), name


def without(xml, change):
    """Return the text without an element or one of its attributes; None if it is already gone."""
    tag, attributes, name = change
    root = ElementTree.fromstring(xml)
    for parent in root.iter():
        for child in list(parent):
            if child.tag == tag and dict(child.attrib) == attributes:
                if name is None:
                    parent.remove(child)
                else:
                    del child.attrib[name]
                ElementTree.indent(root, " ")
                return ElementTree.tostring(root, encoding="unicode") + "\n"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("robot", type=pathlib.Path)
    parser.add_argument("--gpu-ec", default="target/release/gpu-ec", help="the program")
    parser.add_argument("--rows", type=int, default=4, help="starts of each robot")
    parser.add_argument("--odd", action="append", default=[], help="an oddity of the starts, such as 'fast spin'")
    arguments = parser.parse_args()
    mujoco.set_mju_user_warning(lambda message: None)
    sys.stdout.write(Shrinker(arguments).shrink(arguments.robot.read_text()))


if __name__ == "__main__":
    main()
