//! The spiking network once more, in f64, straight from its equations, with a bound on what f32 may lose.
//!
//! A bilateral one is looked up by where a connection of the second hemisphere stands in the first one's.
//!
//! Nothing here is taken from `src/networks`: weights are looked up one at a time, spikes are a list of booleans.

/// Half the distance of two neighbouring `f32` at 1, twice: a bound on one rounding, with room for a driver's fused
/// operations.
const EPS: f64 = f32::EPSILON as f64;

/// Equations and their constants.
#[derive(Debug, Clone)]
pub struct Twin {
    pub n: usize,
    pub n_exc: usize,
    pub d_obs: usize,
    pub d_act: usize,
    pub bias_input: bool,
    pub substeps: usize,
    pub dt: f64,
    pub a_syn: f64,
    pub a_mem: f64,
    pub a_out: f64,
    pub r_in: f64,
    pub r_hidden: f64,
    pub r_out: f64,
    pub clip: f64,
    /// Of two hemispheres: where the entries of a mirrored observation and action come from, and whether they change
    /// sign.
    pub mirror: Option<[Vec<(usize, bool)>; 2]>,
}

/// What changes from substep to substep.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub v: Vec<f64>,
    pub i_syn: Vec<f64>,
    pub rate: Vec<f64>,
    pub fired: Vec<bool>,
}

/// A value and how far an f32 computation of it may lie off.
#[derive(Debug, Clone, Copy)]
pub struct Bounded {
    pub value: f64,
    pub bound: f64,
}

/// Everything one substep yields for one neuron.
#[derive(Debug, Clone, Copy)]
pub struct Neuron {
    pub sum: i64,
    pub i_syn: Bounded,
    /// Before the reset.
    pub membrane: Bounded,
    pub fires: bool,
    pub rate: Bounded,
}

impl Twin {
    /// The published network (256 neurons, 0.5 ms, gains 0.1, 1 and 5) resized.
    pub fn published(n: usize, excitatory_ratio: f64, d_obs: usize, d_act: usize) -> Self {
        let (dt, tau_syn, tau_mem, tau_out): (f64, f64, f64, f64) = (0.5, 5.0, 10.0, 10.0);
        Self {
            n,
            n_exc: (excitatory_ratio * n as f64).round() as usize,
            d_obs,
            d_act,
            bias_input: false,
            substeps: 33,
            dt,
            a_syn: (-dt / tau_syn).exp(),
            a_mem: (-dt / tau_mem).exp(),
            a_out: (-dt / tau_out).exp(),
            r_in: 0.1 * 10.0 * (2.0 / (0.5 * d_obs as f64)).sqrt(),
            r_hidden: 1.0 * 10.0 / 5.0 * (2.0 / (0.5 * n as f64)).sqrt(),
            r_out: 5.0 * (1.0 / (0.5 * n as f64)).sqrt(),
            clip: 10.0,
            mirror: None,
        }
    }

    pub fn n_inputs(&self) -> usize {
        2 * self.d_obs + usize::from(self.bias_input)
    }

    pub fn n_words(&self) -> usize {
        (self.n_inputs() + self.n + self.d_act) * self.side() / 32
    }

    /// Neurons of a hemisphere.
    fn side(&self) -> usize {
        if self.mirror.is_some() { self.n / 2 } else { self.n }
    }

    fn bit(&self, theta: &[u32], row: usize, neuron: usize) -> bool {
        let parameter = row * self.side() + neuron % self.side();
        theta[parameter / 32] >> (parameter % 32) & 1 == 1
    }

    pub fn input(&self, theta: &[u32], line: usize, neuron: usize) -> bool {
        match &self.mirror {
            // x of entry i reaches the second hemisphere on the line that the first one hears its image's entry on
            Some([observation, _]) if neuron >= self.side() && line < 2 * self.d_obs => {
                let (i, minus) = (line % self.d_obs, line >= self.d_obs);
                let (image, negated) = observation[i];
                self.bit(theta, if minus != negated { self.d_obs + image } else { image }, neuron)
            }
            _ => self.bit(theta, line, neuron),
        }
    }

    pub fn hidden(&self, theta: &[u32], from: usize, to: usize) -> bool {
        let across = (from < self.side()) != (to < self.side());
        let row = from % self.side() + if across { self.side() } else { 0 };
        self.bit(theta, self.n_inputs() + row, to)
    }

    pub fn output(&self, theta: &[u32], neuron: usize, action: usize) -> bool {
        let action = match &self.mirror {
            Some([_, actions]) if neuron >= self.side() => actions[action].0,
            _ => action,
        };
        self.bit(theta, self.n_inputs() + self.n + action, neuron)
    }

    pub fn sign(&self, neuron: usize) -> i64 {
        let sides = self.n / self.side();
        if neuron % self.side() < self.n_exc / sides { 1 } else { -1 }
    }

    /// The observation as the network sees it; `normaliser` is the mean, then 1 / std.
    pub fn normalised(&self, obs: &[f32], normaliser: &[f32]) -> Vec<Bounded> {
        (0..self.d_obs)
            .map(|i| {
                let (x, mean, scale) =
                    (f64::from(obs[i]), f64::from(normaliser[i]), f64::from(normaliser[self.d_obs + i]));
                let value = ((x - mean) * scale).clamp(-self.clip, self.clip);
                Bounded { value, bound: 2.0 * EPS * value.abs() }
            })
            .collect()
    }

    /// Input current, held over the substeps.
    pub fn drive(&self, theta: &[u32], inputs: &[Bounded]) -> Vec<Bounded> {
        (0..self.n)
            .map(|neuron| {
                let (mut sum, mut terms, mut slack, mut count) = (0.0, 0.0, 0.0, 0.0);
                let bias = [Bounded { value: 1.0, bound: 0.0 }];
                let lines = inputs
                    .iter()
                    .map(|x| (1.0, x))
                    .chain(inputs.iter().map(|x| (-1.0, x)))
                    .chain(bias.iter().map(|x| (1.0, x)));
                for (line, (sign, x)) in lines.take(self.n_inputs()).enumerate() {
                    if self.input(theta, line, neuron) {
                        sum += sign * x.value;
                        terms += x.value.abs();
                        slack += x.bound;
                        count += 1.0;
                    }
                }
                Bounded { value: self.r_in * sum, bound: self.r_in * ((count + 3.0) * EPS * terms + slack) }
            })
            .collect()
    }

    /// Synaptic sums of all neurons: excitatory minus inhibitory connections from neurons that fired.
    pub fn sums(&self, theta: &[u32], fired: &[bool]) -> Vec<i64> {
        let mut sums = vec![0; self.n];
        for from in (0..self.n).filter(|from| fired[*from]) {
            for (to, sum) in sums.iter_mut().enumerate() {
                *sum += self.sign(from) * i64::from(self.hidden(theta, from, to));
            }
        }
        sums
    }

    /// One substep from `state`.
    pub fn substep(&self, theta: &[u32], drive: &[Bounded], state: &State) -> Vec<Neuron> {
        let sums = self.sums(theta, &state.fired);
        (0..self.n)
            .map(|k| {
                let (old, new) = (self.a_syn * state.i_syn[k], self.r_hidden * sums[k] as f64);
                let i_syn = Bounded { value: old + new, bound: 3.0 * EPS * (old.abs() + new.abs()) };
                let gain = 1.0 - self.a_mem;
                let (kept, input) = (self.a_mem * state.v[k], gain * (i_syn.value + drive[k].value));
                let size = kept.abs() + gain * (i_syn.value.abs() + drive[k].value.abs());
                let membrane =
                    Bounded { value: kept + input, bound: 4.0 * EPS * size + gain * (i_syn.bound + drive[k].bound) };
                let fires = membrane.value > 1.0;
                let spike = if fires { self.sign(k) as f64 / self.dt } else { 0.0 };
                let (kept, gained) = (self.a_out * state.rate[k], (1.0 - self.a_out) * spike);
                let rate = Bounded { value: kept + gained, bound: 3.0 * EPS * (kept.abs() + gained.abs()) };
                Neuron { sum: sums[k], i_syn, membrane, fires, rate }
            })
            .collect()
    }

    /// One environment step, in place: the action before the clip, and the spikes.
    pub fn step(&self, theta: &[u32], inputs: &[Bounded], state: &mut State) -> (Vec<f64>, usize) {
        let drive = self.drive(theta, inputs);
        let mut spikes = 0;
        for _ in 0..self.substeps {
            for (k, neuron) in self.substep(theta, &drive, state).into_iter().enumerate() {
                state.i_syn[k] = neuron.i_syn.value;
                state.v[k] = if neuron.fires { 0.0 } else { neuron.membrane.value };
                state.rate[k] = neuron.rate.value;
                state.fired[k] = neuron.fires;
                spikes += usize::from(neuron.fires);
            }
        }
        (self.read_out(theta, &state.rate), spikes)
    }

    /// Actions before the clip.
    pub fn read_out(&self, theta: &[u32], rate: &[f64]) -> Vec<f64> {
        (0..self.d_act)
            .map(|a| {
                let negated =
                    |k: usize| self.mirror.as_ref().is_some_and(|[_, actions]| k >= self.side() && actions[a].1);
                let part = |k: usize| if negated(k) { -rate[k] } else { rate[k] };
                self.r_out * (0..self.n).filter(|k| self.output(theta, *k, a)).map(part).sum::<f64>()
            })
            .collect()
    }
}
