//! The yardstick of the network with f32 weights: it adds the rows of neurons that fired, in plain loops that the
//! compiler vectorises.

use gpu_ec::networks::rsnn::RsnnConstants;

use crate::yardstick::N;

/// One individual: its weights and its state.
#[derive(Clone)]
pub struct Individual {
    /// `[d_obs + N][N]`: rows of the inputs, then of the neurons.
    rows: Vec<[f32; N]>,
    pub v: [f32; N],
    i_syn: [f32; N],
    pub rate: [f32; N],
    fired: Vec<usize>,
}

impl Individual {
    /// Takes the rows of `theta` (`[d_obs + N + d_act]` rows of N weights) and starts with membranes `v`.
    pub fn new(theta: &[u32], d_obs: usize, v: &[f32]) -> Self {
        let row = |row: &[u32]| std::array::from_fn(|n| f32::from_bits(row[n]));
        let rows = theta.chunks_exact(N).take(d_obs + N).map(row).collect();
        let v = v.try_into().expect("N membranes");
        Self { rows, v, i_syn: [0.0; N], rate: [0.0; N], fired: vec![] }
    }

    /// Takes one environment step; returns the number of spikes.
    pub fn step(&mut self, c: &RsnnConstants, x: &[f32]) -> u32 {
        let mut drive = [0.0; N];
        for (x, row) in x.iter().zip(&self.rows) {
            drive.iter_mut().zip(row).for_each(|(drive, weight)| *drive += x * weight);
        }
        drive.iter_mut().for_each(|drive| *drive *= c.r_in as f32);
        let mut spikes = 0;
        for _ in 0..c.substeps {
            let mut sums = [0.0; N];
            for neuron in &self.fired {
                sums.iter_mut().zip(&self.rows[x.len() + neuron]).for_each(|(sum, weight)| *sum += weight);
            }
            self.integrate(c, &drive, &sums);
            spikes += self.fired.len() as u32;
        }
        spikes
    }

    fn integrate(&mut self, c: &RsnnConstants, drive: &[f32; N], sums: &[f32; N]) {
        let (decay_synapse, r_hidden) = (c.decay_synapse as f32, c.r_hidden as f32);
        let (decay_membrane, gain_membrane) = (c.decay_membrane as f32, c.gain_membrane as f32);
        let (decay_rate, gain_rate) = (c.decay_rate as f32, c.gain_rate as f32);
        let mut fires = [false; N];
        for n in 0..N {
            let current = decay_synapse * self.i_syn[n] + r_hidden * sums[n];
            let membrane = decay_membrane * self.v[n] + gain_membrane * (current + drive[n]);
            fires[n] = membrane > 1.0;
            self.i_syn[n] = current;
            self.v[n] = if fires[n] { 0.0 } else { membrane };
            self.rate[n] = decay_rate * self.rate[n] + if fires[n] { gain_rate } else { 0.0 };
        }
        self.fired.clear();
        self.fired.extend((0..N).filter(|n| fires[*n]));
    }
}
