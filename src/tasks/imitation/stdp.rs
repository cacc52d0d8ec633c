//! A synapse with spike-timing plasticity: the unit must give the weight times the potential.

use crate::{
    kernel::{
        entry::Kernel,
        wgsl::{ComposeError, Constants},
    },
    tasks::{
        Description, DescriptionRow, Motion, Starts, Task, TaskKernels, TaskLaunch, Term,
        plain::{Plain, control_kernel, outputs},
    },
};

/// Law by which the weight changes with the interval between two spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plasticity {
    /// One curve, and none without the neurotransmitter.
    Simple,
    /// One curve with the neurotransmitter, another without.
    Complex,
}

/// Spike-timing plasticity gated by a neurotransmitter (Bertens and Lee 2020).
#[derive(Debug, Clone, PartialEq)]
pub struct Stdp {
    /// Law of the weight.
    pub plasticity: Plasticity,
    /// Number of steps of an episode.
    pub episode_length: usize,
    /// Weight before the change.
    pub base_weight: f32,
    /// First step at which the presynaptic spike can come.
    pub pre_from: usize,
    /// Last step at which the presynaptic spike can come.
    pub pre_to: usize,
    /// Largest interval between the spikes, steps.
    pub largest_interval: usize,
    /// Share of episodes with the neurotransmitter.
    pub transmitter_share: f32,
}

impl Stdp {
    /// Field of the state with the step of the presynaptic spike.
    pub const PRE: usize = 0;
    /// Field of the state with the step of the postsynaptic spike.
    pub const POST: usize = 1;
    /// Field of the state that is 1 if the neurotransmitter is present.
    pub const TRANSMITTER: usize = 2;
    /// Field of the state with the target of the last step.
    pub const TARGET: usize = 4;

    fn plain(&self) -> Plain {
        let constants = Constants::default()
            .uint("EPISODE_LENGTH", self.episode_length)
            .float("BASE_WEIGHT", self.base_weight)
            .uint("PRE_FROM", self.pre_from)
            .uint("PRE_COUNT", self.pre_to - self.pre_from + 1)
            .uint("LARGEST_INTERVAL", self.largest_interval)
            .float("TRANSMITTER_SHARE", self.transmitter_share);
        let constants = match self.plasticity {
            Plasticity::Simple => constants,
            Plasticity::Complex => {
                constants.import_instead("tasks/imitation/weight_change", "tasks/imitation/weight_change_complex")
            }
        };
        Plain { path: "tasks/imitation/stdp", start: "tasks/imitation/pair", d_act: self.d_act(), constants }
    }
}

impl Task for Stdp {
    fn id(&self) -> &str {
        match self.plasticity {
            Plasticity::Simple => "stdp@1",
            Plasticity::Complex => "complex_stdp@1",
        }
    }

    fn d_obs(&self) -> usize {
        4
    }

    fn d_act(&self) -> usize {
        1
    }

    fn episode_length(&self) -> usize {
        self.episode_length
    }

    fn state_fields(&self) -> usize {
        5
    }

    fn terms(&self) -> Vec<Term> {
        vec![Term::reward("reward_error")]
    }

    fn kernels(&self, shape: &TaskLaunch) -> Result<TaskKernels, ComposeError> {
        self.plain().kernels(shape)
    }

    fn rollout_kernels(&self, shape: &TaskLaunch, starts: Starts) -> Result<TaskKernels, ComposeError> {
        self.plain().rollout_kernels(shape, starts)
    }

    fn control_kernel(&self, n_slots: usize) -> Result<Kernel, ComposeError> {
        control_kernel(n_slots, self.d_act())
    }

    fn motion(&self) -> Motion {
        Motion { qpos: (0..self.state_fields()).collect(), controls: outputs(&["output"]), ..Motion::default() }
    }

    fn describe(&self) -> Description {
        let change = match self.plasticity {
            Plasticity::Simple => "omega with the neurotransmitter, 0 without",
            Plasticity::Complex => {
                "|omega| - 0.1 (cos(20 omega) - 1) with the neurotransmitter, 0.5 cos(10 omega) without"
            }
        };
        Description {
            observation: vec![
                DescriptionRow::new("graded potential", "0.45 to 0.55"),
                DescriptionRow::new("presynaptic spike", "0 or 1"),
                DescriptionRow::new("postsynaptic spike", "0 or 1"),
                DescriptionRow::new("neurotransmitter", "0 or 1"),
            ],
            action: vec![DescriptionRow::new("output", "weight times potential, if it is right")],
            reward: vec![
                "reward_error = -(weight * potential - output)^2".into(),
                format!(
                    "weight = {}, and from the later of both spikes on {0} + change; change = {change}; omega = 0.5 exp(-dt / 10) \
                     for dt = post - pre > 0, -0.5 exp(dt / 10) for dt < 0",
                    self.base_weight
                ),
            ],
            start: format!(
                "pre uniform in {} to {}, dt uniform in -{2} to -1 and 1 to {2}, neurotransmitter in a share of {3}; of a given \
                 start these three count. The potential is drawn in every step, uniform",
                self.pre_from, self.pre_to, self.largest_interval, self.transmitter_share
            ),
            end: format!("after {} steps", self.episode_length),
        }
    }
}
