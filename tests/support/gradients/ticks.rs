//! DQSN's network, tick by tick and as the staircase that the ticks amount to.
//!
//! The current of a hidden neuron is the same at every tick. It integrates, fires at 1 and begins at 0 again. The
//! output neuron, which never fires, moves half of the way to its input at each tick.

use super::layout::{Layout, add_outer, add_rows, products};
use super::surrogate::{Shape, Surrogate};

/// Hidden neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// Integrates and fires.
    If,
    /// Leaks, with a time constant of two ticks.
    Lif,
}

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickNet {
    pub ticks: usize,
    pub hidden: Hidden,
    pub d_obs: usize,
    pub neurons: usize,
    pub actions: usize,
}

/// Hidden neurons at one tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Membranes before the reset.
    pub membrane: Vec<f64>,
    pub spikes: Vec<f64>,
}

/// Derivative of a spike: that of a sigmoid of slope 4, with the factor 4.
const SURROGATE: Surrogate = Surrogate { shape: Shape::Sigmoid, height: 4.0, slope: 4.0 };

impl TickNet {
    /// Returns where the parameters lie.
    pub fn layout(&self) -> Layout {
        let (n, actions) = (self.neurons, self.actions);
        Layout::new([("input", self.d_obs, n), ("bias", 1, n), ("output", n, actions), ("bias_output", 1, actions)])
    }

    /// Returns the currents of the hidden neurons.
    pub fn currents(&self, theta: &[f64], x: &[f64]) -> Vec<f64> {
        let layout = self.layout();
        let mut currents = layout.of(theta, "bias").to_vec();
        add_rows(&mut currents, x, layout.of(theta, "input"));
        currents
    }

    /// Returns the share of its input that a hidden neuron takes up at a tick.
    fn uptake(&self) -> f64 {
        if self.hidden == Hidden::Lif { 0.5 } else { 1.0 }
    }

    /// Returns the hidden neurons tick by tick for their currents.
    pub fn train(&self, currents: &[f64]) -> Vec<Tick> {
        let mut v = vec![0.0; currents.len()];
        let mut tick = |_| {
            let leak = if self.hidden == Hidden::Lif { 1.0 } else { 0.0 };
            let membrane: Vec<f64> = v.iter().zip(currents).map(|(v, c)| v + (c - leak * v) * self.uptake()).collect();
            let spikes: Vec<f64> = membrane.iter().map(|m| f64::from(u8::from(*m >= 1.0))).collect();
            v = membrane.iter().zip(&spikes).map(|(m, s)| m * (1.0 - s)).collect();
            Tick { membrane, spikes }
        };
        (0..self.ticks).map(&mut tick).collect()
    }

    /// Returns the values of the actions from the output neurons, tick by tick.
    pub fn by_ticks(&self, theta: &[f64], x: &[f64]) -> Vec<f64> {
        let layout = self.layout();
        let mut q = vec![0.0; self.actions];
        for tick in self.train(&self.currents(theta, x)) {
            let mut input = layout.of(theta, "bias_output").to_vec();
            add_rows(&mut input, &tick.spikes, layout.of(theta, "output"));
            q.iter_mut().zip(input).for_each(|(q, input)| *q += (input - *q) / 2.0);
        }
        q
    }

    /// Returns the gradient for the adjoints `g_q` of the values, back through the ticks; resets count.
    pub fn gradient_by_ticks(&self, theta: &[f64], x: &[f64], g_q: &[f64]) -> Vec<f64> {
        let layout = self.layout();
        let mut gradient = vec![0.0; layout.n_params()];
        let (mut g_input, mut g_v, mut g_c) = (g_q.to_vec(), vec![0.0; self.neurons], vec![0.0; self.neurons]);
        for tick in self.train(&self.currents(theta, x)).iter().rev() {
            g_input.iter_mut().for_each(|g| *g /= 2.0);
            add_outer(layout.of_mut(&mut gradient, "output"), 1.0, &tick.spikes, &g_input);
            add_outer(layout.of_mut(&mut gradient, "bias_output"), 1.0, &[1.0], &g_input);
            let sent = products(layout.of(theta, "output"), &g_input);
            for k in 0..self.neurons {
                let (m, s) = (tick.membrane[k], tick.spikes[k]);
                let g_spike = sent[k] - m * g_v[k];
                let g_m = (1.0 - s) * g_v[k] + SURROGATE.at(m - 1.0) * g_spike;
                g_v[k] = self.uptake() * g_m;
                g_c[k] += g_v[k];
            }
        }
        self.add_currents(x, &g_c, &mut gradient);
        gradient
    }

    fn add_currents(&self, x: &[f64], g_c: &[f64], gradient: &mut [f64]) {
        let layout = self.layout();
        add_outer(layout.of_mut(gradient, "bias"), 1.0, &[1.0], g_c);
        add_outer(layout.of_mut(gradient, "input"), 1.0, x, g_c);
    }

    /// Returns the membrane, before a reset, of a neuron with current `c` that took it up `k` times since the last one.
    fn membrane(&self, c: f64, k: usize) -> f64 {
        match self.hidden {
            Hidden::If => (0..k).fold(0.0, |sum, _| sum + c),
            Hidden::Lif => c * (1.0 - 0.5f64.powi(k as i32)),
        }
    }

    /// Returns the ticks between spikes for current `c`, if it makes the neuron fire within all ticks.
    pub fn interval(&self, c: f64) -> Option<usize> {
        (1..=self.ticks).find(|k| self.membrane(c, *k) >= 1.0)
    }

    /// Returns what is left in the end of an input of 1 at tick `t`, counted from 1.
    fn weight(&self, t: usize) -> f64 {
        0.5f64.powi((self.ticks + 1 - t) as i32)
    }

    /// Returns the activation of a hidden neuron with current `c`: its spikes as a binary number below 1.
    pub fn omega(&self, c: f64) -> f64 {
        self.interval(c).map_or(0.0, |n| (n..=self.ticks).step_by(n).map(|t| self.weight(t)).sum())
    }

    /// Returns what stands for the derivative of [`Self::omega`].
    pub fn slope(&self, c: f64) -> f64 {
        let interval = self.interval(c).unwrap_or(self.ticks + 1);
        let (mut g, mut slope) = (0.0, 0.0);
        for t in (1..=self.ticks).rev() {
            let membrane = self.membrane(c, (t - 1) % interval + 1);
            let spike = if t % interval == 0 { 1.0 } else { 0.0 };
            g = self.uptake() * (g * (1.0 - spike) + (self.weight(t) - g * membrane) * SURROGATE.at(membrane - 1.0));
            slope += g;
        }
        slope
    }

    /// Returns the values of the actions by the staircase.
    pub fn by_staircase(&self, theta: &[f64], x: &[f64]) -> Vec<f64> {
        let layout = self.layout();
        let omegas: Vec<f64> = self.currents(theta, x).into_iter().map(|c| self.omega(c)).collect();
        let past = 1.0 - 0.5f64.powi(self.ticks as i32);
        let mut q: Vec<f64> = layout.of(theta, "bias_output").iter().map(|bias| past * bias).collect();
        add_rows(&mut q, &omegas, layout.of(theta, "output"));
        q
    }

    /// Returns the gradient for the adjoints `g_q` of the values by the staircase.
    pub fn gradient_by_staircase(&self, theta: &[f64], x: &[f64], g_q: &[f64]) -> Vec<f64> {
        let layout = self.layout();
        let mut gradient = vec![0.0; layout.n_params()];
        let currents = self.currents(theta, x);
        let omegas: Vec<f64> = currents.iter().map(|c| self.omega(*c)).collect();
        let past = 1.0 - 0.5f64.powi(self.ticks as i32);
        add_outer(layout.of_mut(&mut gradient, "output"), 1.0, &omegas, g_q);
        add_outer(layout.of_mut(&mut gradient, "bias_output"), past, &[1.0], g_q);
        let sent = products(layout.of(theta, "output"), g_q);
        let g_c: Vec<f64> = sent.iter().zip(&currents).map(|(sent, c)| sent * self.slope(*c)).collect();
        self.add_currents(x, &g_c, &mut gradient);
        gradient
    }
}
