//! Agents at synapses against a plain reference with the same draws.

use super::{config, engine, gpu};
use crate::support::{
    gradients::ticks::{Hidden, TickNet},
    synapse_agents::{Network, Settings},
};
use gpu_ec::kernel::random::{Stream, stream_key};

const WIDTH: usize = 8;
const AGENTS: usize = 7 * WIDTH + 2;
const ITERATIONS: usize = 20;
/// Parameters of the Q function; a word of padding follows.
const CRITIC: usize = 32 * 11 + 3;

/// M4, which knows everything, with a target that is renewed within the trial.
const SETTINGS: Settings = Settings {
    knows: [true; 7],
    alpha: 0.01,
    multiplies: false,
    learning_rate: 0.01,
    discount: 0.9,
    epsilon: [0.9, 0.05],
    // short, so that the Q function chooses most actions
    epsilon_iterations: 2.0,
    minibatches: 4,
    target_iterations: 5,
    cap: 60,
};

/// What a trial came to.
struct Outcome {
    /// Weights after each iteration, `[iterations][agents]`.
    weights: Vec<Vec<f32>>,
    frames: Vec<u32>,
    critic: Vec<f64>,
}

/// Lives a trial on the device, as the second of four networks.
fn on_device(model: &str, step: &str) -> (Outcome, Network) {
    let algorithm = format!(
        "SynapseAgents(models: [{model}, Random], widths: [{WIDTH}], seeds: 2, step: {step}, epsilon_iterations: 2, target_iterations: 5)"
    );
    let config = config("TickNet()", &algorithm, SETTINGS.cap);
    let gpu = gpu();
    let (mut engine, state) = engine(&gpu, &config);
    let floats = |name: &str| -> Vec<f32> {
        state.tensor(&engine.plan, name).expect("it is kept").iter().map(|word| f32::from_bits(*word)).collect()
    };
    let (nets, weights) = (floats("q_function"), floats("history.weights"));
    let (nets_each, weights_each) = (nets.len() / 4, weights.len() / 4);
    let critic = nets[nets_each..][..CRITIC].iter().map(|x| f64::from(*x)).collect();
    let key = stream_key(engine.plan.entries[1].seed, Stream::QLearner);
    let net = TickNet { ticks: 16, hidden: Hidden::If, d_obs: 4, neurons: WIDTH, actions: 2 };
    let network = Network::new(SETTINGS, net, key, critic, weights[weights_each..][..AGENTS].to_vec());
    let mut frames = vec![];
    for k in 0..ITERATIONS as u32 {
        assert!(engine.live(k, &|| true).expect("lives"), "nobody stops it");
        frames.push(engine.progress().expect("reads")[1].frames);
    }
    let state = engine.download(state.standing).expect("reads");
    let words = |name: &str| state.tensor(&engine.plan, name).expect("it is kept");
    let own = &words("history.weights")[weights_each..];
    let row = |k: usize| own[k * AGENTS..][..AGENTS].iter().map(|word| f32::from_bits(*word)).collect();
    let critic = words("q_function")[nets_each..][..CRITIC].iter().map(|word| f64::from(f32::from_bits(*word)));
    (Outcome { weights: (1..=ITERATIONS).map(row).collect(), frames, critic: critic.collect() }, network)
}

/// Lives the same trial by the reference with `settings`.
fn by_reference(mut network: Network, settings: Settings) -> Outcome {
    network.settings = settings;
    (0..ITERATIONS).for_each(|_| network.iterate());
    Outcome { weights: network.weights[1..].to_vec(), frames: network.frames, critic: network.critic }
}

/// Asserts that weights are equal to the bit, and Q functions but for rounding: 80 updates of 0.01 at most, each a few
/// roundings of f32 beside its size.
fn assert_same(ours: &Outcome, wanted: &Outcome) {
    for (k, (ours, wanted)) in ours.weights.iter().zip(&wanted.weights).enumerate() {
        let differ = ours.iter().zip(wanted).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        assert_eq!(differ, 0, "weights that differ after iteration {k}");
    }
    assert_eq!(ours.frames, wanted.frames, "frames");
    let off = ours.critic.iter().zip(&wanted.critic).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < 1e-4, "Q functions are {off} apart");
}

#[test]
fn agents_act_and_learn_as_the_reference() {
    let (ours, network) = on_device("M4", "Additive");
    let moved = ours.weights.iter().zip(&ours.weights[1..]).any(|(a, b)| a != b);
    assert!(moved, "weights move");
    assert_same(&ours, &by_reference(network, SETTINGS));
}

#[test]
fn models_know_what_they_are_said_to() {
    let known = |known: [u8; 7]| known.map(|bit| bit == 1);
    for (model, knows) in [
        ("M1", known([1, 1, 1, 1, 0, 0, 0])),
        ("M2", known([1, 1, 1, 1, 1, 0, 0])),
        ("M3", known([1, 1, 1, 1, 0, 1, 1])),
        ("M5", known([0, 0, 0, 0, 1, 1, 1])),
    ] {
        let (ours, network) = on_device(model, "Additive");
        assert_same(&ours, &by_reference(network, Settings { knows, ..SETTINGS }));
    }
}

#[test]
fn steps_may_multiply() {
    let (ours, network) = on_device("M4", "Multiplicative");
    assert_same(&ours, &by_reference(network, Settings { multiplies: true, ..SETTINGS }));
}

/// The comparison notices another discount, a target that is not renewed, and knowledge that is missing.
#[test]
fn the_comparison_notices() {
    let (ours, network) = on_device("M4", "Additive");
    let mut blind = SETTINGS;
    blind.knows[4] = false;
    let wrong = [Settings { discount: 0.8, ..SETTINGS }, Settings { target_iterations: 1000, ..SETTINGS }, blind];
    for settings in wrong {
        let wanted = by_reference(network.clone(), settings);
        assert!(ours.weights != wanted.weights, "{settings:?} goes unnoticed");
    }
}
