//! Costs of a policy's passes as formulas: products with weights, which make up nearly all of their arithmetic.

use super::{
    cost::{PassCost, Unit},
    policy::PolicyPlan,
};
use crate::{
    config::Surrogate,
    kernel::{
        buffers::BufferId,
        cost::{Cost, CountError, Operations},
        entry::PassId,
    },
};

/// Arithmetic of Adam per parameter: two moments, their corrections, a square root, a step.
const ADAM: Operations =
    Operations { add: 5.0, multiply: 9.0, divide: 3.0, special: 1.0, select: 0.0, integer: 0.0, popcount: 0.0 };

/// Arithmetic of a substep of a neuron backwards, without products: surrogate, five adjoints, its train of spikes.
const BACK_SUBSTEP: Operations =
    Operations { add: 7.0, multiply: 10.0, divide: 0.0, special: 0.0, select: 4.0, integer: 3.0, popcount: 0.0 };

/// Share of the neurons whose surrogate is not 0, for a piecewise linear one of slope 1, near the threshold: of 256
/// neurons with weights from N(0, 1), 4.5 % at a slope of 10.
const STEEP: f64 = 0.45;

impl PolicyPlan {
    /// Returns what the passes cost per frame that is lived, in the order of the kernels: network and body as a
    /// generation's are counted, products of the gradients as formulas; 0 for passes without products.
    ///
    /// - `firing_rate_hz`: mean over neurons, Hz of simulated time
    ///
    /// Errors: a kernel with a loop of unknown length (a bug).
    pub fn costs(&self, firing_rate_hz: f64) -> Result<Vec<PassCost>, CountError> {
        let lived = self.plan.costs(firing_rate_hz)?;
        let own = |id: PassId| match lived.iter().find(|pass| pass.id == id && pass.unit == Unit::Frame) {
            Some(pass) => pass.cost.clone(),
            None => self.gradient_cost(id, firing_rate_hz),
        };
        let kernels = self.kernels();
        Ok(kernels.iter().map(|kernel| PassCost { id: kernel.id, unit: Unit::Frame, cost: own(kernel.id) }).collect())
    }

    fn gradient_cost(&self, id: PassId, firing_rate_hz: f64) -> Cost {
        let (sizes, epochs) = (&self.ppo.sizes, f64::from(self.ppo.config.epochs));
        let value = (sizes.value_rows() * sizes.value_units) as f64;
        let network = &self.plan.network;
        let n = network.n_neurons() as f64;
        let policy = match n > 0.0 {
            true => n * (sizes.d_obs + sizes.d_act) as f64,
            false => self.plan.n_params() as f64,
        };
        let spikes = firing_rate_hz * n * network.step_ms() / 1000.0;
        match id {
            PassId::PpoForward => network.cost(&self.plan.io, firing_rate_hz) * epochs,
            PassId::PpoBackward if n > 0.0 => self.spiking_backward() * epochs,
            PassId::PpoBackward | PassId::PpoOuter => products(policy * epochs),
            PassId::PpoTrains => products(0.5 * spikes * n * epochs), // additions only
            PassId::PpoValues => products(value),
            PassId::PpoValueLearn => products(2.0 * value * epochs),
            PassId::PpoValueOuter => products(value * epochs),
            PassId::PpoAdam => {
                let steps = epochs / sizes.frames() as f64;
                Cost { operations: ADAM * (steps * sizes.parameters() as f64), ..Cost::default() }
            }
            _ => Cost::default(),
        }
    }

    fn spiking_backward(&self) -> Cost {
        let n = self.plan.network.n_neurons() as f64;
        let config = &self.ppo.config;
        let substeps = self.gradients.vectors.saturating_sub(2) as f64;
        let steep = match config.surrogate {
            Surrogate::PiecewiseLinear => (STEEP / config.surrogate_slope).min(1.0),
            Surrogate::SuperSpike | Surrogate::Sigmoid => 1.0,
        };
        let mut cost = products(substeps * steep * n * n);
        cost.operations = cost.operations + BACK_SUBSTEP * (n * substeps);
        cost
    }
}

/// Returns the cost of so many products with weights, each added to a sum.
fn products(count: f64) -> Cost {
    let mut cost =
        Cost { operations: Operations { add: count, multiply: count, ..Operations::default() }, ..Cost::default() };
    cost.read(BufferId::Theta, 4.0 * count);
    cost
}
