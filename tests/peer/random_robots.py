"""Random robots of the subset of MJCF that gpu-ec simulates; a seed gives the same robot everywhere.

Each robot has a kind (what it mostly consists of). Most also have oddities: cases in which a formula is undefined, or f32 loses
digits. `generated.py` compares them with MuJoCo.
"""

import math
from xml.etree import ElementTree

from dice import Dice
from random_classes import Classes

# The cooperative shape of the physics also supports plain ones: spheres and capsules on level ground, motors on joints.
KINDS = ("chain", "tree", "floating", "several", "sites", "fixed", "muscles", "classes", "plain")
ODDITIES = (
    "coinciding sites", "coinciding centres", "zero length", "zero friction", "mass ratio", "fast spin", "touching", "stiff",
)  # fmt: skip
# Period of the seeds of one kind; within it, only the seeds assigned to oddities have any.
CYCLE = len(ODDITIES) + 2
MOST_DOFS, MOST_BODIES = 12, 6
FRICTIONS = (0, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2)


def text(*numbers):
    return " ".join(f"{number:.4g}" for number in numbers)


class Body:
    def __init__(self, element, name, parent):
        self.element, self.name, self.parent = element, name, parent
        self.joints, self.sites, self.masks = [], [], None

    def path(self):
        """Return the body and those that carry it, without the world."""
        return [] if self.parent is None else [self, *self.parent.path()]


class Robot:
    """A robot: `xml` describes it, `kind` and `odd` classify it."""

    def __init__(self, seed, attempt=0):
        dice = self.dice = Dice("robot", seed, attempt)
        self.seed, self.kind = seed, KINDS[seed % len(KINDS)]
        own = seed // len(KINDS) % CYCLE
        self.odd = set(ODDITIES[own : own + 1]) | ({dice.one(ODDITIES)} if dice.chance(0.2) else set())
        self.root = ElementTree.Element("mujoco", model=f"seed {seed}")
        self.count, self.dofs, self.bodies, self.joints, self.tendons = 0, 0, [], [], []
        self.settings()
        self.classes = Classes(self)
        self.floor = self.kind == "floating" or "touching" in self.odd or dice.chance(0.8 if self.kind == "plain" else 0.4)
        self.meet = dice.chance(0.6)
        self.world = Body(self.add(self.root, "worldbody"), "world", None)
        self.furnish()
        for root in range({"several": dice.whole(2, 3)}.get(self.kind, 1)):
            self.tree(root)
        if "coinciding centres" in self.odd:
            self.coinciding_centres()
        self.contacts()
        self.pulls()
        ElementTree.indent(self.root, " ")
        self.xml = ElementTree.tostring(self.root, encoding="unicode") + "\n"

    # parts of the file

    def add(self, parent, tag, **attributes):
        """Add an element with its attributes in random order, leaving out those that are None."""
        given = [(name.rstrip("_"), value) for name, value in attributes.items() if value is not None]
        return ElementTree.SubElement(parent, tag, dict(self.dice.shuffled(given)))

    def name(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    def maybe(self, share, value):
        return value if self.dice.chance(share) else None

    def angle(self, radian):
        return radian if self.radian else math.degrees(radian)

    def settings(self):
        dice = self.dice
        self.radian = dice.chance(0.5)
        self.add(
            self.root, "compiler", angle="radian" if self.radian else self.maybe(0.5, "degree"),
            eulerseq=self.maybe(0.2, dice.one(["zyx", "XYZ", "xZy"])), settotalmass=self.maybe(0.06, text(dice.scaled(1, 20))),
        )  # fmt: skip
        wet = dice.chance(0.1) and self.kind != "plain"
        self.add(
            self.root, "option", timestep=text(dice.one([0.001, 0.002, 0.004, 0.005, 0.01])),
            integrator=dice.one(["Euler", "RK4"]), gravity=self.maybe(0.2, text(*dice.vector(5))),
            density=text(dice.scaled(1, 1000)) if wet else None, viscosity=text(dice.scaled(1e-4, 0.1)) if wet else None,
            wind=text(*dice.vector(2)) if wet else None,
        )  # fmt: skip

    def furnish(self):
        dice = self.dice
        if self.floor:
            share = 0 if self.kind == "plain" else 0.15
            tilted = self.maybe(share, text(self.angle(dice.number(-0.3, 0.3)), self.angle(dice.number(-0.3, 0.3)), 0))
            self.geom(self.world, "plane", size="5 5 0.1", pos=self.maybe(0.3, "0 0 0"), euler=tilted)
        if self.kind == "several" and dice.chance(0.3):
            self.geom(self.world, "capsule", pos=text(0.2, 0, 0.1))
        self.site(self.world, text(*dice.vector(0.3)))

    def orientation(self):
        dice = self.dice
        kind = dice.one(["none", "none", "quat", "axisangle", "euler", "zaxis"])
        if kind == "none":
            return {}
        turn = self.angle(dice.number(-2, 2))
        values = {"quat": dice.vector(1, 4), "axisangle": [*dice.vector(1), turn], "zaxis": dice.vector(1)}
        return {kind: text(*values.get(kind, [self.angle(x) for x in dice.vector(1.5)]))}

    def body(self, parent, pos, turned=True, name=None):
        childclass = self.classes.child(parent)
        turn = self.orientation() if turned and self.dice.chance(0.5) else {}
        made = Body(None, name or self.name("b"), parent)
        made.element = self.add(parent.element, "body", name=made.name, pos=pos, childclass=childclass, **turn)
        made.childclass = childclass or getattr(parent, "childclass", None)
        self.bodies.append(made)
        return made

    def tree(self, root):
        """Build a base, free or attached to the world, with limbs."""
        dice = self.dice
        free = self.kind == "floating" or (self.kind in ("several", "plain") and dice.chance(0.6))
        radius = dice.one([0.0625, 0.125])
        touching = "touching" in self.odd and self.dofs + 6 <= MOST_DOFS
        height = radius if touching else dice.number(0.1, 0.6)
        at = text(0.1 * root + 0.15 * dice.number(0, 1), dice.number(-0.1, 0.1), height)
        base = self.body(self.world, at if root or not touching else text(0, 0, radius), turned=not touching)
        if touching:
            self.free(base) if free else self.joint(base, "slide", axis="0 0 1")
            self.geom(base, "sphere", size=text(radius), margin=self.maybe(0.3, text(2**-7)))
        else:
            self.free(base) if free else self.joints_of(base)
            self.substance(base)
        limbs = dice.whole(1, 4) if self.kind != "several" else dice.whole(0, 2)
        for _ in range(limbs):
            if len(self.bodies) < MOST_BODIES and self.dofs < MOST_DOFS - 1:
                own = [body for body in self.bodies if base in body.path()]
                self.limb(own[-1] if self.kind == "chain" else dice.one(own))

    def limb(self, parent):
        limb = self.body(parent, text(*self.dice.vector(0.25)))
        if self.dice.chance(0.9):
            self.joints_of(limb)
        self.substance(limb)

    def substance(self, body):
        """Add geoms, the mass, and sites for tendons."""
        dice = self.dice
        for _ in range(1 + dice.chance(0.2)):
            round_ = ["sphere", "sphere", "capsule", "capsule", "capsule"]
            kind = dice.one(round_ if self.kind == "plain" else [*round_, "box", "cylinder", "ellipsoid"])
            self.geom(body, kind, **self.place(kind))
        if dice.chance(0.12) and "mass ratio" not in self.odd:
            a, b = dice.scaled(1e-3, 1e-1), dice.scaled(1e-3, 1e-1)
            c = abs(a - b) + (a + b - abs(a - b)) * dice.number(0.05, 0.95)
            turn = self.orientation()
            self.add(body.element, "inertial", mass=text(dice.scaled(0.05, 5)), pos=text(*dice.vector(0.1)),
                     diaginertia=text(a, b, c), **turn)  # fmt: skip
        for _ in range(dice.whole(1, 2) if self.kind in ("sites", "muscles") else dice.chance(0.3)):
            self.site(body, text(*dice.vector(0.15)))

    def place(self, kind):
        dice = self.dice
        if kind in ("capsule", "cylinder", "box") and dice.chance(0.4):
            return {"fromto": text(*dice.vector(0.1), *dice.vector(0.2))}
        return {"pos": text(*dice.vector(0.1)) if dice.chance(0.6) else None} | self.orientation()

    def geom(self, body, kind, **attributes):
        dice, given = self.dice, self.classes.applied(body, "geom", attributes)
        radius = dice.number(0.03, 0.1)
        sizes = {"sphere": [radius], "capsule": [radius, dice.number(0.03, 0.15)], "cylinder": [radius, dice.number(0.02, 0.1)]}
        size = sizes.get(kind, [radius, dice.number(0.03, 0.1), dice.number(0.03, 0.1)])
        round_ = kind in ("sphere", "capsule")
        # the floor collides with everything; spheres and capsules, if they collide at all, also with each other
        masks = {"plane": (1, 3)}.get(kind, (1, int(self.meet)) if round_ else (2, 0))
        chosen = {
            "type": kind, "size": text(*size[: 1 if "fromto" in attributes else 3]), "contype": text(masks[0]),
            "conaffinity": text(masks[1]), **attributes,
        }  # fmt: skip
        if kind != "plane" and "mass ratio" in self.odd:
            chosen["mass"] = text(dice.one([1e-3, 1e-3, 0.1, 10, 100]))
        elif kind != "plane":
            which = dice.one(["mass", "density", "none"])
            chosen |= {which: text(dice.scaled(0.05, 5) if which == "mass" else dice.scaled(100, 5000))} if which != "none" else {}
        if "zero friction" in self.odd:
            chosen["friction"] = text(dice.one(FRICTIONS)) + self.dice.one(["", " 0.005 0.0001"])
        for name, value in self.surface(0.25).items():
            chosen.setdefault(name, value)
        self.add(body.element, "geom", name=self.name("g"), **self.classes.left(given, chosen))

    def surface(self, share):
        """Draw a geom's contact properties, each with some probability."""
        dice = self.dice
        values = {
            "friction": text(dice.number(0.1, 1.5)), "margin": text(dice.number(0, 0.01)), "condim": dice.one("13"),
            "solref": self.solref(), "solimp": self.solimp(), "solmix": text(dice.scaled(0.1, 10)),
        }  # fmt: skip
        return {name: values[name] for name in dice.some(values, share)}

    def solref(self):
        dice = self.dice
        if "stiff" in self.odd:
            return text(dice.scaled(5e-4, 5e-3), dice.number(0.3, 2))
        return dice.one([text(dice.number(0.01, 0.05)), text(dice.number(0.01, 0.05), dice.number(0.5, 1.5))])

    def solimp(self):
        dice = self.dice
        if "stiff" in self.odd:
            return dice.one(["0.99 0.999 0.0001", "0.999 0.9999", "0.95 0.9999 1e-5 0.3 2", "1 1 0 0.5 2"])
        low = dice.number(0.5, 0.95)
        return text(low, dice.number(low, 0.99), dice.scaled(1e-4, 1e-1), dice.number(0.1, 0.9), 2)

    def free(self, body):
        cls = self.classes.resolved(body, "joint", None)
        plain = not {"stiffness", "range", "margin"} & cls.keys()
        if plain and self.dice.chance(0.3):
            self.add(body.element, "joint", name=self.name("j"), type="free", damping=self.maybe(0.5, "0.1"))
        else:
            self.add(body.element, "freejoint", name=self.maybe(0.5, self.name("j")))
        self.dofs += 6

    def joints_of(self, body):
        dice = self.dice
        for _ in range(dice.one([1, 1, 1, 2, 3])):
            if self.dofs < MOST_DOFS:
                self.joint(body, dice.one(["hinge", "hinge", "hinge", "slide"]))

    def joint(self, body, kind, **attributes):
        dice, given = self.dice, self.classes.applied(body, "joint", attributes)
        unit = self.angle if kind == "hinge" else (lambda x: 0.3 * x)
        axis = dice.one(["1 0 0", "0 1 0", "0 0 1", text(*dice.vector(1)), text(*dice.vector(1))])
        chosen = {"type": kind, "axis": axis} | attributes
        if dice.chance(0.4) and "axis" not in attributes:
            chosen["pos"] = text(*dice.vector(0.1))
        if dice.chance(0.4):
            chosen |= {"range": text(unit(dice.number(-1, -0.1)), unit(dice.number(0.1, 1))), "limited": dice.one([None, "true"])}
        for name, value in self.drive(0.25, unit).items():
            chosen.setdefault(name, value)
        name = self.name("j")
        self.add(body.element, "joint", name=name, **self.classes.left(given, chosen))
        body.joints.append((name, kind))
        self.joints.append((name, kind, body))
        self.dofs += 1

    def drive(self, share, unit):
        """Draw a joint's springs, dampers and the like, each with some probability."""
        dice = self.dice
        values = {
            "stiffness": text(dice.scaled(0.1, 50)), "damping": text(dice.scaled(0.01, 3)), "armature": text(dice.scaled(1e-3, 0.3)),
            "springref": text(unit(dice.number(-1, 1))), "ref": text(unit(dice.number(-0.3, 0.3))), "margin": text(dice.number(0, 0.01)),
            "solreflimit": self.solref(), "solimplimit": self.solimp(),
        }  # fmt: skip
        return {name: values[name] for name in dice.some(values, share)}

    def site(self, body, pos):
        name, given = self.name("s"), self.classes.applied(body, "site", {})
        self.add(body.element, "site", name=name, **self.classes.left(given, {"pos": pos}))
        body.sites.append(name)
        return name

    # parts outside the bodies

    def coinciding_centres(self):
        """Add two bodies whose geoms share a centre: spheres, crossed or parallel capsules."""
        dice = self.dice
        kind, axes = dice.one(["sphere", "capsule"]), [dice.one(["0 0 1", "0 1 0", "0.6 0 0.8"]) for _ in range(2)]
        self.meet = True
        for axis in axes:
            body = self.body(self.world, "0 0.5 0.5", turned=False)
            self.joint(body, "slide", axis=dice.one(["1 0 0", "0 0 1"]))
            self.geom(body, kind, zaxis=axis)

    def contacts(self):
        pairs = [(a, b) for a in self.bodies for b in self.bodies if a.name < b.name]
        if pairs and self.dice.chance(0.25):
            a, b = self.dice.one(pairs)
            self.add(self.add(self.root, "contact"), "exclude", body1=a.name, body2=b.name)

    def pulls(self):
        from random_pulls import Pulls

        Pulls(self).add()
