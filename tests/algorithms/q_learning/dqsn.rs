//! Deep Q-learning against a loop over ticks in f64 with the same draws.

use super::{config, engine, gpu};
use crate::support::{
    gradients::ticks::{Hidden, TickNet},
    q_learning::{Learner, Settings},
};
use gpu_ec::kernel::random::{Stream, stream_key};

const WIDTH: usize = 8;
const SETTINGS: Settings = Settings {
    discount: 0.999,
    learning_rate: 0.001,
    epsilon: [0.9, 0.05],
    epsilon_steps: 200.0,
    target_episodes: 10,
    cap: 60,
    zero_first: true,
};

/// Returns set `set` of learner `learner` in the order of [`TickNet::layout`]; `units` neurons have room.
fn theta(nets: &[u32], units: usize, learner: usize, set: usize) -> Vec<f64> {
    let words = 7 * units + 4;
    let net: Vec<f64> =
        nets[(6 * learner + set) * words..][..words].iter().map(|word| f64::from(f32::from_bits(*word))).collect();
    let rows = |row: usize| net[row * units..][..WIDTH].to_vec();
    let inputs = (0..5).flat_map(rows);
    let outputs = (0..WIDTH).flat_map(|n| [net[5 * units + n], net[6 * units + n]]);
    inputs.chain(outputs).chain(net[7 * units..][..2].to_vec()).collect()
}

/// Lives episodes on the device and by the reference until both took 500 steps; returns the frames of each, and the
/// largest difference between parameters.
fn both(hidden: (&str, Hidden), settings: Settings) -> (Vec<u32>, Vec<u32>, f64) {
    let algorithm = format!("Dqsn(widths: [{WIDTH}, 12], seeds: 2, learning_rate: 0.001)");
    let config = config(&format!("TickNet(hidden: {})", hidden.0), &algorithm, settings.cap);
    let gpu = gpu();
    let (mut engine, state) = engine(&gpu, &config);
    let net = TickNet { ticks: 16, hidden: hidden.1, d_obs: 4, neurons: WIDTH, actions: 2 };
    let first = theta(state.tensor(&engine.plan, "nets").expect("it is kept"), 12, 1, 0);
    let key = stream_key(engine.plan.entries[1].seed, Stream::QLearner);
    let mut learner = Learner::new(net, settings, key, first);
    let (mut frames, mut expected) = (vec![], vec![]);
    for episode in 0.. {
        assert!(engine.live(episode, &|| true).expect("lives"), "nobody stops it");
        frames.push(engine.progress().expect("reads")[1].frames);
        expected.push(learner.live(episode));
        if expected.iter().sum::<u32>() >= 500 {
            break;
        }
    }
    let state = engine.download(state.standing).expect("reads");
    let learnt = theta(state.tensor(&engine.plan, "nets").expect("it is kept"), 12, 1, 0);
    let off = learnt.iter().zip(&learner.theta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    (frames, expected, off)
}

/// Parameters move by up to 0.001 in each of some 370 steps. A current that f32 puts on the other side of a threshold moves
/// a gradient; such steps differ in their direction, and 0.02 allows for a few of them.
const BAR: f64 = 0.02;

#[test]
fn learners_act_and_learn_as_the_reference() {
    for hidden in [("If", Hidden::If), ("Lif", Hidden::Lif)] {
        let (frames, expected, off) = both(hidden, SETTINGS);
        assert_eq!(frames, expected, "{}: frames of the episodes", hidden.0);
        assert!(off < BAR, "{}: parameters are {off} apart", hidden.0);
    }
}

/// The comparison notices a wrong discount, a target that never moves, and a first observation that is not hidden.
#[test]
fn the_comparison_notices() {
    let wrong = [
        Settings { discount: 0.9, ..SETTINGS },
        Settings { target_episodes: u32::MAX, ..SETTINGS },
        Settings { zero_first: false, ..SETTINGS },
    ];
    for settings in wrong {
        let (frames, expected, off) = both(("If", Hidden::If), settings);
        assert!(frames != expected || off > BAR, "{settings:?} goes unnoticed: {off}");
    }
}
