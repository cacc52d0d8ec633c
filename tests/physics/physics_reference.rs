//! The physics oracle (`support/physics`) against MuJoCo 3.17: every stage from equal states, in f64 and f32.
//!
//! The bars for f32 are those of `assets/reference/README.md`; f64 must agree to rounding.

use std::collections::BTreeMap;

use crate::support::golden;
use crate::support::npz::Npz;
use crate::support::physics::{Forward, Integrator, Real, State, Stepper};
use gpu_ec::physics::model::Model;

/// Errors of one quantity over the states of a file.
type Errors = BTreeMap<&'static str, Vec<f64>>;

/// A quantity, the bound on every state, and the bound on the median.
type Bars = &'static [(&'static str, f64, f64)];

const F64: Bars = &[
    ("poses", 1e-12, 1e-13),
    ("cinert", 1e-12, 1e-13),
    ("cvel", 1e-12, 1e-13),
    ("M", 1e-12, 1e-13),
    ("bias", 1e-12, 1e-13),
    ("passive and motors", 1e-12, 1e-13),
    ("qacc_smooth", 1e-10, 1e-12),
    ("contact dist", 1e-12, 1e-13),
    ("contact pos", 1e-12, 1e-13),
    ("contact frame", 1e-9, 1e-12),
    ("contact force", 1e-8, 1e-10),
    ("qacc", 1e-10, 1e-12),
    ("next1 qpos", 1e-11, 1e-13),
    ("next1 qvel", 1e-10, 1e-12),
    ("next1 euler qpos", 1e-11, 1e-13),
    ("next1 euler qvel", 1e-10, 1e-12),
];

const F32: Bars = &[
    ("M", 5e-6, 5e-6),
    ("bias", 1e-5, 1e-5),
    ("contact dist", 2e-6, 2e-6),
    ("contact pos", 5e-6, 5e-6),
    ("qacc", 1e-4, 5e-6),
    ("next1 qpos", 2e-6, 2e-6),
    ("next1 qvel", 2e-5, 2e-5),
    ("next1 euler qpos", 2e-6, 2e-6),
    ("next1 euler qvel", 2e-5, 2e-5),
];

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn difference(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    assert_eq!(ours.len(), theirs.len(), "both sides have one length");
    ours.iter().zip(theirs).map(|(a, b)| a - b).collect()
}

/// Largest difference, relative to 1 + size; a NaN is infinite.
fn largest(ours: &[f64], theirs: &[f64]) -> f64 {
    let each = difference(ours, theirs).into_iter().zip(theirs).map(|(d, b)| d.abs() / (1.0 + b.abs()));
    each.fold(0.0, |worst, error| if error.is_nan() { f64::INFINITY } else { worst.max(error) })
}

fn relative(ours: &[f64], theirs: &[f64], scale: f64) -> f64 {
    norm(&difference(ours, theirs)) / scale.max(1e-12)
}

fn wide<T: Real>(x: &[T]) -> Vec<f64> {
    x.iter().map(|x| x.f64()).collect()
}

fn narrow<T: Real>(x: &[f64]) -> Vec<T> {
    x.iter().map(|x| T::of(*x)).collect()
}

/// Compares every stage on every state of a file.
fn measure<T: Real>(set: &str, model: &Model) -> Errors {
    let golden = Golden::open(set);
    let stepper = Stepper::<T>::new(model);
    let euler = Stepper { integrator: Integrator::Euler, ..Stepper::<T>::new(model) };
    let mut errors = Errors::new();
    for row in 0..golden.len() {
        if golden.at("degenerate", row)[0] != 0.0 {
            continue;
        }
        let state = State::<T>::new(golden.at("qpos", row), golden.at("qvel", row));
        let ctrl: Vec<T> = narrow(golden.at("ctrl", row));
        let forward = stepper.forward(&state, &ctrl);
        let mut note = |name, error: f64| errors.entry(name).or_default().push(error);
        compare_smooth(&forward, &golden, row, &mut note);
        compare_contacts(&forward, &stepper, &golden, row, &mut note);
        let (qacc, free) = (golden.at("qacc", row), golden.at("qacc_smooth", row));
        note("qacc", relative(&wide(&forward.qacc), qacc, norm(qacc) + norm(free)));
        for (stepper, names, key) in [
            (&stepper, ["next1 qpos", "next1 qvel"], "next1_own"),
            (&euler, ["next1 euler qpos", "next1 euler qvel"], "next1_euler"),
        ] {
            let mut next = state.clone();
            stepper.step(&mut next, &ctrl);
            let (qpos, qvel) = (golden.at(&format!("{key}_qpos"), row), golden.at(&format!("{key}_qvel"), row));
            // A velocity within its bar moves a position by that times the step: 3e-6 for the cheetah's 10 ms.
            let reach = (10.0 * model.opt.timestep * (1.0 + norm(qvel))).max(1.0);
            note(names[0], norm_max(&difference(&wide(&next.qpos), qpos)) / reach);
            note(names[1], norm_max(&difference(&wide(&next.qvel), qvel)) / (1.0 + norm(qvel)));
        }
    }
    errors
}

fn norm_max(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |worst, x| if x.is_nan() { f64::INFINITY } else { worst.max(x.abs()) })
}

fn compare_smooth<T: Real>(
    forward: &Forward<T>,
    golden: &Golden,
    row: usize,
    note: &mut impl FnMut(&'static str, f64),
) {
    let kin = &forward.kin;
    let poses = [
        ("xpos", wide(kin.xpos.as_flattened())),
        ("xquat", wide(kin.xquat.as_flattened())),
        ("xipos", wide(kin.xipos.as_flattened())),
        ("geom_xpos", wide(kin.geom_xpos.as_flattened())),
        ("geom_xmat", wide(kin.geom_xmat.as_flattened().as_flattened())),
        ("subtree_com1", wide(&kin.com[1])),
    ];
    note("poses", poses.iter().map(|(key, ours)| largest(ours, golden.at(key, row))).fold(0.0, f64::max));
    let cinert: Vec<f64> = kin.cinert.iter().skip(1).flat_map(|inertia| wide(&inertia.packed())).collect();
    note("cinert", largest(&cinert, &golden.at("cinert", row)[10..]));
    note("cvel", largest(&wide(forward.cvel.as_flattened()), golden.at("cvel", row)));
    let m = golden.at("M", row);
    note("M", relative(&wide(&forward.m.values), m, norm(m)));
    let bias = golden.at("qfrc_bias", row);
    note("bias", relative(&wide(&forward.qfrc_bias), bias, norm(bias)));
    let passive = largest(&wide(&forward.qfrc_passive), golden.at("qfrc_passive", row));
    note("passive and motors", passive.max(largest(&wide(&forward.qfrc_actuator), golden.at("qfrc_actuator", row))));
    let free = golden.at("qacc_smooth", row);
    note("qacc_smooth", relative(&wide(&forward.qacc_smooth), free, norm(free)));
}

/// Contacts as sets: each of MuJoCo's is matched by the nearest of ours with the same geoms.
fn compare_contacts<T: Real>(
    forward: &Forward<T>,
    stepper: &Stepper<T>,
    golden: &Golden,
    row: usize,
    note: &mut impl FnMut(&'static str, f64),
) {
    let count = golden.at("ncon", row)[0] as usize;
    let rows = golden.at("nefc", row)[0] as usize;
    let equal = forward.contacts.len() == count && forward.rows.len() == rows;
    note("contact dist", if equal { 0.0 } else { f64::INFINITY });
    let forces = forward.contact_forces(&stepper.pairs);
    for index in 0..count {
        let take = |key: &str, width: usize| golden.at(key, row)[index * width..][..width].to_vec();
        let (geoms, pos) = (take("con_geom", 2), take("con_pos", 3));
        let same = forward
            .contacts
            .iter()
            .zip(&forces)
            .filter(|(contact, _)| stepper.pairs[contact.pair].geoms.map(|geom| geom as f64) == geoms[..]);
        let distance = |contact: &[T; 3]| norm(&difference(&wide(contact), &pos));
        let nearest = same.min_by(|a, b| distance(&a.0.pos).total_cmp(&distance(&b.0.pos)));
        let Some((contact, force)) = nearest else { return note("contact dist", f64::INFINITY) };
        note("contact dist", (contact.dist.f64() - take("con_dist", 1)[0]).abs());
        note("contact pos", distance(&contact.pos));
        let frame: Vec<f64> =
            [contact.normal, contact.tangents[0], contact.tangents[1]].concat().iter().map(|x| x.f64()).collect();
        note("contact frame", largest(&frame, &take("con_frame", 9)));
        note("contact force", largest(&wide(force), &take("con_force", 6)[..3]));
    }
}

/// The arrays of a file of states.
struct Golden {
    arrays: BTreeMap<String, Vec<Vec<f64>>>,
}

impl Golden {
    fn open(set: &str) -> Self {
        let file = Npz::open(golden::path(&format!("{set}_states.npz")));
        let names = "qpos qvel ctrl degenerate xpos xquat xipos geom_xpos geom_xmat subtree_com1 cinert cvel M qfrc_bias \
            qfrc_passive qfrc_actuator qacc_smooth qacc ncon nefc con_geom con_dist con_pos con_frame con_force \
            next1_own_qpos next1_own_qvel next1_euler_qpos next1_euler_qvel next100_own_qpos next100_own_qvel next100_sens";
        Self { arrays: names.split_whitespace().map(|name| (name.to_string(), file.rows(name))).collect() }
    }

    fn len(&self) -> usize {
        self.arrays["qpos"].len()
    }

    fn at(&self, name: &str, row: usize) -> &[f64] {
        &self.arrays[name][row]
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// The quantities beyond their bars.
fn failures(errors: &Errors, bars: Bars) -> Vec<String> {
    let check = |(name, every, middle): &(&'static str, f64, f64)| {
        let values = errors.get(name)?;
        let (worst, median) = (values.iter().copied().fold(0.0, f64::max), median(values));
        (worst > *every || median > *middle).then(|| format!("{name}: worst {worst:e}, median {median:e}"))
    };
    bars.iter().filter_map(check).collect()
}

fn print(set: &str, precision: &str, errors: &Errors) {
    for (name, values) in errors {
        eprintln!(
            "{set} {precision} {name}: worst {:.1e}, median {:.1e}",
            values.iter().copied().fold(0.0, f64::max),
            median(values)
        );
    }
}

fn stages_agree(set: &str, robot: &str) {
    let model = golden::model(robot);
    for (precision, errors, bars) in
        [("f64", measure::<f64>(set, &model), F64), ("f32", measure::<f32>(set, &model), F32)]
    {
        print(set, precision, &errors);
        let failures = failures(&errors, bars);
        assert!(failures.is_empty(), "{set} in {precision} differs from MuJoCo: {failures:#?}");
    }
}

/// Per row the errors of qpos and qvel after 100 steps, and the sensitivities of both.
fn hundred_steps<T: Real>(set: &str, model: &Model) -> Vec<([f64; 2], [f64; 2])> {
    let golden = Golden::open(set);
    let stepper = Stepper::<T>::new(model);
    (0..golden.len())
        .filter(|row| golden.at("degenerate", *row)[0] == 0.0)
        .map(|row| {
            let mut state = State::<T>::new(golden.at("qpos", row), golden.at("qvel", row));
            let ctrl: Vec<T> = narrow(golden.at("ctrl", row));
            (0..100).for_each(|_| {
                stepper.step(&mut state, &ctrl);
            });
            let error = |ours: &[T], key: &str| norm_max(&difference(&wide(ours), golden.at(key, row)));
            let sensitivity = golden.at("next100_sens", row);
            let errors = [error(&state.qpos, "next100_own_qpos"), error(&state.qvel, "next100_own_qvel")];
            (errors, [sensitivity[0], sensitivity[1]])
        })
        .collect()
}

/// Share of rows within `floor + factor * sensitivity` in both qpos and qvel.
fn share_within(rows: &[([f64; 2], [f64; 2])], floor: [f64; 2], factor: f64) -> f64 {
    let within = rows.iter().filter(|(error, sens)| (0..2).all(|i| error[i] <= floor[i] + factor * sens[i]));
    within.count() as f64 / rows.len() as f64
}

fn hundred_steps_agree(set: &str, robot: &str) {
    let model = golden::model(robot);
    let (exact, single) = (hundred_steps::<f64>(set, &model), hundred_steps::<f32>(set, &model));
    let worst = |rows: &[([f64; 2], [f64; 2])], i: usize| rows.iter().map(|(error, _)| error[i]).fold(0.0, f64::max);
    // The golden sensitivities are those to f32 rounding, about 1e-7; f64 rounds 1e-9 times finer.
    let close = share_within(&exact, [1e-10, 1e-9], 1e-4);
    let near = share_within(&single, [1e-5, 1e-4], 30.0);
    eprintln!(
        "{set} 100 steps: f64 worst qpos {:.1e} qvel {:.1e}, share {close}; f32 worst qpos {:.1e} qvel {:.1e}, share {near}",
        worst(&exact, 0),
        worst(&exact, 1),
        worst(&single, 0),
        worst(&single, 1)
    );
    assert!(close == 1.0, "{set}: {} of the f64 runs left MuJoCo's", 1.0 - close);
    assert!(near >= 0.9, "{set}: only {near} of the f32 runs stayed with MuJoCo's");
}

macro_rules! sets {
    ($($name:ident: $set:literal $robot:literal;)*) => {
        $(mod $name {
            #[test]
            fn stages() { super::stages_agree($set, $robot); }
            #[test]
            fn hundred_steps() { super::hundred_steps_agree($set, $robot); }
        })*
    };
}

sets! {
    hopper: "hopper" "hopper";
    walker2d: "walker2d" "walker2d";
    humanoid: "humanoid" "humanoid";
    ant: "ant" "ant";
    half_cheetah: "half_cheetah" "half_cheetah";
    drop_euler: "drop" "drop";
}

/// The same bodies as `drop`, stepped with RK4.
fn drop_rk4() -> Model {
    let mut model = golden::model("drop");
    model.opt.integrator = 1.0;
    model
}

#[test]
fn drop_rk4_stages() {
    for (errors, bars) in
        [(measure::<f64>("drop_rk4", &drop_rk4()), F64), (measure::<f32>("drop_rk4", &drop_rk4()), F32)]
    {
        print("drop_rk4", "", &errors);
        assert!(failures(&errors, bars).is_empty(), "{:#?}", failures(&errors, bars));
    }
}

/// A change of one part in a million of one constant is seen, in the quantities it enters and no others.
#[test]
fn comparer_sees_small_changes() {
    let named = |change: fn(&mut Model)| {
        let mut model = golden::model("hopper");
        change(&mut model);
        failures(&measure::<f64>("hopper", &model), F64).join("; ")
    };
    let mass = named(|model| model.body_mass[2] *= 1.0 + 1e-6);
    assert!(mass.contains("M:") && mass.contains("next1 qpos") && !mass.contains("poses: worst 1"), "{mass}");
    let softness = named(|model| model.geom_solref[0][0] *= 1.0 + 1e-6);
    assert!(softness.contains("qacc:") && !softness.contains("M:") && !softness.contains("qacc_smooth"), "{softness}");
    let length = named(|model| model.geom_size[4][1] += 1e-9);
    assert!(length.contains("contact dist") && !length.contains("bias"), "{length}");
    assert!(share_within(&[([0.1, 0.0], [1e-5, 1e-5])], [1e-5, 1e-4], 30.0) == 0.0, "a run that left is counted");
}
