//! The generated stepper against MuJoCo: every row of the golden files within the bars of their README.
//!
//! `GPU_EC_GOLDEN_DIR` points at another set with the same layout.

#[path = "support/golden_gpu.rs"]
mod golden_gpu;

use golden_gpu::{Golden, Output, Probe, model, open};
use gpu_ec::{
    gpu::Gpu,
    physics::stepper::{Integrator, Options},
};

/// Errors of one quantity over the rows, against its bar.
struct Errors {
    what: String,
    values: Vec<f64>,
}

impl Errors {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), values: vec![] }
    }

    fn push(&mut self, error: f64) {
        self.values.push(if error.is_nan() { f64::INFINITY } else { error });
    }

    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(((sorted.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0)
    }

    /// What exceeds `bar` in the worst row, if anything does.
    fn over(&self, bar: f64) -> Option<String> {
        let worst = self.quantile(1.0);
        eprintln!("  {:42} median {:.1e}  worst {worst:.1e}  bar {bar:.0e}", self.what, self.quantile(0.5));
        (worst > bar).then(|| {
            let row = self.values.iter().position(|e| *e == worst).unwrap_or(0);
            format!("{}: row {row} is off by {worst:.2e}, allowed {bar:.0e}", self.what)
        })
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), b.len(), "lengths of compared vectors");
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |worst, x| if x.is_nan() { f64::INFINITY } else { x.abs().max(worst) })
}

/// A contact: geoms (smaller number first), distance, position.
#[derive(Debug, Clone, PartialEq)]
struct Contact {
    geoms: [usize; 2],
    dist: f64,
    pos: [f64; 3],
}

/// Worst errors of distance and position between two sets of contacts; infinite where the sets differ.
fn compare_contacts(expected: &[Contact], found: &[Contact]) -> (f64, f64) {
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

fn expected_contacts(golden: &Golden, row: usize) -> Vec<Contact> {
    let (geoms, dist, pos) = (golden.get("con_geom"), golden.get("con_dist"), golden.get("con_pos"));
    let count = golden.get("ncon").row(row)[0] as usize;
    (0..count)
        .map(|c| {
            let mut pair = [geoms.row(row)[2 * c] as usize, geoms.row(row)[2 * c + 1] as usize];
            pair.sort_unstable();
            let pos = pos.row(row);
            Contact { geoms: pair, dist: dist.row(row)[c], pos: [pos[3 * c], pos[3 * c + 1], pos[3 * c + 2]] }
        })
        .collect()
}

fn found_contacts(probe: &Probe, output: &Output, row: usize) -> Vec<Contact> {
    let mut found = vec![];
    for (point, geom) in probe.field(output, "floor", row).chunks_exact(5).zip(&probe.layout.floor) {
        if point[0] > 0.0 {
            found.push(Contact { geoms: [0, *geom], dist: point[1], pos: [point[2], point[3], point[4]] });
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
fn check_forward(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize]) -> Vec<String> {
    let nv = probe.model.sizes.nv;
    let [mut mass, mut bias, mut acceleration] = ["M", "bias", "qacc e"].map(Errors::new);
    let [mut dist, mut pos] = ["contact dist", "contact pos"].map(Errors::new);
    for &row in rows {
        let expected = golden.get("M").row(row);
        let mut full = vec![0.0; nv * nv];
        for ((i, j), value) in probe.layout.mass.iter().zip(probe.field(output, "mass", row)) {
            (full[i * nv + j], full[j * nv + i]) = (value, value);
        }
        mass.push(norm(&difference(&full, expected)) / norm(expected));
        let expected = golden.get("qfrc_bias").row(row);
        bias.push(norm(&difference(&probe.field(output, "bias", row), expected)) / norm(expected));
        let (d, p) = compare_contacts(&expected_contacts(golden, row), &found_contacts(probe, output, row));
        dist.push(d);
        pos.push(p);
        let expected = golden.get("qacc").row(row);
        let scale = norm(expected) + norm(golden.get("qacc_smooth").row(row));
        acceleration.push(norm(&difference(&probe.field(output, "acceleration", row), expected)) / scale);
    }
    let median = acceleration.quantile(0.5);
    let mut failures: Vec<String> =
        [mass.over(5e-6), bias.over(1e-5), dist.over(2e-6), pos.over(5e-6), acceleration.over(1e-4)]
            .into_iter()
            .flatten()
            .collect();
    if median > 5e-6 {
        failures.push(format!("qacc e: median {median:.2e}, allowed 5e-6"));
    }
    failures
}

/// One step of every row.
fn check_step(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize], name: &str) -> Vec<String> {
    let (mut position, mut velocity) = (Errors::new(format!("{name} qpos")), Errors::new(format!("{name} qvel")));
    for &row in rows {
        let (q, v) = (golden.get(&format!("{name}_qpos")).row(row), golden.get(&format!("{name}_qvel")).row(row));
        position.push(largest(&difference(&probe.field(output, "qpos", row), q)));
        velocity.push(largest(&difference(&probe.field(output, "qvel", row), v)) / (1.0 + norm(v)));
    }
    [position.over(2e-6), velocity.over(2e-5)].into_iter().flatten().collect()
}

/// A hundred steps: nine rows of ten stay near.
fn check_hundred(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize]) -> Vec<String> {
    let within = |row: usize| {
        let error = |name: &str| {
            largest(&difference(&probe.field(output, name, row), golden.get(&format!("next100_own_{name}")).row(row)))
        };
        let sens = golden.get("next100_sens").row(row);
        error("qpos") <= 1e-5 + 30.0 * sens[0] && error("qvel") <= 1e-4 + 30.0 * sens[1]
    };
    let share = rows.iter().filter(|row| within(**row)).count() as f64 / rows.len() as f64;
    eprintln!("  {:42} {share:.3} of rows within the bar, 0.9 wanted", "next100_own");
    if share < 0.9 { vec![format!("next100_own: only {share:.3} of the rows stay near")] } else { vec![] }
}

fn sound_rows(golden: &Golden) -> Vec<usize> {
    (0..golden.get("qpos").len()).filter(|&row| golden.get("degenerate").row(row)[0] == 0.0).collect()
}

/// All rows of `<file>_states.npz` for the model of `robot` under `integrator`; `own`: it is the file's own integrator.
fn check_states(gpu: &Gpu, robot: &str, file: &str, integrator: Integrator, own: bool) -> Vec<String> {
    eprintln!("{file}, {integrator:?}");
    let model = model(robot);
    let mut options = Options::of(&model);
    options.integrator = integrator;
    let probe = Probe::new(model, options);
    let golden = Golden::load(&format!("{file}_states"));
    let rows = sound_rows(&golden);
    let states = [("qpos", golden.get("qpos")), ("qvel", golden.get("qvel")), ("ctrl", golden.get("ctrl"))];
    let mut workspace = probe.workspace(gpu, golden.get("qpos").len());
    let output = probe.run(&mut workspace, &states, 1, 1);
    let mut failures = check_forward(&probe, &golden, &output, &rows);
    let output = probe.run(&mut workspace, &states, 1, 4);
    if own {
        failures.extend(check_step(&probe, &golden, &output, &rows, "next1_own"));
        let output = probe.run(&mut workspace, &states, 100, 4);
        failures.extend(check_hundred(&probe, &golden, &output, &rows));
        let overflow: f64 = rows.iter().map(|row| probe.field(&output, "overflow", *row)[0]).sum();
        eprintln!("  {:42} {overflow}", "contacts without a slot");
    }
    if integrator == Integrator::Euler {
        failures.extend(check_step(
            &probe,
            &golden,
            &output_of_one_step(&probe, &mut workspace, &states),
            &rows,
            "next1_euler",
        ));
    }
    failures.into_iter().map(|failure| format!("{file}, {integrator:?}: {failure}")).collect()
}

fn output_of_one_step(
    probe: &Probe,
    workspace: &mut gpu_ec::gpu::Workspace,
    states: &[(&str, &golden_gpu::Rows)],
) -> Output {
    probe.run(workspace, states, 1, 4)
}

fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A robot in both integrators, the one of its file checked over 100 steps too.
fn robot(name: &str) {
    let gpu = open();
    let own = Integrator::of(&model(name));
    let mut failures = vec![];
    for integrator in [Integrator::Rk4, Integrator::Euler] {
        failures.extend(check_states(&gpu, name, name, integrator, integrator == own));
    }
    assert_none(&failures);
}

#[test]
fn hopper_states() {
    robot("hopper");
}

#[test]
fn walker2d_states() {
    robot("walker2d");
}

#[test]
fn half_cheetah_states() {
    robot("half_cheetah");
}

#[test]
fn ant_states() {
    robot("ant");
}

#[test]
fn humanoid_states() {
    robot("humanoid");
}

#[test]
fn drop_states() {
    assert_none(&check_states(&open(), "drop", "drop", Integrator::Euler, true));
}

#[test]
fn drop_rk4_states() {
    assert_none(&check_states(&open(), "drop", "drop_rk4", Integrator::Rk4, true));
}

/// The comparers fail on a perturbed value.
#[test]
fn comparers_see_a_difference() {
    let one = Contact { geoms: [0, 3], dist: -0.01, pos: [0.1, 0.2, 0.0] };
    let moved = Contact { pos: [0.1, 0.2001, 0.0], ..one.clone() };
    let other = Contact { geoms: [0, 4], ..one.clone() };
    let both = [one.clone(), other.clone()];
    assert_eq!(compare_contacts(&both, &[other.clone(), one.clone()]), (0.0, 0.0), "order does not matter");
    assert!(compare_contacts(&both, &[moved, other.clone()]).1 > 5e-6, "a moved contact is seen");
    assert!(compare_contacts(&both, &[one]).0.is_infinite(), "a missing contact is seen");
    let mut errors = Errors::new("a test");
    errors.push(f64::NAN);
    assert!(errors.over(1.0).is_some(), "a NaN is seen");
}
