//! Integrate and fire: the unit must spike whenever a sum of input currents reaches a threshold.

use crate::{
    kernel::{
        cost::Assumptions,
        entry::Kernel,
        wgsl::{ComposeError, Constants},
    },
    tasks::{
        Description, DescriptionRow, Motion, Starts, Task, TaskKernels, TaskLaunch, Term,
        plain::{Plain, control_kernel, outputs},
    },
};

/// Mean interval between target spikes, in steps.
const MEAN_INTERVAL: f64 = 9.0;

/// Integrate and fire (Bertens and Lee 2020, eq. 3).
#[derive(Debug, Clone, PartialEq)]
pub struct IntegrateAndFire {
    /// Number of steps of an episode.
    pub episode_length: usize,
    /// Output above which the unit spikes.
    pub spike_threshold: f32,
    /// True if spikes beyond those of the target cost.
    pub count_surplus: bool,
}

impl IntegrateAndFire {
    /// Field of the state with the current of the next step.
    pub const CURRENT: usize = 0;
    /// Field of the state with the target's potential, 0 after a spike.
    pub const POTENTIAL: usize = 1;

    fn plain(&self) -> Plain {
        Plain {
            path: "tasks/imitation/integrate_and_fire",
            start: "tasks/imitation/current",
            d_act: self.d_act(),
            constants: Constants::default()
                .uint("EPISODE_LENGTH", self.episode_length)
                .float("SPIKE_THRESHOLD", self.spike_threshold)
                .flag("COUNT_SURPLUS", self.count_surplus),
        }
    }
}

impl Task for IntegrateAndFire {
    fn id(&self) -> &str {
        "integrate_and_fire@1"
    }

    fn d_obs(&self) -> usize {
        1
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
        vec![
            Term::reward("reward_value"),
            Term::reward("reward_interval"),
            Term::info("spikes"),
            Term::info("target_spikes"),
        ]
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
        Motion { qpos: vec![Self::CURRENT, Self::POTENTIAL], controls: outputs(&["output"]), ..Motion::default() }
    }

    fn assumptions(&self, _shared: bool) -> Assumptions {
        Assumptions::default()
            .share("random_actions", 0.0)
            .share("unit_fires", 1.0 / MEAN_INTERVAL)
            .share("ends", 1.0 / self.episode_length as f64)
            .trips("search", MEAN_INTERVAL)
            .trips("missing", 1.0)
    }

    fn describe(&self) -> Description {
        let surplus = match self.count_surplus {
            true => "spikes that only one of them has are compared with the value 0 one step after the end",
            false => {
                "target spikes without one of the unit are compared with the value 0 one step after the end, \
                surplus spikes of the unit with nothing"
            }
        };
        Description {
            observation: vec![DescriptionRow::new("input current", "0.01 to 0.11, or held as a given start has it")],
            action: vec![DescriptionRow::new(
                "output",
                format!("a spike of this value if it is above {}", self.spike_threshold),
            )],
            reward: vec![
                "reward_value = -(1 - value)^2, spike i of the unit being compared with spike i of the target".into(),
                "reward_interval = -(interval of the target - interval of the unit)^2, in steps since the previous spike \
                 of the same train, or since the step before the first"
                    .into(),
                format!("the target sums currents up to 0.5, spikes and begins at 0 again; {surplus}"),
            ],
            start: "potential 0; every current is drawn anew, uniform in 0.01 to 0.11".into(),
            end: format!("after {} steps", self.episode_length),
        }
    }
}
