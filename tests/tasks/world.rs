//! A task's kernels stepped from the host: the very ones of training, with actions from a script.

use gpu_ec::{
    config::{self, Source},
    gpu::{Gpu, Selector, Workspace},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        random::{Stream, stream_key},
        records::{EpisodeRecord, RunParams, status},
    },
    tasks::{self, Sharing, TaskLaunch},
};

/// Seed and generation of all draws.
pub const SEED: u64 = 11;
pub const GENERATION: u32 = 3;
/// Life in slot 0; slot k has the one k after it.
pub const FIRST_LIFE: u32 = 17;

const WORKGROUP: usize = 8;

pub fn gpu() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README")
}

/// Environments side by side.
pub struct World<'gpu> {
    workspace: Workspace<'gpu>,
    pub n: usize,
    pub d_obs: usize,
}

impl<'gpu> World<'gpu> {
    /// Begins `n` episodes of `task`, as a configuration writes it.
    pub fn open(gpu: &'gpu Gpu, task: &str, n: usize) -> Self {
        Self::with(gpu, task, n, RunParams { episode_cap: u32::MAX, ..RunParams::default() })
    }

    /// Begins them with other parameters; keys, generation and slots are filled in.
    pub fn with(gpu: &'gpu Gpu, task: &str, n: usize, run: RunParams) -> Self {
        let text = format!("(task: {task}, network: Gru(), algorithm: Es())");
        let config = config::load(Source::new("world.ron", &text), &[]).expect("valid");
        let task = tasks::build(&config.task).expect("builds");
        let launch = TaskLaunch { n_slots: n, workgroup: WORKGROUP, sharing: Sharing::Never };
        let kernels = task.kernels(&launch).expect("composes");
        let mut workspace = Workspace::new(gpu, &[kernels.reset, kernels.step]).expect("compiles");
        let (d_obs, terms) = (task.d_obs(), task.terms().len());
        for (buffer, words, fill) in [
            (BufferId::Run, size_of::<RunParams>() / 4, 0),
            (BufferId::Live, 1 + n, 0),
            (BufferId::Fresh, 1 + n, 0),
            (BufferId::Obs, d_obs * n, 0x7fc0_dead),
            (BufferId::Action, task.d_act() * n, 0x7fc0_dead),
            (BufferId::TaskState, task.state_fields() * n, 0x7fc0_dead),
            (BufferId::Episode, size_of::<EpisodeRecord>() / 4 * n, 0),
            (BufferId::Terms, terms * n, 0),
        ] {
            workspace.alloc(buffer, 4 * words as u64).expect("fits");
            workspace.fill(buffer, fill);
        }
        let key_start = stream_key(SEED, Stream::Start);
        workspace.write(BufferId::Run, &[RunParams { key_start, generation: GENERATION, n_slots: n as u32, ..run }]);
        let list: Vec<u32> = std::iter::once(n as u32).chain(0..n as u32).collect();
        workspace.write(BufferId::Live, &list);
        workspace.write(BufferId::Fresh, &list);
        let life = |slot| EpisodeRecord { life: FIRST_LIFE + slot, ..EpisodeRecord::default() };
        workspace.write(BufferId::Episode, &(0..n as u32).map(life).collect::<Vec<_>>());
        let mut world = Self { workspace, n, d_obs };
        world.dispatch(PassId::TaskReset);
        world
    }

    fn dispatch(&mut self, pass: PassId) {
        self.workspace.dispatch(pass, [self.n.div_ceil(WORKGROUP) as u32, 1, 1]).expect("runs");
    }

    /// Steps all of them with the actions `[slot][d_act]`.
    pub fn step(&mut self, actions: &[f32]) {
        self.workspace.write(BufferId::Action, actions);
        self.dispatch(PassId::TaskStep);
    }

    /// Observations, `[slot][d_obs]`.
    pub fn obs(&mut self) -> Vec<f32> {
        self.workspace.read(BufferId::Obs).expect("reads")
    }

    /// States, `[field][slot]`.
    pub fn state(&mut self) -> Vec<f32> {
        self.workspace.read(BufferId::TaskState).expect("reads")
    }

    pub fn episodes(&mut self) -> Vec<EpisodeRecord> {
        self.workspace.read(BufferId::Episode).expect("reads")
    }

    /// Returns of all episodes.
    pub fn returns(&mut self) -> Vec<f64> {
        self.episodes().iter().map(|episode| f64::from(episode.return_sum)).collect()
    }

    /// Sums of term `term`.
    pub fn term(&mut self, term: usize) -> Vec<f32> {
        let all: Vec<f32> = self.workspace.read(BufferId::Terms).expect("reads");
        all[term * self.n..][..self.n].to_vec()
    }

    /// Whether all episodes are over.
    pub fn is_over(&mut self) -> bool {
        self.episodes().iter().all(|episode| episode.status & status::DONE != 0)
    }
}

/// Mean of a sample, and the standard deviation of its values.
pub fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// Asserts that the mean of `values` is what was measured over `episodes` others, within three standard errors of the
/// difference and half a unit of the last digit that was told.
pub fn assert_mean(values: &[f64], (measured, digit): (f64, f64), episodes: usize, what: &str) {
    let (mean, deviation) = mean_and_deviation(values);
    let error = deviation * (1.0 / values.len() as f64 + 1.0 / episodes as f64).sqrt();
    eprintln!("{what}: {mean:.3} (measured before: {measured}), standard error of the difference {error:.3}");
    assert!(within(mean, measured, 3.0 * error + 0.5 * digit), "{what}: {mean} instead of {measured} +- {error}");
}

fn within(value: f64, wanted: f64, tolerance: f64) -> bool {
    (value - wanted).abs() <= tolerance
}

#[test]
fn another_mean_would_be_found() {
    let values: Vec<f64> = (0..100).map(|k| f64::from(k % 2)).collect();
    assert_mean(&values, (0.5, 0.0), 100, "half");
    let found = std::panic::catch_unwind(|| assert_mean(&values, (0.8, 0.0), 100, "another"));
    assert!(found.is_err(), "0.8 is more than three errors of 0.07 away");
}
