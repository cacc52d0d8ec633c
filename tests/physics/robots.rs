//! Robots beyond those of the golden states, on the straight-line stepper and by the oracle: Gymnasium's transitions of
//! those whose tasks have no other check of the physics alone, and robots of our own against MuJoCo over a hundred
//! steps (`tests/physics/robots/make_tables.py`). Generated ones are in `tests/physics/robots/generated.rs`.

mod edges;
mod generated;

use crate::support::golden_gpu::{Probe, open};
use crate::support::golden_states::{Errors, Golden, assert_none, difference, largest, norm};
use crate::support::{
    golden,
    npz::Npz,
    physics::{State, Stepper},
};
use gpu_ec::physics::{
    mjcf,
    model::{Model, joint},
    stepper::{Capacity, Options},
};

/// Every transition from its own start state and warm start: `frame_skip` steps, on the GPU and by the oracle.
fn transitions(name: &str, frame_skip: u32) {
    let model = golden::model(name);
    let file = Golden::open(&format!("{name}_env"));
    let [q, v, warm, action] = ["qpos", "qvel", "qacc_warmstart", "action"].map(|name| file.rows(name));
    let [next_q, next_v] = ["next_qpos", "next_qvel"].map(|name| file.rows(name));
    let probe = Probe::of_model(model.clone(), Options::of(&model));
    let gpu = open();
    let states: [(&str, &crate::support::golden_gpu::Rows); 4] =
        [("qpos", &q), ("qvel", &v), ("qacc", &warm), ("ctrl", &action)];
    let output = probe.run(&mut probe.workspace(&gpu, q.len()), &states, frame_skip, 4);
    let [mut position, mut velocity] = ["next_qpos", "next_qvel"].map(Errors::new);
    let [mut exact_q, mut exact_v] = ["oracle next_qpos", "oracle next_qvel"].map(Errors::new);
    let stepper = Stepper::<f64>::new(&model);
    for row in 0..q.len() {
        position.push(largest(&difference(&probe.field(&output, "qpos", row), &next_q[row])));
        velocity.push(largest(&difference(&probe.field(&output, "qvel", row), &next_v[row])));
        let mut state = State { warm: Some(warm[row].clone()), ..State::new(&q[row], &v[row]) };
        (0..frame_skip).for_each(|_| drop(stepper.step(&mut state, &action[row])));
        exact_q.push(largest(&difference(&state.qpos, &next_q[row])));
        exact_v.push(largest(&difference(&state.qvel, &next_v[row])));
    }
    eprintln!("{name} transitions");
    // Gymnasium's own solve stops at a tolerance of 1e-8; in one row, with it at 0, MuJoCo itself differs by as much as
    // we do.
    let failures = [position.over(5e-6), velocity.over(5e-4), exact_q.over(1e-9), exact_v.over(1e-7)];
    assert_none(&failures.into_iter().flatten().collect::<Vec<_>>());
}

/// Drag of the medium.
#[test]
fn swimmer_transitions() {
    transitions("swimmer", 4);
}

/// Two trees.
#[test]
fn reacher_transitions() {
    transitions("reacher", 2);
}

#[test]
fn inverted_double_pendulum_transitions() {
    transitions("inverted_double_pendulum", 5);
}

/// A robot of `tests/physics/robots`, and MuJoCo's table of it.
struct Own {
    name: &'static str,
    model: Model,
    table: Npz,
}

impl Own {
    fn open(name: &'static str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/physics/robots");
        let (folder, name) = match name.split_once('/') {
            Some((inner, name)) => (format!("{folder}/{inner}"), name),
            None => (folder.to_string(), name),
        };
        let xml = std::fs::read_to_string(format!("{folder}/{name}.xml")).expect("the robot is there");
        let model = mjcf::compile(name, &xml).unwrap_or_else(|error| panic!("{error}")).model;
        Self { name, model, table: Npz::open(format!("{folder}/tables.npz")) }
    }

    fn rows(&self, name: &str) -> Vec<Vec<f64>> {
        let name = format!("{}/{name}", self.name);
        let (shape, values) = self.table.f64(&name);
        // Robots without motors have rows of no controls.
        if shape[1] == 0 {
            vec![vec![]; shape[0]]
        } else {
            values.chunks_exact(shape[1]).map(<[f64]>::to_vec).collect()
        }
    }

    /// Errors of a state, positions and velocities; lengths are in units of the robot's largest geom where that is
    /// below 1 m.
    fn errors(&self, q: &[f64], v: &[f64], expected_q: &[f64], expected_v: &[f64]) -> [f64; 2] {
        let (model, length) = (&self.model, self.length());
        let (mut dq, mut dv) = (difference(q, expected_q), difference(v, expected_v));
        for j in 0..model.sizes.njnt {
            let lengths = match model.jnt_type[j] {
                joint::FREE => 3,
                joint::SLIDE => 1,
                _ => 0,
            };
            dq[model.jnt_qposadr[j]..][..lengths].iter_mut().for_each(|x| *x /= length);
            dv[model.jnt_dofadr[j]..][..lengths].iter_mut().for_each(|x| *x /= length);
        }
        [largest(&dq), largest(&dv) / (1.0 + norm(expected_v))]
    }

    /// The largest size of its geoms, m, by which errors of lengths are divided.
    fn length(&self) -> f64 {
        let model = &self.model;
        let geom = |g: &[f64; 3]| g.iter().copied().fold(0.0, f64::max);
        let moving = (0..model.sizes.ngeom).filter(|g| model.geom_bodyid[*g] > 0);
        moving.map(|g| geom(&model.geom_size[g])).fold(0.0, f64::max).min(1.0)
    }
}

/// Rows within `floor + factor * sensitivity` in both qpos and qvel after a hundred steps, of all.
fn share_within(errors: &[[f64; 2]], sens: &[Vec<f64>], floor: [f64; 2], factor: f64) -> f64 {
    let within = |(error, sens): &(&[f64; 2], &Vec<f64>)| (0..2).all(|k| error[k] <= floor[k] + factor * sens[k]);
    errors.iter().zip(sens).filter(within).count() as f64 / errors.len() as f64
}

/// Robots that go through the cooperative stepper as well, whose kernels take long to compile: bodies with several
/// joints, and parallel capsules, many contacts. What else it knows is held to the golden states
/// (`tests/physics/cooperative.rs`).
const COOPERATIVE: [&str; 4] = ["comb", "gimbal", "ten_contacts", "starfish"];

/// Errors of every row after so many steps: of the oracle, and of each kernel.
struct Measured {
    steps: u32,
    who: Vec<(&'static str, Vec<[f64; 2]>)>,
    /// Contacts of the state with the most.
    contacts: usize,
}

impl Own {
    fn probes(&self) -> Vec<(&'static str, Probe)> {
        let (model, options) = (&self.model, Options::of(&self.model));
        let mut probes = vec![("straight-line", Probe::of_model(model.clone(), options.clone()))];
        if COOPERATIVE.contains(&self.name) || edges::COOPERATIVE.contains(&self.name) {
            probes.push(("cooperative", Probe::cooperative(model.clone(), options)));
        }
        probes
    }

    fn measure(&self) -> Vec<Measured> {
        let gpu = open();
        let [q, v, ctrl] = ["qpos", "qvel", "ctrl"].map(|name| self.rows(name));
        let states: [(&str, &crate::support::golden_gpu::Rows); 3] = [("qpos", &q), ("qvel", &v), ("ctrl", &ctrl)];
        let mut measured = [1, 100].map(|steps| self.oracle(&q, &v, &ctrl, steps));
        for (who, probe) in self.probes() {
            let mut workspace = probe.workspace(&gpu, q.len());
            for table in &mut measured {
                let output = probe.run(&mut workspace, &states, table.steps, 4);
                let field = |name: &str| (0..q.len()).map(|row| probe.field(&output, name, row)).collect::<Vec<_>>();
                table.who.push((who, self.errors_of(&field("qpos"), &field("qvel"), table.steps)));
            }
        }
        measured.into()
    }

    fn oracle(&self, q: &[Vec<f64>], v: &[Vec<f64>], ctrl: &[Vec<f64>], steps: u32) -> Measured {
        let stepper = Stepper::<f64>::new(&self.model);
        let (mut ends, mut contacts) = ((vec![], vec![]), 0);
        for row in 0..q.len() {
            let mut state = State::new(&q[row], &v[row]);
            for _ in 0..steps {
                contacts = contacts.max(stepper.step(&mut state, &ctrl[row]).contacts.len());
            }
            ends.0.push(state.qpos);
            ends.1.push(state.qvel);
        }
        Measured { steps, who: vec![("oracle", self.errors_of(&ends.0, &ends.1, steps))], contacts }
    }

    fn errors_of(&self, q: &[Vec<f64>], v: &[Vec<f64>], steps: u32) -> Vec<[f64; 2]> {
        let [next_q, next_v] = ["qpos", "qvel"].map(|field| self.rows(&format!("next{steps}_{field}")));
        (0..q.len()).map(|row| self.errors(&q[row], &v[row], &next_q[row], &next_v[row])).collect()
    }

    /// What exceeds its bar: in the worst row after one step, or in the share of rows that stay near over a hundred.
    fn failures(&self, measured: &[Measured]) -> Vec<String> {
        let sens = self.rows("sens");
        let mut failures = vec![];
        for (table, (who, errors)) in measured.iter().flat_map(|table| table.who.iter().map(move |who| (table, who))) {
            let exact = *who == "oracle";
            let after = |name: &str| format!("{name} after {}, {who}", table.steps);
            if table.steps == 1 {
                let bars = if exact { [1e-12, 1e-11] } else { [2e-6, 2e-5] };
                for (k, name) in ["qpos", "qvel"].into_iter().enumerate() {
                    let mut all = Errors::new(after(name));
                    errors.iter().for_each(|error| all.push(error[k]));
                    failures.extend(all.over(bars[k]));
                }
                continue;
            }
            // The sensitivities are those to f32 rounding, about 1e-7; f64 rounds 1e-9 times finer.
            let (floor, factor, wanted) = if exact { ([1e-10, 1e-9], 1e-4, 1.0) } else { ([1e-5, 1e-4], 30.0, 0.9) };
            let share = share_within(errors, &sens, floor, factor);
            eprintln!("  {:32} {share:.3} of rows within the bar, {wanted} wanted", after("state"));
            if share < wanted {
                failures.push(format!("{who}: only {share:.3} of the rows stay near over a hundred steps"));
            }
        }
        failures.into_iter().map(|failure| format!("{}: {failure}", self.name)).collect()
    }
}

/// A robot's table, on every shape that knows it; `most`: contacts that some state must have, so that it shows what it
/// is for.
fn own(name: &'static str, most: usize) {
    let own = Own::open(name);
    let measured = own.measure();
    let contacts = measured.iter().map(|table| table.contacts).max().unwrap_or(0);
    eprintln!("{name}: at most {contacts} contacts");
    assert!(contacts >= most, "{name} has {contacts} contacts at most, {most} are meant to occur");
    assert_none(&own.failures(&measured));
}

/// Ten contacts between geoms at once.
#[test]
fn ten_contacts() {
    own("crowded/ten_contacts", 10);
}

/// Ten between geoms, and at rest as many as 25 with the floor; those of the table are not all at rest.
#[test]
fn starfish() {
    own("crowded/starfish", 25);
}

/// With fewer places than contacts the same robot is far from MuJoCo, and the contacts left out are counted.
#[test]
fn too_few_places_are_seen_and_counted() {
    let own = Own::open("crowded/ten_contacts");
    let options = Options { contacts: Capacity::Given(8), ..Options::of(&own.model) };
    let gpu = open();
    for probe in [Probe::of_model(own.model.clone(), options.clone()), Probe::cooperative(own.model.clone(), options)] {
        let q = vec![own.model.qpos0.clone()];
        let (v, u) = (vec![vec![0.0; own.model.sizes.nv]], vec![vec![0.5]]);
        let states: [(&str, &crate::support::golden_gpu::Rows); 3] = [("qpos", &q), ("qvel", &v), ("ctrl", &u)];
        let output = probe.run(&mut probe.workspace(&gpu, 1), &states, 100, 1);
        let left_out = probe.field(&output, "overflow", 0)[0];
        assert!(left_out >= 100.0, "one or two in each of a hundred evaluations: {left_out}");
        // MuJoCo's first joint after a hundred steps
        let error = (probe.field(&output, "qpos", 0)[7] - 0.00477480551).abs();
        assert!(error > 1e-4, "eight places move it otherwise, by {error}");
    }
}

/// MuJoCo's motion of that robot from its start, ctrl 0.5 for a hundred steps, as every shape computes it unasked.
#[test]
fn all_ten_contacts_are_kept() {
    let own = Own::open("crowded/ten_contacts");
    let expected = [0.00477480551, 0.00436178821, 0.00446623622, 0.00446623622, 0.00436178821];
    let gpu = open();
    for (who, probe) in own.probes() {
        let q = vec![own.model.qpos0.clone()];
        let (v, u) = (vec![vec![0.0; own.model.sizes.nv]], vec![vec![0.5]]);
        let states: [(&str, &crate::support::golden_gpu::Rows); 3] = [("qpos", &q), ("qvel", &v), ("ctrl", &u)];
        let output = probe.run(&mut probe.workspace(&gpu, 1), &states, 100, 1);
        let found = probe.field(&output, "qpos", 0);
        assert_eq!(probe.field(&output, "overflow", 0)[0], 0.0, "{who}: every contact has a place");
        // the bar of a hundred steps in this file, without what the start's rounding adds
        let worst = largest(&difference(&found[7..], &expected));
        assert!(worst < 1e-5, "{who}: joints {:?} are off by {worst:.1e}", &found[7..]);
        assert!((found[2] - 0.802729658).abs() < 1e-5, "{who}: height {}", found[2]);
    }
}

/// A change of one part in a million of one constant is seen in f64, and a larger one by every comparer.
#[test]
fn comparers_see_a_small_change() {
    let mut own = Own::open("crane");
    own.model.dof_armature[4] *= 1.0 + 1e-6;
    let failures = own.failures(&own.measure()).join("; ");
    for part in ["qpos after 1, oracle", "qvel after 1, oracle", "oracle: only"] {
        assert!(failures.contains(part), "{part} in `{failures}`");
    }
    own.model.body_mass[3] *= 1.01;
    let failures = own.failures(&own.measure()).join("; ");
    for part in ["qvel after 1, straight-line", "straight-line: only"] {
        assert!(failures.contains(part), "{part} in `{failures}`");
    }
}

macro_rules! robots {
    ($($name:ident $contacts:literal;)*) => {
        $(#[test] fn $name() { own(stringify!($name), $contacts); })*
    };
}

robots! {
    chain 0;
    spider 4;
    two_roots 3;
    planar_legs 3;
    gimbal 0;
    mobile 0;
    table 10;
    tiny 2;
    crane 1;
    comb 3;
    rods 6;
    stops 0;
    boxes 6;
    slopes 3;
    eel 0;
}
