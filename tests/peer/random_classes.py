"""Default classes of a random robot: nested, with entries in any order; elements rely on some and override others."""

ROOT = "main"


class Classes:
    def __init__(self, robot):
        self.robot, self.dice = robot, robot.dice
        self.entries, self.parent = {ROOT: {}}, {ROOT: None}
        many = robot.kind == "classes"
        if many or self.dice.chance(0.3):
            top = robot.add(robot.root, "default", class_=robot.maybe(0.3, ROOT))
            self.fill(top, ROOT)
            for name in "pqr"[: self.dice.whole(1, 3)] if many else []:
                self.nest(top, name)

    def nest(self, above, name, parent=ROOT):
        element = self.robot.add(above, "default", class_=name)
        self.parent[name], self.entries[name] = parent, {}
        self.fill(element, name)
        if self.dice.chance(0.5) and len(name) < 3:
            self.nest(element, name + "x", name)

    def fill(self, element, name):
        robot, dice = self.robot, self.dice
        surface = robot.surface(0.3) | ({"density": "500"} if dice.chance(0.3) else {})
        drive = {key: value for key, value in robot.drive(0.3, robot.angle).items() if key != "ref"}
        if dice.chance(0.2):
            drive["range"] = f"{robot.angle(-0.8):.4g} {robot.angle(0.9):.4g}"
        motor = {"gear": f"{dice.number(0.5, 5):.4g}"} if dice.chance(0.6) else {}
        if dice.chance(0.4):
            motor |= {"ctrlrange": f"{dice.number(-1, -0.2):.4g} {dice.number(0.2, 1):.4g}"}
        muscle = {"timeconst": f"{dice.number(0.005, 0.02):.4g} {dice.number(0.02, 0.06):.4g}", "vmax": f"{dice.number(1, 3):.4g}",
                  "force": f"{dice.number(5, 50):.4g}", "scale": "100", "fpmax": "1.1"}  # fmt: skip
        given = {
            "geom": surface, "joint": drive, "motor": motor, "muscle": {key: muscle[key] for key in dice.some(muscle, 0.4)},
            "site": {"pos": "0.05 0 0.02"} if dice.chance(0.4) else {},
            "tendon": {"stiffness": "3"} if dice.chance(0.3) else {},
        }  # fmt: skip
        for tag in dice.some(given, 0.6):
            if given[tag]:
                robot.add(element, tag, **given[tag])
                self.entries[name][tag] = given[tag]

    def child(self, parent):
        """Draw a default class for the contents of a body, or None."""
        return self.dice.one(self.entries) if len(self.entries) > 1 and self.dice.chance(0.4) else None

    def resolved(self, body, tag, name):
        """Resolve an element's defaults from its class, the body's childclass or the outermost class."""
        name, found = name or getattr(body, "childclass", None) or ROOT, {}
        while name is not None:
            found = self.entries[name].get(tag, {}) | found
            name = self.parent[name]
        return found

    def applied(self, body, tag, attributes):
        """Draw a class for an element, and resolve its defaults."""
        name = self.dice.one(self.entries) if len(self.entries) > 1 and self.dice.chance(0.3) else None
        return {"class": name, "from": self.resolved(body, tag, name)}

    def left(self, given, chosen):
        """Return the attributes to write: some that the class also has are left to the class."""
        free = given["from"].keys() - {"type", "size", "pos", "axis", "zaxis", "euler"}
        written = {name: value for name, value in chosen.items() if name not in free or self.dice.chance(0.5)}
        return written | ({"class_": given["class"]} if given["class"] else {})
