//! The first minibatches of an iteration: what a rollout recorded, and every gradient.

use gpu_ec::{
    kernel::{
        ppo_records::ppo_flags,
        random::{Stream, philox4x32, stream_key, uniform01},
    },
    networks::{rate::RateSpec, rsnn_f32::RsnnF32Spec},
};

use super::{BPTT, ENVIRONMENTS, Exchange, HORIZON, Recorded, SEQUENCES};
use crate::support::{
    gradients::{
        adam::{Adam, Group},
        advantage::{self, Fading, Step},
        cells::Unit,
        checks::Checks,
        heads::{Frame, Loss, Rule, categorical, gaussian},
        rate::{Entry, RateNet},
        spiking::{self, SpikingNet, State, Through},
        surrogate::{Shape, Spikes, Surrogate},
        value::ValueNet,
    },
    rate::Architecture,
};

/// Bar of gradients, relative to the largest entry of a tensor: sums of up to some hundred f32 products, which each
/// round by 6e-8; adjoints through tens of substeps lose a digit more.
const RATE: f64 = 2e-5;
const SPIKING: f64 = 1e-4;

/// Loss of the settings' defaults.
const RULE: Rule = Rule { clip: 0.2, entropy: 0.01 };

fn f64s(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// Returns the head's loss on outputs `[sequence][t]`, with its derivatives in the same order.
fn loss(recorded: &Recorded, outputs: &[Vec<Vec<f64>>]) -> Loss {
    let sizes = &recorded.plan.ppo.sizes;
    let (at, d_act) = (sizes.at_log_std(), sizes.d_act);
    let flat: Vec<Vec<f64>> = outputs.iter().flatten().cloned().collect();
    let rows: Vec<usize> =
        recorded.sequences().flat_map(|sequence| (0..BPTT).map(move |t| Recorded::row(sequence, t))).collect();
    let frame = |row: &usize| {
        let frame = &recorded.frames[*row];
        (f64s(&recorded.action[row * d_act..][..d_act]), f64::from(frame.log_prob), f64::from(frame.advantage))
    };
    match recorded.plan.plan.task.id().starts_with("cartpole") {
        true => {
            let frames = rows.iter().map(frame).map(|(action, old_log_prob, advantage)| Frame {
                action: action[0] as usize,
                old_log_prob,
                advantage,
            });
            categorical(&flat, &frames.collect::<Vec<_>>(), &RULE)
        }
        false => {
            let frames = rows.iter().map(frame).map(|(action, old_log_prob, advantage)| Frame {
                action,
                old_log_prob,
                advantage,
            });
            gaussian(&flat, &f64s(&recorded.theta[at..][..d_act]), &frames.collect::<Vec<_>>(), &RULE)
        }
    }
}

/// Checks what does not depend on the policy's network: advantages, the value network, divergence 0.
fn check_frame(recorded: &Recorded, checks: &mut Checks) {
    let sizes = &recorded.plan.ppo.sizes;
    let mut advantages = vec![0.0; HORIZON * ENVIRONMENTS];
    for environment in 0..ENVIRONMENTS {
        let rows: Vec<usize> = (0..HORIZON).map(|k| k * ENVIRONMENTS + environment).collect();
        let step = |row: &usize| {
            let frame = &recorded.frames[*row];
            let has = |bit: u32| frame.flags & bit != 0;
            Step { reward: 0.5 * f64::from(frame.reward), fell: has(ppo_flags::FELL), ran_out: has(ppo_flags::RAN_OUT) }
        };
        let steps: Vec<Step> = rows.iter().map(step).collect();
        let values: Vec<f64> =
            (0..=HORIZON).map(|k| f64::from(recorded.values[k * ENVIRONMENTS + environment])).collect();
        let estimates = advantage::estimate(&steps, &values, &Fading { discount: 0.99, lambda: 0.95 });
        let targets: Vec<f64> = rows.iter().map(|row| f64::from(recorded.frames[*row].value_target)).collect();
        checks.equal(format!("targets of environment {environment}"), &targets, &estimates.targets);
        rows.iter().zip(estimates.advantages).for_each(|(row, advantage)| advantages[*row] = advantage);
    }
    advantage::normalise(&mut advantages);
    let found: Vec<f64> = recorded.frames.iter().map(|frame| f64::from(frame.advantage)).collect();
    checks.equal("advantages", &found, &advantages);
    assert!(recorded.frames.iter().any(|frame| frame.flags & ppo_flags::RAN_OUT != 0), "some episode ran out of time");

    let net = ValueNet { d_obs: sizes.d_obs, units: sizes.value_units };
    let value_of = |theta: &[f32]| f64s(&theta[sizes.at_value()..][..net.layout().n_params()]);
    let (judging, theta) = (value_of(&recorded.thetas[0]), value_of(&recorded.theta));
    let all: Vec<f64> = (0..=HORIZON)
        .flat_map(|k| (0..ENVIRONMENTS).map(move |e| k * ENVIRONMENTS + e))
        .map(|row| net.forward(&judging, &recorded.seen(row)).value)
        .collect();
    checks.equal("values", &f64s(&recorded.values), &all);
    let rows: Vec<usize> =
        recorded.sequences().flat_map(|sequence| (0..BPTT).map(move |t| Recorded::row(sequence, t))).collect();
    let seen: Vec<Vec<f64>> = rows.iter().map(|row| recorded.seen(*row)).collect();
    let targets: Vec<f64> = rows.iter().map(|row| f64::from(recorded.frames[*row].value_target)).collect();
    let (_, gradient) = net.loss(&theta, &seen, &targets, 1.0);
    let found = f64s(&recorded.gradient[sizes.at_value()..][..gradient.len()]);
    checks.tensors("value", &net.layout(), &found, &gradient);
}

/// Checks losses, the head's own gradient and the steps.
///
/// - `signs`: what a gradient is multiplied by on its way to the parameter; empty: 1
pub fn check_update(recorded: &Recorded, loss: &Loss, signs: &[f64], checks: &mut Checks) {
    if recorded.gradients.len() == 1 {
        // the very sums of network.step: the ratio is 1 to the last bit
        assert_eq!(recorded.losses[2..4], [0.0, 0.0], "divergence and clipped share of a first update");
    } else {
        checks.equal("divergence", &[f64::from(recorded.losses[2])], &[loss.kl]);
        checks.equal("clipped share", &[f64::from(recorded.losses[3])], &[loss.clip_fraction]);
    }
    checks.equal("policy loss", &[f64::from(recorded.losses[0])], &[loss.loss]);
    checks.equal("entropy", &[f64::from(recorded.losses[4])], &[loss.entropy]);
    let at = recorded.plan.ppo.sizes.at_log_std();
    checks.equal("log std", &f64s(&recorded.gradient[at..][..loss.d_log_std.len()]), &loss.d_log_std);
    check_steps(recorded, signs, checks);
}

/// Checks norm, moments and parameters against Adam's steps down the device's own gradients.
fn check_steps(recorded: &Recorded, signs: &[f64], checks: &mut Checks) {
    let (first, adam) = (recorded.plan.ppo.sizes.at_value(), Adam::of_ppo(recorded.learning_rate, 0.5));
    let all = recorded.theta.len();
    let groups = [("policy", 0..first, 5), ("value", first..all, 6)];
    for (name, words, norm_at) in groups {
        let mut group = Group::new(f64s(&recorded.descended[0][words.clone()]));
        let signed = |gradient: &Vec<f32>| {
            let mut gradient = f64s(gradient);
            gradient.iter_mut().zip(signs).for_each(|(entry, sign)| *entry *= sign);
            gradient[words.clone()].to_vec()
        };
        let norms: Vec<f64> =
            recorded.gradients.iter().map(|gradient| adam.step(&mut group, &signed(gradient))).collect();
        let last = recorded.descended.last().expect("the parameters at the end");
        checks.equal(format!("{name}: norm"), &[f64::from(recorded.losses[norm_at])], &norms[norms.len() - 1..]);
        checks.equal(format!("{name}: Adam's mean"), &f64s(&recorded.adam[words.clone()]), &group.m);
        checks.equal(format!("{name}: Adam's squares"), &f64s(&recorded.adam[all..][words.clone()]), &group.v);
        checks.equal(format!("{name}: parameters"), &f64s(&last[words]), &group.theta);
    }
}

fn rate(task: &str, architecture: Architecture, network: &str, spec: RateSpec) {
    for exchange in [Exchange::Subgroups, Exchange::Memory] {
        let recorded = Recorded::new(exchange, 1, task, network, "entropy: 0.01");
        rate_checks(&recorded, architecture, network, &spec).assert_passed();
        // the other minibatch, with ratios that are no longer 1
        let recorded = Recorded::new(exchange, 2, task, network, "entropy: 0.01, learning_rate: 0.02");
        assert!(recorded.losses[2] > 1e-3, "ratios differ from 1: {:?}", recorded.losses);
        rate_checks(&recorded, architecture, network, &spec).assert_passed();
    }
}

fn rate_checks(recorded: &Recorded, architecture: Architecture, network: &str, spec: &RateSpec) -> Checks {
    let sizes = &recorded.plan.ppo.sizes;
    let net = RateNet { architecture, units: spec.units, d_obs: sizes.d_obs, d_act: sizes.d_act };
    let theta = recorded.policy();
    let tape = |sequence: (usize, usize)| {
        let words: Vec<f64> = recorded.start(sequence).iter().map(|w| f64::from(f32::from_bits(*w))).collect();
        let unit = |k: usize| Unit {
            h: words.get(k).copied().unwrap_or_default(),
            c: words.get(spec.units + k).copied().unwrap_or_default(),
        };
        let start: Vec<Unit> = (0..spec.units).map(unit).collect();
        let entry =
            |t: usize| Entry { x: recorded.seen(Recorded::row(sequence, t)), begins: recorded.begins(sequence, t) };
        net.forward(&theta, &start, &(0..BPTT).map(entry).collect::<Vec<_>>())
    };
    let tapes: Vec<_> = recorded.sequences().map(tape).collect();
    let loss = loss(recorded, &tapes.iter().map(|tape| tape.outputs.clone()).collect::<Vec<_>>());
    let mut gradient = vec![0.0; theta.len()];
    for (b, tape) in tapes.iter().enumerate() {
        let own = net.backward(&theta, tape, &loss.d_outputs[b * BPTT..][..BPTT]);
        gradient.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }
    let mut checks = Checks::within(RATE);
    check_frame(recorded, &mut checks);
    check_update(recorded, &loss, &[], &mut checks);
    checks.tensors(network, &net.layout(), &f64s(&recorded.gradient[..theta.len()]), &gradient);
    checks
}

#[test]
fn gradients_of_an_mlp() {
    let config = gpu_ec::config::MlpConfig { units: 64, ..Default::default() };
    rate("CartPole()", Architecture::Mlp, "Mlp(units: 64)", (&config).into());
    rate("InvertedPendulum()", Architecture::Mlp, "Mlp(units: 64)", (&config).into());
}

#[test]
fn gradients_of_a_gru() {
    let config = gpu_ec::config::GruConfig { units: 32, ..Default::default() };
    rate("CartPole()", Architecture::Gru, "Gru(units: 32)", (&config).into());
    rate("Reacher()", Architecture::Gru, "Gru(units: 32)", (&config).into());
}

#[test]
fn gradients_of_an_lstm() {
    let config = gpu_ec::config::LstmConfig { units: 64, ..Default::default() };
    rate("CartPole()", Architecture::Lstm, "Lstm(units: 64)", (&config).into());
}

#[test]
fn gradients_of_a_plain_recurrent_network() {
    let config = gpu_ec::config::RnnConfig { units: 96, ..Default::default() };
    rate("CartPole()", Architecture::Rnn, "Rnn(units: 96)", (&config).into());
}

/// Tapes for a quarter of a minibatch at a time: rounds add to the gradient.
#[test]
fn gradients_in_rounds() {
    let config = gpu_ec::config::GruConfig { units: 32, ..Default::default() };
    let small = "entropy: 0.01, value_units: 4";
    let recorded = Recorded::new(Exchange::Bound(40_000), 1, "CartPole()", "Gru(units: 32)", small);
    assert!(recorded.plan.ppo.sizes.rounds > 1, "{:?}", recorded.plan.ppo.sizes);
    rate_checks(&recorded, Architecture::Gru, "Gru(units: 32)", &(&config).into()).assert_passed();
    let through = Through { surrogate: NARROW, detach_reset: true };
    spiking(Exchange::Bound(100_000), "RsnnF32(neurons: 64)", "", &through).assert_passed();
}

/// Membranes that an episode of number `life` begins with.
fn membranes(neurons: usize, life: u32) -> Vec<f64> {
    let key = stream_key(3, Stream::Membrane);
    let quad = |quad: usize| philox4x32([quad as u32, life, 0, 0], key).map(|bits| f64::from(uniform01(bits)));
    (0..neurons / 4).flat_map(quad).collect()
}

fn spiking(exchange: Exchange, network: &str, more: &str, through: &Through) -> Checks {
    let recorded = Recorded::new(exchange, 1, "CartPole()", network, &format!("entropy: 0.01, {more}"));
    assert_eq!(recorded.plan.ppo.sizes.rounds > 1, matches!(exchange, Exchange::Bound(_)), "rounds");
    let spec = RsnnF32Spec::from(&gpu_ec::config::RsnnF32Config { neurons: 64, ..Default::default() });
    let sizes = &recorded.plan.ppo.sizes;
    let constants = spec.constants(sizes.d_obs);
    let net = SpikingNet { constants, neurons: 64, d_obs: sizes.d_obs, d_act: sizes.d_act };
    spiking_checks(&recorded, &net, through, &|x| x, &[])
}

/// Checks the minibatch of a spiking network.
///
/// - `lines`: what neurons receive of a normalised observation
/// - `signs`: see [`check_update`]
pub fn spiking_checks(
    recorded: &Recorded,
    net: &SpikingNet,
    through: &Through,
    lines: &dyn Fn(Vec<f64>) -> Vec<f64>,
    signs: &[f64],
) -> Checks {
    let (theta, n) = (recorded.policy(), net.neurons);
    let tape = |sequence: (usize, usize)| {
        let words = recorded.start(sequence);
        let floats = |at: usize| words[at..][..n].iter().map(|w| f64::from(f32::from_bits(*w))).collect();
        let spike = |k: usize| f64::from(words[3 * n + k / 32] >> (k % 32) & 1);
        let start =
            State { membrane: floats(0), current: floats(n), rate: floats(2 * n), spikes: (0..n).map(spike).collect() };
        let entry = |t: usize| {
            let row = Recorded::row(sequence, t);
            let begins = recorded.begins(sequence, t).then(|| membranes(n, recorded.frames[row].life));
            spiking::Entry { x: lines(recorded.seen(row)), begins }
        };
        net.forward(&theta, &start, &(0..BPTT).map(entry).collect::<Vec<_>>(), Spikes::Steps)
    };
    let tapes: Vec<_> = recorded.sequences().map(tape).collect();
    let nearest = tapes.iter().flat_map(|tape| &tape.records).flat_map(|record| &record.substeps);
    let nearest = nearest.flat_map(|substep| &substep.membrane).map(|m| (m - 1.0).abs()).fold(1.0, f64::min);
    assert!(nearest > 1e-6, "no membrane is so near the threshold that f32 might fire otherwise: {nearest}");
    let loss = loss(recorded, &tapes.iter().map(|tape| tape.outputs.clone()).collect::<Vec<_>>());
    let mut gradient = vec![0.0; theta.len()];
    for (b, tape) in tapes.iter().enumerate() {
        let own = net.backward(&theta, tape, &loss.d_outputs[b * BPTT..][..BPTT], through);
        gradient.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }
    let mut checks = Checks::within(SPIKING);
    check_frame(recorded, &mut checks);
    check_update(recorded, &loss, signs, &mut checks);
    checks.tensors("", &net.layout(), &f64s(&recorded.gradient[..theta.len()]), &gradient);
    assert_eq!(recorded.sequences().count(), SEQUENCES, "a minibatch");
    checks
}

pub const NARROW: Surrogate = Surrogate { shape: Shape::PiecewiseLinear, height: 1.0, slope: 10.0 };

#[test]
fn surrogate_gradients() {
    let through = |surrogate, detach_reset| Through { surrogate, detach_reset };
    let wide = Surrogate { shape: Shape::SuperSpike, height: 1.0, slope: 10.0 };
    let sigmoid = Surrogate { shape: Shape::Sigmoid, height: 1.0, slope: 10.0 };
    spiking(Exchange::Subgroups, "RsnnF32(neurons: 64)", "", &through(NARROW, true)).assert_passed();
    spiking(Exchange::Memory, "RsnnF32(neurons: 64)", "", &through(NARROW, true)).assert_passed();
    spiking(Exchange::Subgroups, "RsnnF32(neurons: 64)", "detach_reset: false", &through(NARROW, false))
        .assert_passed();
    spiking(Exchange::Subgroups, "RsnnF32(neurons: 64)", "surrogate: SuperSpike", &through(wide, true)).assert_passed();
    spiking(Exchange::Subgroups, "RsnnF32(neurons: 64)", "surrogate: Sigmoid", &through(sigmoid, true)).assert_passed();
}

#[test]
fn another_surrogate_would_be_found() {
    let other = Surrogate { slope: 9.9, ..NARROW };
    let checks =
        spiking(Exchange::Subgroups, "RsnnF32(neurons: 64)", "", &Through { surrogate: other, detach_reset: true });
    assert!(checks.reports("hidden"), "the gradient of another slope is not taken for this one");
}
