//! Locomotion tasks and the stepper beyond the golden data: ends of episodes, random actions, crowded contacts,
//! workgroups and bounds checks.

use crate::support::golden;
use crate::support::golden_gpu::{Bench, Probe, open};
use gpu_ec::{
    config::{HopperConfig, ReacherConfig, Walker2dConfig},
    gpu::Workspace,
    kernel::{
        buffers::BufferId,
        entry::PassId,
        records::{RunParams, status},
    },
    physics::stepper::{Capacity, Integrator, Options},
    tasks::{
        Sharing, Task, TaskLaunch,
        locomotion::{Disc, Locomotion, gymnasium},
    },
};

/// Ends of episodes: a fall, a state that is no number, the cap; and what a bench asks for instead.
#[test]
fn episodes_end_as_they_should() {
    let model = golden::model("hopper");
    let task =
        Locomotion::with_probe(gymnasium::<HopperConfig>(&model), model.clone()).expect("the hopper is in the subset");
    let gpu = open();
    let n = 3;
    let workspace = Probe::of_task(&task, n, Sharing::Never).workspace(&gpu, n);
    let mut bench = Bench::new(&task, workspace, n, 8);
    let upright = model.qpos0.clone();
    let mut fallen = upright.clone();
    fallen[1] = 0.5;
    let still = vec![0.0; model.sizes.nv];
    let mut broken = still.clone();
    broken[3] = f64::NAN;
    let (q, v) = (vec![upright.clone(), fallen, upright], vec![still.clone(), still.clone(), broken]);
    let warm = vec![still; n];
    bench.workspace.write(BufferId::Action, &vec![0.0f32; n * model.sizes.nu]);
    let mut ends = |run: RunParams| {
        bench.set_state(&[&q, &v, &warm]);
        bench.clear(0);
        bench.dispatch(PassId::TaskStep, run);
        let sums: Vec<f32> = bench.episodes().iter().map(|episode| episode.return_sum).collect();
        assert!(sums.iter().all(|sum| sum.is_finite()), "a broken state adds nothing to the return: {sums:?}");
        bench.episodes().iter().map(|episode| episode.status).collect::<Vec<_>>()
    };
    let (fell, lost) = (status::DONE | status::TERMINATED, status::DONE | status::NON_FINITE);
    let run = RunParams { episode_cap: 9, ..Default::default() };
    assert_eq!(ends(run), [0, fell, lost | status::TERMINATED], "a fall ends, a NaN is named");
    assert_eq!(ends(RunParams { no_termination: 1, ..run }), [0, 0, lost], "falls may be ignored, a NaN never");
    assert_eq!(ends(RunParams { episode_cap: 1, ..run })[0], status::DONE, "the cap ends without a fall");
    // An episode that is over is not touched again.
    let before = bench.read(BufferId::TaskState);
    bench.dispatch(PassId::TaskStep, RunParams { episode_cap: 1, ..run });
    let state = |bits: &[f32]| bits.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(state(&before), state(&bench.read(BufferId::TaskState)), "a finished episode stays as it is");
}

/// Reacher's target: uniform in a disc, which Gymnasium draws by rejection. In the cooperative shape, which knows one
/// tree, a hopper's place.
#[test]
fn discs_are_filled_evenly() {
    let gpu = open();
    let (arm, hopper) = (golden::model("reacher"), golden::model("hopper"));
    let reacher = gymnasium::<ReacherConfig>(&arm);
    let mut jumping = gymnasium::<HopperConfig>(&hopper);
    jumping.start.discs = vec![Disc { first: 0, radius: 0.2 }];
    for (model, spec, sharing) in [(arm, reacher, Sharing::Never), (hopper, jumping, Sharing::Always)] {
        let (n, first, nq) = (4096, spec.start.discs[0].first, model.sizes.nq);
        let speeds = spec.start.velocities.clone();
        let task = Locomotion::new(spec, model).expect("the robot is in the subset");
        let kernels = task.kernels(&TaskLaunch { n_slots: n, workgroup: 8, sharing }).expect("composes");
        let mut workspace = Workspace::new(&gpu, &[kernels.reset.clone(), kernels.step.clone()]).expect("compiles");
        workspace.alloc(BufferId::Run, size_of::<RunParams>() as u64).expect("memory");
        let mut bench = Bench::new(&task, workspace, n, kernels.slots_per_workgroup);
        bench.dispatch(PassId::TaskReset, RunParams { key_start: [3, 4], ..Default::default() });
        let state = bench.read(BufferId::TaskState);
        let mut cells = [0usize; 64];
        for slot in 0..n {
            let target = bench.state(&state, slot, first..first + 2);
            // Equal shares of the area: 8 rings, 8 sectors.
            let ring = ((target[0].hypot(target[1]) / 0.2).powi(2) * 8.0) as usize;
            let sector = ((target[1].atan2(target[0]) / std::f64::consts::TAU + 0.5) * 8.0) as usize;
            cells[8 * ring.min(8) + sector.min(7)] += 1;
            let velocity = bench.state(&state, slot, nq..nq + speeds.len());
            assert!(velocity.iter().zip(&speeds).all(|(v, scale)| v.abs() <= 1.0001 * scale), "the target lies still");
        }
        let chi: f64 = cells.iter().map(|count| (*count as f64 - 64.0).powi(2) / 64.0).sum();
        assert!((20.0..120.0).contains(&chi), "63 degrees of freedom: chi squared {chi} ({sharing:?})");
    }
}

/// Random actions depend on member and step, not on the slot, and lie in the motors' ranges.
#[test]
fn random_actions_follow_the_member() {
    let model = golden::model("hopper");
    let task = Locomotion::with_probe(gymnasium::<HopperConfig>(&model), model).expect("the hopper is in the subset");
    let gpu = open();
    let n = 16;
    let workspace = Probe::of_task(&task, n, Sharing::Never).workspace(&gpu, n);
    let mut bench = Bench::new(&task, workspace, n, 8);
    let run =
        RunParams { episode_cap: 9, random_actions: 1, key_action: [5, 6], key_start: [7, 8], ..Default::default() };
    let mut rollout = |first: u32| {
        bench.clear(first);
        bench.dispatch(PassId::TaskReset, run);
        (0..3).for_each(|_| bench.dispatch(PassId::TaskStep, run));
        bench.episodes().iter().map(|episode| episode.return_sum.to_bits()).collect::<Vec<_>>()
    };
    let (first, shifted) = (rollout(0), rollout(5));
    assert_eq!(first[5..], shifted[..n - 5], "a member's episode does not depend on its slot");
    assert!(first.iter().collect::<std::collections::HashSet<_>>().len() == n, "members differ");
}

/// With too few slots the deepest contact stays, and the others are counted.
#[test]
fn overflowing_contacts_are_counted_and_the_deepest_kept() {
    let model = golden::model("drop");
    let mut heap = model.qpos0.clone();
    for (body, place) in [[0.0, 0.0, 1.0], [0.1, 0.05, 1.1], [0.05, -0.1, 0.95], [-0.05, 0.1, 1.05]].iter().enumerate()
    {
        heap[7 * body..7 * body + 3].copy_from_slice(place);
    }
    let gpu = open();
    let contacts = |between: usize| {
        let contacts = Capacity::Given(between);
        let options = Options { integrator: Integrator::Euler, contacts, ..Options::of(&model) };
        let probe = Probe::of_model(model.clone(), options);
        let (q, v, u) = (vec![heap.clone()], vec![vec![0.0; model.sizes.nv]], vec![vec![]]);
        let mut workspace = probe.workspace(&gpu, 1);
        let output = probe.run(&mut workspace, &[("qpos", &q), ("qvel", &v), ("ctrl", &u)], 1, 1);
        let found = probe.field(&output, "slots", 0);
        let gap = |slot: &[f64]| {
            let geoms = probe.layout.pairs[slot[0] as usize];
            slot[1] - geoms.iter().map(|&geom| model.geom_margin[geom]).sum::<f64>()
        };
        let gaps: Vec<f64> = found.chunks_exact(5).filter(|slot| slot[0] >= 0.0).map(gap).collect();
        (gaps, probe.field(&output, "overflow", 0)[0])
    };
    let (mut all, none) = contacts(8);
    all.sort_by(f64::total_cmp);
    assert!(all.len() > 3 && none == 0.0, "the heap touches itself in {} places", all.len());
    let (kept, overflow) = contacts(2);
    let lost = (all.len() - 2) as f64;
    assert_eq!(overflow, lost, "contacts without a slot, in one evaluation");
    assert!(kept.iter().all(|gap| *gap <= all[1] + 1e-6), "kept {kept:?} of {all:?}");
}

/// The plan takes other workgroups on a GPU: the same bits, so all that is shown here holds there.
#[test]
fn the_size_of_a_workgroup_and_checks_change_no_bit() {
    let model = golden::model("walker2d");
    let task = Locomotion::new(gymnasium::<Walker2dConfig>(&model), model).expect("the walker is in the subset");
    let gpu = open();
    let n = 70;
    let run = RunParams {
        episode_cap: 99,
        no_termination: 1,
        random_actions: 1,
        key_action: [5, 6],
        key_start: [7, 8],
        ..Default::default()
    };
    let rollout = |workgroup: usize, checked: bool| {
        let kernels = task.kernels(&TaskLaunch { n_slots: n, workgroup, sharing: Sharing::Never }).expect("composes");
        let kernels = [kernels.reset, kernels.step].map(|kernel| if checked { kernel.checked() } else { kernel });
        let mut workspace = Workspace::new(&gpu, &kernels).expect("compiles");
        workspace.alloc(BufferId::Run, size_of::<RunParams>() as u64).expect("memory");
        let mut bench = Bench::new(&task, workspace, n, 8);
        bench.dispatch(PassId::TaskReset, run);
        (0..40).for_each(|_| bench.dispatch(PassId::TaskStep, run));
        bench.read(BufferId::Obs).into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    let eight = rollout(8, false);
    assert!(eight == rollout(32, false), "32 invocations a workgroup");
    assert!(eight == rollout(8, true), "bounds checks");
}
