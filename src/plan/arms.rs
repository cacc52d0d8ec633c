//! Forward sensitivities: gradient descent of an arm's readout weights while it moves, each arm by itself (Brand 2024,
//! whose name for it is FPTT). It is exact real-time recurrent learning with surrogate derivatives of the spikes, but
//! for the way from the angle back into the reservoir: with it the sensitivities of a neuron are 11 numbers.
//!
//! Every window of macro steps ends with `m <- g + mu m; w <- w - eta (g + mu m)` (Nesterov), the norm of g clipped.

use crate::{
    kernel::{
        entry::{Kernel, PassId},
        wgsl::{ComposeError, compose, shader},
    },
    networks::reservoir::ReservoirSpec,
    physics::{
        model::Model,
        muscle::{Activation, Muscle},
        stepper::{Integrator, MuscleLengths, Observe, Options, StepperError, physics_text, slopes_text},
    },
};

/// Macro steps in which the network runs in before the angle is set.
pub const RESET_STEP: usize = 20;
/// Macro steps after that of which the loss is told by itself.
pub const EARLY_STEPS: usize = 1000;
/// Words of a macro step that is watched, before the spikes.
pub const MOTION_HEAD: usize = 8;

/// What all arms of a batch share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmSpec {
    /// The network.
    pub network: ReservoirSpec,
    /// Macro steps of an iteration, one step of the body each; a multiple of `window`.
    pub steps: usize,
    /// Macro steps between two updates.
    pub window: usize,
    /// mu.
    pub momentum: f64,
    /// Largest norm of a window's gradient that is followed.
    pub clip: f64,
    /// Loss of one unit of summed squared activation in a macro step.
    pub energy_activation: f64,
    /// Loss of one spike of an output.
    pub energy_spike: f64,
    /// Newton iterations of the joint's limit at most.
    pub newton_iterations: u32,
}

impl Default for ArmSpec {
    fn default() -> Self {
        Self {
            network: ReservoirSpec::default(),
            steps: 4000,
            window: 20,
            momentum: 0.9,
            clip: 0.1,
            energy_activation: 0.0,
            energy_spike: 0.0,
            newton_iterations: 12,
        }
    }
}

/// A batch of arms that cannot be planned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArmError {
    /// The body is not such an arm.
    #[error(transparent)]
    Body(#[from] StepperError),
    /// A shader that does not compose: a bug.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

/// How the kernel is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArmLayout {
    /// Invocations per arm.
    pub lanes: usize,
    /// Whether they are one subgroup, which tells of spikes by ballots.
    pub subgroup: bool,
}

impl ArmLayout {
    /// Makes what suits a device whose subgroups have `subgroup` lanes (0: not known).
    pub fn of(software: bool, subgroup: usize) -> Self {
        let whole = software && subgroup == 8;
        Self { lanes: if whole { 8 } else { 64 }, subgroup: whole }
    }
}

impl ArmSpec {
    /// Ticks of the network a macro step of `model`.
    pub fn ticks(&self, model: &Model) -> usize {
        (1000.0 * model.opt.timestep / self.network.dt_ms).round() as usize
    }

    /// Words of a macro step that is watched.
    pub fn motion_words(&self, model: &Model, lanes: usize) -> usize {
        MOTION_HEAD + self.ticks(model) * (self.network.padded(lanes) / 32 + 1)
    }

    /// Returns the kernel `arms.iterate` for the body `model`; with `watched` macro steps of a dispatch taken down,
    /// `arms.watch`.
    ///
    /// Errors: a body other than one joint between two muscles with activations solved exactly.
    pub fn kernel(&self, model: &Model, layout: ArmLayout, watched: usize) -> Result<Kernel, ArmError> {
        let options = Options {
            integrator: Integrator::Euler,
            newton_iterations: self.newton_iterations,
            muscle_lengths: MuscleLengths::Private,
            held_activation: true,
            observe: Observe { driven: true, ..Observe::default() },
            ..Options::of(model)
        };
        let [rise, fall] = constants_of_activation(model)?;
        let dt = 1e-3 * self.network.dt_ms;
        let constants = self
            .network
            .constants(self.network.padded(layout.lanes), layout.lanes)
            .uint("MOTION_HEAD", MOTION_HEAD)
            .uint("TICKS", self.ticks(model))
            .uint("WINDOW", self.window)
            .uint("RESET_STEP", RESET_STEP)
            .uint("EARLY_STEPS", EARLY_STEPS)
            .uint("WATCHED", watched)
            .float("MOMENTUM", self.momentum as f32)
            .float("CLIP", self.clip as f32)
            .float("ENERGY_ACT", self.energy_activation as f32)
            .float("ENERGY_SPIKE", self.energy_spike as f32)
            .float("KEPT_ON", libm::exp(-dt / rise) as f32)
            .float("KEPT_OFF", libm::exp(-dt / fall) as f32)
            .float("STEP_S", model.opt.timestep as f32);
        let root = format!("algorithms/forward_sensitivity/{}", if layout.subgroup { "subgroup" } else { "workgroup" });
        let body = physics_text(model, &options)? + &slopes_text(model, &options)?;
        let module = compose(&root, &(body + shader(&root).unwrap_or_default()), &constants)?;
        Ok(Kernel::new(if watched == 0 { PassId::ArmsIterate } else { PassId::ArmsWatch }, &module, "iterate"))
    }
}

/// Time constants of the two muscles' activation, s.
fn constants_of_activation(model: &Model) -> Result<[f64; 2], StepperError> {
    let refuse =
        || StepperError::Unsupported("an arm without two muscles whose activation is `exponential`, both alike".into());
    let [first, second] = Muscle::all(model).try_into().map_err(|_| refuse())?;
    match (first.laws.activation, second.laws.activation) {
        (Activation::Exponential { constants, pulse: 0.0 }, other) if other == first.laws.activation => Ok(constants),
        _ => Err(refuse()),
    }
}
