//! The same network on one CPU thread, written by hand: the yardstick for the kernel.
//!
//! Inputs are 8-bit integers, summed as bit planes with popcounts; rows of neurons that fired are added to bit-sliced
//! counters, 256 neurons at once; membranes are plain loops that the compiler vectorises. Build with `RUSTFLAGS="-C
//! target-cpu=native"`.

use gpu_ec::networks::rsnn::{RsnnConstants, RsnnSpec};

/// Number of neurons of the published network.
pub const N: usize = 256;
/// Unit of which all inputs are multiples.
pub const UNIT: f32 = 1.0 / 64.0;
const PLANES: usize = 8;
/// Offset that makes every input non-negative.
const OFFSET: i32 = 128;

/// A row of theta: one bit per neuron.
type Row = [u64; N / 64];

/// One individual: its connections and its state.
#[derive(Clone)]
pub struct Individual {
    /// `[N][words]`: bits of the lines `[x, -x]` that reach a neuron.
    input: Vec<u64>,
    hidden: Vec<Row>,
    pub v: [f32; N],
    i_syn: [f32; N],
    pub rate: [f32; N],
    fired: Row,
}

/// The network's constants.
pub struct Yardstick {
    c: RsnnConstants,
    d_obs: usize,
}

fn bit(row: &[u32], index: usize) -> u64 {
    u64::from(row[index / 32] >> (index % 32) & 1)
}

impl Individual {
    /// Unpacks `theta` (`[2 d_obs + N + d_act]` rows of N bits) and starts with membranes `v`.
    pub fn new(theta: &[u32], d_obs: usize, v: &[f32]) -> Self {
        let rows: Vec<&[u32]> = theta.chunks(N / 32).collect();
        let words = (2 * d_obs).div_ceil(64);
        let mut input = vec![0; N * words];
        for neuron in 0..N {
            for (line, row) in rows[..2 * d_obs].iter().enumerate() {
                input[neuron * words + line / 64] |= bit(row, neuron) << (line % 64);
            }
        }
        let row = |row: &&[u32]| std::array::from_fn(|w| u64::from(row[2 * w]) | u64::from(row[2 * w + 1]) << 32);
        let hidden = rows[2 * d_obs..2 * d_obs + N].iter().map(row).collect();
        let v = v.try_into().expect("N membranes");
        Self { input, hidden, v, i_syn: [0.0; N], rate: [0.0; N], fired: [0; N / 64] }
    }
}

impl Yardstick {
    pub fn new(spec: &RsnnSpec, d_obs: usize) -> Self {
        assert_eq!((spec.neurons, spec.bias_input), (N, false), "the yardstick knows the published network only");
        Self { c: spec.constants(d_obs), d_obs }
    }

    pub fn d_obs(&self) -> usize {
        self.d_obs
    }

    /// Takes one environment step; `x` are multiples of [`UNIT`] below 2. Returns the number of spikes.
    pub fn step(&self, individual: &mut Individual, x: &[f32]) -> u32 {
        let drive = self.project(&individual.input, x);
        let mut spikes = 0;
        for _ in 0..self.c.substeps {
            let sums = self.sums(individual);
            self.integrate(individual, &drive, &sums);
            spikes += individual.fired.iter().map(|word| word.count_ones()).sum::<u32>();
        }
        spikes
    }

    fn project(&self, input: &[u64], x: &[f32]) -> [f32; N] {
        let words = (2 * self.d_obs).div_ceil(64);
        let mut planes = vec![0u64; PLANES * words];
        for (line, x) in x.iter().copied().chain(x.iter().map(|x| -x)).enumerate() {
            let value = ((x / UNIT) as i32 + OFFSET) as u64;
            for p in 0..PLANES {
                planes[p * words + line / 64] |= (value >> p & 1) << (line % 64);
            }
        }
        let mut drive = [0.0; N];
        for (drive, row) in drive.iter_mut().zip(input.chunks_exact(words)) {
            let mut sum = 0;
            for (p, plane) in planes.chunks_exact(words).enumerate() {
                let ones: u32 = row.iter().zip(plane).map(|(row, plane)| (row & plane).count_ones()).sum();
                sum += (ones << p) as i32;
            }
            let lines: u32 = row.iter().map(|word| word.count_ones()).sum();
            *drive = (sum - OFFSET * lines as i32) as f32 * UNIT * self.c.r_in as f32;
        }
        drive
    }

    /// Returns the excitatory minus the inhibitory connections from neurons that fired.
    fn sums(&self, individual: &Individual) -> [i32; N] {
        let mut sums = [0; N];
        for (sign, range) in [(1, 0..self.c.n_exc), (-1, self.c.n_exc..N)] {
            let planes = count(&individual.hidden, &individual.fired, range);
            for (p, plane) in planes.iter().enumerate().filter(|(_, plane)| **plane != [0; N / 64]) {
                for (neuron, sum) in sums.iter_mut().enumerate() {
                    *sum += sign * (((plane[neuron / 64] >> (neuron % 64)) & 1) << p) as i32;
                }
            }
        }
        sums
    }

    fn integrate(&self, individual: &mut Individual, drive: &[f32; N], sums: &[i32; N]) {
        let c = &self.c;
        let (decay_synapse, r_hidden) = (c.decay_synapse as f32, c.r_hidden as f32);
        let (decay_membrane, gain_membrane) = (c.decay_membrane as f32, c.gain_membrane as f32);
        let (decay_rate, gain_rate) = (c.decay_rate as f32, c.gain_rate as f32);
        let mut fired = [0u64; N];
        for n in 0..N {
            let current = decay_synapse * individual.i_syn[n] + r_hidden * sums[n] as f32;
            let membrane = decay_membrane * individual.v[n] + gain_membrane * (current + drive[n]);
            let fires = membrane > 1.0;
            let spike = if n < c.n_exc { gain_rate } else { -gain_rate };
            individual.i_syn[n] = current;
            individual.v[n] = if fires { 0.0 } else { membrane };
            individual.rate[n] = decay_rate * individual.rate[n] + if fires { spike } else { 0.0 };
            fired[n] = u64::from(fires);
        }
        for (word, bits) in individual.fired.iter_mut().zip(fired.chunks_exact(64)) {
            *word = bits.iter().enumerate().fold(0, |word, (bit, fires)| word | fires << bit);
        }
    }
}

/// Returns bit-sliced counts of the rows of those neurons in `range` that fired: plane p has bit p of all counts.
fn count(rows: &[Row], fired: &Row, range: std::ops::Range<usize>) -> [Row; 9] {
    let mut planes = [[0; N / 64]; 9];
    for (w, word) in fired.iter().enumerate() {
        let mut left = *word & below(range.end, w) & !below(range.start, w);
        while left != 0 {
            let mut carry = rows[64 * w + left.trailing_zeros() as usize];
            left &= left - 1;
            for plane in &mut planes {
                for (plane, carry) in plane.iter_mut().zip(&mut carry) {
                    (*plane, *carry) = (*plane ^ *carry, *plane & *carry);
                }
                if carry == [0; N / 64] {
                    break;
                }
            }
        }
    }
    planes
}

/// Returns the bits of word `w` that stand for neurons below `end`.
fn below(end: usize, w: usize) -> u64 {
    match end.saturating_sub(64 * w) {
        0 => 0,
        n if n >= 64 => u64::MAX,
        n => (1 << n) - 1,
    }
}
