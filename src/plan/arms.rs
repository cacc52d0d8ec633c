//! Forward sensitivities: every arm learns its readout weights by gradient descent while it moves (Brand 2024, who
//! calls it FPTT). It is exact real-time recurrent learning with surrogate derivatives of the spikes, except that it
//! ignores the path from the angle back into the reservoir. Without that path, 11 sensitivities per neuron suffice.
//!
//! Every window of macro steps ends with `m <- g + mu m; w <- w - eta (g + mu m)` (Nesterov), where the norm of g is
//! clipped.

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

/// Macro steps that the network runs before the angle is set.
pub const RESET_STEP: usize = 20;
/// Macro steps after that whose loss is also summed separately.
pub const EARLY_STEPS: usize = 1000;
/// Words before the spikes in the record of a macro step.
pub const MOTION_HEAD: usize = 8;

/// Settings that all arms of a batch share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmSpec {
    /// Network of every arm.
    pub network: ReservoirSpec,
    /// Macro steps per iteration, each one step of the body; a multiple of `window`.
    pub steps: usize,
    /// Macro steps between two updates.
    pub window: usize,
    /// Momentum mu.
    pub momentum: f64,
    /// Norm to which a window's gradient is clipped.
    pub clip: f64,
    /// Loss per unit of squared activation, summed over muscles, in a macro step.
    pub energy_activation: f64,
    /// Loss per spike of an output neuron.
    pub energy_spike: f64,
    /// Maximum Newton iterations for the joint limit.
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

/// An error in planning a batch of arms.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArmError {
    /// A body that is not a supported arm.
    #[error(transparent)]
    Body(#[from] StepperError),
    /// A shader that does not compose (a bug).
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

/// Layout of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArmLayout {
    /// Invocations per arm.
    pub lanes: usize,
    /// True if the lanes form one subgroup and exchange spikes by ballots.
    pub subgroup: bool,
}

impl ArmLayout {
    /// Returns the layout for a device with subgroups of `subgroup` lanes (0: unknown).
    pub fn of(software: bool, subgroup: usize) -> Self {
        let whole = software && subgroup == 8;
        Self { lanes: if whole { 8 } else { 64 }, subgroup: whole }
    }
}

impl ArmSpec {
    /// Returns the network ticks per macro step of `model`.
    pub fn ticks(&self, model: &Model) -> usize {
        (1000.0 * model.opt.timestep / self.network.dt_ms).round() as usize
    }

    /// Returns the words in the record of a macro step.
    pub fn motion_words(&self, model: &Model, lanes: usize) -> usize {
        MOTION_HEAD + self.ticks(model) * (self.network.padded(lanes) / 32 + 1)
    }

    /// Returns the kernel `arms.iterate` for the body `model`. With `watched` above 0 it is `arms.watch`, which
    /// records up to `watched` macro steps per dispatch.
    ///
    /// Errors: a body that is not one joint between two muscles with exactly solved activations.
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

/// Returns the time constants of both muscles' activation, in s.
fn constants_of_activation(model: &Model) -> Result<[f64; 2], StepperError> {
    let refuse =
        || StepperError::Unsupported("an arm without two muscles whose activation is `exponential`, both alike".into());
    let [first, second] = Muscle::all(model).try_into().map_err(|_| refuse())?;
    match (first.laws.activation, second.laws.activation) {
        (Activation::Exponential { constants, pulse: 0.0 }, other) if other == first.laws.activation => Ok(constants),
        _ => Err(refuse()),
    }
}
