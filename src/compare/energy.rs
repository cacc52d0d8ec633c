//! Estimated energy of the runs on a neuromorphic chip.

/// Constants of Loihi (Davies et al., IEEE Micro 2018), as used by Wang et al. (NeurIPS 2023, Appendix D), in joules.
pub mod loihi {
    /// P_s: operation of a synapse on a spike.
    pub const SYNAPSE: f64 = 23.6e-12;
    /// P_w: spike within a tile.
    pub const SPIKE: f64 = 1.7e-12;
    /// P_u: update of a neuron.
    pub const UPDATE: f64 = 81e-12;
    /// I: updates per neuron and step.
    pub const UPDATES: f64 = 4.0;
}

/// Formula, as reports print it.
pub const FORMULA: &str = "E_one = P_u N I S + (P_s + C P_w) N R S,   E_tot = E_one G P";

/// Inputs of the estimate.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Inputs {
    /// N: neurons.
    pub neurons: f64,
    /// S: time steps of the neurons in an episode.
    pub steps: f64,
    /// R: spikes per neuron and time step.
    pub rate: f64,
    /// C: connections per neuron.
    pub connections: f64,
    /// G: generations.
    pub generations: f64,
    /// P: episodes per generation.
    pub population: f64,
}

/// Estimate, in joules.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Energy {
    /// P_u N I S: updates of the neurons in an episode.
    pub updates: f64,
    /// (P_s + C P_w) N R S: spikes in an episode.
    pub spikes: f64,
    /// E_one: one episode.
    pub episode: f64,
    /// E_tot: all episodes.
    pub total: f64,
}

/// Returns the estimate of Wang et al. (NeurIPS 2023), Appendix D: [`FORMULA`].
pub fn energy(of: &Inputs) -> Energy {
    let updates = loihi::UPDATE * of.neurons * loihi::UPDATES * of.steps;
    let spikes = (loihi::SYNAPSE + of.connections * loihi::SPIKE) * of.neurons * of.rate * of.steps;
    let episode = updates + spikes;
    Energy { updates, spikes, episode, total: episode * of.generations * of.population }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_inputs_give_the_papers_figures() {
        let paper = Inputs {
            neurons: 256.0,
            steps: 33_200.0,
            rate: 0.025,
            connections: 128.0,
            generations: 1000.0,
            population: 10_240.0,
        };
        let energy = energy(&paper);
        assert_eq!(format!("{:.2} mJ", 1e3 * energy.updates), "2.75 mJ", "updates");
        assert_eq!(format!("{:.2} mJ", 1e3 * energy.spikes), "0.05 mJ", "spikes");
        assert_eq!(format!("{:.1} mJ", 1e3 * energy.episode), "2.8 mJ", "an episode");
        assert_eq!(format!("{:.1} kJ", 1e-3 * energy.total), "28.7 kJ", "all; the paper prints 28");
    }
}
