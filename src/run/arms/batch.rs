//! Arms of a configuration and their starts.

use crate::{
    config::{AlgorithmConfig, ArmBalanceConfig, Config, ForwardSensitivityConfig, NetworkConfig, TaskConfig},
    kernel::{
        arm_records::ArmOutcome,
        random::{Stream, philox4x32, stream_key, uniform01},
    },
    networks::reservoir::ReservoirSpec,
    physics::model::Model,
    plan::{PlanError, arms::ArmSpec},
    run::arms::{ArmSetup, ArmStart, Learnt},
    tasks,
};

/// Distance between the network seeds of consecutive run seeds.
const SEEDS_APART: u64 = 1 << 16;

/// Batch of arms that a configuration asks for.
pub struct ArmBatch {
    /// Settings shared by all arms.
    pub spec: ArmSpec,
    /// Model of the arm's body.
    pub model: Model,
    /// Settings of each arm.
    pub setups: Vec<ArmSetup>,
    /// Fixed start angle of each arm, rad; `None` if its start is drawn anew each iteration.
    pub angles: Vec<Option<f32>>,
    /// Physics steps per environment step.
    pub frame_skip: u32,
    task: ArmBalanceConfig,
    seed: u64,
}

impl ArmBatch {
    /// Returns the arms of `config`; `None` if it does not ask for forward sensitivities.
    ///
    /// Errors: a robot that does not compile (a bug).
    pub fn of(config: &Config) -> Result<Option<Self>, PlanError> {
        let (
            AlgorithmConfig::ForwardSensitivity(learning),
            NetworkConfig::Reservoir(network),
            TaskConfig::ArmBalance(task),
        ) = (&config.algorithm, &config.network, &config.task)
        else {
            return Ok(None);
        };
        let frame_skip = task.frame_skip;
        let spec = ArmSpec {
            network: ReservoirSpec::from(network),
            steps: (task.episode_length * frame_skip) as usize,
            window: learning.window as usize,
            momentum: learning.momentum,
            clip: learning.clip,
            energy_activation: learning.energy_activation,
            energy_spike: learning.energy_spike,
            newton_iterations: task.newton_iterations,
        };
        let first = network.seed.wrapping_add(config.seed.wrapping_mul(SEEDS_APART));
        let (setups, angles) = arms(learning, first, network.weight_range, task.tendon_ratio);
        let model = tasks::arm(task)?;
        Ok(Some(Self { spec, model, setups, angles, frame_skip, task: task.clone(), seed: config.seed }))
    }

    /// Returns the same arms, whose starts are those of `seed`.
    pub fn with_starts_of(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Returns the readout weights before training.
    pub fn untaught(&self) -> Learnt {
        Learnt::untaught(&self.spec, &self.setups)
    }

    /// Draws the start of each arm in an iteration from `stream`.
    pub fn starts(&self, iteration: u32, stream: Stream) -> Vec<ArmStart> {
        let key = stream_key(self.seed, stream);
        let task = &self.task;
        let draw = |(arm, angle): (usize, &Option<f32>)| {
            if let Some(angle) = angle {
                return ArmStart { angle: *angle, velocity: 0.0 };
            }
            let bits = philox4x32([arm as u32, iteration, 0, 0], key);
            let [size, side, speed] = [bits[0], bits[1], bits[2]].map(|bits| f64::from(uniform01(bits)));
            let angle = task.reset_angle_from + (task.reset_angle_to - task.reset_angle_from) * size;
            let angle = if side < 0.5 { -angle } else { angle };
            ArmStart { angle: angle as f32, velocity: (task.reset_velocity * (2.0 * speed - 1.0)) as f32 }
        };
        self.angles.iter().enumerate().map(draw).collect()
    }

    /// Returns the return of an episode in the unit of the task. `outcome` sums over physics steps, so the result
    /// is divided by the frame skip.
    pub fn episode_return(&self, outcome: &ArmOutcome) -> f64 {
        let task = &self.task;
        let angle = task.reward_angle_weight * f64::from(outcome.loss);
        let effort = task.reward_effort_weight * f64::from(outcome.effort);
        -(angle + effort) / f64::from(self.frame_skip)
    }

    /// Returns the number of environment steps that all arms take in one iteration.
    pub fn frames(&self) -> u64 {
        self.setups.len() as u64 * u64::from(self.task.episode_length)
    }
}

/// Returns one arm per combination; seeds vary fastest.
fn arms(
    learning: &ForwardSensitivityConfig,
    seed: u64,
    weight_range: f64,
    tendon_ratio: f64,
) -> (Vec<ArmSetup>, Vec<Option<f32>>) {
    let or = |list: &[f64], usual: f64| if list.is_empty() { vec![usual] } else { list.to_vec() };
    let angles: Vec<Option<f32>> = match &learning.start_angles[..] {
        [] => vec![None],
        angles => angles.iter().map(|angle| Some(*angle as f32)).collect(),
    };
    let mut arms = (vec![], vec![]);
    for weight_range in or(&learning.weight_ranges, weight_range) {
        for tendon_ratio in or(&learning.tendon_ratios, tendon_ratio) {
            for angle in &angles {
                for offset in 0..u64::from(learning.seeds) {
                    let seed = seed.wrapping_add(offset);
                    arms.0.push(ArmSetup { seed, weight_range, tendon_ratio, learning_rate: learning.learning_rate });
                    arms.1.push(*angle);
                }
            }
        }
    }
    arms
}
