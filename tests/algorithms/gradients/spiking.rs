//! The spiking network backwards through its substeps.

use super::{DIFFERENCES, GOLDEN, layout_difference, transpose};
use crate::support::gradients::{
    checks::{Checks, central},
    layout::Layout,
    numbers::{float, floats, golden, rows, scaled, symmetric, uniform},
    spiking::{Entry, SpikingNet, State, Substep, Tape, Through},
    surrogate::{Shape, Spikes, Surrogate},
};
use gpu_ec::{
    config::RsnnF32Config,
    networks::{IoDims, rsnn_f32::RsnnF32Spec},
};
use serde_json::Value;

/// A network, its parameters and a segment.
struct Case {
    net: SpikingNet,
    layout: Layout,
    theta: Vec<f64>,
    start: State,
    entries: Vec<Entry>,
    /// Adjoints of the read-out, by step.
    g_y: Vec<Vec<f64>>,
}

fn spec(neurons: u32, sim_time_ms: f64) -> RsnnF32Spec {
    RsnnF32Spec::from(&RsnnF32Config { neurons, sim_time_ms, ..Default::default() })
}

fn net(neurons: u32, d_obs: usize, d_act: usize) -> SpikingNet {
    let constants = spec(neurons, RsnnF32Config::default().sim_time_ms).constants(d_obs);
    SpikingNet { constants, neurons: neurons as usize, d_obs, d_act }
}

impl Case {
    /// Makes the case of 32 neurons: three steps of 33 substeps, an episode's begin before the last.
    fn golden() -> Self {
        let net = net(32, 3, 2);
        let theta = [scaled(2.5, symmetric(1, 96)), symmetric(2, 1024), symmetric(3, 64)].concat();
        let membranes = rows(&uniform(6, 96), 32);
        let entry = |(k, x)| Entry { x, begins: (k == 2).then(|| membranes[2].clone()) };
        let entries = rows(&symmetric(4, 9), 3).into_iter().enumerate().map(entry).collect();
        let start = State::begun(&membranes[0]);
        Self { net, layout: net.layout(), theta, start, entries, g_y: rows(&symmetric(5, 6), 2) }
    }

    /// Makes the case of three neurons and two substeps.
    fn on_paper(golden: &Value) -> Self {
        let constants = spec(3, 1.0).constants(1);
        let net = SpikingNet { constants, neurons: 3, d_obs: 1, d_act: 1 };
        let start = State::begun(&floats(&golden["v0"]));
        let entries = vec![Entry { x: vec![float(&golden["x"])], begins: None }];
        let theta = floats(&golden["weights"]);
        Self { net, layout: net.layout(), theta, start, entries, g_y: vec![vec![1.0]] }
    }

    /// Makes a small case that begins in the middle of an episode.
    fn small() -> Self {
        let net = net(6, 2, 2);
        let theta = [symmetric(130, 12), scaled(0.3, symmetric(131, 36)), symmetric(132, 12)].concat();
        let of = |stream| uniform(stream, 6);
        let start = State { membrane: of(133), current: symmetric(134, 6), rate: of(135), spikes: of(136) };
        let entry = |(k, x)| Entry { x, begins: (k == 2).then(|| of(137)) };
        let entries = rows(&symmetric(138, 6), 2).into_iter().enumerate().map(entry).collect();
        Self { net, layout: net.layout(), theta, start, entries, g_y: rows(&symmetric(139, 6), 2) }
    }

    fn forward(&self, theta: &[f64], spikes: Spikes) -> Tape {
        self.net.forward(theta, &self.start, &self.entries, spikes)
    }

    fn loss(&self, tape: &Tape) -> f64 {
        tape.outputs.concat().iter().zip(self.g_y.concat()).map(|(y, c)| y * c).sum()
    }
}

fn through(case: &Value) -> Through {
    let shape = match case["surrogate"].as_str().expect("a name") {
        "piecewise" => Shape::PiecewiseLinear,
        "superspike" => Shape::SuperSpike,
        "sigmoid" => Shape::Sigmoid,
        other => panic!("no surrogate {other}"),
    };
    let surrogate = Surrogate { shape, height: float(&case["gamma"]), slope: float(&case["beta"]) };
    Through { surrogate, detach_reset: case["detach_reset"].as_bool().expect("true or false") }
}

#[test]
fn surrogates_agree_with_golden_numbers() {
    let golden = &golden()["surrogates"];
    let mut checks = Checks::within(GOLDEN);
    for (shape, height, slope, name) in [
        (Shape::PiecewiseLinear, 0.8, 2.0, "piecewise gamma 0.8 beta 2.0"),
        (Shape::SuperSpike, 1.0, 10.0, "superspike gamma 1.0 beta 10.0"),
        (Shape::Sigmoid, 1.0, 10.0, "sigmoid gamma 1.0 beta 10.0"),
    ] {
        let surrogate = Surrogate { shape, height, slope };
        let ours: Vec<f64> = floats(&golden["x"]).into_iter().map(|x| surrogate.at(x)).collect();
        checks.equal(name, &ours, &floats(&golden[name]));
    }
    checks.assert_passed();
}

#[test]
fn two_substeps_agree_with_paper() {
    let golden = &golden()["two_substeps"];
    let (case, mut checks) = (Case::on_paper(golden), Checks::within(GOLDEN));
    let tape = case.forward(&case.theta, Spikes::Steps);
    let substeps = &tape.records[0].substeps;
    assert_eq!(substeps.len(), 2, "substeps");
    let all = |of: fn(&Substep) -> &Vec<f64>| substeps.iter().flat_map(of).copied().collect::<Vec<f64>>();
    checks.equal("membranes", &all(|substep| &substep.membrane), &floats(&golden["membranes"]));
    checks.equal("spikes", &all(|substep| &substep.spikes), &floats(&golden["spikes"]));
    checks.equal("rate", &tape.records[0].rate, &floats(&golden["rate"]));
    checks.equal("output", &tape.outputs[0], &[float(&golden["output"])]);
    for wanted in golden["cases"].as_array().expect("a list of cases") {
        let gradient = case.net.backward(&case.theta, &tape, &case.g_y, &through(wanted));
        for place in &case.layout.0 {
            let name = format!("{}, {}", wanted["surrogate"], place.name);
            checks.equal(name, case.layout.of(&gradient, place.name), &floats(&wanted[place.name]));
        }
    }
    checks.assert_passed();
}

/// What a change may touch: what the backward pass sees.
struct Seen {
    theta: Vec<f64>,
    tape: Tape,
    through: Through,
}

/// Compares the network of 32 neurons with the golden numbers, after a `change` of what the backward pass sees.
fn check_golden(change: impl Fn(&Layout, &mut Seen)) -> Checks {
    let golden = &golden()["rsnn"];
    let (case, mut checks) = (Case::golden(), Checks::within(GOLDEN));
    let tape = case.forward(&case.theta, Spikes::Steps);
    checks.equal("outputs", &tape.outputs.concat(), &floats(&golden["outputs"]));
    checks.equal("loss", &[case.loss(&tape)], &[float(&golden["loss"])]);
    let substeps = || tape.records.iter().flat_map(|record| &record.substeps);
    let spikes: f64 = substeps().flat_map(|substep| &substep.spikes).sum();
    checks.equal("spikes", &[spikes], &[float(&golden["spikes"])]);
    let distances = substeps().flat_map(|substep| &substep.membrane).map(|m| (m - 1.0).abs());
    let margin = float(&golden["smallest_distance_to_threshold"]);
    checks.equal("smallest distance", &[distances.fold(f64::INFINITY, f64::min)], &[margin]);
    for wanted in golden["cases"].as_array().expect("a list of cases") {
        let mut seen = Seen { theta: case.theta.clone(), tape: tape.clone(), through: through(wanted) };
        let reset = if seen.through.detach_reset { "detached" } else { "through the reset" };
        change(&case.layout, &mut seen);
        let gradient = case.net.backward(&seen.theta, &seen.tape, &case.g_y, &seen.through);
        for place in &case.layout.0 {
            let name = format!("{}, {reset}, {}", wanted["surrogate"].as_str().unwrap_or_default(), place.name);
            checks.digest(&name, case.layout.of(&gradient, place.name), &wanted[place.name]);
        }
    }
    checks
}

#[test]
fn the_backward_pass_agrees_with_golden_numbers() {
    let checks = check_golden(|_, _| {});
    eprintln!("spiking network: largest error {:.1e} of {} checks", checks.worst, checks.count);
    assert_eq!(checks.count, 4 + 6 * 3 * 4, "three surrogates, the reset detached or not, three tensors");
    checks.assert_passed();
}

#[test]
fn golden_numbers_show_what_is_wrong_in_the_backward_pass() {
    let fails = |what: &str, change: fn(&Layout, &mut Seen)| {
        let checks = check_golden(change);
        for name in ["piecewise", "superspike", "sigmoid"] {
            for tensor in ["input: norm", "hidden: norm"] {
                let name = format!("{name}, detached, {tensor}");
                assert!(checks.reports(&name), "{what} passes {name}: {:?}", checks.failed);
            }
        }
        assert!(!checks.reports("output: norm"), "{what}: the read-out comes before: {:?}", checks.failed);
    };
    fails("a transposed hidden matrix", |layout, seen| transpose(layout, &mut seen.theta, "hidden"));
    fails("a forgotten cut", |_, seen| seen.tape.records[2].entry.begins = None);
    fails("the other reset", |_, seen| seen.through.detach_reset = !seen.through.detach_reset);
    let negated = check_golden(|_, seen| seen.through.surrogate.height *= -1.0);
    assert!(negated.reports("piecewise, detached, input: sum"), "the surrogate's sign: {:?}", negated.failed);
    assert!(negated.reports("superspike, detached, hidden: norm"), "the surrogate's sign: {:?}", negated.failed);
}

/// Compares with differences of the loss where spikes are smooth, after a `change` of what the backward pass sees.
fn check_smooth(change: impl Fn(&Layout, &mut Seen)) -> Checks {
    let case = Case::small();
    let tape = case.forward(&case.theta, Spikes::Smooth);
    let through = Through { surrogate: Surrogate::OF_SMOOTH, detach_reset: false };
    let mut seen = Seen { theta: case.theta.clone(), tape, through };
    change(&case.layout, &mut seen);
    let ours = case.net.backward(&seen.theta, &seen.tape, &case.g_y, &seen.through);
    let wanted = central(&case.theta, |theta| case.loss(&case.forward(theta, Spikes::Smooth)));
    let mut checks = Checks::within(DIFFERENCES);
    checks.tensors("", &case.layout, &ours, &wanted);
    checks
}

#[test]
fn smooth_spikes_agree_with_differences() {
    let checks = check_smooth(|_, _| {});
    eprintln!("smooth spikes: {:.1e} from differences", checks.worst);
    checks.assert_passed();
    let fails = |what: &str, change: fn(&Layout, &mut Seen)| {
        let failed = check_smooth(change).failed;
        assert!(failed.iter().any(|(name, _)| name == "hidden"), "{what} passes: {failed:?}");
    };
    fails("a transposed hidden matrix", |layout, seen| transpose(layout, &mut seen.theta, "hidden"));
    fails("a forgotten cut", |_, seen| seen.tape.records[2].entry.begins = None);
    fails("a detached reset", |_, seen| seen.through.detach_reset = true);
    fails("the surrogate's sign", |_, seen| seen.through.surrogate.height *= -1.0);
}

#[test]
fn the_layout_is_that_of_the_program() {
    let (published, shape) = (RsnnF32Config::default(), IoDims { d_obs: 11, d_act: 3 });
    let ours = net(published.neurons, 11, 3).layout();
    assert_eq!(layout_difference(&ours, &RsnnF32Spec::from(&published), &shape), None, "tensors");
    let wrong = Layout::new([("input", 11, 256), ("output", 3, 256), ("hidden", 256, 256)]);
    assert!(layout_difference(&wrong, &RsnnF32Spec::from(&published), &shape).is_some(), "another order is seen");
}
