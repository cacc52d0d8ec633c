//! Everything that is refused in a robot file is told at once, and advice that is followed leaves the robot as it was.

use gpu_ec::physics::mjcf::{Compiled, Refusals, compile};

const BODY: &str = "<worldbody><site name='w'/><body name='b'><joint name='j'/><geom size='.1' pos='1 0 0'/>\
                    <site name='s' pos='0 .1 0'/></body></worldbody>";

fn refused(xml: &str) -> Refusals {
    compile("r.xml", &format!("<mujoco>{xml}</mujoco>")).expect_err("the robot is refused")
}

fn taken(xml: &str) -> Compiled {
    compile("r.xml", &format!("<mujoco>{xml}</mujoco>")).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

#[test]
fn one_call_tells_all() {
    let xml = "\n<option cone='elliptic'><flag contact='disable'/></option>\n<worldbody>\n<geom type='plane' size='1 1 .1'/>\n\
        <body><joint name='j' frictionloss='1' axis='1'/><geom type='mesh' mesh='m'/>\n<geom type='box' size='1 1 1' pos='0 0 3'/>\n\
        <body pos='1'><joint/></body></body>\n<body pos='9 0 0'><freejoint/><geom type='box' size='1 1 1' gap='1'/></body></worldbody>\n\
        <actuator><position joint='j'/><motor joint='x'/></actuator>\n<equality><joint joint1='j'/></equality>";
    let refusals = refused(xml);
    let found: Vec<(u32, &str, Option<&str>)> =
        refusals.list.iter().map(|one| (one.line, &*one.element, one.attribute.as_deref())).collect();
    let expected = [
        (2, "option", Some("cone")),
        (2, "flag", Some("contact")),
        (5, "joint", Some("frictionloss")),
        (5, "joint", Some("axis")),
        (5, "geom", Some("mesh")),
        (7, "body", None), // it moves and has no mass
        (7, "body", Some("pos")),
        (8, "geom", None), // box and box
        (8, "geom", Some("gap")),
        (9, "position", None),
        (9, "motor", Some("joint")),
        (10, "equality", None),
    ];
    assert_eq!(found, expected, "{refusals}");
    let text = refusals.to_string();
    assert!(
        text.starts_with("r.xml: 12 things of this robot are refused:\n  r.xml:2:9: <option> attribute `cone`"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 13, "a line each: {text}");
    assert_eq!(refused(xml), refusals, "the same in the same order");
}

#[test]
fn the_same_is_told_once_and_much_is_cut() {
    let legs: String =
        (0..9).map(|_| "\n<body><joint frictionloss='.1'/><geom size='.1' pos='1 0 0'/></body>").collect();
    let text = refused(&format!("<worldbody><body><joint/><geom size='.1' pos='1 0 0'/>{legs}</body></worldbody>"))
        .to_string();
    assert_eq!(text.matches("frictionloss").count(), 1, "{text}");
    assert!(text.ends_with("(the same: line 3, line 4, line 5, line 6, line 7 and 3 more)"), "{text}");
    let many: String = (0..400).map(|n| format!("<thing{n}/>\n")).collect();
    let refusals = refused(&format!("<worldbody><body>{many}<joint/><geom size='.1'/></body></worldbody>"));
    let text = refusals.to_string();
    assert!(
        refusals.count() == 400 && text.contains("400 things") && text.len() < 8000,
        "{} bytes: {text}",
        text.len()
    );
    let told = text.lines().count() - 2;
    assert!(text.ends_with(&format!("and {} more", 400 - told)), "{told} are told: {text}");
}

/// A mistake in a default class is one, however many elements have the class.
#[test]
fn a_default_is_refused_once() {
    let geoms = "<geom pos='1 0 0'/>".repeat(20);
    let defaults = "<default><geom size='.1' friction='-1'/></default>";
    let refusals = refused(&format!("{defaults}<worldbody><body><joint/>{geoms}</body></worldbody>"));
    assert_eq!(refusals.count(), 1, "{refusals}");
}

/// MuJoCo 3.17.0 refuses each of these.
#[test]
fn what_mujoco_refuses_is_refused() {
    let spatial = |sites: &str| format!("{BODY}<tendon><spatial name='t'>{sites}</spatial></tendon>");
    let default = |inside: &str| format!("<default>{inside}</default>{BODY}");
    let body =
        |inside: &str| format!("<worldbody><body><joint/><geom size='.1' pos='1 0 0'/>{inside}</body></worldbody>");
    let cases = [
        (spatial("<site site='w'/><site site='w'/><site site='s'/>"), "stands twice in a row"),
        (spatial("<site site='w'/><site site='s'/><site site='s'/>"), "stands twice in a row"),
        (BODY.replace("name='b'", "pos='.1'"), "<body> attribute `pos`: has 1 number; it takes exactly 3"),
        (BODY.replace("name='j'", "name='j' axis='1'"), "<joint> attribute `axis`: has 1 number"),
        (BODY.replace("name='j'", "name='j' axis='1 0'"), "<joint> attribute `axis`: has 2 numbers"),
        (BODY.replace("name='j'", "name='j' pos='1 0'"), "<joint> attribute `pos`: has 2 numbers"),
        (BODY.replace("name='j'", "name='j' range='1' limited='true'"), "<joint> attribute `range`: has 1 number"),
        (BODY.replace("pos='1 0 0'", "pos='1'"), "<geom> attribute `pos`: has 1 number"),
        (BODY.replace("pos='0 .1 0'", "pos='0 .1'"), "<site> attribute `pos`: has 2 numbers"),
        (body("<inertial pos='.2' mass='1' diaginertia='1 1 1'/>"), "<inertial> attribute `pos`: has 1 number"),
        (body("<inertial mass='1' diaginertia='1 1 1'/>"), "<inertial> attribute `pos`: is missing"),
        (
            body("<inertial pos='0 0 0' mass='1' diaginertia='1 1 1'/>").replace("<inertial", "<inertial/><inertial"),
            "stands twice",
        ),
        (body("<geom type='plane'/>"), "<geom> attribute `size`"),
        (body("<geom size='.1'><plugin/></geom>"), "holds no elements"),
        (body("<site fromto='0 0 0 0 0 1'/>"), "<site> attribute `fromto`"),
        (body("<site name='a'/><site name='a'/>"), "`a` is used twice"),
        (body("<body name='world'/>"), "`world` is used twice"),
        (BODY.replace("<worldbody", "<worldbody childclass='main'"), "<worldbody> attribute `childclass`"),
        (format!("{BODY}<actuator><motor/></actuator>"), "<motor>: drives nothing"),
        (format!("{BODY}<actuator><motor joint='j' ctrlrange='1'/></actuator>"), "`ctrlrange`: has 1 number"),
        (
            format!("{BODY}<actuator><motor name='a' joint='j'/><motor name='a' joint='j'/></actuator>"),
            "`a` is used twice",
        ),
        (format!("{BODY}<actuator class='main'/>"), "<actuator> attribute `class`"),
        (format!("{BODY}<tendon><fixed><joint joint='j'/></fixed></tendon>"), "<joint> attribute `coef`: is missing"),
        (
            format!("{BODY}<tendon><fixed width='1'><joint joint='j' coef='1'/></fixed></tendon>"),
            "<fixed> attribute `width`",
        ),
        (format!("<size memory='1M' njmax='10'/>{BODY}"), "<size> attribute `njmax`: contradicts"),
        (format!("<option><flag energy='enable'/><flag/></option>{BODY}"), "<flag>: stands twice"),
        (format!("<default class='legs'/>{BODY}"), "<default> attribute `class`: names the outermost class"),
        (default("<joint/><joint/>"), "<joint>: stands twice in a class"),
        (default("<default class=''/>"), "<default>: has no class"),
        (default("<default class='main'/>"), "`main` exists"),
        (default("<geom name='a'/>"), "<geom> attribute `name`: cannot have a default"),
        (default("<motor joint='j'/>"), "<motor> attribute `joint`: cannot have a default"),
        (default("<muscle tausmooth='1'/>"), "<muscle> attribute `tausmooth`: cannot have a default"),
        (BODY.replace("size='.1'", "size='.1' contype='4294967295'"), "<geom> attribute `contype`"),
        (BODY.replace("size='.1'", "size='.1' type=' sphere'"), "<geom> attribute `type`"),
    ];
    for (xml, told) in cases {
        let refusals = refused(&xml);
        assert!(refusals.to_string().contains(told), "`{told}` is not in `{refusals}`: {xml}");
    }
}

/// Short vectors that MuJoCo fills up with what the classes say, as we do.
#[test]
fn some_vectors_may_be_short() {
    let model = taken(
        "<default><geom size='.1 .2 .3' friction='.5 .25' solimp='.5 .75' solref='.5 .75'/></default><worldbody><body><joint name='j'/>\
         <geom size='.4' friction='.125' solimp='.25' solref='.25'/></body></worldbody><actuator><motor joint='j' gear='3'/></actuator>",
    )
    .model;
    assert_eq!(model.geom_size[0], [0.4, 0.2, 0.3], "size");
    assert_eq!(model.geom_friction[0], [0.125, 0.25, 0.0001], "friction");
    assert_eq!((model.geom_solref[0], model.geom_solimp[0]), ([0.25, 0.75], [0.25, 0.75, 0.001, 0.5, 2.0]), "softness");
    assert_eq!(model.actuator_gear[0], [3.0, 0.0, 0.0, 0.0, 0.0, 0.0], "gear");
}

#[test]
fn advice_names_what_would_be_lost() {
    let flag = |flag: &str| format!("<option><flag {flag}='disable'/></option>{BODY}");
    let two_chains = "<worldbody><body><joint name='j'/><geom size='.1' pos='1 0 0'/></body><body pos='9 0 0'><joint name='k'/>\
        <geom size='.1' pos='1 0 0'/></body></worldbody>\n<tendon><fixed name='t' range='-1 1'>\
        <joint joint='j' coef='1'/><joint joint='k' coef='-1'/></fixed></tendon>";
    let bare = "<worldbody><body><joint/></body></worldbody>";
    let on_axis = "<worldbody><geom type='plane' size='1 1 .1'/><body><joint/><geom size='.1'/></body></worldbody>";
    let cases = [
        (flag("contact"), "<flag> attribute `contact`", "set contype=\"0\" conaffinity=\"0\" on all geoms as well"),
        (flag("gravity"), "<flag> attribute `gravity`", "set gravity=\"0 0 0\""),
        (flag("constraint"), "<flag> attribute `constraint`", "limited=\"false\""),
        (flag("eulerdamp"), "<flag> attribute `eulerdamp`", "implicitly"),
        (
            two_chains.into(),
            "r.xml:2:25: <fixed> attribute `range`: tendon 0 `t` has a limit",
            "limit the joints themselves",
        ),
        (BODY.replace("name='j'", "name='j' frictionloss='.2'"), "`frictionloss`: `.2`", "in proportion to speed"),
        (BODY.replace("name='b'", "childclass='hip'"), "`hip` is not a class of this file", "the file has no classes"),
        (bare.into(), "body 1 moves but has no mass", "<inertial>"),
        (on_axis.into(), "their centres of mass cannot move", "MuJoCo takes this contact"),
        (BODY.replace("size='.1'", "mesh='m' type='mesh'"), "<geom> attribute `mesh`", "<inertial>"),
        (BODY.replace("name='j'", "name='j' type='ball'"), "`ball`", "three hinges"),
    ];
    for (xml, problem, advice) in cases {
        let text = refused(&xml).to_string();
        assert!(text.contains(problem) && text.contains(advice), "`{problem}` or `{advice}` is not in `{text}`");
    }
}

/// What the advice on flags makes of a robot is what MuJoCo makes of the flag: nothing touches, nothing falls.
#[test]
fn flags_without_effect_are_listed() {
    let compiled =
        taken(&format!("<option><flag energy='enable' sensor='disable' contact='enable'/></option>{BODY}<equality/>"));
    assert_eq!(compiled.model, taken(BODY).model, "the same robot");
    let listed = compiled.skipped.iter().map(|one| (one.element.as_str(), one.attribute.as_deref(), one.effect));
    let expected = [("equality", None, None), ("flag", Some("energy"), None), ("flag", Some("sensor"), None)];
    assert_eq!(listed.collect::<Vec<_>>(), expected, "flags and the empty section are listed");
}

#[test]
fn budgets_of_the_solver_are_skipped_with_effect() {
    let compiled = taken(&format!("<option solver='PGS' iterations='1' tolerance='1e-3' jacobian='dense'/>{BODY}"));
    let effects =
        compiled.skipped.iter().map(|one| (one.attribute.as_deref().unwrap_or_default(), one.effect.is_some()));
    let expected = [("iterations", true), ("tolerance", true), ("jacobian", false), ("solver", true)];
    assert_eq!(effects.collect::<Vec<_>>(), expected, "MuJoCo's motion may depend on three of them");
    assert!(taken(&format!("<option solver='CG'/>{BODY}")).skipped.is_empty(), "CG converges to the same");
}

/// A fixed tendon may name its joints in any order.
#[test]
fn joints_of_limited_tendons_come_in_any_order() {
    use gpu_ec::physics::stepper::{Options, physics_text};
    let robot = |joints: &str| {
        let bodies = "<worldbody><body><joint name='j'/><geom size='.1' pos='1 0 0'/><body pos='2 0 0'><joint name='k'/>\
            <geom size='.1' pos='1 0 0'/></body></body></worldbody>";
        taken(&format!("{bodies}<tendon><fixed range='-1 1'>{joints}</fixed></tendon>")).model
    };
    let (first, second) = ("<joint joint='j' coef='1'/>", "<joint joint='k' coef='2'/>");
    for joints in [format!("{first}{second}"), format!("{second}{first}")] {
        let model = robot(&joints);
        physics_text(&model, &Options::of(&model)).expect("the stepper takes the limit");
    }
}
