//! Generated robots: compiled constants, and single steps in both shapes of the physics, against MuJoCo's
//! (`tests/peer/generated_table.py` made the file; `tests/peer/generated.py` compares thousands more).

use gpu_ec::{
    gpu::Gpu,
    physics::{cooperative, mjcf, model::Model, stepper::Options},
};

use crate::support::constants;
use crate::support::golden_gpu::Probe;
use crate::support::golden_gpu::open;
use crate::support::golden_states::assert_none;
use crate::support::golden_states::difference;
use crate::support::golden_states::largest;
use crate::support::golden_states::norm;
use crate::support::npz::Npz;

/// Bars of positions, velocities (relative to `1 + |v|`) and activations, those of `assets/reference/README.md`; or so
/// many times what f32's rounding of the start changes.
const BARS: [f64; 3] = [2e-6, 2e-5, 2e-6];
const SENSITIVE: f64 = 30.0;

/// Of constants, relative to `1 + |x|`: those that come from the inverse of an inertia matrix have as many digits less
/// as masses that stand side by side differ by, up to five.
const CONSTANTS: f64 = 1e-9;

/// Robots that may differ by more, and why.
const DEGENERATE: [(u64, &str); 0] = [];

type Rows = Vec<Vec<f64>>;

/// Fields of a state, in the order of [`BARS`].
const STATE: [&str; 3] = ["qpos", "qvel", "act"];

/// A robot of the file.
struct Generated {
    seed: u64,
    /// As its file compiles here.
    ours: Model,
    /// MuJoCo's constants.
    theirs: Model,
    /// Of each row: where it starts, and where a step of MuJoCo's leads.
    start: [Rows; 3],
    next: [Rows; 3],
    ctrl: Rows,
    /// What f32's rounding of the start changes.
    sens: Rows,
}

/// Numbers of an array, taken from the front a robot at a time.
struct Column(std::vec::IntoIter<f64>);

impl Column {
    fn new(file: &Npz, name: &str) -> Self {
        Self(file.f64(name).1.into_iter())
    }

    fn rows(&mut self, count: usize, width: usize) -> Rows {
        (0..count).map(|_| self.0.by_ref().take(width).collect()).collect()
    }
}

/// Every robot of the file.
fn all() -> Vec<Generated> {
    let file = Npz::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/physics/robots/generated.npz"));
    let [seeds, rows] = ["seeds", "rows"].map(|name| file.f64(name).1);
    let [xml, models] = ["xml", "model"].map(|name| file.text(name));
    let column = |name: &str| Column::new(&file, name);
    let mut start = STATE.map(column);
    let mut next = STATE.map(|name| column(&format!("next_{name}")));
    let [mut ctrl, mut sens] = ["ctrl", "sens"].map(column);
    let texts = xml.split('\0').zip(models.split('\0'));
    let robot = |((seed, count), (xml, constants)): ((&f64, &f64), (&str, &str))| {
        let count = *count as usize;
        let theirs: Model = serde_json::from_str(constants).expect("constants");
        let ours = mjcf::compile(&format!("seed_{seed}.xml"), xml).unwrap_or_else(|error| panic!("{error}")).model;
        let widths = [theirs.sizes.nq, theirs.sizes.nv, theirs.sizes.na];
        Generated {
            seed: *seed as u64,
            start: std::array::from_fn(|k| start[k].rows(count, widths[k])),
            next: std::array::from_fn(|k| next[k].rows(count, widths[k])),
            ctrl: ctrl.rows(count, theirs.sizes.nu),
            sens: sens.rows(count, 3),
            ours,
            theirs,
        }
    };
    seeds.iter().zip(&rows).zip(texts).map(robot).collect()
}

impl Generated {
    /// Whether the cooperative shape knows the robot.
    fn is_shared(&self) -> bool {
        cooperative::physics_text(&self.ours, &Options::of(&self.ours)).is_ok()
    }

    /// The shapes of the physics that know the robot.
    fn probes(&self) -> Vec<(&'static str, Probe)> {
        let options = Options::of(&self.ours);
        let mut probes = vec![("straight-line", Probe::of_model(self.ours.clone(), options.clone()))];
        if self.is_shared() {
            probes.push(("cooperative", Probe::cooperative(self.ours.clone(), options)));
        }
        probes
    }

    /// Steps beyond their bars, by shape, and how many are within their own sensitivity alone.
    fn steps(&self, gpu: &Gpu) -> (Vec<String>, usize) {
        let (mut failures, mut widened) = (vec![], 0);
        let named = STATE.iter().zip(&self.start).map(|(name, rows)| (*name, rows.as_slice()));
        let states: Vec<_> = named.chain([("ctrl", self.ctrl.as_slice())]).collect();
        for (shape, probe) in self.probes() {
            let output = probe.run(&mut probe.workspace(gpu, self.ctrl.len()), &states, 1, 4);
            for row in 0..self.ctrl.len() {
                let found = STATE.map(|name| probe.field(&output, name, row));
                let errors = self.errors(row, &found);
                let allowed = |k: usize| BARS[k].max(SENSITIVE * self.sens[row][k]);
                widened += usize::from((0..3).any(|k| errors[k] > BARS[k]));
                failures.extend((0..3).filter(|k| errors[*k] > allowed(*k)).map(|k| {
                    let (name, error, allowed) = (STATE[k], errors[k], allowed(k));
                    format!(
                        "seed {}, {shape}, row {row}: {name} is off by {error:.1e}, allowed {allowed:.1e}",
                        self.seed
                    )
                }));
            }
        }
        (failures, widened)
    }

    fn errors(&self, row: usize, found: &[Vec<f64>; 3]) -> [f64; 3] {
        let expected = self.next.each_ref().map(|rows| &rows[row]);
        let error = |k: usize| largest(&difference(&found[k], expected[k]));
        [error(0), error(1) / (1.0 + norm(expected[1])), error(2)]
    }

    fn constants(&self) -> Vec<String> {
        let differences = constants::compare_within(&self.ours, &self.theirs, CONSTANTS).differences;
        differences.into_iter().map(|difference| format!("seed {}: {difference}", self.seed)).collect()
    }
}

/// The robots of a part of the file, so that several go at once; a listed degeneracy that is none any more is a
/// failure, too.
fn part(number: usize, of: usize) {
    let gpu = open();
    let (mut failures, mut widened, mut steps) = (vec![], 0, 0);
    let mut shared = 0;
    for robot in all().iter().skip(number).step_by(of) {
        let (beyond, wide) = robot.steps(&gpu);
        shared += usize::from(robot.is_shared());
        (widened, steps) = (widened + wide, steps + robot.ctrl.len());
        match DEGENERATE.iter().find(|(seed, _)| *seed == robot.seed) {
            Some((seed, _)) if beyond.is_empty() => failures.push(format!("seed {seed} agrees: take it off the list")),
            Some((seed, why)) => eprintln!("seed {seed}: {} steps are beyond: {why}", beyond.len()),
            None => failures.extend(beyond),
        }
    }
    eprintln!(
        "{steps} steps, {widened} within their own sensitivity alone; {shared} robots in the cooperative shape, too"
    );
    assert_none(&failures);
}

#[test]
fn generated_robots_compile_to_mujocos_constants() {
    let robots = all();
    assert_eq!(robots.len(), 60, "the robots are there");
    let shared = robots.iter().filter(|robot| robot.is_shared()).count();
    assert!(shared >= 8, "{shared} robots go through both shapes");
    assert_none(&robots.iter().flat_map(Generated::constants).collect::<Vec<_>>());
}

#[test]
fn generated_robots_first_part() {
    part(0, 4);
}

#[test]
fn generated_robots_second_part() {
    part(1, 4);
}

#[test]
fn generated_robots_third_part() {
    part(2, 4);
}

#[test]
fn generated_robots_fourth_part() {
    part(3, 4);
}

/// A small change of a constant is seen by its comparer, a larger one in the steps of every shape.
#[test]
fn a_changed_constant_is_seen() {
    let mut robots = all().into_iter();
    let shared = |robot: &Generated| robot.is_shared() && robot.ours.opt.gravity[2] != 0.0 && !robot.ctrl.is_empty();
    let mut robot = robots.find(shared).expect("a robot for both shapes");
    robot.ours.dof_armature[0] += 1e-8;
    assert_eq!(robot.constants().len(), 1, "{:?}", robot.constants());
    robot.ours.opt.gravity[2] *= 1.01;
    robot.ours.dof_armature[0] += 0.01;
    let failures = robot.steps(&open()).0.join("; ");
    for shape in ["straight-line", "cooperative"] {
        assert!(failures.contains(shape), "{shape} in `{failures}`");
    }
}
