//! Numbers the oracle runs on, and small vectors of them (quaternions `w x y z`).

use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// f32 or f64.
pub trait Real:
    Copy
    + Debug
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + Sum
    + Send
    + Sync
    + 'static
{
    /// Distance below which two nearest points give no contact normal (the golden data's rule for f32).
    const SAME_POINT: f64;

    fn of(x: f64) -> Self;
    fn f64(self) -> f64;
    fn sqrt(self) -> Self;
    fn sin_cos(self) -> (Self, Self);
    fn powf(self, power: Self) -> Self;
    fn abs(self) -> Self;
    fn max(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
}

macro_rules! real {
    ($t:ident, $same_point:expr) => {
        impl Real for $t {
            const SAME_POINT: f64 = $same_point;
            fn of(x: f64) -> Self {
                x as $t
            }
            fn f64(self) -> f64 {
                self as f64
            }
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
            fn sin_cos(self) -> (Self, Self) {
                $t::sin_cos(self)
            }
            fn powf(self, power: Self) -> Self {
                $t::powf(self, power)
            }
            fn abs(self) -> Self {
                $t::abs(self)
            }
            fn max(self, other: Self) -> Self {
                $t::max(self, other)
            }
            fn min(self, other: Self) -> Self {
                $t::min(self, other)
            }
        }
    };
}
real!(f32, 1e-6);
real!(f64, 1e-15);

pub type V3<T> = [T; 3];
pub type Q<T> = [T; 4];
pub type M3<T> = [[T; 3]; 3];
/// A spatial vector: rotation, then translation.
pub type V6<T> = [T; 6];

/// Constants of the model, rounded to the oracle's numbers.
pub fn of<T: Real, const N: usize>(x: [f64; N]) -> [T; N] {
    x.map(T::of)
}

pub fn add<T: Real, const N: usize>(a: [T; N], b: [T; N]) -> [T; N] {
    std::array::from_fn(|i| a[i] + b[i])
}

pub fn sub<T: Real, const N: usize>(a: [T; N], b: [T; N]) -> [T; N] {
    std::array::from_fn(|i| a[i] - b[i])
}

pub fn scale<T: Real, const N: usize>(a: [T; N], factor: T) -> [T; N] {
    a.map(|x| x * factor)
}

pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).map(|(x, y)| *x * *y).sum()
}

pub fn cross<T: Real>(a: V3<T>, b: V3<T>) -> V3<T> {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub fn norm<T: Real>(a: &[T]) -> T {
    dot(a, a).sqrt()
}

pub fn unit<T: Real, const N: usize>(a: [T; N]) -> [T; N] {
    scale(a, T::of(1.0) / norm(&a))
}

pub fn quat_mul<T: Real>(a: Q<T>, b: Q<T>) -> Q<T> {
    [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ]
}

pub fn rotate<T: Real>(q: Q<T>, v: V3<T>) -> V3<T> {
    let u = [q[1], q[2], q[3]];
    let t = scale(cross(u, v), T::of(2.0));
    add(add(v, scale(t, q[0])), cross(u, t))
}

pub fn about<T: Real>(axis: V3<T>, angle: T) -> Q<T> {
    let (sin, cos) = (angle * T::of(0.5)).sin_cos();
    [cos, sin * axis[0], sin * axis[1], sin * axis[2]]
}

pub fn quat_matrix<T: Real>([w, x, y, z]: Q<T>) -> M3<T> {
    let (one, two) = (T::of(1.0), T::of(2.0));
    [
        [one - two * (y * y + z * z), two * (x * y - w * z), two * (x * z + w * y)],
        [two * (x * y + w * z), one - two * (x * x + z * z), two * (y * z - w * x)],
        [two * (x * z - w * y), two * (y * z + w * x), one - two * (x * x + y * y)],
    ]
}

pub fn mat_vec<T: Real>(m: &M3<T>, v: V3<T>) -> V3<T> {
    m.map(|row| dot(&row, &v))
}

pub fn column<T: Real>(m: &M3<T>, i: usize) -> V3<T> {
    m.map(|row| row[i])
}

pub fn join<T: Real>(rotation: V3<T>, translation: V3<T>) -> V6<T> {
    let [a, b, c] = rotation;
    let [d, e, f] = translation;
    [a, b, c, d, e, f]
}

pub fn split<T: Real>([a, b, c, d, e, f]: V6<T>) -> (V3<T>, V3<T>) {
    ([a, b, c], [d, e, f])
}
