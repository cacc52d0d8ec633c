//! Robot files.

use super::row::File;
use super::row::Row;
use super::row::broken;
use super::row::rows;
use crate::support::sound::ROBOT;

/// A file `r.xml` that `gpu-ec inspect` refuses.
fn file(name: &'static str, text: impl Into<Vec<u8>>, parts: &[&str]) -> Row {
    broken(name, &["inspect", "r.xml"], parts).with("r.xml", text)
}

/// [`ROBOT`] with one piece, which is there, replaced.
fn other(name: &'static str, (from, to): (&str, &str), parts: &[&str]) -> Row {
    assert!(ROBOT.contains(from), "{from} is in the robot");
    file(name, ROBOT.replacen(from, to, 1), parts)
}

fn world(inside: &str) -> String {
    format!("<mujoco><worldbody>{inside}</worldbody></mujoco>")
}

pub fn table() -> Vec<Row> {
    [texts(), values(), sizes(), includes(), muscles()].concat()
}

/// An arm of two sites with these tendons, actuators and other sections, which begin in line 3.
fn arm(name: &'static str, rest: &str, parts: &[&str]) -> Row {
    let xml = format!(
        "<mujoco><worldbody><site name='g'/><body><joint name='j'/><geom size='.1'/><site name='s' pos='0 .1 0'/></body></worldbody>\n\n{rest}\n</mujoco>"
    );
    file(name, xml, parts)
}

fn muscles() -> Vec<Row> {
    let tendon = |inside: &str| format!("<tendon><spatial name='t'>{inside}</spatial></tendon>");
    let straight = tendon("<site site='g'/><site site='s'/>");
    let muscle =
        |attributes: &str| format!("{straight}<actuator><muscle name='m' tendon='t' {attributes}/></actuator>");
    let law = |data: &str| {
        let muscle = "<muscle name='m' joint='j' lengthrange='1 2'/>";
        format!("<actuator>{muscle}</actuator><custom><text name='muscle:m' data='{data}'/></custom>")
    };
    let wrapped = tendon("<site site='g'/><geom geom='a'/><site site='s'/>");
    rows([
        arm("a tendon around a geom", &wrapped, &["r.xml:3:", "wraps around a geom"]),
        arm("a pulley", &tendon("<site site='g'/><pulley divisor='2'/>"), &["r.xml:3:", "<pulley>: is not supported"]),
        arm("a tendon of one site", &tendon("<site site='g'/>"), &["r.xml:3:", "fewer than two sites"]),
        arm("a tendon of nothing", "<tendon><fixed/></tendon>", &["r.xml:3:", "has no joint"]),
        arm(
            "a site twice in a row",
            &tendon("<site site='g'/><site site='g'/><site site='s'/>"),
            &["r.xml:3:", "<site> attribute `site`: `g` stands twice in a row"],
        ),
        arm("an unknown site", &tendon("<site site='x'/>"), &["r.xml:3:", "`x` names no site", "allowed: g, s"]),
        arm("a muscle of no length", &muscle(""), &["r.xml:3:", "`lengthrange`: is missing"]),
        arm("a muscle of falling length", &muscle("lengthrange='2 1'"), &["r.xml:3:", "`lengthrange`: does not rise"]),
        arm("a muscle that is always short", &muscle("lengthrange='1 2' lmin='1'"), &["`lmin`", "wrong side of 1"]),
        arm("a muscle without time", &muscle("lengthrange='1 2' timeconst='0 1'"), &["`timeconst`: is not positive"]),
        arm(
            "a muscle on nothing",
            "<actuator><muscle tendon='x' lengthrange='1 2'/></actuator>",
            &["r.xml:3:", "`x` names no tendon"],
        ),
        arm("another kind of actuator", "<actuator><position joint='j'/></actuator>", &["allowed: motor, muscle"]),
        arm("a law that is none", &law("length=cosine"), &["r.xml:3:", "`length=cosine` is no law", "length=gaussian"]),
        arm(
            "a law of no muscle",
            &law("").replace("muscle:m", "muscle:n"),
            &["r.xml:3:", "`muscle:n` names no muscle", "allowed: muscle:m"],
        ),
        arm("many sites", &straight.repeat(200), &["r.xml:3:", "a robot may have 128 tendons"]),
    ])
}

fn texts() -> Vec<Row> {
    let bomb: String = (1..20).map(|i| format!("<!ENTITY e{i} \"&e{0};&e{0};&e{0};&e{0};\">", i - 1)).collect();
    let cases = rows([
        file("an empty robot", "", &["r.xml:1:1", "not well-formed XML"]),
        file("half a robot", &ROBOT[..200], &["r.xml:6:64", "unexpected end", "not well-formed XML"]),
        file("a robot of rubbish", vec![0xff; 5000], &["r.xml: cannot be read", "UTF-8"]),
        file("a robot of zeros", vec![0; 5000], &["r.xml:1:1", "not well-formed XML"]),
        file("another root", "<robot/>", &["r.xml:1:1: <robot>: is not the root", "<mujoco>"]),
        file("a robot without a body", "<mujoco/>", &["r.xml:1:1: <mujoco>: has no body"]),
        file("a robot that cannot move", world("<body><geom size='1'/></body>"), &["r.xml:1:1", "has no joint"]),
        file(
            "an entity bomb",
            format!("<!DOCTYPE a [<!ENTITY e0 \"x\">{bomb}]><mujoco>&e19;</mujoco>"),
            &["r.xml:1:1", "not well-formed XML", "DTD"],
        ),
        file(
            "an entity from elsewhere",
            "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><mujoco>&e;</mujoco>",
            &["r.xml:1:1", "DTD"],
        ),
        broken("a robot that is not there", &["inspect", "none.xml"], &["none.xml: cannot be read"]),
        broken("a folder as a robot", &["inspect", "r.xml"], &["r.xml: cannot be read: it is a folder"])
            .file("r.xml", File::Folder),
        broken(
            "rolling out a broken robot",
            &["rollout", "r.xml", "--random", "--steps", "1", "--out", "o.npz"],
            &["r.xml:1:1"],
        )
        .with("r.xml", "<mujoco"),
    ]);
    let pipe = broken("a pipe as a robot", &["inspect", "r.xml"], &["r.xml: cannot be read: it is not a file"]);
    [cases, if cfg!(unix) { vec![pipe.file("r.xml", File::Pipe)] } else { vec![] }].concat()
}

fn values() -> Vec<Row> {
    rows([
        other(
            "a joint of an unknown kind",
            ("\"slide\"", "\"ball\""),
            &["r.xml:4:26: <joint> attribute `type`", "`ball`"],
        ),
        other("an unknown attribute", ("axis=", "axes="), &["r.xml:4:", "<joint> attribute `axes`: is not supported"]),
        other(
            "an unknown element",
            ("<actuator>", "<equality><weld/></equality><actuator>"),
            &["r.xml:9:3: <equality>: is outside the supported subset"],
        ),
        other(
            "a size that is not finite",
            ("size=\"0.1\"", "size=\"1e999\""),
            &["r.xml:5:13: <geom> attribute `size`", "not a finite number"],
        ),
        other("a size that is no number", ("size=\"0.1\"", "size=\"nan\""), &["r.xml:5:13: <geom> attribute `size`"]),
        other("a negative size", ("size=\"0.1\"", "size=\"-0.1\""), &["r.xml:5:13: <geom> attribute `size`"]),
        other("a size in words", ("size=\"0.1\"", "size=\"big\""), &["r.xml:5:13: <geom> attribute `size`", "`big`"]),
        other(
            "an axis of length zero",
            ("axis=\"1 0 0\"", "axis=\"0 0 0\""),
            &["r.xml:4:", "<joint> attribute `axis`"],
        ),
        other("a range upside down", ("range=\"-1 1\"", "range=\"1 -1\""), &["r.xml:4:", "attribute `range`"]),
        other(
            "a motor of no joint",
            ("joint=\"rail\"", "joint=\"rial\""),
            &["r.xml:9:20: <motor> attribute `joint`", "rail, hinge"],
        ),
        other("a name twice", ("name=\"hinge\"", "name=\"rail\""), &["r.xml:", "the name `rail` is used twice"]),
        other(
            "a robot as large as the sun",
            ("size=\"0.1\"", "size=\"7e8\""),
            &["r.xml:3:5: <body>", "are the units right?"],
        ),
        other(
            "a class that is not there",
            ("<geom size", "<geom class=\"c\" size"),
            &["r.xml:5:", "<geom> attribute `class`"],
        ),
        other("a short axis", ("axis=\"1 0 0\"", "axis=\"1\""), &["r.xml:4:", "`axis`: has 1 number", "exactly 3"]),
        file(
            "several mistakes",
            "<mujoco><option cone='elliptic'/>\n<worldbody><body><joint frictionloss='1'/><geom type='mesh' mesh='m'/></body></worldbody>\n\
             <actuator><position/></actuator></mujoco>",
            &[
                "r.xml: 4 things",
                "r.xml:1:17: <option>",
                "r.xml:2:25: <joint>",
                "r.xml:2:61: <geom>",
                "r.xml:3:11: <position>",
            ],
        ),
        other(
            "a time step of zero",
            ("<worldbody>", "<option timestep=\"0\"/><worldbody>"),
            &["r.xml:2:", "<option> attribute `timestep`"],
        ),
    ])
}

fn sizes() -> Vec<Row> {
    let nested = |count: usize| world(&format!("{}{}", "<body>".repeat(count), "</body>".repeat(count)));
    let attributes: String = (0..50_000).map(|i| format!(" a{i}='1'")).collect();
    rows([
        file("bodies within bodies", nested(50_000), &["r.xml:1:", "<body>", "100 bodies in each other"]),
        file("a hundred thousand elements", world(&"<b/>".repeat(150_000)), &["r.xml:1:", "more than 100000 elements"]),
        file("fifty thousand attributes", format!("<mujoco{attributes}/>"), &["r.xml:1:1", "more than 500 attributes"]),
        file("a thousand bodies", world(&"<body/>".repeat(1000)), &["r.xml:1:", "256 bodies"]),
        file(
            "two hundred degrees of freedom",
            world(&"<body><freejoint/><geom size='.1'/></body>".repeat(34)),
            &["r.xml:1:", "32 degrees of freedom"],
        ),
        file(
            "a value of a million numbers",
            world(&format!("<body><joint axis='{}'/></body>", "1 ".repeat(1_000_000))),
            &["r.xml:1:33: <joint> attribute `axis`", "1000000 numbers"],
        ),
        broken("a robot of a terabyte", &["inspect", "r.xml"], &["r.xml: has more than 16 MiB"])
            .file("r.xml", File::Sparse(b"<mujoco>".to_vec(), 1 << 40)),
    ])
}

fn includes() -> Vec<Row> {
    let include = |file: &str| format!("<mujoco>\n<include file='{file}'/></mujoco>");
    let place = "r.xml:2:10: <include> attribute `file`";
    rows([
        file("an include of the file itself", include("r.xml"), &[place, "is read already"]),
        file("a circle of includes", include("b.xml"), &["b.xml:2:10", "is read already"])
            .with("b.xml", include("r.xml")),
        file("an include from above", include("../r.xml"), &[place, "names no file inside the robot's folder"]),
        file("an include from the root", include("/etc/passwd"), &[place, "names no file inside the robot's folder"]),
        file("an include of nothing", include("none.xml"), &[place, "cannot be read"]),
        file("an included mistake", include("b.xml"), &["b.xml:3:1: <joint>"])
            .with("b.xml", "<mujoco>\n\n<joint/></mujoco>"),
    ])
}
