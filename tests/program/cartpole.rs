//! CartPole-v1 on the device against its equations in f64, step by step from equal states.

use gpu_ec::{
    gpu::{Gpu, Selector, Workspace},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        random::{Stream, philox4x32, stream_key, uniform01},
        records::{EpisodeRecord, RunParams, status},
    },
    tasks::{Sharing, Task, TaskLaunch, cartpole::CartPole},
};

const N: usize = 1000;

/// One step of Gymnasium's CartPole-v1 (Barto, Sutton and Anderson, 1983): explicit Euler, positions with the old
/// velocities.
fn step(s: [f64; 4], right: bool) -> [f64; 4] {
    let force = if right { 10.0 } else { -10.0 };
    let (sine, cosine) = s[2].sin_cos();
    let temp = (force + 0.05 * s[3] * s[3] * sine) / 1.1;
    let theta_acc = (9.8 * sine - cosine * temp) / (0.5 * (4.0 / 3.0 - 0.1 * cosine * cosine / 1.1));
    let x_acc = temp - 0.05 * theta_acc * cosine / 1.1;
    [s[0] + 0.02 * s[1], s[1] + 0.02 * x_acc, s[2] + 0.02 * s[3], s[3] + 0.02 * theta_acc]
}

fn workspace(gpu: &Gpu) -> Workspace<'_> {
    let task = CartPole { episode_length: 500 };
    let kernels = task.kernels(&TaskLaunch { n_slots: N, workgroup: 8, sharing: Sharing::Never }).expect("composes");
    let mut workspace = Workspace::new(gpu, &[kernels.reset, kernels.step]).expect("compiles");
    for (name, words) in [
        (BufferId::Run, size_of::<RunParams>() / 4),
        (BufferId::Live, 1 + N),
        (BufferId::Fresh, 1 + N),
        (BufferId::Obs, 4 * N),
        (BufferId::Action, 2 * N),
        (BufferId::TaskState, 4 * N),
        (BufferId::Episode, 8 * N),
        (BufferId::Terms, N),
    ] {
        workspace.alloc(name, 4 * words as u64).expect("fits");
        workspace.fill(name, if name == BufferId::Obs || name == BufferId::TaskState { 0x7fc0_dead } else { 0 });
    }
    let live: Vec<u32> = std::iter::once(N as u32).chain(0..N as u32).collect();
    workspace.write(BufferId::Live, &live);
    workspace.write(BufferId::Fresh, &live);
    let life = |slot| EpisodeRecord { life: 5 + slot, ..Default::default() };
    workspace.write(BufferId::Episode, &(0..N as u32).map(life).collect::<Vec<_>>());
    workspace
}

fn params() -> RunParams {
    let key_start = stream_key(3, Stream::Start);
    RunParams { key_start, generation: 2, n_slots: N as u32, episode_cap: 500, ..Default::default() }
}

#[test]
fn steps_follow_the_equations() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let mut workspace = workspace(&gpu);
    workspace.write(BufferId::Run, &[params()]);
    workspace.dispatch(PassId::TaskReset, [N.div_ceil(8) as u32, 1, 1]).expect("runs");
    let starts: Vec<[f32; 4]> = workspace.read(BufferId::Obs).expect("reads");
    for (slot, start) in (0u32..).zip(&starts) {
        let bits = philox4x32([0, 5 + slot, 2, 0], stream_key(3, Stream::Start));
        let expected = bits.map(|bits| uniform01(bits) * 0.1 - 0.05);
        assert!(start.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-8), "start of slot {slot}: {start:?}");
    }
    // large states, so that both ends and both branches of the action are met
    let states: Vec<f32> = (0..4 * N).map(|i| ((i as f32 * 0.7318).sin()) * [2.5, 3.0, 0.22, 3.0][i / N]).collect();
    let actions: Vec<f32> = (0..2 * N).map(|i| if i / 2 % 10 == 0 { 0.5 } else { (i as f32 * 1.37).sin() }).collect();
    workspace.write(BufferId::TaskState, &states);
    workspace.write(BufferId::Action, &actions);
    workspace.dispatch(PassId::TaskStep, [N.div_ceil(8) as u32, 1, 1]).expect("runs");
    let next: Vec<[f32; 4]> = workspace.read(BufferId::Obs).expect("reads");
    let episodes: Vec<EpisodeRecord> = workspace.read(BufferId::Episode).expect("reads");
    let mut ended = 0;
    for slot in 0..N {
        let state = [0, 1, 2, 3].map(|field| f64::from(states[field * N + slot]));
        let expected = step(state, actions[2 * slot + 1] > actions[2 * slot]); // ties go to 0
        for (a, b) in next[slot].iter().zip(expected) {
            assert!(
                (f64::from(*a) - b).abs() < 2e-6 * (1.0 + b.abs()),
                "slot {slot}: {:?} instead of {expected:?}",
                next[slot]
            );
        }
        let margin = (expected[0].abs() - 2.4).abs().min((expected[2].abs() - 12f64.to_radians()).abs());
        let fallen = expected[0].abs() > 2.4 || expected[2].abs() > 12f64.to_radians();
        let flagged = episodes[slot].status & status::TERMINATED != 0;
        assert!(flagged == fallen || margin < 1e-6, "slot {slot} ends wrongly at {expected:?}");
        assert_eq!((episodes[slot].return_sum, episodes[slot].length), (1.0, 1), "one step, one point");
        ended += usize::from(fallen);
    }
    assert!(ended > N / 20 && ended < N / 2, "both kinds of step are met: {ended} of {N} end");
}

#[test]
fn an_episode_is_truncated_at_its_cap_without_termination() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let mut workspace = workspace(&gpu);
    workspace.write(BufferId::Run, &[RunParams { episode_cap: 2, no_termination: 1, ..params() }]);
    workspace.dispatch(PassId::TaskReset, [N.div_ceil(8) as u32, 1, 1]).expect("runs");
    for _ in 0..4 {
        workspace.dispatch(PassId::TaskStep, [N.div_ceil(8) as u32, 1, 1]).expect("runs");
    }
    let episodes: Vec<EpisodeRecord> = workspace.read(BufferId::Episode).expect("reads");
    assert!(
        episodes.iter().all(|episode| episode.length == 2 && episode.status == status::DONE),
        "two steps, then no more"
    );
}
