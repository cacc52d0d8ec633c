//! What a member of the population is made of, as the device holds it.

use super::{buffers::BufferId, wgsl::Constants};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genome {
    /// What one of them is.
    pub weights: Weights,
    /// How many there are.
    pub n_params: usize,
    /// How a member's words are factors instead, if they are: its own parameters are nowhere written out then.
    pub factors: Option<Factors>,
}

impl Genome {
    /// Words before the means in what ES draws from: sigma and three zeros.
    pub const HEADER: usize = 4;

    /// Makes a genome that is written out in a member's words.
    pub fn whole(weights: Weights, n_params: usize) -> Self {
        Self { weights, n_params, factors: None }
    }

    /// Words of `theta` a member.
    pub fn n_words(&self) -> usize {
        self.factors.as_ref().map_or(self.weights.words(self.n_params), Factors::words)
    }

    /// Words of `theta` before those of the members: where these are factors, the header and the means that all share.
    /// A kernel may have eight storage buffers, so that they have none of their own.
    pub fn shared_words(&self) -> usize {
        if self.factors.is_some() { Self::HEADER + self.room() } else { 0 }
    }

    /// Returns the buffer that holds what members are drawn from, from its first word on.
    pub fn distribution(&self) -> BufferId {
        if self.factors.is_some() { BufferId::Theta } else { BufferId::Distribution }
    }

    /// Parameters, and what pads them to whole words.
    pub fn room(&self) -> usize {
        32 * self.weights.words(self.n_params) / self.weights.precision()
    }
}

/// A perturbation of low rank (Sarkar et al. 2025, arXiv 2511.16652): that of a matrix `[m, n]` is `A B / sqrt(rank)`,
/// `A` `[m, rank]` and `B` `[rank, n]` standard normal, so that a member has `rank (m + n)` numbers of its own instead
/// of `m n`.
///
/// The parameters are rows of one length, which belong to parts, and a tail. A part of one row is a vector: its
/// perturbation is its first right factor itself. The tail's is normal numbers. A member's words: left factors
/// `[rows][rank]`, right factors `[parts][rank][row]`, tail, each padded to a multiple of four. Twin:
/// `shaders/rollout/factors.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Rank of the perturbation of a matrix.
    pub rank: usize,
    /// Parameters of a row, a multiple of four.
    pub row: usize,
    /// Where parts begin, in rows, rising from 0.
    pub begins: Vec<usize>,
    /// Rows of all parts.
    pub rows: usize,
    /// Parameters after the rows.
    pub tail: usize,
}

impl Factors {
    /// Makes those of parts of so many `rows` of `row` parameters, none of which is empty, and a tail.
    pub fn new(rank: usize, row: usize, rows: &[usize], tail: usize) -> Self {
        let begins = rows.iter().scan(0, |end, rows| {
            *end += rows;
            Some(*end - rows)
        });
        Self { rank, row, begins: begins.collect(), rows: rows.iter().sum(), tail }
    }

    /// Word where the right factors begin.
    pub fn right(&self) -> usize {
        (self.rows * self.rank).next_multiple_of(4)
    }

    /// Word where the tail begins.
    pub fn tail_at(&self) -> usize {
        self.right() + self.begins.len() * self.rank * self.row
    }

    /// Words of a member.
    pub fn words(&self) -> usize {
        self.tail_at() + self.tail.next_multiple_of(4)
    }

    /// Returns the part of `row`, and whether it is a vector.
    pub fn part(&self, row: usize) -> (usize, bool) {
        let part = self.begins.partition_point(|begin| *begin <= row) - 1;
        let end = self.begins.get(part + 1).copied().unwrap_or(self.rows);
        (part, end - self.begins[part] == 1)
    }

    /// Returns what the kernels know of it, of a genome with so many words that members share.
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
