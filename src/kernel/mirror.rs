//! How a body's observations and actions look in the mirror.

/// The image of a vector: entry `i` of the image is entry `of[i]` of the vector, negated where `negated[i]`. An image
/// of an image is the vector itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where the entries come from.
    pub of: Vec<usize>,
    /// Which entries change sign.
    pub negated: Vec<bool>,
}

impl Image {
    /// Of a vector of length `count` that is its own image.
    pub fn identity(count: usize) -> Self {
        Self { of: (0..count).collect(), negated: vec![false; count] }
    }

    /// Returns whether every vector is its own image.
    pub fn is_identity(&self) -> bool {
        self.of.iter().zip(&self.negated).enumerate().all(|(i, (of, negated))| *of == i && !negated)
    }

    /// Makes entry `i` of the image entry `of` of the vector, negated or not.
    pub fn set(&mut self, i: usize, of: usize, negated: bool) {
        self.of[i] = of;
        self.negated[i] = negated;
    }

    /// 1 or -1 by entry.
    pub fn signs(&self) -> impl Iterator<Item = f32> + '_ {
        self.negated.iter().map(|negated| if *negated { -1.0 } else { 1.0 })
    }

    /// Returns the image of `vector`, `[of.len()]`.
    pub fn reflect(&self, vector: &[f32]) -> Vec<f32> {
        self.of.iter().zip(self.signs()).map(|(of, sign)| sign * vector[*of]).collect()
    }

    /// Returns whether the image of an image is the vector.
    pub fn is_involution(&self) -> bool {
        let back = |i: usize| self.of[self.of[i]] == i && self.negated[self.of[i]] == self.negated[i];
        self.of.len() == self.negated.len() && (0..self.of.len()).all(back)
    }
}

/// A plane of symmetry of a body: a state and its mirror image, driven by actions that are mirror images, stay mirror
/// images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Of an observation, `[d_obs]`.
    pub observation: Image,
    /// Of an action, `[d_act]`.
    pub action: Image,
}
