"""Robots with random trees of default classes, and the constants MuJoCo compiles from them.

    .venv/bin/python tests/peer/default_trees.py OUT COUNT [SEED]

Writes one line of JSON per robot to OUT: its text, and its constants in the layout of `assets/reference/*_model.json`. Robots that
MuJoCo refuses, or whose tendons pull at nothing, are drawn again. `tests/physics/mjcf/defaults.jsonl` holds the first 30 of seed 0.
`cargo test --test physics mjcf::` compares them; set `GPU_EC_DEFAULT_TREES=OUT` to compare a larger file.
"""

import json
import pathlib
import random
import sys

import mujoco

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from dump_models import constants  # noqa: E402


class Draw:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def number(self, low, high):
        return f"{self.r.uniform(low, high):.3g}"

    def numbers(self, count, low=-1, high=1):
        return " ".join(self.number(low, high) for _ in range(count))

    def up_to(self, count, low, high):
        return self.numbers(self.r.randint(1, count), low, high)

    def interval(self, low=-1, high=1):
        return f"{self.number(low, (low + high) / 2 - 0.05)} {self.number((low + high) / 2 + 0.05, high)}"

    def some(self, choices, share):
        return {name: make() for name, make in choices.items() if self.r.random() < share}

    def limited(self):
        return self.r.choice(["auto", "true", "false"])

    def softness(self, suffix=""):
        return {
            f"solref{suffix}": lambda: self.up_to(2, 0.01, 1),
            f"solimp{suffix}": lambda: self.up_to(4, 0.1, 0.9),
        }

    def orientation(self):
        return {
            "quat": lambda: self.numbers(4),
            "euler": lambda: self.numbers(3),
            "axisangle": lambda: self.numbers(4),
            "zaxis": lambda: self.numbers(3),
        }

    def entry(self, tag, share):
        """Return the attributes of an element, or of its default."""
        r = self.r
        drive = {
            "gear": lambda: self.up_to(6, 0.1, 3),
            "ctrllimited": self.limited,
            "ctrlrange": self.interval,
        }
        choices = {
            "joint": {
                "type": lambda: r.choice(["hinge", "slide"]),
                "pos": lambda: self.numbers(3),
                "axis": lambda: self.numbers(3),
                "limited": self.limited,
                "range": self.interval,
                "stiffness": lambda: self.number(0, 5),
                "ref": lambda: self.number(-1, 1),
                "springref": lambda: self.number(-1, 1),
                "armature": lambda: self.number(0.1, 1),
                "damping": lambda: self.number(0, 1),
                "margin": lambda: self.number(0, 0.001),
                "group": lambda: "2",
                **self.softness("limit"),
            },
            "geom": {
                "type": lambda: r.choice(["sphere", "capsule", "box", "cylinder", "ellipsoid"]),
                "pos": lambda: self.numbers(3),
                "size": lambda: self.up_to(3, 0.1, 0.5),
                "mass": lambda: self.number(0.1, 2),
                "density": lambda: self.number(100, 900),
                "friction": lambda: self.up_to(3, 0.1, 1),
                "margin": lambda: self.number(0, 0.1),
                "condim": lambda: r.choice(["1", "3"]),
                "solmix": lambda: self.number(0.1, 2),
                "rgba": lambda: "1 0 0 1",
                **self.softness(),
            },
            "site": {"pos": lambda: self.numbers(3), "size": lambda: "0.1", "rgba": lambda: "1 0 0 1"},
            "tendon": {
                "limited": self.limited,
                "range": self.interval,
                "stiffness": lambda: self.number(0, 5),
                "damping": lambda: self.number(0, 5),
                "springlength": lambda: r.choice([self.number(0, 1), self.interval(0, 1)]),
                "width": lambda: "0.01",
                **self.softness("limit"),
            },
            "motor": drive,
            "muscle": {
                **drive,
                "timeconst": lambda: r.choice([self.numbers(2, 0.01, 1), f"-1 {self.number(0.1, 1)}"]),
                "range": lambda: r.choice(["0.5 1.25", "0.625 1.5", "-1 1.25"]),
                "force": lambda: r.choice([self.number(1, 20), "-1"]),
                "scale": lambda: self.number(1, 400),
                "lmin": lambda: r.choice([self.number(0.1, 0.9), "0"]),
                "lmax": lambda: self.number(1.1, 2),
                "vmax": lambda: r.choice([self.number(0.5, 2), "1"]),
                "fpmax": lambda: self.number(0.5, 2),
                "fvmax": lambda: self.number(1.1, 2),
            },
        }
        made = self.some(choices[tag], share)
        if tag == "geom" and r.random() < share:
            kind = r.choice(list(self.orientation()) + ["fromto"])
            made[kind] = self.numbers(6) if kind == "fromto" else self.orientation()[kind]()
        return made

    def klass(self, name, depth, names):
        names.append(name)
        order = ["joint", "geom", "site", "tendon", "motor", "muscle"]
        self.r.shuffle(order)
        inside = [element(tag, self.entry(tag, 0.3)) for tag in order if self.r.random() < 0.6]
        if name == "main":
            inside = [line for line in inside if not line.startswith("<geom")]
            kept = {"size": self.numbers(3, 0.1, 0.5), "contype": "0", "conaffinity": "0"}
            inside.append(element("geom", self.entry("geom", 0.2) | kept))
        children = self.r.randint(1, 2) if depth < 3 else 0
        inside += [self.klass(f"{name[0]}{depth}{k}{self.r.randint(0, 99)}", depth + 1, names) for k in range(children)]
        self.r.shuffle(inside)
        head = "<default>" if name == "main" and self.r.random() < 0.5 else f'<default class="{name}">'
        return head + "".join(inside) + "</default>"

    def robot(self):
        names, r = [], self.r
        defaults = self.klass("main", 0, names)

        def use(tag, share=0.25, **own):
            kind = {"fixed": "tendon", "spatial": "tendon"}.get(tag, tag)
            made = self.entry(kind, share) | own
            if tag == "fixed":
                made.pop("width", None)
            if r.random() < 0.5:
                made["class"] = r.choice(names)
            return made

        def parts(k):
            return element("joint", use("joint", name=f"j{k}")) + element("geom", use("geom")) + element(
                "site", use("site", name=f"s{k}")
            )

        def body(k, inside):
            klass = {"childclass": r.choice(names)} if r.random() < 0.7 else {}
            return element("body", klass, parts(k) + inside)

        free = element("body", {}, r.choice(["<freejoint/>", '<joint type="free" stiffness="0"/>']) + element("geom", use("geom")))
        world = element("site", use("site", name="w")) + body(0, body(1, body(2, ""))) + free
        spatial = '<site site="w"/><site site="s1"/>'
        fixed = '<joint joint="j0" coef="1"/><joint joint="j2" coef="-.5"/>'
        tendons = element("fixed", use("fixed", name="f"), fixed) + element("spatial", use("spatial", name="t"), spatial)
        drives = [("motor", {}), ("muscle", {"lengthrange": "1 2"}), ("motor", {}), ("muscle", {"lengthrange": "0 3"})]
        targets = [{"joint": "j1"}, {"tendon": "t"}, {"tendon": "f"}, {"joint": "j0"}]
        r.shuffle(targets)
        actuators = "".join(element(tag, use(tag, **more, **to)) for (tag, more), to in zip(drives, targets))
        compiler = element("compiler", {"angle": r.choice(["radian", "degree"])})
        sections = [compiler, defaults, element("worldbody", {}, world)]
        sections += [element("tendon", {}, tendons), element("actuator", {}, actuators)]
        return element("mujoco", {}, "".join(sections))


def element(tag, attributes, inside=""):
    head = tag + "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{head}>{inside}</{tag}>" if inside else f"<{head}/>"


def shorter(value):
    """Format numbers with 15 digits, as a comparison to 1e-12 needs."""
    if isinstance(value, float):
        return int(value) if value == int(value) else float(f"{value:.15g}")
    if isinstance(value, list):
        return [shorter(one) for one in value]
    return {key: shorter(one) for key, one in value.items()} if isinstance(value, dict) else value


def main(out, count, seed=0):
    draw, written, refused = Draw(int(seed)), 0, {}
    with open(out, "w") as file:
        while written < int(count):
            xml = draw.robot()
            try:
                made = shorter(constants(mujoco.MjModel.from_xml_string(xml)))
            except ValueError as error:
                why = str(error).split("\n")[0][:60]
                refused[why] = refused.get(why, 0) + 1
                continue
            if min(made["actuator_acc0"] + made["tendon_invweight0"]) < 1e-9:
                refused["it pulls at nothing"] = refused.get("it pulls at nothing", 0) + 1
                continue
            file.write(json.dumps({"xml": xml, "model": made}, separators=(",", ":")) + "\n")
            written += 1
    print(f"{written} robots; MuJoCo refused {refused}")


if __name__ == "__main__":
    main(*sys.argv[1:])
