//! The cooperative shape of the physics: where plans take it, what it refuses, and that it holds to the same golden
//! data and the same bars as the straight-line shape, and to that shape's episodes.

use std::path::Path;

use crate::support::golden;
use crate::support::golden_env::{check_environment, contact_part};
use crate::support::golden_gpu::{Bench, Probe, open};
use crate::support::golden_states::{Errors, Golden, assert_none, check_states_in, largest};
use gpu_ec::{
    config::{self, AntConfig, HalfCheetahConfig, HopperConfig, HumanoidConfig},
    gpu::{Requirements, Workspace},
    kernel::{
        buffers::BufferId,
        device::DeviceTraits,
        entry::PassId,
        records::{EpisodeRecord, RunParams},
    },
    physics::{
        cooperative::physics_text,
        model::{Model, geom, joint},
        stepper::{Integrator, Options},
    },
    plan::{Plan, PlanError},
    tasks::{
        self, Sharing, Task, TaskLaunch,
        build::robot,
        locomotion::{Locomotion, Spec, gymnasium},
    },
};

/// Contacts of Gymnasium's robots that the cooperative shape holds at once.
const SHARED_CONTACTS: usize = 16;

/// The cooperative shape, which plans choose for large robots on real GPUs: the same states, transitions and bars, and
/// the straight-line shape's episodes. One workspace for all, since every kernel is compiled for long.
fn shared(name: &str, spec: fn(&Model) -> Spec, steps: usize) {
    let model = golden::model(name);
    let task = Locomotion::with_probe(spec(&model), model).expect("the robot is in the subset");
    let gpu = open();
    let count = |set: &str| Golden::open(&format!("{name}_{set}")).count();
    let probe = Probe::of_task(&task, count("env"), Sharing::Always);
    assert_eq!(probe.slots_per_workgroup(), 1, "a workgroup has one environment");
    let mut workspace = probe.workspace(&gpu, count("env").max(count("states")));
    let euler = task.spec().integrator == Integrator::Euler;
    assert_none(&check_states_in(&mut workspace, &probe, name, true, euler));
    check_sunk(&probe, &mut workspace);
    let mut bench = check_environment(&task, &probe, workspace, name);
    let straight = Probe::of_task(&task, bench.n, Sharing::Never);
    let mut other = Bench::new(&task, straight.workspace(&gpu, bench.n), bench.n, straight.slots_per_workgroup());
    let [found, expected] = [&mut bench, &mut other].map(|bench| rollout(bench, steps));
    eprintln!("  {} of {} episodes end within {steps} steps", expected.ended(), expected.episodes.len());
    assert!(expected.ended() > 0 || !task.spec().terminate_when_unhealthy, "some episodes end");
    assert_none(&compare(&found, &expected, contact_part(&task)));
}

/// A robot deep in the floor has more contacts than places: the deepest stay, and the others are counted.
fn check_sunk(probe: &Probe, workspace: &mut Workspace) {
    let model = &probe.model;
    let points = probe.layout.floor.len();
    if points <= SHARED_CONTACTS || model.jnt_type[0] != joint::FREE {
        return;
    }
    let mut sunk = model.qpos0.clone();
    sunk[2] -= 5.0;
    let (q, v, u) = (vec![sunk], vec![vec![0.0; model.sizes.nv]], vec![vec![0.0; model.sizes.nu]]);
    let output = probe.run(workspace, &[("qpos", &q), ("qvel", &v), ("ctrl", &u)], 1, 1);
    let floor = probe.field(&output, "floor", 0);
    let kept: Vec<f64> = floor.chunks_exact(5).filter(|point| point[0] > 0.0).map(|point| point[1]).collect();
    assert_eq!(kept.len(), SHARED_CONTACTS, "every place is taken, by the floor");
    assert_eq!(probe.field(&output, "overflow", 0)[0], (points - SHARED_CONTACTS) as f64, "the others are counted");
    let mut heights: Vec<f64> = floor_heights(model, &q[0]);
    heights.sort_by(f64::total_cmp);
    let deepest = heights[SHARED_CONTACTS - 1];
    assert!(kept.iter().all(|dist| *dist <= deepest + 1e-5), "kept {kept:?}, the sixteenth is at {deepest}");
}

/// Heights over the floor of all points that can touch it, from the oracle's kinematics.
fn floor_heights(model: &Model, qpos: &[f64]) -> Vec<f64> {
    let kin = crate::support::physics::kinematics::Kinematics::<f64>::new(model, qpos);
    let floor = |geom: &usize| {
        model.geom_type[*geom] != geom::PLANE && model.geom_contype[*geom] | model.geom_conaffinity[*geom] != 0
    };
    let ends = |geom: usize| {
        let half = if model.geom_type[geom] == geom::CAPSULE { model.geom_size[geom][1] } else { 0.0 };
        let rise = half * kin.geom_xmat[geom][2][2];
        let height = kin.geom_xpos[geom][2] - model.geom_size[geom][0];
        if half > 0.0 { vec![height + rise, height - rise] } else { vec![height] }
    };
    (0..model.sizes.ngeom).filter(floor).flat_map(ends).collect()
}

/// What members lived under random actions.
#[derive(Clone)]
struct Rollout {
    obs: Vec<Vec<f32>>,
    episodes: Vec<EpisodeRecord>,
}

impl Rollout {
    fn ended(&self) -> usize {
        self.episodes.iter().filter(|record| record.status != 0).count()
    }
}

fn rollout(bench: &mut Bench, steps: usize) -> Rollout {
    let run = RunParams {
        episode_cap: 99,
        random_actions: 1,
        key_action: [5, 6],
        key_start: [7, 8],
        generation: 3,
        ..Default::default()
    };
    bench.clear(0);
    bench.dispatch(PassId::TaskReset, run);
    (0..steps).for_each(|_| bench.dispatch(PassId::TaskStep, run));
    let obs = bench.read(BufferId::Obs).chunks_exact(bench.task.d_obs()).map(<[f32]>::to_vec).collect();
    Rollout { obs, episodes: bench.episodes() }
}

/// Nine episodes of ten stay near, and end alike; `contact_from`: where contact forces start in the observation.
fn compare(found: &Rollout, expected: &Rollout, contact_from: usize) -> Vec<String> {
    let error = |a: f32, b: f32| f64::from(a - b).abs() / (1.0 + f64::from(b).abs());
    let worst = |a: &[f32], b: &[f32]| largest(&a.iter().zip(b).map(|(a, b)| error(*a, *b)).collect::<Vec<_>>());
    let [mut look, mut contact, mut reward, mut ends] =
        ["obs", "obs, contact forces", "return", "end"].map(Errors::new);
    for (a, b) in found.obs.iter().zip(&expected.obs) {
        look.push(worst(&a[..contact_from], &b[..contact_from]));
        contact.push(worst(&a[contact_from..], &b[contact_from..]));
    }
    for (a, b) in found.episodes.iter().zip(&expected.episodes) {
        reward.push(error(a.return_sum, b.return_sum));
        ends.push(f64::from(u8::from((a.length, a.status) != (b.length, b.status))));
    }
    let ninth = |errors: &Errors, bar: f64| {
        let (median, ninth) = (errors.quantile(0.5), errors.quantile(0.9));
        eprintln!("  {:32} median {median:.1e}  nine of ten {ninth:.1e}  bar {bar:.0e}", errors.what);
        (ninth > bar).then(|| format!("{}: nine of ten are off by at most {ninth:.1e}, allowed {bar:.0e}", errors.what))
    };
    let failures = [ninth(&look, 1e-3), ninth(&contact, 1e-2), ninth(&reward, 1e-3), ninth(&ends, 0.0)];
    failures.into_iter().flatten().collect()
}

#[test]
fn hopper_shared() {
    shared("hopper", gymnasium::<HopperConfig>, 40);
}

/// Stiff contacts and wild starts: differences grow faster than elsewhere.
#[test]
fn half_cheetah_shared() {
    shared("half_cheetah", gymnasium::<HalfCheetahConfig>, 6);
}

/// Differences grow faster than those of robots that stand still at the start.
#[test]
fn ant_shared() {
    shared("ant", gymnasium::<AntConfig>, 12);
}

#[test]
fn humanoid_shared() {
    shared("humanoid", gymnasium::<HumanoidConfig>, 40);
}

/// Released kernels run unchecked: with bounds checks on, not a bit may differ.
#[test]
fn bounds_checks_change_no_bit() {
    let model = golden::model("hopper");
    let task = Locomotion::new(gymnasium::<HopperConfig>(&model), model.clone()).expect("the hopper is in the subset");
    let gpu = open();
    let n = 20;
    let shape = TaskLaunch { n_slots: n, workgroup: 8, sharing: Sharing::Always };
    let step = task.kernels(&shape).expect("composes").step;
    let poses: Vec<Vec<f64>> =
        (0..n).map(|slot| model.qpos0.iter().map(|q| q + 0.01 * slot as f64 - 0.1).collect()).collect();
    let still = vec![vec![0.0; model.sizes.nv]; n];
    let states = |checked: bool| {
        let kernel = if checked { step.clone().checked() } else { step.clone() };
        let mut workspace = Workspace::new(&gpu, &[kernel]).expect("compiles");
        workspace.alloc(BufferId::Run, size_of::<RunParams>() as u64).expect("memory");
        let mut bench = Bench::new(&task, workspace, n, 1);
        bench.set_state(&[&poses, &still, &still]);
        let run = RunParams { episode_cap: 99, no_termination: 1, random_actions: 1, ..Default::default() };
        (0..20).for_each(|_| bench.dispatch(PassId::TaskStep, run));
        bench.read(BufferId::TaskState).into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert!(states(false) == states(true), "bounds checks change the physics");
}

/// The comparer fails where two episodes of ten are seen, paid, or end otherwise.
#[test]
fn comparer_sees_a_difference() {
    let one = Rollout { obs: vec![vec![0.5; 4]; 10], episodes: vec![EpisodeRecord::default(); 10] };
    assert!(compare(&one, &one, 3).is_empty(), "equals agree");
    let changed = |change: fn(&mut Rollout, usize)| {
        let mut other = one.clone();
        (4..6).for_each(|slot| change(&mut other, slot));
        compare(&other, &one, 3).join("; ")
    };
    assert!(changed(|rollout, slot| rollout.obs[slot][1] += 0.01).starts_with("obs:"), "an observation");
    assert!(changed(|rollout, slot| rollout.obs[slot][3] = f32::NAN).starts_with("obs, contact"), "a contact force");
    assert!(changed(|rollout, slot| rollout.episodes[slot].return_sum += 0.01).starts_with("return"), "a reward");
    assert!(changed(|rollout, slot| rollout.episodes[slot].length += 1).starts_with("end"), "an end");
}

fn plan(preset: &str, software: bool) -> Plan {
    let config = config::load(config::find(preset).expect("the preset exists"), &[]).expect("the preset is valid");
    Plan::new(&config, DeviceTraits { software, ..DeviceTraits::default() }).expect("the plan is made")
}

/// Invocations of the task's kernels that share an environment.
#[test]
fn large_robots_on_real_gpus_take_it() {
    for (preset, hardware) in [("hopper", 1), ("walker2d", 1), ("humanoid", 32), ("humanoid_fast", 32), ("cartpole", 1)]
    {
        assert_eq!(plan(preset, false).task_lanes, hardware, "{preset} on a GPU");
        assert_eq!(plan(preset, true).task_lanes, 1, "{preset} on a software renderer");
    }
}

/// What workgroups are said to take holds for the text of the kernels, and is no more than half a kilobyte above it.
#[test]
fn the_memory_of_a_workgroup_is_known() {
    let own = |name: &str| {
        let path = format!("{}/tests/physics/robots/{name}.xml", env!("CARGO_MANIFEST_DIR"));
        tasks::bare(Path::new(&path), config::Integrator::Model).expect("the robot is in the subset")
    };
    let preset = |name: &str| plan(name, false).task;
    for task in [own("crowded/starfish"), own("crowded/ten_contacts"), own("gimbal"), preset("humanoid"), preset("ant")]
    {
        let shape = TaskLaunch { n_slots: 8, workgroup: 8, sharing: Sharing::Always };
        let kernels = task.kernels(&shape).expect("composes");
        assert_eq!(kernels.lanes, 32, "{}: lanes share an environment", task.id());
        let taken = Requirements::of(&kernels.step).expect("the text parses").workgroup_bytes as usize;
        let told = task.contact_places(true).expect("a robot has places").workgroup_bytes;
        assert!((taken..taken + 512).contains(&told), "{}: {told} bytes are told of, {taken} taken", task.id());
    }
}

/// More places than a workgroup's memory holds are refused with the number that fits, which then works.
#[test]
fn more_contacts_than_a_workgroup_holds_are_refused() {
    let wanted = |contacts: usize, workgroup_bytes: u32| {
        let set = format!("task.max_contacts={contacts}");
        let config = config::load(config::find("humanoid").expect("a preset"), &[set]).expect("valid");
        Plan::new(&config, DeviceTraits { software: false, workgroup_bytes, ..DeviceTraits::default() }).map(|_| ())
    };
    let error = wanted(128, 16_384).expect_err("16 KiB do not hold them");
    let text = error.to_string();
    let PlanError::Crowded { fits, .. } = error else { panic!("{text}") };
    for part in ["`task.max_contacts` of 128", "this device gives 16384", &format!("set it to {fits} or less")] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(fits > 8, "more than the usual eight fit: {fits}");
    assert!(wanted(fits, 16_384).is_ok() && wanted(fits + 1, 16_384).is_err(), "{fits} is the most");
    assert!(wanted(128, 32_768).is_ok(), "32 KiB hold them");
}

/// The places of our own robots stay what they were; a user-supplied robot has as many as it can need.
#[test]
fn places_follow_from_the_robot() {
    let kept = |task: &dyn Task, shared| task.contact_places(shared).expect("a robot has places").kept;
    let humanoid = plan("humanoid", true);
    assert_eq!([false, true].map(|shared| kept(humanoid.task.as_ref(), shared)), [8, 16], "Humanoid");
    let robot = |name: &str| {
        let path = format!("{}/tests/physics/robots/{name}.xml", env!("CARGO_MANIFEST_DIR"));
        tasks::bare(Path::new(&path), config::Integrator::Model).expect("the robot is in the subset")
    };
    let (ten, star) = (robot("crowded/ten_contacts"), robot("crowded/starfish"));
    assert_eq!([false, true].map(|shared| kept(ten.as_ref(), shared)), [20, 20], "ten pairs of capsules");
    assert_eq!([false, true].map(|shared| kept(star.as_ref(), shared)), [20, 46], "and 26 points of the floor");
}

/// The text of a shared step does not grow with the robot; that of a straight-line one does.
#[test]
fn the_cooperative_text_is_short() {
    let length = |software| {
        let plan = plan("humanoid", software);
        let step = plan.kernels().into_iter().find(|kernel| kernel.id == PassId::TaskStep).expect("a task has a step");
        step.module.wgsl.len()
    };
    assert!(4 * length(false) < length(true), "{} and {} bytes", length(false), length(true));
}

/// Limits and contacts that all give way in their own manner need all tables at once, each under a name of its own.
#[test]
fn tables_have_names_of_their_own() {
    let mut model = robot("ant").expect("the robot compiles");
    for (joint, (solref, solimp)) in model.jnt_solref.iter_mut().zip(&mut model.jnt_solimp).enumerate() {
        let shift = 0.01 * joint as f64;
        (*solref, *solimp) = ([0.02 + shift, 1.0 + shift], [0.5 + shift, 0.8 + shift, 0.01 + shift, 0.5 + shift, 2.0]);
    }
    for (geom, (solref, solimp)) in model.geom_solref.iter_mut().zip(&mut model.geom_solimp).enumerate() {
        let shift = 0.01 * geom as f64;
        (*solref, *solimp) = ([0.02 + shift, 1.0 + shift], [0.5 + shift, 0.8 + shift, 0.01 + shift, 0.5 + shift, 2.0]);
    }
    let text = physics_text(&model, &Options::of(&model)).expect("the model is in the subset");
    let constants = text.lines().filter_map(|line| line.strip_prefix("const ")?.split_once(" ="));
    let mut names: Vec<_> = constants.map(|(name, _)| name).collect();
    assert!(names.len() > 30 && names.contains(&"LIMIT_IMPEDANCE_LOW"), "the tables are there: {names:?}");
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn what_it_does_not_know_is_refused() {
    let refused = |change: fn(&mut Model)| {
        let mut model = robot("ant").expect("the robot compiles");
        change(&mut model);
        physics_text(&model, &Options::of(&model)).expect_err("the model is refused").to_string()
    };
    assert!(refused(|m| m.geom_type[1] = geom::BOX).contains("a box"), "a box on the floor");
    assert!(refused(|m| m.opt.viscosity = 1.0).contains("a medium"), "a fluid");
    assert!(refused(|m| m.body_rootid[2] = 2).contains("several trees"), "two trees");
    assert!(refused(|m| m.body_parentid.swap(4, 5)).contains("depth first"), "bodies out of order");
    assert!(refused(|m| m.jnt_type[3] = 1).contains("ball"), "what the stepper itself does not know");
}
