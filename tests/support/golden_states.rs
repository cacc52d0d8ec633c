//! Forward evaluations and steps from MuJoCo's states, against the rows of a golden file.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use gpu_ec::gpu::{Gpu, Workspace};

use super::golden_gpu::{self, Output, Probe};
use super::{golden, npz::Npz};

pub type Rows = Vec<Vec<f64>>;

/// A golden file, each array read once.
pub struct Golden {
    file: Npz,
    arrays: RefCell<HashMap<String, Rc<Rows>>>,
}

impl Golden {
    pub fn open(name: &str) -> Self {
        Self { file: Npz::open(golden::path(&format!("{name}.npz"))), arrays: RefCell::default() }
    }

    pub fn rows(&self, name: &str) -> Rc<Rows> {
        self.arrays.borrow_mut().entry(name.into()).or_insert_with(|| Rc::new(self.file.rows(name))).clone()
    }

    pub fn count(&self) -> usize {
        self.rows("qpos").len()
    }

    /// What noise of the size of f32's rounding in a row's start changes, from the array `name` that
    /// `tests/peer/sensitivity.py` adds; none in a file without it.
    pub fn sensitivity(&self, name: &str, row: usize, column: usize) -> f64 {
        if self.file.has(name) { self.rows(name)[row][column] } else { 0.0 }
    }
}

/// What an ill-conditioned row may be off by, in units of its sensitivity; as after a hundred steps.
const SENSITIVE: f64 = 30.0;

/// Errors of one quantity over the rows.
pub struct Errors {
    pub what: String,
    values: Vec<f64>,
    /// Of each value's row.
    sensitivities: Vec<f64>,
}

impl Errors {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), values: vec![], sensitivities: vec![] }
    }

    pub fn push(&mut self, error: f64) {
        self.push_sensitive(error, 0.0);
    }

    /// An error of a row that changes by `sensitivity` for reasons that are not ours.
    pub fn push_sensitive(&mut self, error: f64, sensitivity: f64) {
        self.values.push(if error.is_nan() { f64::INFINITY } else { error });
        self.sensitivities.push(sensitivity);
    }

    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(((sorted.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0)
    }

    /// What exceeds its bar most, if anything does: `bar`, or wider where the row's sensitivity alone exceeds that.
    pub fn over(&self, bar: f64) -> Option<String> {
        let allowed = |row: usize| {
            let sensitivity = self.sensitivities[row];
            if sensitivity > bar { SENSITIVE * sensitivity } else { bar }
        };
        let widened = self.sensitivities.iter().filter(|sensitivity| **sensitivity > bar).count();
        let note =
            if widened > 0 { format!("  {widened} ill-conditioned values have wider ones") } else { String::new() };
        let (median, worst) = (self.quantile(0.5), self.quantile(1.0));
        eprintln!("  {:32} median {median:.1e}  worst {worst:.1e}  bar {bar:.0e}{note}", self.what);
        let beyond = (0..self.values.len()).filter(|row| self.values[*row] > allowed(*row));
        let row = beyond.max_by(|a, b| (self.values[*a] / allowed(*a)).total_cmp(&(self.values[*b] / allowed(*b))))?;
        let (error, allowed) = (self.values[row], allowed(row));
        Some(format!("{}: compared row {row} is off by {error:.2e}, allowed {allowed:.0e}", self.what))
    }
}

pub fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

pub fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), b.len(), "lengths of compared vectors");
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

pub fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |worst, x| if x.is_nan() { f64::INFINITY } else { x.abs().max(worst) })
}

/// A contact: geoms (smaller number first), distance, position.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    pub geoms: [usize; 2],
    pub dist: f64,
    pub pos: [f64; 3],
}

/// Worst errors of distance and position between two sets of contacts; infinite where the sets differ.
pub fn compare_contacts(expected: &[Contact], found: &[Contact]) -> (f64, f64) {
    let mut left = found.to_vec();
    let (mut dist, mut pos) = (0.0f64, 0.0f64);
    for contact in expected {
        let error = |other: &Contact| largest(&difference(&contact.pos, &other.pos));
        let same = left.iter().enumerate().filter(|(_, other)| other.geoms == contact.geoms);
        let Some((index, _)) = same.min_by(|a, b| error(a.1).total_cmp(&error(b.1))) else {
            return (f64::INFINITY, f64::INFINITY);
        };
        let nearest = left.swap_remove(index);
        dist = dist.max((nearest.dist - contact.dist).abs());
        pos = pos.max(error(&nearest));
    }
    if left.is_empty() { (dist, pos) } else { (f64::INFINITY, f64::INFINITY) }
}

pub fn expected_contacts(golden: &Golden, row: usize) -> Vec<Contact> {
    let [geoms, dist, pos, count] =
        ["con_geom", "con_dist", "con_pos", "ncon"].map(|name| golden.rows(name)[row].clone());
    (0..count[0] as usize)
        .map(|c| {
            let mut pair = [geoms[2 * c] as usize, geoms[2 * c + 1] as usize];
            pair.sort_unstable();
            Contact { geoms: pair, dist: dist[c], pos: [pos[3 * c], pos[3 * c + 1], pos[3 * c + 2]] }
        })
        .collect()
}

pub fn found_contacts(probe: &Probe, output: &Output, row: usize) -> Vec<Contact> {
    let mut found = vec![];
    for (point, geoms) in probe.field(output, "floor", row).chunks_exact(5).zip(&probe.layout.floor) {
        if point[0] > 0.0 {
            let mut geoms = *geoms;
            geoms.sort_unstable();
            found.push(Contact { geoms, dist: point[1], pos: [point[2], point[3], point[4]] });
        }
    }
    for slot in probe.field(output, "slots", row).chunks_exact(5).filter(|slot| slot[0] >= 0.0) {
        let mut geoms = probe.layout.pairs[slot[0] as usize];
        geoms.sort_unstable();
        found.push(Contact { geoms, dist: slot[1], pos: [slot[2], slot[3], slot[4]] });
    }
    found
}

/// One forward evaluation of every row: M, bias, contacts, acceleration.
pub fn check_forward(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize]) -> Vec<String> {
    let nv = probe.model.sizes.nv;
    let [mut mass, mut bias, mut acceleration] = ["M", "bias", "qacc e"].map(Errors::new);
    let [mut dist, mut pos] = ["contact dist", "contact pos"].map(Errors::new);
    for &row in rows {
        let mut full = vec![0.0; nv * nv];
        for ((i, j), value) in probe.layout.mass.iter().zip(probe.field(output, "mass", row)) {
            (full[i * nv + j], full[j * nv + i]) = (value, value);
        }
        let relative = |found: &[f64], expected: &[f64]| norm(&difference(found, expected)) / norm(expected);
        mass.push(relative(&full, &golden.rows("M")[row]));
        bias.push(relative(&probe.field(output, "bias", row), &golden.rows("qfrc_bias")[row]));
        let (d, p) = compare_contacts(&expected_contacts(golden, row), &found_contacts(probe, output, row));
        dist.push_sensitive(d, golden.sensitivity("qacc_sens", row, 1));
        pos.push_sensitive(p, golden.sensitivity("qacc_sens", row, 2));
        let expected = &golden.rows("qacc")[row];
        let scale = norm(expected) + norm(&golden.rows("qacc_smooth")[row]);
        let error = norm(&difference(&probe.field(output, "acceleration", row), expected)) / scale;
        acceleration.push_sensitive(error, golden.sensitivity("qacc_sens", row, 0));
    }
    let median = acceleration.quantile(0.5);
    let over = [mass.over(5e-6), bias.over(1e-5), dist.over(2e-6), pos.over(5e-6), acceleration.over(1e-4)];
    let mut failures: Vec<String> = over.into_iter().flatten().collect();
    if median > 5e-6 {
        failures.push(format!("qacc e: median {median:.2e}, allowed 5e-6"));
    }
    failures
}

/// Forces of the muscles on the joints of every row.
fn check_muscles(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize]) -> Vec<String> {
    let mut force = Errors::new("qfrc_actuator");
    let (expected, bias) = (golden.rows("qfrc_actuator"), golden.rows("qfrc_bias"));
    for &row in rows {
        let scale = norm(&expected[row]) + norm(&bias[row]);
        force.push(norm(&difference(&probe.field(output, "driven", row), &expected[row])) / scale);
    }
    force.over(2e-5).into_iter().collect()
}

/// One step of every row.
pub fn check_step(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize], name: &str) -> Vec<String> {
    let (mut position, mut velocity) = (Errors::new(format!("{name} qpos")), Errors::new(format!("{name} qvel")));
    let (q, v) = (golden.rows(&format!("{name}_qpos")), golden.rows(&format!("{name}_qvel")));
    let sensitivity = |row: usize, column: usize| golden.sensitivity(&format!("{name}_sens"), row, column);
    for &row in rows {
        let [dq, dv] = [("qpos", &q), ("qvel", &v)]
            .map(|(field, expected)| largest(&difference(&probe.field(output, field, row), &expected[row])));
        position.push_sensitive(dq, sensitivity(row, 0));
        velocity.push_sensitive(dv / (1.0 + norm(&v[row])), sensitivity(row, 1));
    }
    let mut over = vec![position.over(2e-6), velocity.over(2e-5)];
    if probe.model.sizes.na > 0 {
        let (mut activation, act) = (Errors::new(format!("{name} act")), golden.rows(&format!("{name}_act")));
        for &row in rows {
            let error = largest(&difference(&probe.field(output, "act", row), &act[row]));
            activation.push_sensitive(error, sensitivity(row, 2));
        }
        over.push(activation.over(2e-6));
    }
    over.into_iter().flatten().collect()
}

/// A hundred steps: nine rows of ten stay near.
pub fn check_hundred(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize]) -> Vec<String> {
    let sens = golden.rows("next100_sens");
    let error = |name: &str, row: usize| {
        let expected = &golden.rows(&format!("next100_own_{name}"))[row];
        largest(&difference(&probe.field(output, name, row), expected))
    };
    let near = |row: &&usize| {
        error("qpos", **row) <= 1e-5 + 30.0 * sens[**row][0] && error("qvel", **row) <= 1e-4 + 30.0 * sens[**row][1]
    };
    let share = rows.iter().filter(near).count() as f64 / rows.len() as f64;
    eprintln!("  {:32} {share:.3} of rows within the bar, 0.9 wanted", "next100_own");
    if share < 0.9 { vec![format!("next100_own: only {share:.3} of the rows stay near")] } else { vec![] }
}

/// All rows of `<file>_states.npz`; `own`: the probe's integrator is the file's own.
pub fn check_states(gpu: &Gpu, probe: &Probe, file: &str, own: bool, euler: bool) -> Vec<String> {
    let count = Golden::open(&format!("{file}_states")).count();
    check_states_in(&mut probe.workspace(gpu, count), probe, file, own, euler)
}

/// The same in a workspace that holds at least as many slots as there are rows.
pub fn check_states_in(workspace: &mut Workspace, probe: &Probe, file: &str, own: bool, euler: bool) -> Vec<String> {
    eprintln!("{file} states, {}", if euler { "Euler" } else { "RK4" });
    let golden = Golden::open(&format!("{file}_states"));
    let degenerate = golden.rows("degenerate");
    let rows: Vec<usize> = (0..golden.count()).filter(|&row| degenerate[row][0] == 0.0).collect();
    let has_muscles = probe.model.sizes.na > 0;
    let names: Vec<&str> = ["qpos", "qvel", "ctrl"].into_iter().chain(has_muscles.then_some("act")).collect();
    let rows_of: Vec<_> = names.iter().map(|name| golden.rows(name)).collect();
    let states: Vec<(&str, &golden_gpu::Rows)> =
        names.iter().zip(&rows_of).map(|(name, rows)| (*name, rows.as_slice())).collect();
    let inside = probe.run(workspace, &states, 1, 1);
    let mut failures = check_forward(probe, &golden, &inside, &rows);
    if has_muscles {
        failures.extend(check_muscles(probe, &golden, &inside, &rows));
    }
    let next = probe.run(workspace, &states, 1, 4);
    if own {
        failures.extend(check_step(probe, &golden, &next, &rows, "next1_own"));
        let later = probe.run(workspace, &states, 100, 4);
        failures.extend(check_hundred(probe, &golden, &later, &rows));
        let overflow: f64 = rows.iter().map(|row| probe.field(&later, "overflow", *row)[0]).sum();
        eprintln!("  {:32} {overflow}", "contacts without a slot");
    }
    if euler {
        failures.extend(check_step(probe, &golden, &next, &rows, "next1_euler"));
    }
    failures.into_iter().map(|failure| format!("{file}: {failure}")).collect()
}

pub fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
