//! Rate networks over a segment of steps: forwards with a tape, and backwards through time.
//!
//! A network is whole, with f32 weights in the product: no hemispheres, no bits.

use super::super::rate::Architecture;
use super::cells::{MOST_SUMS, Source, Unit, adjoint, parts, step};
use super::layout::{Layout, add_outer, add_rows, products};

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateNet {
    pub architecture: Architecture,
    pub units: usize,
    pub d_obs: usize,
    pub d_act: usize,
}

/// What enters at a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The normalised observation.
    pub x: Vec<f64>,
    /// True if an episode begins here, so that the state is zero before the step.
    pub begins: bool,
}

/// What the backward pass needs of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub entry: Entry,
    /// Units before the step.
    pub before: Vec<Unit>,
    /// Sums by unit.
    pub sums: Vec<[f64; MOST_SUMS]>,
    /// Units after the step.
    pub after: Vec<Unit>,
}

/// A segment computed forwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// The read-out by step, not clamped.
    pub outputs: Vec<Vec<f64>>,
    pub records: Vec<Record>,
}

fn outputs_of(units: &[Unit]) -> Vec<f64> {
    units.iter().map(|unit| unit.h).collect()
}

impl RateNet {
    /// Returns where the parameters lie: parts, rows of the read-out by action, biases of the read-out.
    pub fn layout(&self) -> Layout {
        let part = |(name, source, _): &(&'static str, Source, usize)| {
            let rows = match source {
                Source::Observation => self.d_obs,
                Source::Units => self.units,
                Source::One => 1,
            };
            (*name, rows, self.units)
        };
        let read_out = [("read_out", self.d_act, self.units), ("bias_read_out", 1, self.d_act)];
        Layout::new(parts(self.architecture).iter().map(part).chain(read_out))
    }

    /// Returns the state that an episode begins with.
    pub fn rest(&self) -> Vec<Unit> {
        vec![Unit::default(); self.units]
    }

    /// Returns the lines that a part multiplies.
    fn lines(source: Source, x: &[f64], before: &[Unit]) -> Vec<f64> {
        match source {
            Source::Observation => x.to_vec(),
            Source::Units => outputs_of(before),
            Source::One => vec![1.0],
        }
    }

    /// Computes a segment from the units at its `start`.
    pub fn forward(&self, theta: &[f64], start: &[Unit], entries: &[Entry]) -> Tape {
        let layout = self.layout();
        assert_eq!(theta.len(), layout.n_params(), "parameters");
        let mut units = start.to_vec();
        let mut tape = Tape { outputs: vec![], records: vec![] };
        for entry in entries {
            let before = if entry.begins { self.rest() } else { units };
            let mut sums = vec![vec![0.0; self.units]; MOST_SUMS];
            for (name, source, sum) in parts(self.architecture) {
                let lines = Self::lines(*source, &entry.x, &before);
                add_rows(&mut sums[*sum], &lines, layout.of(theta, name));
            }
            let sums: Vec<_> = (0..self.units).map(|k| std::array::from_fn(|sum| sums[sum][k])).collect();
            units = (0..self.units).map(|k| step(self.architecture, sums[k], before[k])).collect();
            let mut y = layout.of(theta, "bias_read_out").to_vec();
            let read_out = products(layout.of(theta, "read_out"), &outputs_of(&units));
            y.iter_mut().zip(read_out).for_each(|(y, sum)| *y += sum);
            tape.outputs.push(y);
            tape.records.push(Record { entry: entry.clone(), before, sums, after: units.clone() });
        }
        tape
    }

    /// Returns the gradient with respect to all parameters for the adjoints `g_y` of the read-out, by step.
    pub fn backward(&self, theta: &[f64], tape: &Tape, g_y: &[Vec<f64>]) -> Vec<f64> {
        let layout = self.layout();
        let mut gradient = vec![0.0; layout.n_params()];
        let mut carried = self.rest();
        for (record, g_y) in tape.records.iter().zip(g_y).rev() {
            add_outer(layout.of_mut(&mut gradient, "read_out"), 1.0, g_y, &outputs_of(&record.after));
            add_outer(layout.of_mut(&mut gradient, "bias_read_out"), 1.0, &[1.0], g_y);
            let mut g_h = outputs_of(&carried);
            add_rows(&mut g_h, g_y, layout.of(theta, "read_out"));
            let of_unit = |k: usize| {
                let g = Unit { h: g_h[k], c: carried[k].c };
                adjoint(self.architecture, record.sums[k], record.before[k], g)
            };
            let (g_sums, g_before): (Vec<_>, Vec<_>) = (0..self.units).map(of_unit).unzip();
            carried = self.through_sums(theta, record, &g_sums, g_before, &mut gradient);
            if record.entry.begins {
                carried = self.rest();
            }
        }
        gradient
    }

    /// Adds to the gradient what a step's sums give, and returns the adjoints of the units before the step.
    fn through_sums(
        &self,
        theta: &[f64],
        record: &Record,
        g_sums: &[[f64; MOST_SUMS]],
        mut g_before: Vec<Unit>,
        gradient: &mut [f64],
    ) -> Vec<Unit> {
        let layout = self.layout();
        for (name, source, sum) in parts(self.architecture) {
            let g: Vec<f64> = g_sums.iter().map(|g| g[*sum]).collect();
            let lines = Self::lines(*source, &record.entry.x, &record.before);
            add_outer(layout.of_mut(gradient, name), 1.0, &lines, &g);
            if *source == Source::Units {
                let back = products(layout.of(theta, name), &g);
                g_before.iter_mut().zip(back).for_each(|(unit, back)| unit.h += back);
            }
        }
        g_before
    }
}
