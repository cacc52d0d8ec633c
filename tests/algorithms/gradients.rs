//! The oracle of PPO's and DQSN's gradients (`tests/support/gradients/`) against golden numbers and finite differences.
//!
//! `assets/reference/gradients.json` holds gradients in f64 that JAX's reverse mode confirmed to 5e-15.

mod ppo;
mod rate;
mod spiking;
mod ticks;

use crate::support::gradients::{
    checks::Checks,
    layout::Layout,
    numbers::{floats, golden, uniform},
};
use gpu_ec::networks::{IoDims, Network};

/// Bar against golden numbers. Both sides are f64, so only the order of sums differs: some thousand roundings of 1e-16,
/// which adjoints over 99 substeps may make a hundred times larger, give 1e-11. A hundred times that is room for other
/// libraries' `exp` and `tanh`. Measured: 2.4e-14.
const GOLDEN: f64 = 1e-9;
/// Bar against central differences, relative to a tensor's largest derivative. A difference is off by 1e-10 or so
/// (`checks::STEP`), and the smallest tensors have derivatives of order 1e-3. Measured: 7e-9.
const DIFFERENCES: f64 = 1e-7;

/// Exchanges the rows and columns of a square tensor.
fn transpose(layout: &Layout, theta: &mut [f64], name: &str) {
    let n = layout.place(name).cols;
    let matrix = layout.of_mut(theta, name);
    for row in 0..n {
        (0..row).for_each(|col| matrix.swap(row * n + col, col * n + row));
    }
}

/// Returns what differs between a layout and the tensors of the program's network: names, rows, columns, order.
fn layout_difference(layout: &Layout, network: &dyn Network, shape: &IoDims) -> Option<String> {
    let ours: Vec<_> = layout.0.iter().map(|place| (place.name, place.rows, place.cols)).collect();
    let theirs: Vec<_> = network.tensors(shape).iter().map(|tensor| (tensor.name, tensor.rows, tensor.cols)).collect();
    (ours != theirs).then(|| format!("{ours:?} is not {theirs:?}"))
}

#[test]
fn inputs_are_those_of_the_golden_file() {
    let mut checks = Checks::within(0.0);
    checks.equal("hash", &uniform(1, 4), &floats(&golden()["uni_1"]));
    checks.assert_passed();
}

#[test]
fn checks_fail_on_what_is_wrong() {
    let fails = |got: &[f64], want: &[f64]| {
        let mut checks = Checks::within(GOLDEN);
        checks.equal("pair", got, want);
        checks.reports("pair")
    };
    assert!(!fails(&[1.0, 0.5 + 1e-10], &[1.0, 0.5]), "an error of 1e-10");
    assert!(fails(&[1.0, 0.5 + 1e-8], &[1.0, 0.5]), "an error of 1e-8");
    assert!(fails(&[f64::NAN], &[1.0]), "not a number");
    assert!(fails(&[1.0], &[1.0, 1.0]), "an entry too few");
    assert!(fails(&[1e-8], &[0.0]), "something where nothing belongs");
    assert!(Checks::within(GOLDEN).verdict().is_err(), "a test that compares nothing");
}
