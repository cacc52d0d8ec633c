//! The golden file `gradients.json`, and the numbers that its inputs consist of.

use super::super::golden::path;
use serde_json::Value;

/// Returns the golden numbers.
pub fn golden() -> Value {
    let path = path("gradients.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns all numbers in `value`, row by row.
pub fn floats(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(rows) => rows.iter().flat_map(floats).collect(),
        _ => vec![value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))],
    }
}

/// Returns a single number.
pub fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Returns the integer hash of `key`.
fn mix(key: u32) -> u32 {
    let mut hash = key.wrapping_add(1);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x7FEB_352D);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x846C_A68B);
    hash ^ (hash >> 16)
}

/// Returns numbers in `[0, 1)` for tensor number `tensor`, row by row.
pub fn uniform(tensor: u32, count: usize) -> Vec<f64> {
    (0..count as u32).map(|index| f64::from(mix(1_000_003 * tensor + index)) / 2f64.powi(32)).collect()
}

/// Returns numbers of mean 0 and variance 1.
pub fn symmetric(tensor: u32, count: usize) -> Vec<f64> {
    uniform(tensor, count).into_iter().map(|u| 3f64.sqrt() * (2.0 * u - 1.0)).collect()
}

/// Returns numbers in `[-bound, bound)`.
pub fn centred(tensor: u32, count: usize, bound: f64) -> Vec<f64> {
    uniform(tensor, count).into_iter().map(|u| bound * (2.0 * u - 1.0)).collect()
}

/// Returns `values` as rows of `cols`.
pub fn rows(values: &[f64], cols: usize) -> Vec<Vec<f64>> {
    values.chunks(cols).map(<[f64]>::to_vec).collect()
}

/// Returns `values`, each times `factor`.
pub fn scaled(factor: f64, values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(|value| factor * value).collect()
}
