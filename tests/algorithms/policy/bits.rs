//! Surrogate gradients of the network of bits: parameters stand for connections, straight through the threshold.

use gpu_ec::{config::RsnnConfig, networks::rsnn::RsnnSpec};

use super::{
    ENVIRONMENTS, Exchange, Recorded,
    first_updates::{NARROW, spiking_checks},
};
use crate::support::{
    gradients::{
        checks::Checks,
        numbers::uniform,
        spiking::{Entry, SpikingNet, State, Through},
        surrogate::Spikes,
    },
    rsnn::{self, Bounded, Twin},
};

const NEURONS: usize = 64;
/// Three times the published gain, so that a pole at rest makes neurons fire.
const GAIN_IN: f64 = 0.3;
/// A tenth of the published gain, so that no action is certain.
const GAIN_OUT: f64 = 0.5;

/// Returns the bits of parameters above 0, as the network of bits stores them.
fn bits(params: &[f32]) -> Vec<u32> {
    let word = |params: &[f32]| params.iter().enumerate().map(|(i, param)| u32::from(*param > 0.0) << i).sum();
    params.chunks(32).map(word).collect()
}

/// Returns the connections as the plain network of bits has them, as numbers, in the order of the parameters.
fn connections(twin: &Twin, params: &[f32]) -> Vec<f32> {
    let theta = bits(params);
    let (n, theta) = (twin.n, &theta[..]);
    let number = |exists: bool, sign: i64| if exists { sign as f32 } else { 0.0 };
    let inputs = (0..twin.n_inputs()).flat_map(|line| (0..n).map(move |to| number(twin.input(theta, line, to), 1)));
    let hidden = (0..n).flat_map(|at| (0..n).map(move |to| number(twin.hidden(theta, at, to), twin.sign(at))));
    let output = |a: usize| (0..n).map(move |at| number(twin.output(theta, at, a), twin.sign(at)));
    inputs.chain(hidden).chain((0..twin.d_act).flat_map(output)).collect()
}

fn recorded(exchange: Exchange, steps: usize, bias: bool, more: &str) -> (Recorded, Twin) {
    let gains = format!("gain_in: {GAIN_IN}, gain_out: {GAIN_OUT}");
    let network = format!("Rsnn(neurons: {NEURONS}, excitatory_ratio: 0.75, {gains}, bias_input: {bias})");
    let recorded = Recorded::new(exchange, steps, "CartPole()", &network, &format!("entropy: 0.01, {more}"));
    let sizes = recorded.plan.ppo.sizes;
    let published = Twin::published(NEURONS, 0.75, sizes.d_obs, sizes.d_act);
    let (r_in, r_out) = (GAIN_IN / 0.1 * published.r_in, GAIN_OUT / 5.0 * published.r_out);
    (recorded, Twin { bias_input: bias, r_in, r_out, ..published })
}

/// Returns the oracle for connections as numbers.
fn net(twin: &Twin) -> SpikingNet {
    let (neurons, gain_in, gain_out) = (NEURONS as u32, GAIN_IN, GAIN_OUT);
    let config = RsnnConfig { neurons, excitatory_ratio: 0.75, gain_in, gain_out, ..Default::default() };
    let constants = RsnnSpec::from(&config).constants(twin.d_obs);
    SpikingNet { constants, neurons: twin.n, d_obs: twin.n_inputs(), d_act: twin.d_act }
}

/// Returns what neurons receive of a normalised observation.
fn lines(twin: &Twin, x: Vec<f64>) -> Vec<f64> {
    let negated = x.iter().map(|x| -x).collect::<Vec<f64>>();
    [x, negated, vec![1.0; usize::from(twin.bias_input)]].concat()
}

/// Checks connections, gradients and steps against the oracle, whose parameters have the signs that `twin` knows.
fn check(recorded: &Recorded, twin: &Twin) -> Checks {
    let n_params = recorded.plan.plan.n_params();
    for (real, theta) in recorded.descended.iter().zip(&recorded.thetas) {
        assert!(connections(twin, &real[..n_params]) == theta[..n_params], "connections");
        assert!(real[n_params..] == theta[n_params..], "head and value network");
    }
    // a sign is that of a connection that exists
    let signs = connections(twin, &vec![1.0; n_params]).into_iter().map(f64::from).collect::<Vec<f64>>();
    let through = Through { surrogate: NARROW, detach_reset: true };
    spiking_checks(recorded, &net(twin), &through, &|x| lines(twin, x), &signs)
}

#[test]
fn gradients_of_connections() {
    for (exchange, bias) in [(Exchange::Subgroups, false), (Exchange::Memory, true)] {
        let (recorded, twin) = recorded(exchange, 1, bias, "");
        check(&recorded, &twin).assert_passed();
    }
}

#[test]
fn a_step_changes_connections() {
    let (recorded, twin) = recorded(Exchange::Subgroups, 2, true, "learning_rate: 0.1");
    let n_params = recorded.plan.plan.n_params();
    let changed = (0..n_params).filter(|i| recorded.thetas[0][*i] != recorded.thetas[1][*i]).count();
    let moved = (0..n_params).map(|i| (recorded.descended[0][i] - recorded.descended[1][i]).abs()).fold(0.0, f32::max);
    assert!(recorded.losses[2] > 1e-3, "ratios differ from 1: {:?}", recorded.losses);
    assert!(changed > 0, "some parameter crosses 0: they moved by {moved} at most");
    check(&recorded, &twin).assert_passed();
}

#[test]
fn other_signs_would_be_found() {
    let (recorded, twin) = recorded(Exchange::Subgroups, 1, true, "");
    let n_params = recorded.plan.plan.n_params();
    let other = Twin { n_exc: twin.n_exc - 1, ..twin };
    let differs = connections(&other, &recorded.descended[0][..n_params]) != recorded.thetas[0][..n_params];
    assert!(differs, "another number of excitatory neurons gives other connections");
}

/// The oracle on connections as numbers acts as the plain network of bits does.
#[test]
fn numbers_act_as_bits() {
    let (recorded, twin) = recorded(Exchange::Subgroups, 1, true, "");
    let params = &recorded.descended[0][..recorded.plan.plan.n_params()];
    let weights: Vec<f64> = connections(&twin, params).into_iter().map(f64::from).collect();
    let membrane = uniform(150, NEURONS);
    let mut plain = rsnn::State {
        v: membrane.clone(),
        i_syn: vec![0.0; NEURONS],
        rate: vec![0.0; NEURONS],
        fired: vec![false; NEURONS],
    };
    let rows = [0, ENVIRONMENTS, 2 * ENVIRONMENTS].map(|row| recorded.seen(row));
    let entries: Vec<Entry> = rows.iter().map(|x| Entry { x: lines(&twin, x.clone()), begins: None }).collect();
    let tape = net(&twin).forward(&weights, &State::begun(&membrane), &entries, Spikes::Steps);
    let mut all = 0;
    for (x, ours) in rows.iter().zip(&tape.outputs) {
        let bounded: Vec<Bounded> = x.iter().map(|x| Bounded { value: *x, bound: 0.0 }).collect();
        let (wanted, spikes) = twin.step(&bits(params), &bounded, &mut plain);
        all += spikes;
        // two orders of the same f64 sums
        wanted.iter().zip(ours).for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{a} {b}"));
    }
    assert!(all > 100, "neurons fire: {all}");
}
