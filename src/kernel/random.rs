//! Counter-based random numbers: the twin of `shaders/numerics/philox.wgsl`, bit for bit.
//!
//! Philox4x32-7 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; SC 2011). Seven rounds are
//! the fewest that pass all of BigCrush there.

use std::convert::Infallible;

use rand_core::TryRng;

/// Key of one stream of a run.
pub type Key = [u32; 2];

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Returns 128 random bits for `counter` under `key`.
pub fn philox4x32(counter: [u32; 4], key: Key) -> [u32; 4] {
    let mut c = counter;
    let mut k = key;
    for _ in 0..7 {
        let a = u64::from(c[0]) * u64::from(MULTIPLIERS[0]);
        let b = u64::from(c[2]) * u64::from(MULTIPLIERS[1]);
        c = [(b >> 32) as u32 ^ c[1] ^ k[0], b as u32, (a >> 32) as u32 ^ c[3] ^ k[1], a as u32];
        k = [k[0].wrapping_add(WEYL[0]), k[1].wrapping_add(WEYL[1])];
    }
    c
}

/// Returns a float in [0, 1) with 24 random bits.
pub fn uniform01(bits: u32) -> f32 {
    (bits >> 8) as f32 * 2f32.powi(-24)
}

/// Returns four standard normal numbers from 128 random bits (Box and Muller, 1958); none exceeds 5.8 in magnitude.
///
/// The uniform numbers are `(b + 1/2) / 2^23`, where `b` is the upper 23 bits of a word: f32 represents them exactly.
/// Twin: `shaders/numerics/normal.wgsl`, which continues in f32.
fn normal4(bits: [u32; 4]) -> [f64; 4] {
    let unit = |bits: u32| (f64::from(bits >> 9) + 0.5) / 8_388_608.0;
    let pair = |radius: u32, angle: u32| {
        let radius = (-2.0 * libm::log(unit(radius))).sqrt();
        let angle = std::f64::consts::TAU * unit(angle);
        [radius * libm::cos(angle), radius * libm::sin(angle)]
    };
    let ([a, b], [c, d]) = (pair(bits[0], bits[1]), pair(bits[2], bits[3]));
    [a, b, c, d]
}

/// Returns an endless sequence of standard normal numbers. Number `i` is number `i % 4` of the draw with counter
/// `(i / 4, a, b, c)` under `key`.
pub fn normals([a, b, c]: [u32; 3], key: Key) -> impl Iterator<Item = f64> {
    (0..).flat_map(move |draw| normal4(philox4x32([draw, a, b, c], key)))
}

/// Random words for the distributions and shuffles of `rand` on the host: the draws with counters `(0, a, b, c)`,
/// `(1, a, b, c)` and so on under a key.
#[derive(Debug, Clone)]
pub struct CounterRng {
    key: Key,
    counter: [u32; 4],
    words: [u32; 4],
    used: usize,
}

impl CounterRng {
    /// Starts the stream of `counter` under `key`.
    pub fn new([a, b, c]: [u32; 3], key: Key) -> Self {
        Self { key, counter: [0, a, b, c], words: [0; 4], used: 4 }
    }
}

impl TryRng for CounterRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == self.words.len() {
            self.words = philox4x32(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        Ok(self.words[self.used - 1])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let (low, high) = (self.try_next_u32()?, self.try_next_u32()?);
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.try_next_u32()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// Purpose of a stream of random numbers; the streams of one run are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Stream {
    /// Parameters of a member.
    Sample = 1,
    /// Start states of bodies in training.
    Start,
    /// Membranes at the start of an episode in training.
    Membrane,
    /// Random actions: those of a policy, and those of the physics bench.
    Action,
    /// Start states of bodies in evaluation.
    EvaluationStart,
    /// Membranes in evaluation.
    EvaluationMembrane,
    /// Real-valued parameters before the first generation.
    Initial,
    /// Fixed weights of reservoirs.
    Reservoir,
    /// Order of sequences in minibatches.
    Minibatch,
    /// All that a learner of action values draws.
    QLearner,
}

/// Returns the key of `stream` in the run with `seed`.
pub fn stream_key(seed: u64, stream: Stream) -> Key {
    let bits = philox4x32([stream as u32, 0, 0, 0], [seed as u32, (seed >> 32) as u32]);
    [bits[0], bits[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks known answers of the Random123 distribution for Philox4x32-7.
    #[test]
    fn known_answers() {
        assert_eq!(philox4x32([0; 4], [0; 2]), [0x5f6f_b709, 0x0d89_3f64, 0x4f12_1f81, 0x4f73_0a48], "all zeros");
        assert_eq!(
            philox4x32([u32::MAX; 4], [u32::MAX; 2]),
            [0x5207_ddc2, 0x4516_5e59, 0x4d8e_e751, 0x8c52_f662],
            "all ones"
        );
        assert_eq!(
            philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0x4dfc_caba, 0x190a_87f0, 0xc473_62ba, 0xb6b5_242a],
            "digits of pi"
        );
    }

    #[test]
    fn a_stream_feeds_rand() {
        use rand::{RngExt, seq::SliceRandom};
        let words = |rng: &mut CounterRng| -> Vec<u32> { (0..6).map(|_| rng.random()).collect() };
        let mut rng = CounterRng::new([7, 8, 9], [1, 2]);
        let expected = [philox4x32([0, 7, 8, 9], [1, 2]), philox4x32([1, 7, 8, 9], [1, 2])].concat();
        assert_eq!(words(&mut rng), expected[..6], "its words are those of the draws in order");
        let mut order: Vec<u32> = (0..100).collect();
        order.shuffle(&mut CounterRng::new([0; 3], [1, 2]));
        assert!(!order.is_sorted(), "it shuffles");
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>(), "and loses nothing");
    }

    #[test]
    fn streams_differ() {
        assert_ne!(stream_key(7, Stream::Sample), stream_key(7, Stream::Start), "streams share a key");
        assert_ne!(stream_key(7, Stream::Sample), stream_key(8, Stream::Sample), "seeds share a key");
    }
}
