//! Dense symmetric systems.

use super::real::{Real, dot};

/// A square matrix, row by row.
#[derive(Debug, Clone)]
pub struct Square<T> {
    pub n: usize,
    pub values: Vec<T>,
}

impl<T: Real> Square<T> {
    pub fn zero(n: usize) -> Self {
        Self { n, values: vec![T::of(0.0); n * n] }
    }

    pub fn row(&self, i: usize) -> &[T] {
        &self.values[i * self.n..][..self.n]
    }

    pub fn at(&mut self, i: usize, j: usize) -> &mut T {
        &mut self.values[i * self.n + j]
    }

    pub fn mul(&self, x: &[T]) -> Vec<T> {
        (0..self.n).map(|i| dot(self.row(i), x)).collect()
    }

    /// Solves `self x = b` by Cholesky's factorisation; only the lower triangle is read.
    pub fn solve(&self, b: &[T]) -> Vec<T> {
        let mut l = self.clone();
        for j in 0..l.n {
            let pivot = (l.row(j)[j] - dot(&l.row(j)[..j], &l.row(j)[..j])).sqrt();
            *l.at(j, j) = pivot;
            for i in j + 1..l.n {
                let value = (l.row(i)[j] - dot(&l.row(i)[..j], &l.row(j)[..j])) / pivot;
                *l.at(i, j) = value;
            }
        }
        let mut x = b.to_vec();
        for i in 0..l.n {
            x[i] = (x[i] - dot(&l.row(i)[..i], &x[..i])) / l.row(i)[i];
        }
        for i in (0..l.n).rev() {
            let below: T = (i + 1..l.n).map(|k| l.row(k)[i] * x[k]).sum();
            x[i] = (x[i] - below) / l.row(i)[i];
        }
        x
    }
}
