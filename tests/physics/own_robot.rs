//! A user-supplied robot: what a configuration may say of it, and where its mistakes are shown.

use std::fs;

use gpu_ec::{
    config::{
        self, AntConfig, Config, HopperConfig, HumanoidConfig, ReacherConfig, Source, TaskConfig,
        task::locomotion::{HealthyRange, ObservationPart, RewardTerm},
    },
    physics::{mjcf, model::Model},
    tasks::locomotion::{Spec, custom, gymnasium},
};

const HOUND: &str = include_str!("../../assets/examples/hound.xml");

/// A slide on a slide with a motor on the second; neither the motor nor the first joint has a name, and nothing
/// collides.
const SLED: &str = r#"<mujoco>
  <worldbody>
    <body>
      <joint type="slide" axis="1 0 0"/>
      <geom size="0.1" contype="0"/>
      <body name="top">
        <joint name="rail" type="slide" axis="0 1 0" range="-1 1"/>
        <geom size="0.1" contype="0"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="rail" ctrlrange="-2 2"/>
  </actuator>
</mujoco>"#;

fn own(fields: &str) -> String {
    format!(
        "(\n    task: Locomotion(\n        robot: \"own.xml\",\n        {fields}\n    ),\n    network: Rsnn(),\n    algorithm: Ec(),\n)\n"
    )
}

fn load_with(robot: &str, fields: &str, sets: &[&str]) -> Result<Config, String> {
    let sets: Vec<String> = sets.iter().map(|set| set.to_string()).collect();
    let source = Source { robot: Some(robot.into()), ..Source::new("test.ron", &own(fields)) };
    config::load(source, &sets).map_err(|error| error.to_string())
}

fn refused(robot: &str, fields: &str, sets: &[&str], expected: &[&str]) {
    let message = load_with(robot, fields, sets).expect_err(fields);
    for part in expected {
        assert!(message.contains(part), "{fields:?} should mention {part:?}:\n{message}");
    }
}

#[test]
fn a_robot_alone_is_a_task() {
    let config = load_with(HOUND, "", &[]).expect("valid");
    let TaskConfig::Locomotion(task) = &config.task else { panic!("{:?}", config.task) };
    assert_eq!((task.robot.file(), task.robot.text()), ("own.xml", Some(HOUND)), "the text goes with it");
    assert!(
        matches!(task.observation[..], [ObservationPart::Positions(_), ObservationPart::Velocities(_)]),
        "observation"
    );
    assert!(matches!(task.reward[..], [RewardTerm::Forward(_), RewardTerm::ControlCost(_)]), "reward");
    assert_eq!(config.task.run_name(), "own", "runs are named after the robot");
    let plan = gpu_ec::tasks::build(&config.task).expect("it runs");
    assert_eq!((plan.d_obs(), plan.d_act()), (23, 5), "x and y of the root are left out");
    // The sled's place along x is unlimited, and left out too; its rail is limited, and seen.
    let sled = load_with(SLED, "", &[]).expect("valid");
    assert_eq!(gpu_ec::tasks::build(&sled.task).expect("it runs").d_obs(), 3, "one position, two velocities");
}

/// What the resolved file says is read as the same, lists, texts and all.
#[test]
fn it_is_written_as_it_was_read() {
    let fields = r#"observation: [Positions(from: 3, to: 7), Velocities(clip: 5.5), Inertias, Place(body: "hip", offset: (0, 0.5, -1), seen_from: 1), Upright(body: Some("hip"))],
        reward: [Forward(of: Body(body: "hip"), axis: Y, weight: -2), PoseCost(joints: ["back", 3]), ContactCost(clip: 1, limits: (-inf, inf))],
        healthy: [Joint(joint: "back", range: (-1, 1)), State(), Height(range: (0.1, inf))],
        reset_joints: [(joint: 2, positions: 0.5)], reset_velocity_noise_scale: 0.25,"#;
    let first = load_with(HOUND, fields, &["task.robot=\"a \\\"quoted\\\" \\\\ name.xml\""]);
    assert!(first.expect_err("there is no such file").contains("a \"quoted\" \\ name.xml"), "texts are unescaped");
    let config = load_with(HOUND, fields, &[]).expect("valid");
    let text = config.to_ron();
    let source = Source { robot: Some(HOUND.into()), ..Source::new("again.ron", &text) };
    let again = config::load(source, &[]).expect("the resolved file is valid");
    assert_eq!(again, config, "after a round trip");
    assert_eq!(again.to_ron(), text, "written stably");
    assert!(text.lines().all(|line| line.len() <= 120), "lists are wrapped:\n{text}");
    let TaskConfig::Locomotion(task) = &config.task else { panic!("{:?}", config.task) };
    let HealthyRange::Joint(back) = &task.healthy[0] else { panic!("{:?}", task.healthy) };
    assert_eq!(back.range, (-1.0, 1.0), "values arrive");
}

#[test]
fn settings_reach_into_lists() {
    let fields = "reward: [Forward(), Healthy(weight: 2), ControlCost()],";
    let sets = ["task.reward[1].weight=5", "task.reward.0=EnergyCost(weight: 0.5)", "task.reset_noise_scale=0"];
    let config = load_with(HOUND, fields, &sets).expect("valid");
    let written = config.text_of("task.reward").expect("a field");
    assert_eq!(written, "[EnergyCost(weight: 0.5), Healthy(weight: 5.0), ControlCost(weight: 0.001)]", "settings");
    assert_eq!(config.text_of("task.reward[1].weight").as_deref(), Some("5.0"), "and one item");
    for (set, expected) in [
        ("task.reward[3].weight=5", ["--set:1:13", "a list of 3 items here, and `3` is none of them"]),
        ("task.reward.weight=5", ["--set:1:13", "`weight` is none of them"]),
        ("task.reward[1].wieght=5", ["--set:1:16", "did you mean `weight`?"]),
        ("task.healthy[0].range=(1,2)", ["--set:1:14", "a list of 0 items"]),
        ("task.observation=Positions()", ["--set:1:18", "expected list of Positions(...)"]),
    ] {
        refused(HOUND, fields, &[set], &expected);
    }
}

/// Names, numbers and senseless wishes, each at its place.
#[test]
fn mistakes_about_the_robot_are_shown_at_their_place() {
    let hound: &[(&str, &[&str])] = &[
        (
            "healthy: [Height(body: \"chset\", range: (0, 1))],",
            &[
                "test.ron:4:32",
                "the robot has no body `chset`",
                "did you mean \"chest\"?",
                "0 \"world\", 1 \"chest\", 2 (no name)",
            ],
        ),
        (
            "healthy: [Joint(joint: \"root\", range: (0, 1))],",
            &["test.ron:4:32", "no slide or hinge joint `root`", "1 \"front_left\"", "6 (no name)"],
        ),
        ("healthy: [Joint(joint: 7, range: (0, 1))],", &["test.ron:4:32", "no slide or hinge joint number 7"]),
        (
            "healthy: [Joint(joint: 1.5, range: (0, 1))],",
            &["test.ron:4:32", "name of a slide or hinge joint in quotes, or its number"],
        ),
        ("healthy: [Joint(range: (0, 1))],", &["test.ron:4:19", "required field `task.healthy[0].joint` is missing"]),
        (
            "healthy: [Position(index: 14, range: (0, 1))],",
            &["test.ron:4:35", "beyond the last one: 14", "13 positions"],
        ),
        ("healthy: [Hight(range: (0, 1))],", &["test.ron:4:19", "unknown name `Hight`", "did you mean `Height`?"]),
        ("observation: [],", &["test.ron:4:22", "`task.observation` is empty"]),
        ("observation: [Positions(from: 13)],", &["test.ron:4:39", "has no number in it", "13 positions"]),
        ("observation: [Velocities(to: 99)],", &["test.ron:4:38", "beyond the last one", "12 velocities"]),
        ("observation: [Place()],", &["`task.observation[0].body` is missing"]),
        ("observation: [Place(body: 1, offset: (1, 2))],", &["test.ron:4:46", "expected (x, y, z)"]),
        ("reward: [Forward(), Forward(axis: Y)],", &["test.ron:4:29", "`Forward` is given twice"]),
        (
            "reward: [DistanceCost(body: \"hip\", to: \"hop\")],",
            &["test.ron:4:48", "no body `hop`", "did you mean \"hip\"?"],
        ),
        ("reward: [PoseCost(joints: [\"back\", \"bakc\"])],", &["test.ron:4:44", "did you mean \"back\"?"]),
        (
            "mirrored_joints: [(joint: \"front_left\", image: \"front_rigth\")],",
            &["test.ron:4:56", "the robot has no slide or hinge joint `front_rigth`", "did you mean \"front_right\"?"],
        ),
        (
            "mirrored_joints: [(joint: \"front_left\", image: \"back\")],",
            &["test.ron:4:26", "no mirror image with these joints for pairs", "is not"],
        ),
        ("reset_discs: [(joint: \"back\")],", &["test.ron:4:31", "a disc needs two slide joints"]),
        (
            "reward: Forward(),",
            &["test.ron:4:17", "`task.reward` cannot be `Forward()`", "expected list of Forward(...)"],
        ),
    ];
    hound.iter().for_each(|(fields, expected)| refused(HOUND, fields, &[], expected));
    let sled: &[(&str, &[&str])] = &[
        ("observation: [ContactForces()],", &["test.ron:4:23", "the robot has no contacts"]),
        ("reward: [ContactCost()],", &["test.ron:4:18", "the robot has no contacts"]),
    ];
    sled.iter().for_each(|(fields, expected)| refused(SLED, fields, &[], expected));
}

/// A robot that nothing can be learnt with, and one that is none.
#[test]
fn robots_that_cannot_be_trained_are_refused() {
    let without = |text: &str| SLED.replace(text, "");
    let motor = "<motor joint=\"rail\" ctrlrange=\"-2 2\"/>";
    refused(&without(motor), "", &[], &["test.ron:3:16", "the robot has no motors", "<actuator><motor"]);
    let unlimited = without(" ctrlrange=\"-2 2\"");
    refused(
        &unlimited,
        "",
        &[],
        &["test.ron:3:16", "motor 0 of the robot (own.xml:13) has no range", "ctrlrange=\"-1 1\""],
    );
    refused(&without("size=\"0.1\""), "", &[], &["test.ron:3:16", "own.xml:5:7: <geom> attribute `size`"]);
    refused("<mujoco>", "", &[], &["test.ron:3:16", "the robot `own.xml` cannot be used", "not well-formed XML"]);
    refused("", "", &[], &["test.ron:3:16", "own.xml:1:1"]);
}

/// Relative paths begin at the folder of the file that names them.
#[test]
fn paths_begin_where_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("robots");
    fs::create_dir(&inside).expect("a folder");
    fs::write(inside.join("own.xml"), HOUND).expect("writable");
    let file = folder.path().join("my.ron");
    fs::write(&file, own("").replace("own.xml", "robots/own.xml")).expect("writable");
    let load = |sets: &[String]| config::load(config::read(&file).expect("readable"), sets);
    assert_eq!(load(&[]).expect("found").task.robot().and_then(|robot| robot.text()), Some(HOUND), "beside the file");
    let missing =
        load(&["task.robot=\"robots/own.xml\"".into()]).expect_err("not in the working directory").to_string();
    for part in ["--set:1:12", "the robot `robots/own.xml` cannot be used", "a relative path begins"] {
        assert!(missing.contains(part), "should mention {part:?}:\n{missing}");
    }
    let absolute = format!("task.robot={:?}", inside.join("own.xml").display().to_string());
    assert!(load(&[absolute]).is_ok(), "an absolute path");
    let long = HOUND.replace("</mujoco>", &format!("<!--{}--></mujoco>", " ".repeat(600_000)));
    fs::write(inside.join("own.xml"), long).expect("writable");
    assert!(load(&[]).expect_err("too long").to_string().contains("more than 524288 bytes"), "the size is bounded");
}

/// What is kept of a robot in several files is one text, which compiles to the same.
#[test]
fn includes_are_put_in_their_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let (start, rest) = HOUND.split_once("<default>").expect("it has defaults");
    let (defaults, end) = rest.split_once("</default>").expect("they end");
    let named = defaults.replace("<motor", "<site/><motor");
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("writable");
    write(
        "own.xml",
        format!("{start}<default><include file='defaults.xml'/></default>{end}")
            .replace("hound", "a &lt; &quot;b&quot;"),
    );
    write("defaults.xml", format!("<mujocoinclude>{named}</mujocoinclude>"));
    write("my.ron", own(""));
    let config = config::load(config::read(&folder.path().join("my.ron")).expect("readable"), &[]).expect("valid");
    let robot = config.task.robot().expect("a robot of the user's");
    let text = robot.text().expect("loaded");
    assert!(!text.contains("include") && text.contains("model=\"a &lt; &quot;b&quot;\""), "one text:\n{text}");
    let model = |text: &str| mjcf::compile("own.xml", text).expect("compiles").model;
    assert_eq!(robot.model(), Some(&model(HOUND)), "the files are the hound");
    assert_eq!(model(text), model(HOUND), "and so is the text");
    write("defaults.xml", format!("<mujocoinclude>{named}<cylinder/></mujocoinclude>"));
    let message =
        config::load(config::read(&folder.path().join("my.ron")).expect("readable"), &[]).expect_err("refused");
    assert!(message.to_string().contains("defaults.xml:5:"), "the place is that in the included file: {message}");
}

/// Two robots differ for `--resume` even under one name.
#[test]
fn the_robot_is_part_of_the_configuration() {
    let one = load_with(HOUND, "", &[]).expect("valid");
    let other = load_with(&HOUND.replace("gear=\"6\"", "gear=\"7\""), "", &[]).expect("valid");
    assert!(one != other, "another text");
    assert_eq!(one, load_with(HOUND, "", &[]).expect("valid"), "the same text");
}

/// Gymnasium's definitions, written as a user would for the same robot files: equal in all but names.
#[test]
fn gymnasiums_tasks_can_be_written_by_hand() {
    let equal = |name: &str, gymnasium: fn(&Model) -> Spec, fields: &str| {
        let path = format!("{}/assets/robots/{name}.xml", env!("CARGO_MANIFEST_DIR"));
        let xml = fs::read_to_string(path).expect("the robot is there");
        let config = load_with(&xml, fields, &[]).expect("valid");
        let TaskConfig::Locomotion(task) = &config.task else { panic!("{:?}", config.task) };
        let model = task.robot.model().expect("loaded");
        let mut found = custom(task, model).expect("all parts are there");
        let expected = gymnasium(model);
        assert_eq!(found.healthy.len(), expected.healthy.len(), "{name}: ranges");
        found.id.clone_from(&expected.id);
        // Gymnasium's robots keep as many contacts as they were seen to have, robots of the user's what their geoms can
        // make
        found.contacts = expected.contacts;
        found.healthy.iter_mut().zip(&expected.healthy).for_each(|(bound, other)| bound.name.clone_from(&other.name));
        found.rewards.iter_mut().zip(&expected.rewards).for_each(|(term, other)| term.name.clone_from(&other.name));
        assert_eq!(found, expected, "{name}");
    };
    equal(
        "hopper",
        gymnasium::<HopperConfig>,
        "frame_skip: 4, observation: [Positions(), Velocities(clip: 10)],
        reward: [Forward(of: FirstPosition), Healthy(), ControlCost()],
        healthy: [Position(index: 1, range: (0.7, inf)), Joint(joint: \"rooty\", range: (-0.2, 0.2)), State(from: 2)],
        reset_noise_scale: 0.005,",
    );
    equal(
        "humanoid",
        gymnasium::<HumanoidConfig>,
        "observation: [Positions(), Velocities(), Inertias, BodyVelocities, MotorForces(from: 6), ContactForces],
        reward: [Forward(of: CentreOfMass, weight: 1.25), Healthy(weight: 5), ControlCost(weight: 0.1), ContactCost()],
        healthy: [Position(index: 2, range: (1, 2))],",
    );
    equal(
        "ant",
        gymnasium::<AntConfig>,
        "observation: [Positions(), Velocities(), ContactForces(clip: 1)],
        reward: [Forward(), Healthy(), ControlCost(weight: 0.5), ContactCost(weight: 5e-4, clip: 1, limits: (-inf, inf))],
        healthy: [Position(index: 2, range: (0.2, 1))], reset_noise_scale: 0.1, reset_normal_velocities: true,",
    );
    equal(
        "reacher",
        gymnasium::<ReacherConfig>,
        "episode_length: 50, frame_skip: 2, terminate_when_unhealthy: false,
        observation: [Cosines(to: 2), Sines(to: 2), Positions(from: 2), Velocities(to: 2),
                      Place(body: \"fingertip\", seen_from: \"target\", to: 2)],
        reward: [DistanceCost(body: \"fingertip\", to: \"target\"), ControlCost(weight: 1)],
        reset_noise_scale: 0.1, reset_velocity_noise_scale: 0.005, reset_discs: [(joint: \"target_x\", radius: 0.2)],
        reset_joints: [(joint: \"target_x\", positions: 0.1), (joint: 3, positions: 0.1)],",
    );
}
