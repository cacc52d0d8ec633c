//! Evolvable units in plain f64, from the paper's equations: a unit's step, and a network's tick written out by hand.

/// The published network's rows: neurons 0 to 5, then three sensors, then the reward. For each neuron the rows that its
/// eight synapses hear: two sensors, two hidden and two output neurons, the reward, itself.
pub const PUBLISHED: [[usize; 8]; 6] = [
    [6, 7, 1, 2, 3, 4, 9, 0],
    [7, 8, 2, 0, 4, 5, 9, 1],
    [8, 6, 0, 1, 5, 3, 9, 2],
    [6, 7, 0, 1, 4, 5, 9, 3],
    [7, 8, 1, 2, 5, 3, 9, 4],
    [8, 6, 2, 0, 3, 4, 9, 5],
];

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    Enu,
    Nfenu,
    Gru,
    Lstm,
}

/// What a comparer must see: a unit or network that is not the paper's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Flaw {
    None,
    /// The reset gate acts on outputs and inputs as well.
    ResetsAll,
    /// The update gate weighs the other way round.
    Turned,
    /// Outputs are not clipped.
    Unclipped,
    /// No offset of the forget gate.
    Forgets,
    /// Outputs are read from the memory before the step.
    ReadsOld,
    /// Neurons step before synapses.
    NeuronsFirst,
    /// A synapse hears its neuron first and the other row second.
    Swapped,
    /// The mean of the synapses instead of their sum.
    Mean,
    /// Noise after the clip.
    LateNoise,
    /// Actions of the last tick alone.
    LastTick,
}

/// A matrix `[rows][cols]`.
#[derive(Debug, Clone)]
pub struct Matrix {
    pub cols: usize,
    pub values: Vec<f64>,
}

impl Matrix {
    /// The matrix that stands in `theta` four rows at a time.
    pub fn by_fours(theta: &[f64], cols: usize) -> Self {
        let at = |index: usize| 4 * (index / cols / 4 * cols + index % cols) + index / cols % 4;
        Self { cols, values: (0..theta.len()).map(|index| theta[at(index)]).collect() }
    }

    fn times(&self, lines: &[f64]) -> Vec<f64> {
        assert_eq!(lines.len() * self.cols, self.values.len(), "a row per line");
        let column = |j: usize| lines.iter().enumerate().map(|(i, line)| line * self.values[i * self.cols + j]).sum();
        (0..self.cols).map(column).collect()
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Unit {
    pub law: Law,
    pub memory: usize,
    pub outputs: usize,
    pub inputs: usize,
    pub flaw: Flaw,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub h: Vec<f64>,
    pub o: Vec<f64>,
    pub c: Vec<f64>,
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Unit {
    pub fn rest(&self) -> State {
        let c = if self.law == Law::Lstm { self.memory } else { 0 };
        State { h: vec![0.0; self.memory], o: vec![0.0; self.outputs], c: vec![0.0; c] }
    }

    /// The matrices of a chromosome in the order of storage.
    pub fn matrices(&self, theta: &[f64]) -> Vec<Matrix> {
        let heard = self.memory + self.inputs + if self.law == Law::Enu { self.outputs } else { 0 };
        let gates = if self.law == Law::Lstm { 4 } else { 3 };
        let (gates, read_out) = theta.split_at(gates * heard * self.memory);
        let mut matrices: Vec<Matrix> =
            gates.chunks(heard * self.memory).map(|gate| Matrix::by_fours(gate, self.memory)).collect();
        if !read_out.is_empty() {
            assert_eq!(read_out.len(), self.memory * self.outputs, "the outputs' matrix, and no more");
            matrices.push(Matrix::by_fours(read_out, self.outputs));
        }
        matrices
    }

    pub fn step(&self, weights: &[Matrix], state: &mut State, x: &[f64], noise: &[f64]) {
        let before = state.h.clone();
        match self.law {
            Law::Lstm => self.long_short(weights, state, x),
            _ => self.gated(weights, state, x),
        }
        let h = if self.flaw == Flaw::ReadsOld { &before } else { &state.h };
        let clip = |x: f64| if self.flaw == Flaw::Unclipped { x } else { x.clamp(0.0, 1.0) };
        state.o = match self.law {
            Law::Enu | Law::Nfenu => {
                let sums = weights[3].times(h);
                let late = self.flaw == Flaw::LateNoise;
                let output = |(sum, noise): (&f64, &f64)| if late { clip(*sum) + noise } else { clip(sum + noise) };
                sums.iter().zip(noise).map(output).collect()
            }
            Law::Gru | Law::Lstm => h.iter().zip(noise).map(|(h, noise)| h + noise).collect(),
        };
    }

    fn gated(&self, weights: &[Matrix], state: &mut State, x: &[f64]) {
        let fed: Vec<f64> = if self.law == Law::Enu { [&state.o[..], x].concat() } else { x.to_vec() };
        let all = [&state.h[..], &fed].concat();
        let r: Vec<f64> = weights[0].times(&all).into_iter().map(sigmoid).collect();
        let z: Vec<f64> = weights[1].times(&all).into_iter().map(sigmoid).collect();
        let gate = |values: &[f64]| -> Vec<f64> { values.iter().zip(r.iter().cycle()).map(|(v, r)| v * r).collect() };
        let fed = if self.flaw == Flaw::ResetsAll { gate(&fed) } else { fed };
        let q = weights[2].times(&[gate(&state.h), fed].concat());
        for (i, h) in state.h.iter_mut().enumerate() {
            let z = if self.flaw == Flaw::Turned { 1.0 - z[i] } else { z[i] };
            *h = (1.0 - z) * *h + z * q[i].tanh();
        }
    }

    fn long_short(&self, weights: &[Matrix], state: &mut State, x: &[f64]) {
        let all = [&state.h[..], x].concat();
        let sums: Vec<Vec<f64>> = weights.iter().map(|matrix| matrix.times(&all)).collect();
        let offset = if self.flaw == Flaw::Forgets { 0.0 } else { 1.0 };
        for (i, (c, h)) in state.c.iter_mut().zip(&mut state.h).enumerate() {
            let [f, g, q, o] = [0, 1, 2, 3].map(|gate: usize| sums[gate][i]);
            *c = sigmoid(f + offset) * *c + sigmoid(g) * q.tanh();
            *h = sigmoid(o) * c.tanh();
        }
    }
}

/// A network of units: for each neuron the rows that its synapses hear, neurons before sensors and the reward.
#[derive(Debug, Clone)]
pub struct Network {
    pub unit: Unit,
    pub wiring: Vec<Vec<usize>>,
    /// Observations that are rewards; they have a row if there are any.
    pub rewards: usize,
    pub ticks: usize,
    pub actions: usize,
}

/// States of all units, the synapses of the first neuron first, and what the matrices are.
#[derive(Debug, Clone)]
pub struct Running {
    pub synapses: Vec<State>,
    pub neurons: Vec<State>,
    pub chromosomes: [Vec<Matrix>; 2],
}

impl Network {
    /// At rest; `theta` has a chromosome for all units, or one for synapses and one for neurons.
    pub fn rest(&self, theta: &[f64], shared: bool) -> Running {
        let parts: Vec<&[f64]> = theta.chunks(if shared { theta.len() } else { theta.len() / 2 }).collect();
        let chromosomes = [parts[0], parts[parts.len() - 1]].map(|part| self.unit.matrices(part));
        let synapses = self.wiring.iter().flatten().map(|_| self.unit.rest()).collect();
        Running { synapses, neurons: self.wiring.iter().map(|_| self.unit.rest()).collect(), chromosomes }
    }

    /// What rows send: outputs of neurons, sensors on channel 0, the reward's values from channel 1 on.
    fn rows(&self, neurons: &[State], seen: &[f64]) -> Vec<Vec<f64>> {
        let half = self.unit.inputs / 2;
        let (sensors, rewards) = seen.split_at(seen.len() - self.rewards);
        let mut rows: Vec<Vec<f64>> = neurons.iter().map(|neuron| neuron.o[..half].to_vec()).collect();
        let row = |from: usize, values: &[f64]| {
            let mut row = vec![0.0; half];
            row[from..from + values.len()].copy_from_slice(values);
            row
        };
        rows.extend(sensors.iter().map(|sensor| row(0, &[*sensor])));
        rows.extend((self.rewards > 0).then(|| row(1, rewards)));
        rows
    }

    /// A step of the environment; `noise` gives that of a tick, `[synapses, then neurons][outputs]`.
    pub fn step(&self, running: &mut Running, seen: &[f64], noise: &dyn Fn(usize) -> Vec<f64>) -> Vec<f64> {
        let mut votes = vec![0.0; self.actions];
        for tick in 0..self.ticks {
            let noise = noise(tick);
            let noise: Vec<&[f64]> = noise.chunks(self.unit.outputs).collect();
            if self.unit.flaw == Flaw::NeuronsFirst {
                self.neurons(running, &noise);
                self.synapses(running, seen, &noise);
            } else {
                self.synapses(running, seen, &noise);
                self.neurons(running, &noise);
            }
            let outputs = &running.neurons[running.neurons.len() - self.actions..];
            if self.unit.flaw == Flaw::LastTick {
                votes.fill(0.0);
            }
            votes.iter_mut().zip(outputs).for_each(|(vote, neuron)| *vote += neuron.o[0]);
        }
        votes
    }

    fn synapses(&self, running: &mut Running, seen: &[f64], noise: &[&[f64]]) {
        let rows = self.rows(&running.neurons, seen);
        let mut at = 0;
        for (neuron, heard) in self.wiring.iter().enumerate() {
            for row in heard {
                let pair = match self.unit.flaw {
                    Flaw::Swapped => [&rows[neuron][..], &rows[*row]],
                    _ => [&rows[*row][..], &rows[neuron]],
                };
                self.unit.step(&running.chromosomes[0], &mut running.synapses[at], &pair.concat(), noise[at]);
                at += 1;
            }
        }
    }

    fn neurons(&self, running: &mut Running, noise: &[&[f64]]) {
        let (each, all) = (self.wiring[0].len(), running.synapses.len());
        for neuron in 0..running.neurons.len() {
            let mut x = vec![0.0; self.unit.inputs];
            for synapse in &running.synapses[neuron * each..(neuron + 1) * each] {
                x.iter_mut().zip(&synapse.o).for_each(|(x, o)| *x += o);
            }
            if self.unit.flaw == Flaw::Mean {
                x.iter_mut().for_each(|x| *x /= each as f64);
            }
            self.unit.step(&running.chromosomes[1], &mut running.neurons[neuron], &x, noise[all + neuron]);
        }
    }
}
