"""Tendons, motors and muscles of a random robot."""

from xml.etree import ElementTree

import mujoco


def text(*numbers):
    return " ".join(f"{number:.4g}" for number in numbers)


class Pulls:
    def __init__(self, robot):
        self.robot, self.dice, self.made = robot, robot.dice, []

    def add(self):
        """Add tendons first: the operating range of a muscle depends on their lengths at the start."""
        robot, dice = self.robot, self.dice
        sites = {"sites": dice.whole(1, 3), "muscles": dice.whole(0, 2), "plain": 0}.get(robot.kind, dice.chance(0.15))
        fixed = {"fixed": dice.whole(1, 3), "muscles": dice.whole(0, 1), "plain": 0}.get(robot.kind, dice.chance(0.15))
        self.section = None
        for _ in range(sites):
            self.spatial()
        for _ in range(fixed):
            self.fixed()
        if "coinciding sites" in robot.odd:
            self.coinciding()
        if "zero length" in robot.odd:
            self.nothing()
        lengths = self.lengths() if self.made else {}
        self.section = robot.add(robot.root, "actuator")
        share = 0.25 if robot.kind == "muscles" else 0.6
        for name, kind, _ in robot.joints:
            if dice.chance(share):
                self.actuator({"joint": name}, 0, 1 if kind == "hinge" else 0.3)
        for name in self.made:
            if dice.chance(0.6):
                self.actuator({"tendon": name}, lengths[name], max(0.3 * abs(lengths[name]), 0.05))

    def tendon(self, tag, parts, single, **attributes):
        """Make a tendon over `parts`; only a tendon on a single chain may have a limit."""
        robot, dice = self.robot, self.dice
        if self.section is None:
            self.section = robot.add(robot.root, "tendon")
        values = {"stiffness": text(dice.scaled(1, 100)), "damping": text(dice.scaled(0.01, 1)), "solreflimit": robot.solref(),
                  "solimplimit": robot.solimp(), "springlength": dice.one(["0.1", "0.05 0.2", "0"])}  # fmt: skip
        chosen = {name: values[name] for name in dice.some(values, 0.4)}
        if single and dice.chance(0.4):
            chosen |= {"range": text(0 if "zero length" in robot.odd else 0.02, dice.number(0.1, 0.5)), "limited": "true"}
        name = robot.name("t")
        element = robot.add(self.section, tag, name=name, **(chosen | attributes))
        for kind, part in parts:
            robot.add(element, kind, **part)
        self.made.append(name)

    def path(self):
        """Pick a random body, and return it with those that carry it."""
        return self.dice.one(self.robot.bodies).path()

    def spatial(self):
        robot, dice = self.robot, self.dice
        single = dice.chance(0.5)
        bodies = self.path() if single else robot.bodies
        places = [*robot.world.sites, *(site for body in bodies for site in body.sites)]
        if len(places) > 1:
            chosen = dice.shuffled(places)[: dice.whole(2, 4)]
            self.tendon("spatial", [("site", {"site": site}) for site in chosen], single)

    def fixed(self):
        robot, dice = self.robot, self.dice
        single = dice.chance(0.5)
        bodies = self.path() if single else robot.bodies
        joints = dice.shuffled([name for body in bodies for name, _ in body.joints])[: dice.whole(1, 3)]
        if joints:
            parts = [("joint", {"joint": joint, "coef": text(dice.number(-1, 1))}) for joint in joints]
            self.tendon("fixed", parts, single)

    def coinciding(self):
        """Put sites of a body and of its parent at the same place, with one more site before and after them."""
        robot, dice = self.robot, self.dice
        body = dice.one(robot.bodies)
        inner = robot.site(body.parent, body.element.get("pos"))
        outer = robot.site(body, "0 0 0")
        ends = [robot.site(body.parent, text(*dice.vector(0.2))), robot.site(body, text(*dice.vector(0.2)))]
        over = [ends[0], inner, outer, ends[1]] if dice.chance(0.5) else [inner, outer]
        self.tendon("spatial", [("site", {"site": site}) for site in over], False, stiffness="20")

    def nothing(self):
        """Make a path without length or without pull."""
        robot, dice = self.robot, self.dice
        body = dice.one(robot.bodies)
        if body.joints and dice.chance(0.4):
            parts = [("joint", {"joint": name, "coef": text(n)}) for n, (name, _) in enumerate(body.joints)]
            return self.tendon("fixed", parts, False, springlength="0", stiffness="10")
        sites = [robot.site(body, "0.1 0 0.05") for _ in range(2)]
        self.tendon("spatial", [("site", {"site": site}) for site in sites + dice.some(robot.world.sites, 0.5)], False)

    def lengths(self):
        """Return the tendons' lengths at the start."""
        model = mujoco.MjModel.from_xml_string(ElementTree.tostring(self.robot.root, encoding="unicode"))
        return {model.tendon(n).name: float(model.tendon_length0[n]) for n in range(model.ntendon)}

    def actuator(self, target, middle, half):
        robot, dice = self.robot, self.dice
        name = robot.name("a")
        if not dice.chance({"muscles": 0.7, "plain": 0}.get(robot.kind, 0.1)):
            values = {"gear": text(dice.scaled(0.1, 20)) + dice.one(["", " 0 0 0 0 0"]), "ctrlrange": text(-1, dice.number(0.3, 2))}
            limited = {"ctrllimited": "true"} if dice.chance(0.2) else {}
            chosen = {key: values[key] for key in dice.some(values, 0.5)}
            robot.add(self.section, "motor", name=name, **target, **chosen, **(limited if "ctrlrange" in chosen else {}))
            return
        lengths = [middle - half * dice.number(0.4, 1.2), middle + half * dice.number(0.4, 1.2)]
        values = {
            "range": text(dice.number(0.6, 0.9), dice.number(1, 1.2)), "scale": text(dice.scaled(10, 500)),
            "lmin": text(dice.number(0.3, 0.7)), "lmax": text(dice.number(1.3, 1.8)), "vmax": text(dice.number(0.5, 5)),
            "fpmax": text(dice.number(0.5, 2)), "fvmax": text(dice.number(1.05, 1.6)), "timeconst": text(0.01, dice.number(0.02, 0.08)),
            "tausmooth": text(dice.number(0, 0.3)), "ctrlrange": "0 1", "gear": text(dice.number(0.5, 2)),
        }  # fmt: skip
        chosen = {key: values[key] for key in dice.some(values, 0.3)}
        force = text(dice.scaled(1, 100)) if dice.chance(0.6) else None
        robot.add(self.section, "muscle", name=name, lengthrange=text(*lengths), force=force, **target, **chosen)
