//! The spiking network with f32 weights over a segment of steps: forwards with a tape, and backwards through every
//! substep with a surrogate derivative.
//!
//! A substep is `i = a_s i + R_h (sum of rows of neurons that fired)`, `m = a_m v + g_m (i + d)`, `s = [m > 1]`,
//! `v = m (1 - s)`, `r = a_r r + g_r s`. A step's drive is `d = R_in x W_in`, its read-out `y = R_out W_out r`.

use super::layout::{Layout, add_outer, add_rows, products};
use super::surrogate::{Spikes, Surrogate};
use gpu_ec::networks::rsnn::RsnnConstants;

/// Sizes and constants of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpikingNet {
    pub constants: RsnnConstants,
    pub neurons: usize,
    pub d_obs: usize,
    pub d_act: usize,
}

/// Values by neuron.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub membrane: Vec<f64>,
    pub current: Vec<f64>,
    pub rate: Vec<f64>,
    /// Spikes of the last substep.
    pub spikes: Vec<f64>,
}

/// What enters at a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The normalised observation.
    pub x: Vec<f64>,
    /// Membranes that an episode begins with before the step, if one does.
    pub begins: Option<Vec<f64>>,
}

/// What the backward pass needs of a substep.
#[derive(Debug, Clone, PartialEq)]
pub struct Substep {
    /// Spikes that it hears: those of the substep before.
    pub heard: Vec<f64>,
    /// Membranes before the reset.
    pub membrane: Vec<f64>,
    pub spikes: Vec<f64>,
}

/// What the backward pass needs of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub entry: Entry,
    pub substeps: Vec<Substep>,
    /// Rates after the step.
    pub rate: Vec<f64>,
}

/// A segment computed forwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// The read-out by step, not clamped.
    pub outputs: Vec<Vec<f64>>,
    pub records: Vec<Record>,
}

/// How derivatives go through a spike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Through {
    pub surrogate: Surrogate,
    /// True if the reset of the membrane counts as a constant factor.
    pub detach_reset: bool,
}

/// Adjoints that go back from substep to substep, by neuron.
#[derive(Debug, Clone)]
struct Adjoints {
    membrane: Vec<f64>,
    current: Vec<f64>,
    rate: Vec<f64>,
}

impl State {
    /// Returns the state that an episode begins with.
    pub fn begun(membrane: &[f64]) -> Self {
        let zeros = vec![0.0; membrane.len()];
        Self { membrane: membrane.to_vec(), current: zeros.clone(), rate: zeros.clone(), spikes: zeros }
    }
}

impl Adjoints {
    fn zero(neurons: usize) -> Self {
        let zeros = vec![0.0; neurons];
        Self { membrane: zeros.clone(), current: zeros.clone(), rate: zeros }
    }
}

fn scaled(factor: f64, values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| factor * value).collect()
}

impl SpikingNet {
    /// Returns where the parameters lie.
    pub fn layout(&self) -> Layout {
        let n = self.neurons;
        Layout::new([("input", self.d_obs, n), ("hidden", n, n), ("output", self.d_act, n)])
    }

    /// Computes a segment from the state at its `start`.
    pub fn forward(&self, theta: &[f64], start: &State, entries: &[Entry], spikes: Spikes) -> Tape {
        let layout = self.layout();
        assert_eq!(theta.len(), layout.n_params(), "parameters");
        let mut state = start.clone();
        let mut tape = Tape { outputs: vec![], records: vec![] };
        for entry in entries {
            if let Some(membrane) = &entry.begins {
                state = State::begun(membrane);
            }
            let mut drive = vec![0.0; self.neurons];
            add_rows(&mut drive, &scaled(self.constants.r_in, &entry.x), layout.of(theta, "input"));
            let hidden = layout.of(theta, "hidden");
            let substeps = (0..self.constants.substeps).map(|_| self.substep(hidden, &drive, &mut state, spikes));
            let substeps = substeps.collect();
            let read_out = products(layout.of(theta, "output"), &state.rate);
            tape.outputs.push(scaled(self.constants.r_out, &read_out));
            tape.records.push(Record { entry: entry.clone(), substeps, rate: state.rate.clone() });
        }
        tape
    }

    fn substep(&self, hidden: &[f64], drive: &[f64], state: &mut State, spikes: Spikes) -> Substep {
        let c = &self.constants;
        let heard = state.spikes.clone();
        let mut sums = vec![0.0; self.neurons];
        add_rows(&mut sums, &heard, hidden);
        let mut membranes = vec![0.0; self.neurons];
        for k in 0..self.neurons {
            state.current[k] = c.decay_synapse * state.current[k] + c.r_hidden * sums[k];
            let input = state.current[k] + drive[k];
            membranes[k] = c.decay_membrane * state.membrane[k] + c.gain_membrane * input;
            state.spikes[k] = spikes.at(membranes[k] - 1.0);
            state.membrane[k] = membranes[k] * (1.0 - state.spikes[k]);
            state.rate[k] = c.decay_rate * state.rate[k] + c.gain_rate * state.spikes[k];
        }
        Substep { heard, membrane: membranes, spikes: state.spikes.clone() }
    }

    /// Returns the gradient with respect to all parameters for the adjoints `g_y` of the read-out, by step.
    pub fn backward(&self, theta: &[f64], tape: &Tape, g_y: &[Vec<f64>], through: &Through) -> Vec<f64> {
        let (layout, c) = (self.layout(), &self.constants);
        let mut gradient = vec![0.0; layout.n_params()];
        let mut g = Adjoints::zero(self.neurons);
        for (record, g_y) in tape.records.iter().zip(g_y).rev() {
            add_outer(layout.of_mut(&mut gradient, "output"), c.r_out, g_y, &record.rate);
            add_rows(&mut g.rate, &scaled(c.r_out, g_y), layout.of(theta, "output"));
            let mut g_drive = vec![0.0; self.neurons];
            for substep in record.substeps.iter().rev() {
                let share = self.substep_backward(layout.of(theta, "hidden"), substep, through, &mut g);
                g_drive.iter_mut().zip(share).for_each(|(sum, share)| *sum += share);
                add_outer(layout.of_mut(&mut gradient, "hidden"), c.r_hidden, &substep.heard, &g.current);
            }
            add_outer(layout.of_mut(&mut gradient, "input"), c.r_in, &record.entry.x, &g_drive);
            if record.entry.begins.is_some() {
                g = Adjoints::zero(self.neurons);
            }
        }
        gradient
    }

    /// Takes the adjoints back over a substep. Returns what it gives to those of the drive.
    fn substep_backward(&self, hidden: &[f64], substep: &Substep, through: &Through, g: &mut Adjoints) -> Vec<f64> {
        let c = &self.constants;
        // What a spike gives to the currents of the next substep, whose adjoints these still are.
        let sent = products(hidden, &g.current);
        let mut g_drive = vec![0.0; self.neurons];
        for k in 0..self.neurons {
            let (m, s) = (substep.membrane[k], substep.spikes[k]);
            let through_reset = if through.detach_reset { 0.0 } else { -m * g.membrane[k] };
            let g_spike = c.gain_rate * g.rate[k] + c.r_hidden * sent[k] + through_reset;
            let g_m = (1.0 - s) * g.membrane[k] + through.surrogate.at(m - 1.0) * g_spike;
            g_drive[k] = c.gain_membrane * g_m;
            g.current[k] = c.decay_synapse * g.current[k] + g_drive[k];
            g.membrane[k] = c.decay_membrane * g_m;
            g.rate[k] *= c.decay_rate;
        }
        g_drive
    }
}
