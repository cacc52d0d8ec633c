//! A plane of symmetry for tests, and what it does to vectors and states.

use gpu_ec::kernel::mirror::{Image, Mirror};

/// A mirror in which the first entries swap in pairs and every third one changes sign.
pub fn mirror(d_obs: usize, d_act: usize) -> Mirror {
    let image = |n: usize| {
        let of = (0..n).map(|i| if i < n / 4 * 2 { i ^ 1 } else { i }).collect::<Vec<_>>();
        let negated = of.iter().enumerate().map(|(i, of)| i.min(*of) % 3 == 2).collect();
        Image { of, negated }
    };
    Mirror { observation: image(d_obs), action: image(d_act) }
}

/// The images of many vectors that follow each other.
pub fn reflect(image: &Image, rows: &[f32]) -> Vec<f32> {
    rows.chunks(image.of.len()).flat_map(|row| image.reflect(row)).collect()
}

/// `values` with its halves swapped: of each hemisphere what was the other's.
pub fn swap<T: Clone>(values: &[T]) -> Vec<T> {
    let (first, second) = values.split_at(values.len() / 2);
    [second, first].concat()
}
