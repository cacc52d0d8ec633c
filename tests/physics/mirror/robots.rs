//! Which robots have a mirror, and what stands in the way of others.

use std::path::Path;

use gpu_ec::{
    config::{self, TaskConfig},
    kernel::mirror::Image,
    physics::{mirror::Symmetry, mjcf},
    tasks::{
        self, Task,
        locomotion::{Locomotion, Slice, Source},
    },
};

use super::BIPED;
use super::compile;
use super::even_humanoid;
use super::everything;
use super::watching;
use crate::support::golden;

/// The built-in task with its defaults.
fn task(name: &str) -> Box<dyn Task> {
    let text = format!("(task: {name}(), network: Rsnn(), algorithm: Ec())");
    let config = config::load(config::Source::new("test.ron", &text), &[]).expect("valid");
    assert!(!matches!(config.task, TaskConfig::Locomotion(_)), "one of ours");
    tasks::build(&config.task).expect("it runs")
}

/// Entries of an image as `index` of their names: what swaps, and what changes sign.
fn said(image: &Image, names: Vec<String>) -> Vec<String> {
    let say = |i: usize| format!("{} {} {}", names[i], if image.negated[i] { "-" } else { "+" }, names[image.of[i]]);
    (0..names.len()).map(say).collect()
}

fn actions(task: &dyn Task) -> Vec<String> {
    let mirror = task.mirror().expect("a mirror");
    said(&mirror.action, task.describe().action.into_iter().map(|row| row.name).collect())
}

fn observations(task: &dyn Task) -> Vec<String> {
    let mirror = task.mirror().expect("a mirror");
    said(&mirror.observation, task.describe().observation.into_iter().map(|row| row.name).collect())
}

/// Our robots: whose numbers have images, and why those of the others have none.
#[test]
fn built_in_robots_have_a_mirror_or_not() {
    for name in ["Humanoid", "Ant", "Walker2d", "Swimmer", "Reacher"] {
        let task = task(name);
        let mirror = task.mirror().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((mirror.observation.of.len(), mirror.action.of.len()), (task.d_obs(), task.d_act()), "{name}");
        assert!(mirror.observation.is_involution() && mirror.action.is_involution(), "{name}: there and back");
        let uneven = task.mirror_differences();
        assert_eq!(uneven.is_empty(), name != "Humanoid", "{name}: {uneven:?}");
    }
    for (name, reason) in [
        ("Hopper", "no two limbs side by side"),
        ("HalfCheetah", "body fthigh is not the image of body bthigh: "),
        ("InvertedPendulum", "no two limbs side by side"),
        ("InvertedDoublePendulum", "no two limbs side by side"),
        ("ArmBalance", "no two limbs side by side"),
        ("ArmReach", "is not the image of body upper"),
        ("CartPole", "cartpole@1 has no plane of symmetry"),
        ("TMaze", "t_maze@1 has no plane of symmetry"),
    ] {
        let error = task(name).mirror().expect_err(name);
        assert!(error.contains(reason), "{name}: {error}");
    }
}

/// The images of some numbers whose signs follow from the robots' files.
#[test]
fn images_are_those_of_the_files() {
    let humanoid = task("Humanoid");
    let acts = actions(humanoid.as_ref());
    for (motor, image) in [
        ("abdomen_y", "+ motor abdomen_y"),
        ("abdomen_z", "- motor abdomen_z"),
        ("abdomen_x", "- motor abdomen_x"),
        ("right_hip_x", "+ motor left_hip_x"),
        ("left_knee", "+ motor right_knee"),
        ("right_shoulder1", "- motor left_shoulder1"),
        ("left_shoulder2", "- motor right_shoulder2"),
        ("left_elbow", "+ motor right_elbow"),
    ] {
        let line = format!("motor {motor} of {motor} {image}");
        assert!(acts.iter().any(|act| act.starts_with(&line)), "{line}: {acts:#?}");
    }
    let seen = observations(humanoid.as_ref());
    for line in [
        "z of root + z of root",
        "orientation of root, w + orientation of root, w",
        "orientation of root, x - orientation of root, x",
        "orientation of root, y + orientation of root, y",
        "orientation of root, z - orientation of root, z",
        "velocity of root along y - velocity of root along y",
        "angular velocity of root about its y + angular velocity of root about its y",
        "angular velocity of root about its x - angular velocity of root about its x",
        "angle of left_shoulder1 - angle of right_shoulder1",
    ] {
        assert!(seen.iter().any(|seen| seen == line), "{line}: {seen:#?}");
    }
    let differences = humanoid.mirror_differences();
    let expected =
        ["the armature of joint left_hip_y is 0.01, not 0.008", "the stiffness of joint left_knee is 1, not 0"];
    assert_eq!(differences, expected, "of Gymnasium's robot");

    let walker = actions(task("Walker2d").as_ref());
    assert_eq!(walker[1], "motor of leg_joint + motor of leg_left_joint", "legs at one place swap");
    let swimmer = task("Swimmer");
    assert_eq!(actions(swimmer.as_ref())[0], "motor of motor1_rot - motor of motor1_rot", "angles change sign");
    let kept = observations(swimmer.as_ref()).into_iter().filter(|line| line.contains(" + ")).collect::<Vec<_>>();
    assert_eq!(kept, ["velocity of slider1 + velocity of slider1"], "all but the way forward");
    let ant = actions(task("Ant").as_ref());
    assert_eq!(ant[..2], ["motor of hip_4 - motor of hip_1", "motor of ankle_4 + motor of ankle_1"], "Ant");
}

/// The two uneven springs of Humanoid change nothing of its mirror.
#[test]
fn an_even_humanoid_has_the_same_mirror() {
    let (even, golden) = (even_humanoid(), golden::model("humanoid"));
    let [even, uneven] = [&even, &golden].map(|model| Symmetry::of(model, &[]).expect("a mirror"));
    assert!(even.differences.is_empty(), "{:?}", even.differences);
    let images = |of: &Symmetry| [&of.qpos, &of.qvel, &of.ctrl].map(Image::clone);
    assert_eq!(images(&even), images(&uneven), "the same images");
}

/// Whatever the physics reads makes a robot lose its mirror when one side has another, and is named.
#[test]
fn nearly_symmetric_robots_are_refused_by_name() {
    let even = compile(BIPED);
    let symmetry = Symmetry::of(&even, &[]).expect("the biped has a mirror");
    assert!(symmetry.differences.is_empty(), "{:?}", symmetry.differences);
    let right = |from: &str, to: &str| {
        let at = BIPED.rfind(from).unwrap_or_else(|| panic!("{from}"));
        [&BIPED[..at], to, &BIPED[at + from.len()..]].concat()
    };
    for (from, to, expected) in [
        // a mass 1 % off
        (
            r#""right_shin" fromto"#,
            r#""right_shin" density="1010" fromto"#,
            "right_shin is not the image of body left_shin: its mass",
        ),
        (r#"pos="0 -0.1 -0.05""#, r#"pos="0 -0.1001 -0.05""#, "the axis of joint right_splay is not the image"),
        (r#"axis="0 -1 0" range="0 120""#, r#"axis="0.001 -1 0" range="0 120""#, "the axis of joint right_knee"),
        (r#"axis="0 -1 0" range="0 120""#, r#"axis="0 -1 0" range="0 121""#, "the range of joint right_knee"),
        (r#"range="-30 100""#, r#"range="-100 30""#, "the range of joint right_hip"),
        (
            r#""right_shin" fromto"#,
            r#""right_shin" friction="0.7 0.1 0.1" fromto"#,
            "the friction of geom right_shin is 0.7",
        ),
        (r#""right_shin" fromto"#, r#""right_shin" contype="3" fromto"#, "the contype of geom right_shin is 3, not 1"),
        (
            r#""head" type="sphere" pos="0.02 0 0.15""#,
            r#""head" type="sphere" pos="0.02 0.001 0.15""#,
            "body torso is not its own image: the centre of geom head",
        ),
        (
            r#"name="right_knee" joint="right_knee""#,
            r#"name="right_knee" joint="right_knee" gear="21""#,
            "the force per unit of actuator right_knee is 21, not 20",
        ),
        (
            r#"name="right_hip" joint="right_hip""#,
            r#"name="right_hip" joint="right_hip" ctrlrange="-1 2""#,
            "the range of actuator right_hip",
        ),
        (
            r#"name="tail" joint="tail""#,
            r#"name="tail" joint="tail" ctrlrange="-1 0.5""#,
            "actuator tail has no image: the range of actuator tail",
        ),
        (
            r#""right_pull" force="5""#,
            r#""right_pull" force="5.1""#,
            "the largest force of actuator right_pull is 5.1, not 5",
        ),
        (
            r#"name="right_spring" stiffness="2""#,
            r#"name="right_spring" stiffness="2.1""#,
            "the stiffness of tendon right_spring is 2.1, not 2",
        ),
        (r#"coef="-1""#, r#"coef="1""#, "tendon left_spring has no image"),
        (
            r#"<site name="right_belt" pos="0.08"#,
            r#"<site name="right_belt" pos="0.081"#,
            "tendon left_pull has no image",
        ),
        (
            "<tendon>",
            r#"<contact><exclude body1="right_shin" body2="tail"/></contact><tendon>"#,
            "contacts of body right_shin and body tail are excluded",
        ),
        (
            r#"integrator="RK4""#,
            r#"integrator="RK4" gravity="0 0.1 -9.81""#,
            "gravity has a part across the plane y = 0: 0.1 along y",
        ),
        (r#"type="plane""#, r#"type="plane" euler="1 0 0""#, "body world is not its own image: the axis of geom floor"),
    ] {
        let model = compile(&right(from, to));
        let error = Symmetry::of(&model, &[]).expect_err(to);
        assert!(error.contains(expected), "{to}\nshould say {expected:?}\nsays {error:?}");
    }
    for (from, to, expected) in [
        (
            r#"axis="1 0 0" range="-20 40" stiffness="3""#,
            r#"axis="1 0 0" range="-20 40" stiffness="3.1""#,
            "the stiffness of joint right_splay is 3.1, not 3",
        ),
        (
            r#"axis="0 -1 0" range="0 120""#,
            r#"axis="0 -1 0" range="0 120" damping="0.6""#,
            "the damping of joint right_knee is 0.6, not 0.5",
        ),
        (
            r#"axis="1 0 0" range="-20 40" stiffness="3""#,
            r#"axis="1 0 0" range="-20 40" stiffness="3" springref="5""#,
            "the rest of the spring of joint right_splay",
        ),
    ] {
        let model = compile(&right(from, to));
        let found = Symmetry::of(&model, &[]).expect("a mirror all the same").differences;
        assert!(found.len() == 1 && found[0].contains(expected), "{to}: {found:?}");
    }
}

/// Robots of the physics' tests.
#[test]
fn other_robots_have_a_mirror_or_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/physics/robots");
    for (file, reason) in [
        ("spider", None),
        ("tiny", None),
        ("crane", None),
        ("table", Some("the centre of geom")),
        ("planar_legs", Some("the centre of geom")),
        ("chain", Some("is not its own image")),
        ("slopes", Some("is not its own image")),
    ] {
        let model = mjcf::compile_file(&folder.join(format!("{file}.xml"))).expect("in the subset").model;
        match (Symmetry::of(&model, &[]), reason) {
            (Ok(symmetry), None) => assert!(symmetry.differences.is_empty(), "{file}: {:?}", symmetry.differences),
            (Err(error), Some(reason)) => assert!(error.contains(reason), "{file}: {error}"),
            (found, _) => panic!("{file}: {found:?}"),
        }
    }
}

/// What is observed without its image is named with it; what is its own image may stand alone.
#[test]
fn numbers_without_their_image_are_named() {
    let model = compile(BIPED);
    let mirror = |observation: Vec<Slice>| {
        Locomotion::new(watching(&model, observation), model.clone()).expect("in the subset").mirror()
    };
    let alone = mirror(vec![Source::Positions.slice(1..3)]).expect("y and z are their own images");
    assert_eq!((alone.observation.of, alone.observation.negated), (vec![0, 1], vec![true, false]), "y alone");
    let twice = [7..10, 7..14].map(|range| Source::Positions.slice(range)).to_vec();
    let error = mirror(twice).expect_err("one leg is seen twice");
    assert!(
        error.contains("`angle of left_splay` is observed, and its image `angle of right_splay` is not"),
        "{error}"
    );
    let knees = |clip: f64| vec![Source::Positions.slice(10..11), Source::Positions.slice(13..14).clipped(-clip, clip)];
    let error = mirror(knees(1.0)).expect_err("clipped on one side");
    assert!(error.contains("clipped to [-1, 1]"), "{error}");
    assert!(mirror(knees(f64::INFINITY)).is_ok(), "not clipped");
    let hips = |low: f64| {
        vec![Source::Velocities.slice(8..9).clipped(-1.0, 2.0), Source::Velocities.slice(11..12).clipped(low, 1.0)]
    };
    assert!(mirror(hips(-2.0)).is_ok(), "clipped to images of each other, where the sign changes");
    assert!(mirror(hips(-1.5)).is_err(), "and not");
    let doubled = mirror([everything(&model), everything(&model)].concat()).expect("all twice");
    let half = doubled.observation.of.len() / 2;
    assert!((0..half).all(|i| doubled.observation.of[i] < half), "numbers that are seen twice keep their order");
}
