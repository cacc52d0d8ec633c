//! Tensors in a flat list of parameters, and the three products that forward and backward passes consist of.

/// One tensor: `rows` rows of `cols` parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub name: &'static str,
    pub rows: usize,
    pub cols: usize,
    /// Where it begins.
    pub at: usize,
}

/// All tensors, in the order of storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout(pub Vec<Place>);

impl Layout {
    /// Returns the layout of tensors given as name, rows and columns.
    pub fn new(tensors: impl IntoIterator<Item = (&'static str, usize, usize)>) -> Self {
        let mut at = 0;
        let place = |(name, rows, cols)| {
            at += rows * cols;
            Place { name, rows, cols, at: at - rows * cols }
        };
        Self(tensors.into_iter().map(place).collect())
    }

    /// Returns the number of parameters.
    pub fn n_params(&self) -> usize {
        self.0.iter().map(|place| place.rows * place.cols).sum()
    }

    /// Returns the place of a tensor.
    pub fn place(&self, name: &str) -> Place {
        *self.0.iter().find(|place| place.name == name).unwrap_or_else(|| panic!("no tensor {name}"))
    }

    /// Returns the parameters of a tensor.
    pub fn of<'a>(&self, theta: &'a [f64], name: &str) -> &'a [f64] {
        let Place { rows, cols, at, .. } = self.place(name);
        &theta[at..at + rows * cols]
    }

    /// Returns the parameters of a tensor, to be changed.
    pub fn of_mut<'a>(&self, theta: &'a mut [f64], name: &str) -> &'a mut [f64] {
        let Place { rows, cols, at, .. } = self.place(name);
        &mut theta[at..at + rows * cols]
    }
}

/// Adds to `sums` the rows of `matrix`, each times its line.
pub fn add_rows(sums: &mut [f64], lines: &[f64], matrix: &[f64]) {
    assert_eq!(matrix.len(), lines.len() * sums.len(), "a row for each line");
    for (line, row) in lines.iter().zip(matrix.chunks(sums.len())) {
        sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += line * weight);
    }
}

/// Returns the product of each row of `matrix` with `columns`.
pub fn products(matrix: &[f64], columns: &[f64]) -> Vec<f64> {
    assert_eq!(matrix.len() % columns.len(), 0, "whole rows");
    matrix.chunks(columns.len()).map(|row| row.iter().zip(columns).map(|(a, b)| a * b).sum()).collect()
}

/// Adds to `gradient`, in row `i` and column `k`, `factor * lines[i] * adjoints[k]`.
pub fn add_outer(gradient: &mut [f64], factor: f64, lines: &[f64], adjoints: &[f64]) {
    assert_eq!(gradient.len(), lines.len() * adjoints.len(), "a row for each line");
    for (line, row) in lines.iter().zip(gradient.chunks_mut(adjoints.len())) {
        row.iter_mut().zip(adjoints).for_each(|(sum, adjoint)| *sum += factor * line * adjoint);
    }
}
