//! The MJCF compiler against MuJoCo's own constants, and its refusals.

mod refusals;
mod walk;

use std::path::Path;

use crate::support::constants::{Comparer, compare};
use crate::support::golden;
use gpu_ec::physics::{
    mjcf::{Became, Refusals, compile},
    model::Model,
};

const ROBOTS: [&str; 9] = [
    "hopper",
    "walker2d",
    "humanoid",
    "inverted_pendulum",
    "ant",
    "half_cheetah",
    "swimmer",
    "reacher",
    "inverted_double_pendulum",
];

fn robot_file(robot: &str) -> String {
    let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/robots")).join(format!("{robot}.xml"));
    // The robots of the golden data without a task lie beside it.
    let path = if own.exists() { own } else { golden::path(&format!("{robot}.xml")) };
    std::fs::read_to_string(path).expect("the robot file is there")
}

#[test]
fn constants_equal_mujocos() {
    for robot in ROBOTS.into_iter().chain(["drop", "muscle_arm", "arm6"]) {
        let compiled = compile(robot, &robot_file(robot)).unwrap_or_else(|error| panic!("{error}"));
        let comparer = compare(&compiled.model, &golden::model(robot));
        eprintln!("{robot}: worst difference {:e}, skipped {:?}", comparer.worst, compiled.skipped);
        assert!(comparer.differences.is_empty(), "{robot} differs from MuJoCo: {:#?}", comparer.differences);
    }
}

/// Random trees of default classes: `tests/peer/default_trees.py` made them, and MuJoCo 3.17.0 compiled them.
#[test]
fn defaults_are_inherited_as_mujoco_does() {
    #[derive(serde::Deserialize)]
    struct Robot {
        xml: String,
        model: Model,
    }
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/physics/mjcf/defaults.jsonl");
    let file = std::env::var("GPU_EC_DEFAULT_TREES").unwrap_or(own.into());
    let text = std::fs::read_to_string(file).expect("the robots are there");
    let (mut compared, mut worst) = (0, 0.0_f64);
    for (line, text) in (1..).zip(text.lines()) {
        let robot: Robot = serde_json::from_str(text).expect("a robot");
        let compiled =
            compile(&format!("line {line}"), &robot.xml).unwrap_or_else(|error| panic!("{error}: {}", robot.xml));
        let comparer = compare(&compiled.model, &robot.model);
        assert!(comparer.differences.is_empty(), "line {line}: {:#?}\n{}", comparer.differences, robot.xml);
        (compared, worst) = (compared + 1, worst.max(comparer.worst));
    }
    eprintln!("{compared} robots, worst difference {worst:e}");
    assert!(compared >= 30, "{compared} robots are few");
}

/// The shared default of actuators, told by hand: entries overwrite what their own tag means, in the order of the file.
#[test]
fn actuators_share_one_default() {
    let arm = |defaults: &str, actuator: &str| {
        let xml = format!(
            "<mujoco><default>{defaults}</default><worldbody><body><joint name='j'/><geom size='.1' pos='1 0 0'/></body></worldbody>\
             <actuator>{actuator}</actuator></mujoco>"
        );
        compile("robot.xml", &xml).expect("the file is in the subset").model
    };
    let muscle = "<muscle joint='j' lengthrange='-1 1' force='20'/>";
    assert_eq!(arm("<motor gear='0.05'/>", muscle).actuator_gear[0][0], 0.05, "a motor's gear holds for muscles");
    let motor = arm("<muscle ctrllimited='true' ctrlrange='0 0.2' gear='3' force='7'/>", "<motor joint='j'/>");
    assert!(
        motor.actuator_ctrllimited[0] && motor.actuator_ctrlrange[0] == [0.0, 0.2],
        "and a muscle's range for motors"
    );
    assert_eq!((motor.actuator_gear[0][0], motor.actuator_gainprm[0][0]), (3.0, 1.0), "but a motor's gain is its own");
    let both = arm("<muscle gear='2' vmax='3'/><motor gear='5'/>", muscle);
    assert_eq!((both.actuator_gear[0][0], both.actuator_gainprm[0][6]), (5.0, 1.5), "the later entry wins");
    let lost = arm("<muscle range='.5 1.5' timeconst='.1 .2'/><motor/>", muscle);
    assert_eq!(lost.actuator_gainprm[0][..2], [0.75, 1.05], "a motor's gain takes the place of a muscle's");
    assert_eq!(lost.actuator_dynprm[0][..2], [0.01, 0.04], "and so do its times");
}

#[test]
fn comparer_sees_a_small_change() {
    let theirs = golden::model("hopper");
    let mut ours = theirs.clone();
    ours.body_inertia[2][1] *= 1.0 + 1e-8;
    assert_eq!(compare(&ours, &theirs).differences.len(), 1, "one moment was changed");
    ours.dof_parentid[5] = -1;
    assert_eq!(compare(&ours, &theirs).differences.len(), 2, "and one parent");
}

fn refusal(body: &str) -> Refusals {
    let xml = format!("<mujoco>\n  {body}\n</mujoco>");
    compile("robot.xml", &xml).expect_err("the file is outside the subset")
}

#[test]
fn refusals_name_place_and_remedy() {
    let ball = |inside: &str| format!("<worldbody><body>{inside}<geom size='.1'/></body></worldbody>");
    let cases = [
        ("<equality><weld/></equality>".into(), "robot.xml:2:3: <equality>:", "one body"),
        (ball("<joint type='ball'/>"), "<joint> attribute `type`: `ball`", "free, slide, hinge"),
        (ball("<joint frictionloss='0.1'/>"), "<joint> attribute `frictionloss`: `0.1`", "allowed: 0"),
        (ball("<joint rnage='0 1'/>"), "<joint> attribute `rnage`", "range"),
        (ball("<joint damping='1 2'/>"), "<joint> attribute `damping`: has 2 numbers", "1 to 1"),
        (ball("<joint axis='0 0 0'/>"), "<joint> attribute `axis`", "not zero"),
        (ball("<joint range='1 -1'/>"), "<joint> attribute `range`: `1 -1`", "lower"),
        (ball("<geom type='mesh' mesh='a'/>"), "<geom> attribute `mesh`", "capsules or boxes"),
        (ball("<geom type='hfield' size='1 1'/>"), "`hfield`", "plane, sphere, capsule, ellipsoid, cylinder, box"),
        (
            ball("<geom fromto='0 0 0 0 0 1' size='.1'/>"),
            "<geom> attribute `fromto`",
            "capsule, cylinder, ellipsoid, box",
        ),
        (ball("<geom type='box' fromto='0 0 0 0 0 1' pos='1 0 0' size='.1'/>"), "<geom> attribute `pos`", "only one"),
        ("<option wind='1 2'/>".into(), "<option> attribute `wind`: has 2 numbers", "exactly 3"),
        ("<option density='-1'/>".into(), "<option> attribute `density`: -1 is too small", "at least 0"),
        (ball("<geom size='nan'/>"), "`nan` is not a finite number", "up to 3"),
        (ball("<geom class='leg' size='.1'/>"), "`leg` is not a class", "no classes"),
        (ball("<geom quat='1 0 0 0' euler='0 0 0' size='.1'/>"), "contradicts", "only one"),
        (ball("<freejoint/><joint/>"), "<joint>: stands beside a free joint", "only joint"),
        ("<option cone='elliptic'/>".into(), "<option> attribute `cone`: `elliptic`", "pyramidal"),
        ("<option integrator='implicit'/>".into(), "`implicit`", "Euler, RK4"),
        ("<option><flag contact='disable'/></option>".into(), "<flag> attribute `contact`: `disable`", "contype=\"0\""),
        ("<compiler coordinate='global'/>".into(), "`global`", "local"),
        (
            "<default><geom density='-1'/></default><worldbody><body><geom size='1'/></body></worldbody>".into(),
            "robot.xml:2:18: <geom> attribute `density`: -1 is too small",
            "at least 0",
        ),
        (format!("{}<actuator><motor joint='x'/></actuator>", ball("<joint/>")), "`x` names no slide or hinge", "give one a name"),
        (format!("{}<actuator><position joint='x'/></actuator>", ball("<joint/>")), "<position>", "motor"),
        (format!("{}<contact><exclude body1='x' body2='world'/></contact>", ball("<joint/>")), "`body1`: `x` names no body", "world"),
        (format!("{}<contact><pair geom1='x'/></contact>", ball("<joint/>")), "<pair>: is not supported", "two geoms"),
        (format!("{}<tendon><fixed frictionloss='2'/></tendon>", ball("<joint/>")), "`frictionloss`: `2`", "0"),
        (ball("<body name='a'/><body name='a'/>"), "`a` is used twice", "rename"),
        ("<worldbody><body><joint/></body></worldbody>".into(), "no mass", "<inertial>"),
        (ball(""), "robot.xml:1:1: <mujoco>: has no joint", "<freejoint/>"),
        (ball("<freejoint/><geom type='plane' size='1 1 1'/>"), "plane on the moving body 1", "<worldbody>"),
        (
            format!("<worldbody>{0}{0}</worldbody>", "<body><freejoint/><geom type='box' size='1 1 1'/></body>"),
            "may touch, and there is no contact of box and box",
            "contype",
        ),
        (ball("<joint/><joint/>"), "no inertia of its own", "remove one"),
        (ball("<joint solimplimit='.9 .95 .001 .5 3'/>"), "`solimplimit`: has the power 3", "allowed: 2"),
        (ball("<joint range='-1 1' margin='.5'/>"), "`margin`: is larger than half the range", "radian"),
        ("<option timestep='0'/>".into(), "`timestep`: 0 is no length", "0.002"),
        (ball("<joint/><geom size='1e11'/>"), "`1e11` is absurd", "at most 1e10"),
        (ball("<joint/><geom size='1e5'/>"), "has a mass or moment of inertia of", "units"),
        ("<include file='other.xml'/>".into(), "<include>: stands in text that is no file", "save"),
        (
            "<worldbody><geom type='plane' size='1 1 1'/><body pos='0 0 1'><joint/><geom size='.1'/></body></worldbody>".into(),
            "geoms 0 `` and 1 `` may touch, and their centres of mass cannot move",
            "contype",
        ),
        (
            "<default><default class='a'><default class='b'><default class='a'/></default></default></default>".into(),
            "`a` exists",
            "rename",
        ),
        ("<worldbody><body>".into(), "not well-formed XML", "mend"),
    ];
    for (body, problem, advice) in cases {
        let message = refusal(&body).to_string();
        let told = message.starts_with("robot.xml:") && message.contains(problem) && message.contains(advice);
        assert!(told, "`{body}` gave `{message}`, which lacks `{problem}` or `{advice}`");
    }
}

#[test]
fn every_element_is_accounted_for() {
    let xml = "<mujoco><visual/>\n<asset><texture/><material/></asset>\n<worldbody><light/><light/><body name='b'><camera/>\n\
               <joint name='j'/><geom size='.1'/>\n<body><inertial pos='0 0 0' mass='1' diaginertia='1 1 1'/><joint name='k'/></body></body>\
               </worldbody>\n<tendon><fixed><joint joint='j' coef='1'/></fixed></tendon><actuator><motor joint='k'/></actuator></mujoco>";
    let compiled = compile("robot.xml", xml).expect("the file is in the subset");
    let counts = [("visual", 1), ("texture", 1), ("material", 1), ("light", 2), ("camera", 1)];
    let skipped = compiled.skipped.iter().map(|one| (one.element.as_str(), one.count));
    assert_eq!(skipped.collect::<Vec<_>>(), counts, "every skipped element is counted");
    assert!(compiled.skipped.iter().all(|one| one.attribute.is_none() && one.effect.is_none()), "without effect");
    let kept: Vec<_> = compiled.elements.iter().filter(|entry| entry.became != Became::Skipped).collect();
    let known = kept.iter().map(|entry| (entry.line, entry.tag.as_str(), entry.name.as_str(), entry.became));
    let expected = [
        (3, "worldbody", "", Became::Body(0)),
        (3, "body", "b", Became::Body(1)),
        (4, "joint", "j", Became::Joint(0)),
        (4, "geom", "", Became::Geom(0)),
        (5, "body", "", Became::Body(2)),
        (5, "inertial", "", Became::Inertia(2)),
        (5, "joint", "k", Became::Joint(1)),
        (6, "fixed", "", Became::Tendon(0)),
        (6, "motor", "", Became::Actuator(0)),
    ];
    assert_eq!(known.collect::<Vec<_>>(), expected, "each became what it says, at its line");
    assert!(compiled.elements.iter().all(|entry| entry.file == "robot.xml"), "the file is named");
}

/// Values checked against MuJoCo 3.17.0 by hand: partial attributes, euler, zaxis, several geoms, reference angles.
#[test]
fn reads_the_rarer_forms() {
    let xml = "<mujoco><default><geom friction='.7 .1 .1'/></default><worldbody><body>\
        <joint axis='0 1 0' range='10 90'/><joint ref='20' springref='10'/>\
        <geom type='box' size='.1 .2 .3' pos='.1 0 0' euler='20 30 40' mass='3' friction='.9' contype='0' conaffinity='0'/>\
        <geom type='capsule' size='.1 .2' zaxis='1 2 3'/></body></worldbody></mujoco>";
    let model = compile("robot.xml", xml).expect("the file is in the subset").model;
    let mut comparer = Comparer::default();
    let degree = std::f64::consts::PI / 180.0;
    comparer.numbers("range", &model.jnt_range[0], &[10.0 * degree, 90.0 * degree]);
    comparer.numbers("qpos0", &model.qpos0, &[0.0, 20.0 * degree]);
    comparer.numbers("qpos_spring", &model.qpos_spring, &[0.0, 10.0 * degree]);
    comparer.numbers("friction", &model.geom_friction[0], &[0.9, 0.1, 0.1]);
    assert!(comparer.differences.is_empty(), "{:#?}", comparer.differences);
    let close = |ours: &[f64], theirs: &[f64]| ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-8);
    let euler = [0.87851221, 0.24479232, 0.18214797, 0.36758012];
    assert!(close(&model.geom_quat[0], &euler), "{:?}", model.geom_quat);
    assert!(close(&model.geom_quat[1], &[0.94915323, -0.2815786, 0.1407893, 0.0]), "{:?}", model.geom_quat);
    let iquat = [0.88013164, -0.15708017, 0.23657117, 0.3804316];
    assert!(close(&model.body_iquat[1], &iquat), "{:?}", model.body_iquat);
    assert!(close(&model.body_inertia[1], &[0.5814981, 0.53439313, 0.18679655]), "{:?}", model.body_inertia);
}
