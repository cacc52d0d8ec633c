//! Newton's method with exact line search for `min 1/2 |a - a_smooth|_M^2 + 1/2 sum d min(J a - aref, 0)^2`.

use super::linear::Square;
use super::real::{Real, dot};
use super::rows::Row;

/// Iterations after which the solve is taken as it is; MuJoCo itself needs at most 8.
const MAX_ITERATIONS: usize = 50;
/// Derivative evaluations of a line search.
const MAX_EVALUATIONS: usize = 40;

/// The constrained acceleration. The cost is piecewise quadratic: a full step within one piece is exact.
pub fn solve<T: Real>(m: &Square<T>, rows: &[Row<T>], smooth: &[T], warm: Option<&[T]>) -> Vec<T> {
    let cost = |a: &[T]| {
        let e: Vec<T> = a.iter().zip(smooth).map(|(a, s)| *a - *s).collect();
        let rows: T =
            residuals(rows, a).iter().zip(rows).map(|(x, r)| r.d * x.min(T::of(0.0)) * x.min(T::of(0.0))).sum();
        dot(&e, &m.mul(&e)) + rows
    };
    let mut a = match warm {
        Some(warm) if cost(warm) < cost(smooth) => warm.to_vec(),
        _ => smooth.to_vec(),
    };
    let mut exact = 0;
    for _ in 0..MAX_ITERATIONS {
        let residual = residuals(rows, &a);
        let step = newton_step(m, rows, smooth, &a, &residual);
        let slope: Vec<T> = rows.iter().map(|row| dot(&row.jacobian, &step)).collect();
        let zero = T::of(0.0);
        let same_piece = residual.iter().zip(&slope).all(|(x, s)| (*x < zero) == (*x + *s < zero));
        let length = if same_piece { T::of(1.0) } else { line_search(m, rows, smooth, &a, &step, &residual, &slope) };
        a.iter_mut().zip(&step).for_each(|(a, s)| *a += length * *s);
        // The second exact step removes the rounding of the first.
        exact = if same_piece { exact + 1 } else { 0 };
        if exact == 2 {
            break;
        }
    }
    a
}

/// `J a - aref`.
pub fn residuals<T: Real>(rows: &[Row<T>], a: &[T]) -> Vec<T> {
    rows.iter().map(|row| dot(&row.jacobian, a) - row.aref).collect()
}

fn newton_step<T: Real>(m: &Square<T>, rows: &[Row<T>], smooth: &[T], a: &[T], residual: &[T]) -> Vec<T> {
    let away: Vec<T> = a.iter().zip(smooth).map(|(a, s)| *a - *s).collect();
    let mut gradient = m.mul(&away);
    let mut hessian = m.clone();
    for (row, x) in rows.iter().zip(residual).filter(|(_, x)| **x < T::of(0.0)) {
        for (i, element) in row.jacobian.iter().enumerate().filter(|(_, element)| **element != T::of(0.0)) {
            let weighted = row.d * *element;
            gradient[i] += weighted * *x;
            (0..=i).for_each(|j| *hessian.at(i, j) += weighted * row.jacobian[j]);
        }
    }
    hessian.solve(&gradient).into_iter().map(|x| -x).collect()
}

/// The root of the increasing, piecewise linear derivative along the step: Newton's method inside a bracket.
fn line_search<T: Real>(
    m: &Square<T>,
    rows: &[Row<T>],
    smooth: &[T],
    a: &[T],
    step: &[T],
    residual: &[T],
    slope: &[T],
) -> T {
    let zero = T::of(0.0);
    let away: Vec<T> = a.iter().zip(smooth).map(|(a, s)| *a - *s).collect();
    let pulled = m.mul(step);
    let (g0, h0) = (dot(&pulled, &away), dot(&pulled, step));
    let (mut low, mut high, mut length) = (zero, None, zero);
    for _ in 0..MAX_EVALUATIONS {
        let (mut g, mut h) = (g0 + length * h0, h0);
        for ((row, x), s) in rows.iter().zip(residual).zip(slope) {
            let x = *x + length * *s;
            if x < zero {
                g += row.d * *s * x;
                h += row.d * *s * *s;
            }
        }
        if g < zero {
            low = low.max(length);
        } else if g > zero {
            high = Some(high.map_or(length, |high: T| high.min(length)));
        } else {
            break;
        }
        let next = length - g / h;
        let next = match high {
            Some(high) if next < low || next > high => (low + high) * T::of(0.5),
            _ => next.max(low),
        };
        if next == length {
            break;
        }
        length = next;
    }
    length
}
