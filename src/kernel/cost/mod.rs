//! Cost of a pass: arithmetic and bytes per frame or per member, counted from the plan itself.
//!
//! Kernels are counted from the dispatched text ([`Counter`]). Trip counts and branch shares, which the text does not
//! state, come from the kernels' authors ([`Assumptions`]). A network gives its cost as a formula (`Network::cost`),
//! because it depends on how often its neurons fire.

mod count;
mod loops;
mod operations;
pub mod peak;
mod walk;

use std::{
    collections::BTreeMap,
    ops::{Add, AddAssign, Mul},
};

use super::buffers::BufferId;
pub use count::{Assumptions, CountError, Counter};

/// Arithmetic by kind. A vector operation counts once per component, a fused multiply-add twice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Operations {
    /// f32 additions, subtractions, roundings.
    pub add: f64,
    /// f32 multiplications.
    pub multiply: f64,
    /// f32 divisions.
    pub divide: f64,
    /// f32 square roots, inverse square roots, exponentials, logarithms, trigonometry.
    pub special: f64,
    /// f32 comparisons, minima, maxima, selections.
    pub select: f64,
    /// Integer and boolean arithmetic and conversions, without address arithmetic.
    pub integer: f64,
    /// Population counts (`countOneBits`).
    pub popcount: f64,
}

impl Operations {
    /// Returns the number of f32 operations.
    pub fn f32(&self) -> f64 {
        self.add + self.multiply + self.divide + self.special + self.select
    }

    /// Returns the number of all operations.
    pub fn total(&self) -> f64 {
        self.f32() + self.integer + self.popcount
    }
}

/// Bytes that invocations request of a storage buffer, including those that a cache serves.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Bytes read.
    pub read: f64,
    /// Bytes written.
    pub written: f64,
}

/// Operations and bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cost {
    /// Arithmetic operations.
    pub operations: Operations,
    /// Memory traffic of every buffer.
    pub buffers: BTreeMap<BufferId, Traffic>,
}

impl Cost {
    /// Returns the bytes read and written, over all buffers.
    pub fn bytes(&self) -> f64 {
        self.buffers.values().fold(0.0, |sum, traffic| sum + traffic.read + traffic.written)
    }

    /// Adds `bytes` read from `buffer`.
    pub fn read(&mut self, buffer: BufferId, bytes: f64) {
        self.buffers.entry(buffer).or_default().read += bytes;
    }

    /// Adds `bytes` written to `buffer`.
    pub fn write(&mut self, buffer: BufferId, bytes: f64) {
        self.buffers.entry(buffer).or_default().written += bytes;
    }
}

impl Mul<f64> for Operations {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            add: times * self.add,
            multiply: times * self.multiply,
            divide: times * self.divide,
            special: times * self.special,
            select: times * self.select,
            integer: times * self.integer,
            popcount: times * self.popcount,
        }
    }
}

impl Add for Operations {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            add: self.add + other.add,
            multiply: self.multiply + other.multiply,
            divide: self.divide + other.divide,
            special: self.special + other.special,
            select: self.select + other.select,
            integer: self.integer + other.integer,
            popcount: self.popcount + other.popcount,
        }
    }
}

impl Mul<f64> for Cost {
    type Output = Self;

    fn mul(mut self, times: f64) -> Self {
        self.operations = self.operations * times;
        for traffic in self.buffers.values_mut() {
            traffic.read *= times;
            traffic.written *= times;
        }
        self
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.operations = self.operations + other.operations;
        for (name, traffic) in other.buffers {
            let sum = self.buffers.entry(name).or_default();
            sum.read += traffic.read;
            sum.written += traffic.written;
        }
    }
}
