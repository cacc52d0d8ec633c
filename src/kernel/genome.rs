//! Layout of a member's parameters on the device.

use super::{buffers::BufferId, wgsl::Constants};

/// Representation of a parameter in `theta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// A connection that exists or not: bit `i` of word `w` is parameter `32 w + i`. The number of parameters is a
    /// multiple of 32.
    Bits,
    /// One `f32` word per parameter; a slot's words are padded to a multiple of four.
    Floats,
}

impl Weights {
    /// Returns the words of `theta` that hold `n_params` parameters.
    pub fn words(self, n_params: usize) -> usize {
        match self {
            Self::Bits => n_params.div_ceil(32),
            Self::Floats => n_params.next_multiple_of(4),
        }
    }

    /// Returns the bits per parameter.
    pub fn precision(self) -> usize {
        match self {
            Self::Bits => 1,
            Self::Floats => 32,
        }
    }
}

/// The parameters of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genome {
    /// Representation of a parameter.
    pub weights: Weights,
    /// Number of parameters.
    pub n_params: usize,
    /// Layout of low-rank factors, if a member stores factors instead of its parameters.
    pub factors: Option<Factors>,
}

impl Genome {
    /// Words before the means in the distribution of ES: sigma and three zeros.
    pub const HEADER: usize = 4;

    /// Makes a genome whose members store every parameter.
    pub fn whole(weights: Weights, n_params: usize) -> Self {
        Self { weights, n_params, factors: None }
    }

    /// Returns the words of `theta` per member.
    pub fn n_words(&self) -> usize {
        self.factors.as_ref().map_or(self.weights.words(self.n_params), Factors::words)
    }

    /// Returns the words of `theta` before those of the members. For factors, these are the header and the means that
    /// all members share: a kernel may have only eight storage buffers, so they get none of their own.
    pub fn shared_words(&self) -> usize {
        if self.factors.is_some() { Self::HEADER + self.padded_len() } else { 0 }
    }

    /// Returns the buffer that holds the distribution, from its first word on.
    pub fn distribution(&self) -> BufferId {
        if self.factors.is_some() { BufferId::Theta } else { BufferId::Distribution }
    }

    /// Returns the number of parameters, padded to whole words.
    pub fn padded_len(&self) -> usize {
        32 * self.weights.words(self.n_params) / self.weights.precision()
    }
}

/// A low-rank perturbation (Sarkar et al. 2025, arXiv 2511.16652). The perturbation of a matrix `[m, n]` is
/// `A B / sqrt(rank)`, with `A` `[m, rank]` and `B` `[rank, n]` standard normal. A member thus stores `rank (m + n)`
/// numbers instead of `m n`.
///
/// The parameters form rows of equal length, grouped into parts, followed by a tail. A part of one row is a vector,
/// and its first right factor is its perturbation. The perturbation of the tail is plain normal numbers. A member's
/// words: left factors `[rows][rank]`, right factors `[parts][rank][row]`, tail, each padded to a multiple of four.
/// Twin: `shaders/rollout/factors.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Rank of a matrix's perturbation.
    pub rank: usize,
    /// Parameters per row, a multiple of four.
    pub row: usize,
    /// First row of each part, ascending from 0.
    pub begins: Vec<usize>,
    /// Number of rows of all parts.
    pub rows: usize,
    /// Number of parameters after the rows.
    pub tail: usize,
}

impl Factors {
    /// Makes the layout of parts with `rows` rows of `row` parameters each, none of them empty, and a tail.
    pub fn new(rank: usize, row: usize, rows: &[usize], tail: usize) -> Self {
        let begins = rows.iter().scan(0, |end, rows| {
            *end += rows;
            Some(*end - rows)
        });
        Self { rank, row, begins: begins.collect(), rows: rows.iter().sum(), tail }
    }

    /// Returns the word at which the right factors begin.
    pub fn right(&self) -> usize {
        (self.rows * self.rank).next_multiple_of(4)
    }

    /// Returns the word at which the tail begins.
    pub fn tail_at(&self) -> usize {
        self.right() + self.begins.len() * self.rank * self.row
    }

    /// Returns the words per member.
    pub fn words(&self) -> usize {
        self.tail_at() + self.tail.next_multiple_of(4)
    }

    /// Returns the part of `row`, and true if that part is a vector.
    pub fn part(&self, row: usize) -> (usize, bool) {
        let part = self.begins.partition_point(|begin| *begin <= row) - 1;
        let end = self.begins.get(part + 1).copied().unwrap_or(self.rows);
        (part, end - self.begins[part] == 1)
    }

    /// Adds the constants that kernels need of this layout, with `shared_words` from [`Genome::shared_words`].
    pub fn constants(&self, constants: Constants, shared_words: usize) -> Constants {
        let vectors: Vec<usize> = self.begins.iter().map(|row| usize::from(self.part(*row).1)).collect();
        constants
            .uint("SHARED_QUADS", shared_words / 4)
            .uint("RANK", self.rank)
            .uint("ROW_QUADS", self.row / 4)
            .uint("N_ROWS", self.rows)
            .uint("RIGHT", self.right())
            .uint("TAIL", self.tail_at())
            .uint("N_PARTS", self.begins.len())
            .uints("PART_BEGINS", &self.begins)
            .uints("PART_IS_VECTOR", &vectors)
            .float("FACTOR_SCALE", (1.0 / (self.rank as f64).sqrt()) as f32)
    }
}
