//! PPO's value network, `x -> tanh -> tanh -> 1`, and the gradient of its loss.

use super::layout::{Layout, add_outer, add_rows, products};

/// Sizes of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueNet {
    pub d_obs: usize,
    /// Units of each hidden layer.
    pub units: usize,
}

/// Layers of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    pub first: Vec<f64>,
    pub second: Vec<f64>,
    pub value: f64,
}

impl ValueNet {
    /// Returns where the parameters lie.
    pub fn layout(&self) -> Layout {
        let n = self.units;
        Layout::new([
            ("input", self.d_obs, n),
            ("bias_input", 1, n),
            ("hidden", n, n),
            ("bias_hidden", 1, n),
            ("output", 1, n),
            ("bias_output", 1, 1),
        ])
    }

    /// Computes the value of observation `x`.
    pub fn forward(&self, theta: &[f64], x: &[f64]) -> Layers {
        let layout = self.layout();
        let layer = |lines: &[f64], matrix: &str, bias: &str| {
            let mut sums = layout.of(theta, bias).to_vec();
            add_rows(&mut sums, lines, layout.of(theta, matrix));
            sums.into_iter().map(f64::tanh).collect::<Vec<f64>>()
        };
        let first = layer(x, "input", "bias_input");
        let second = layer(&first, "hidden", "bias_hidden");
        let value = products(layout.of(theta, "output"), &second)[0] + layout.of(theta, "bias_output")[0];
        Layers { first, second, value }
    }

    /// Returns the loss `coefficient * mean of (V - target)^2 / 2` over rows of observations, and its gradient.
    pub fn loss(&self, theta: &[f64], rows: &[Vec<f64>], targets: &[f64], coefficient: f64) -> (f64, Vec<f64>) {
        assert_eq!(rows.len(), targets.len(), "a target for each row");
        let share = coefficient / rows.len() as f64;
        let mut gradient = vec![0.0; self.layout().n_params()];
        let mut loss = 0.0;
        for (x, target) in rows.iter().zip(targets) {
            let layers = self.forward(theta, x);
            let error = layers.value - target;
            loss += share * error * error / 2.0;
            self.backward(theta, x, &layers, share * error, &mut gradient);
        }
        (loss, gradient)
    }

    /// Adds to `gradient` what one row gives for the adjoint `g` of its value.
    pub fn backward(&self, theta: &[f64], x: &[f64], layers: &Layers, g: f64, gradient: &mut [f64]) {
        let layout = self.layout();
        let slope = |g: f64, h: &f64| g * (1.0 - h * h);
        let g_second = layout.of(theta, "output").iter().map(|weight| g * weight);
        let g_second: Vec<f64> = g_second.zip(&layers.second).map(|(g, h)| slope(g, h)).collect();
        let g_first = products(layout.of(theta, "hidden"), &g_second);
        let g_first: Vec<f64> = g_first.into_iter().zip(&layers.first).map(|(g, h)| slope(g, h)).collect();
        let mut add = |name: &str, lines: &[f64], g: &[f64]| add_outer(layout.of_mut(gradient, name), 1.0, lines, g);
        add("bias_output", &[1.0], &[g]);
        add("output", &[g], &layers.second);
        add("bias_hidden", &[1.0], &g_second);
        add("hidden", &layers.first, &g_second);
        add("bias_input", &[1.0], &g_first);
        add("input", x, &g_first);
    }
}
