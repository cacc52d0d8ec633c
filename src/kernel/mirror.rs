//! Mirror images of a body's observations and actions.

/// The image of a vector: its entry `i` is entry `of[i]` of the vector, negated where `negated[i]`. The image of an
/// image is the vector itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Source index of every entry.
    pub of: Vec<usize>,
    /// True for entries that change sign.
    pub negated: Vec<bool>,
}

impl Image {
    /// Makes the image under which every vector of length `count` is its own image.
    pub fn identity(count: usize) -> Self {
        Self { of: (0..count).collect(), negated: vec![false; count] }
    }

    /// Returns true if every vector is its own image.
    pub fn is_identity(&self) -> bool {
        self.of.iter().zip(&self.negated).enumerate().all(|(i, (of, negated))| *of == i && !negated)
    }

    /// Maps entry `of` of the vector, negated or not, to entry `i` of the image.
    pub fn set(&mut self, i: usize, of: usize, negated: bool) {
        self.of[i] = of;
        self.negated[i] = negated;
    }

    /// Returns 1 or -1 for every entry.
    pub fn signs(&self) -> impl Iterator<Item = f32> + '_ {
        self.negated.iter().map(|negated| if *negated { -1.0 } else { 1.0 })
    }

    /// Returns the image of `vector`, `[of.len()]`.
    pub fn reflect(&self, vector: &[f32]) -> Vec<f32> {
        self.of.iter().zip(self.signs()).map(|(of, sign)| sign * vector[*of]).collect()
    }

    /// Returns true if the image of every image is the vector.
    pub fn is_involution(&self) -> bool {
        let back = |i: usize| self.of[self.of[i]] == i && self.negated[self.of[i]] == self.negated[i];
        self.of.len() == self.negated.len() && (0..self.of.len()).all(back)
    }
}

/// A plane of symmetry of a body. A state and its mirror image remain mirror images if mirrored actions drive them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Image of an observation, `[d_obs]`.
    pub observation: Image,
    /// Image of an action, `[d_act]`.
    pub action: Image,
}
