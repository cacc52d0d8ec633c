"""Write the elements and attributes of MJCF, each attribute with a value that MuJoCo accepts.

    .venv/bin/python tests/peer/vocabulary.py tests/physics/mjcf/vocabulary.txt

The names come from MuJoCo's own schema (`mj_printSchema`), the values from the list below. The first value that MuJoCo compiles
is written, or one marked with `!` if MuJoCo refuses all of them there. `cargo test --test physics mjcf::` reads the file.
"""

import re
import sys

import mujoco

BODY = '<body name="b"><joint name="j" range="-1 1"/><geom name="g" size=".1" pos=".2 .1 0"/><geom size=".1"/><site name="s" pos=".1 0 0"/><site/>{2}</body>'
ROBOT = '<mujoco>{0}<worldbody>{1}<site name="w" pos=".3 1 0"/>' + BODY + "{3}</worldbody>{4}</mujoco>"
TENDON = '<tendon><fixed name="t"><joint joint="j" coef="1"/></fixed></tendon>'


def robot(top="", world="", inside="", body="", sections=""):
    return ROBOT.format(top, world, inside, body, sections)


def spatial(inside):
    return f"<tendon><spatial name=\"u\">{inside}</spatial></tendon>"


TWO = '<site site="w"/><site site="s"/>'
EXTRA = '<body name="c" pos="0 0 2">{}<geom size=".1" pos=".2 .1 0"/></body>'
KNEE = EXTRA.format('<joint name="k"/>')
INERTIAL = '<body name="c"><joint/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"@/></body>'
# Context of each element; `@` marks its attributes. `MISSING` attributes are left out because another is given.
PLACES = {
    "mujoco": robot().replace("<mujoco>", "<mujoco@>"),
    "compiler": robot("<compiler@/>", inside='<geom size=".1" euler="10 20 30"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>'),
    "compiler/lengthrange": robot("<compiler><lengthrange@/></compiler>"),
    "option": robot("<option@/>"),
    "option/flag": robot("<option><flag@/></option>"),
    "size": robot("<size@/>"),
    "statistic": robot("<statistic@/>"),
    "default": robot("<default><default@><joint damping='2'/></default></default>").replace('name="j"', 'name="j" class="k"'),
    "default/joint": robot("<default><joint@/></default>", body=EXTRA.format("<joint/>")),
    "default/geom": robot("<default><geom@/></default>"),
    "default/site": robot("<default><site@/></default>"),
    "default/tendon": robot('<default><tendon range="-1 1"@/></default>', sections=spatial(TWO)),
    "default/motor": robot('<default><motor ctrlrange="-1 1"@/></default>', sections='<actuator><motor joint="j"/></actuator>'),
    "default/muscle": robot('<default><muscle ctrlrange="-1 1"@/></default>', sections='<actuator><muscle joint="j" lengthrange="1 2"/></actuator>'),
    "worldbody/body": robot(body='<body name="c" pos="0 0 2"@><geom size=".1"/></body>', top='<default><default class="k"><geom margin=".3"/></default></default>'),
    "body/inertial": robot(body=INERTIAL),
    "body/joint": robot(top='<default><default class="k"><joint damping="2"/></default></default>', body=EXTRA.format('<joint axis="0 1 0" range="-1 1"@/>')),
    "body/freejoint": robot(body=EXTRA.format("<freejoint@/>")),
    "body/geom": robot(top='<default><default class="k"><geom margin=".1"/></default></default>', inside='<geom type="capsule" size=".1 .2 .3"@/>'),
    "body/site": robot(top='<default><default class="k"><site pos="1 2 3"/></default></default>', inside='<site type="capsule" size=".1 .2 .3"@/>'),
    "body/camera": robot(inside="<camera@/>"),
    "body/light": robot(inside="<light@/>"),
    "contact/exclude": robot(body=EXTRA.format(""), sections='<contact><exclude body1="b" body2="world"@/></contact>'),
    "tendon/spatial": robot(top='<default><default class="k"><tendon damping="2"/></default></default>', sections=f"<tendon><spatial range=\"-1 1\"@>{TWO}</spatial></tendon>"),
    "spatial/site": robot(sections=spatial('<site site="w"/><site@/>')),
    "tendon/fixed": robot(
        top='<default><default class="k"><tendon damping="2"/></default></default>',
        sections='<tendon><fixed range="-1 1"@><joint joint="j" coef="1"/></fixed></tendon>',
    ),
    "fixed/joint": robot(sections='<tendon><fixed name="t"><joint joint="j" coef="1"@/></fixed></tendon>', body=KNEE),
    "actuator/motor": robot(
        top='<default><default class="k"><motor gear="2"/></default></default>', body=KNEE, sections=TENDON + '<actuator><motor joint="j" ctrlrange="-1 1"@/></actuator>'
    ),
    "actuator/muscle": robot(
        top='<default><default class="k"><motor gear="2"/></default></default>',
        body=KNEE,
        sections=TENDON + '<actuator><muscle joint="j" lengthrange="1 2" ctrlrange="-1 1"@/></actuator>',
    ),
    "custom/numeric": robot(sections='<custom><numeric name="n" data="1"@/></custom>'),
    "custom/text": robot(
        sections='<actuator><muscle name="m" joint="j" lengthrange="1 2"/></actuator>'
        '<custom><text name="muscle:m" data="passive=square 1"@/></custom>'
    ),
    "custom/tuple": robot(sections='<custom><tuple name="n"@><element objtype="body" objname="b"/></tuple></custom>'),
    "keyframe/key": robot(sections="<keyframe><key@/></keyframe>"),
}
# Complete elements, with attributes, as examples of their kind.
WHOLE = {
    "asset/texture": robot('<asset><texture name="x" type="skybox" builtin="flat" width="8" height="8"/></asset>'),
    "asset/material": robot('<asset><material name="x"/></asset>'),
    "asset/mesh": robot('<asset><mesh name="x" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/></asset>'),
    "asset/hfield": robot('<asset><hfield name="x" nrow="2" ncol="2" size="1 1 1 1"/></asset>'),
    "visual/rgba": robot('<visual><rgba haze="1 0 0 1"/></visual>'),
    "sensor/jointpos": robot(sections='<sensor><jointpos joint="j"/></sensor>'),
    "equality": robot(sections="<equality/>"),
    "equality/joint": robot(sections='<equality><joint joint1="j"/></equality>'),
    "equality/weld": robot(sections='<equality><weld body1="b"/></equality>'),
    "extension": robot("<extension/>"),
    "deformable": robot("<deformable/>"),
    "contact/pair": robot(body=EXTRA.format("").replace("<geom", '<geom name="h"'), sections='<contact><pair geom1="g" geom2="h"/></contact>'),
    "body/frame": robot(inside='<frame pos="1 0 0"><geom size=".1"/></frame>'),
    "body/replicate": robot(inside='<replicate count="2" offset="1 0 0"><geom size=".1"/></replicate>'),
    "spatial/pulley": robot(sections=spatial(TWO + '<pulley divisor="2"/>' + TWO)),
    "spatial/geom": robot(sections=spatial('<site site="w"/><geom geom="g"/><site site="s"/>')),
    "default/mesh": robot('<default><mesh scale="2 2 2"/></default>'),
    "default/texture": robot('<default><texture width="3"/></default>'),
    "default/material": robot('<default><material shininess=".3"/></default>'),
    "default/camera": robot('<default><camera fovy="30"/></default>'),
    "default/light": robot('<default><light ambient="1 1 1"/></default>'),
    "default/pair": robot('<default><pair condim="1"/></default>'),
    "default/equality": robot('<default><equality solref=".1 1"/></default>'),
}
DRIVES = "general position velocity intvelocity damper cylinder pid adhesion dcmotor".split()
NEEDS = {"cylinder": 'area="1"', "adhesion": 'ctrlrange="0 1"', "pid": 'kp="1"', "dcmotor": 'motorconst="1 1" resistance="1"'}
for drive in DRIVES:
    target = 'body="b"' if drive == "adhesion" else 'joint="j"'
    more = 'ctrlrange="0 1"' if drive == "damper" else NEEDS.get(drive, "")
    WHOLE[f"actuator/{drive}"] = robot(sections=f"<actuator><{drive} {target} {more}/></actuator>")
    WHOLE[f"default/{drive}"] = robot(f"<default><{drive} {NEEDS.get(drive, 'group=' + chr(34) + '2' + chr(34))}/></default>")

# Values to try in turn if the general ones below would restate a default.
VALUES = {
    "name": ["other"],
    "class": ["k"],
    "childclass": ["k"],
    "type": ["slide", "box"],
    "axis": ["1 0 0"],
    "joint": ["k"],
    "tendon": ["t"],
    "site": ["s"],
    "body1": ["c"],
    "body2": ["c"],
    "angle": ["radian"],
    "autolimits": ["0"],  # `false` would only make MuJoCo refuse files
    "eulerseq": ["zyx"],
    "inertiafromgeom": ["true"],
    "limited": ["false"],
    "ctrllimited": ["false"],
    "forcelimited": ["true"],
    "actuatorfrclimited": ["true"],
    "useexisting": ["false"],
    "delay": ["1"],
    "integrator": ["RK4"],
    "solver": ["PGS"],
    "cone": ["elliptic"],
    "jacobian": ["dense"],
    "sleep": ["never"],
    "simple": ["false"],
    "fuse": ["false"],
    "align": ["true"],
    "conflict": ["merge"],
    "interp": ["linear"],
    "fluidshape": ["ellipsoid"],
    "springdamper": ["1 1"],
    "data": ["length=gaussian 0.5", "1 2"],
    "condim": ["1"],
    "memory": ["2M"],
    "mode": ["all", "fixed"],
    "range": ["-.1 .1", ".5 1.25"],
    "ctrlrange": ["-.1 .1"],
    "timeconst": [".1 .2", ".1"],
    "lmin": [".4"],
    "qpos": [".1"],
    "qvel": [".1"],
    "inertiagrouprange": ["1 2"],
    "fullinertia": ["1 1 1.5 0 0 0"],
    "diaginertia": ["1 1 1.5"],
    "settotalmass": ["3"],
    "output": ["depth"],
    "rgba": ["1 0 0 1"],
    "size": [".3 .3 .3", "2"],
}
NUMBERS = ["2", ".1 .2", ".1 .2 .3", ".1 .2 .3 .4", ".6 .8 0 .6 .8 .1", ".5 .6 .7 .8 .9", "1.1 1.2"]
WORDS = ["true", "false", "enable", "disable", "x", "0"]
# Attributes that replace others which are given.
INSTEAD = {"fromto": ["pos"], "fullinertia": ["diaginertia"], "tendon": ["joint"]}


def taken(xml):
    try:
        mujoco.MjModel.from_xml_string(xml)
        return True
    except ValueError:
        return False


def schema():
    """Return attributes by element and its parent."""
    found, stack, current = {}, [], None
    for line in mujoco.mj_printSchema(False, False).splitlines():
        if not line.strip():
            continue
        head = re.match(r"( *)(\S+) \((.)\) *(.*)", line)
        if head:
            depth = len(head[1]) // 3
            stack = stack[:depth] + [head[2].replace("(world)", "")]
            current = found.setdefault("/".join(stack), [])
            current += head[4].split()
        else:
            current += line.split()
    return found


def attributes(place, known):
    paths = {
        "mujoco": "mujoco",
        "worldbody/body": "mujoco/body",
        "spatial/site": "mujoco/tendon/spatial/site",
        "fixed/joint": "mujoco/tendon/fixed/joint",
    }
    return known[paths.get(place, f"mujoco/{place}")]


def written(template, name, value):
    """Return the file with the attribute; it replaces one of the same name."""
    start = template.rindex("<", 0, template.index("@"))
    end = template.index("@") + 1
    tag = template[start:end]
    for other in [name, *INSTEAD.get(name, [])]:
        tag = re.sub(rf' {other}="[^"]*"', "", tag)
    return template[:start] + tag.replace("@", f' {name}="{value}"') + template[end:]


def value(place, template, name):
    choices = VALUES.get(name) or NUMBERS[:1] + WORDS[:4] + NUMBERS + WORDS
    if place == "option/flag":
        # flags that are off by default
        off = name in ("diagexact", "energy", "fwdinv", "invdiscrete", "override", "sleep", "ipc")
        choices = ["enable" if off else "disable"]
    fitting = (one for one in choices if taken(written(template, name, one).replace("@", "")))
    return next(fitting, f"!{choices[0]}")


def main(out):
    known, lines = schema(), []
    lines.append(f"# Elements and attributes of MJCF, from mj_printSchema of MuJoCo {mujoco.__version__}, made by tests/peer/vocabulary.py.")
    lines.append("# A place and its file, `@` where attributes go; below it attributes with a value that MuJoCo takes there (!: that it refuses there).")
    for place, template in PLACES.items():
        lines.append(f"[{place}] {template}")
        lines += [f"{name} {value(place, template, name)}" for name in sorted(attributes(place, known))]
    for place, file in WHOLE.items():
        lines.append(f"[{place}] {file}" + ("" if taken(file) else " (refused by MuJoCo)"))
    with open(out, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
