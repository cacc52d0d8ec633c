//! Symmetric matrices with the sparsity of the tree: entry (i, j) is zero unless one dof is an ancestor of the other.
//!
//! Elimination from the leaves to the root (L^T D L) creates no fill-in.

use std::collections::BTreeMap;

use super::{
    trace::{Ex, Trace},
    tree::Tree,
};

/// The lower triangle of a symmetric matrix.
#[derive(Clone, Default)]
pub struct TreeMatrix<'t>(BTreeMap<(usize, usize), Ex<'t>>);

/// A factored matrix.
pub struct Factor<'t> {
    /// Unit lower triangle, without the diagonal.
    lower: TreeMatrix<'t>,
    /// Inverses of the diagonal.
    inverse: Vec<Ex<'t>>,
}

impl<'t> TreeMatrix<'t> {
    /// Returns entry (i, j), where j is i or an ancestor of i.
    pub fn at(&self, i: usize, j: usize) -> Ex<'t> {
        self.0[&(i, j)]
    }

    /// Sets entry (i, j).
    pub fn set(&mut self, i: usize, j: usize, value: Ex<'t>) {
        self.0.insert((i, j), value);
    }

    /// Names the entries `label_i_j`.
    pub fn named(&self, label: &str) {
        for ((i, j), value) in &self.0 {
            value.named(&format!("{label}_{i}_{j}"));
        }
    }

    /// Returns the matrix times a vector.
    pub fn times(&self, trace: &'t Trace, x: &[Ex<'t>]) -> Vec<Ex<'t>> {
        let mut product = vec![trace.num(0.0); x.len()];
        for (&(i, j), &value) in &self.0 {
            product[i] = product[i] + value * x[j];
            if i != j {
                product[j] = product[j] + value * x[i];
            }
        }
        product
    }

    /// Factors the matrix. `sound` maps the index and value of each pivot to the value that is used.
    pub fn factor(&self, tree: &Tree, mut sound: impl FnMut(usize, Ex<'t>) -> Ex<'t>) -> Factor<'t> {
        let mut work = self.clone();
        let mut lower = Self::default();
        let mut inverse = vec![];
        for k in (0..tree.nv()).rev() {
            let pivot = 1.0 / sound(k, work.at(k, k));
            for &i in &tree.ancestors[k] {
                let ratio = work.at(k, i) * pivot;
                for &j in std::iter::once(&i).chain(&tree.ancestors[i]) {
                    work.set(i, j, work.at(i, j) - ratio * work.at(k, j));
                }
                lower.set(k, i, ratio);
            }
            inverse.push(pivot);
        }
        inverse.reverse();
        Factor { lower, inverse }
    }
}

impl<'t> Factor<'t> {
    /// Returns the solution of `matrix x = right`.
    pub fn solve(&self, tree: &Tree, right: &[Ex<'t>]) -> Vec<Ex<'t>> {
        let mut x = right.to_vec();
        for i in (0..tree.nv()).rev() {
            for &j in &tree.ancestors[i] {
                x[j] = x[j] - self.lower.at(i, j) * x[i];
            }
        }
        for (x, inverse) in x.iter_mut().zip(&self.inverse) {
            *x = *x * *inverse;
        }
        for i in 0..tree.nv() {
            for &j in tree.ancestors[i].iter().rev() {
                x[i] = x[i] - self.lower.at(i, j) * x[j];
            }
        }
        x
    }
}
