//! What a member of the population is made of, as the device holds it.

/// What a parameter is in `theta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// A connection that exists or does not: bit `i` of word `w` is parameter `32 w + i`. The number of parameters is a
    /// multiple of 32.
    Bits,
    /// An `f32`, a word each; a slot's words are padded to a multiple of four.
    Floats,
}

impl Weights {
    /// Words of `theta` that `n_params` parameters take.
    pub fn words(self, n_params: usize) -> usize {
        match self {
            Self::Bits => n_params.div_ceil(32),
            Self::Floats => n_params.next_multiple_of(4),
        }
    }

    /// Bits of one parameter.
    pub fn precision(self) -> usize {
        match self {
            Self::Bits => 1,
            Self::Floats => 32,
        }
    }
}

/// The parameters of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Genome {
    /// What one of them is.
    pub weights: Weights,
    /// How many there are.
    pub n_params: usize,
}

impl Genome {
    /// Words of `theta` a member.
    pub fn n_words(&self) -> usize {
        self.weights.words(self.n_params)
    }

    /// Parameters that the words have room for.
    pub fn room(&self) -> usize {
        32 * self.n_words() / self.weights.precision()
    }
}
