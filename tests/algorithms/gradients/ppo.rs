//! Heads, advantages, Adam and the value network.

use super::{DIFFERENCES, GOLDEN};
use crate::support::gradients::{
    adam::{Adam, Group},
    advantage::{Estimates, Fading, Step, estimate, normalise},
    checks::{Checks, central},
    heads::{Frame, Loss, Rule, categorical, categorical_log_probs, gaussian, gaussian_log_prob},
    numbers::{float, floats, golden, rows, symmetric},
    value::ValueNet,
};
use serde_json::Value;

const FRAMES: usize = 6;
/// Logarithms of the deviations of the golden Gaussian head.
const LOG_STD: [f64; 2] = [-0.2, 0.3];

/// Returns frames whose ratios lie up to 0.3 times sqrt 3 from 1, on a logarithmic scale.
fn frames<Action>(actions: Vec<Action>, log_probs: Vec<f64>, stream: u32) -> Vec<Frame<Action>> {
    let (shifts, advantages) = (symmetric(stream, FRAMES), symmetric(42, FRAMES));
    let old = log_probs.iter().zip(&shifts).map(|(log_prob, shift)| log_prob + 0.3 * shift);
    let made = actions.into_iter().zip(old).zip(advantages);
    made.map(|((action, old_log_prob), advantage)| Frame { action, old_log_prob, advantage }).collect()
}

/// Inputs of the golden Gaussian head: means and frames.
fn gaussian_inputs() -> (Vec<Vec<f64>>, Vec<Frame<Vec<f64>>>) {
    let means = rows(&symmetric(40, 2 * FRAMES).iter().map(|x| 0.5 * x).collect::<Vec<_>>(), 2);
    let actions = rows(&symmetric(41, 2 * FRAMES), 2);
    let log_probs = means.iter().zip(&actions).map(|(y, action)| gaussian_log_prob(y, &LOG_STD, action)).collect();
    (means, frames(actions, log_probs, 43))
}

/// Inputs of the golden categorical head.
fn categorical_inputs() -> (Vec<Vec<f64>>, Vec<Frame<usize>>) {
    let (logits, actions) = (rows(&symmetric(44, 3 * FRAMES), 3), vec![0, 2, 1, 1, 0, 2]);
    let log_probs = logits.iter().zip(&actions).map(|(y, action)| categorical_log_probs(y)[*action]).collect();
    (logits, frames(actions, log_probs, 45))
}

fn check_head(checks: &mut Checks, loss: &Loss, golden: &Value, outputs: &str) {
    checks.equal("log_probs", &loss.log_probs, &floats(&golden["logp"]));
    checks.equal("loss", &[loss.loss], &[float(&golden["loss"])]);
    checks.equal("d_outputs", &loss.d_outputs.concat(), &floats(&golden[outputs]));
}

#[test]
fn heads_agree_with_golden_numbers() {
    let (golden, mut checks) = (golden(), Checks::within(GOLDEN));
    let (means, frames) = gaussian_inputs();
    let loss = gaussian(&means, &LOG_STD, &frames, &Rule { clip: 0.2, entropy: 1e-3 });
    let wanted = &golden["ppo"]["gaussian"];
    check_head(&mut checks, &loss, wanted, "d_mean");
    checks.equal("ratios", &loss.ratios, &floats(&wanted["ratio"]));
    checks.equal("d_log_std", &loss.d_log_std, &floats(&wanted["d_log_std"]));
    let far = loss.ratios.iter().filter(|ratio| (*ratio - 1.0).abs() > 0.2).count();
    assert!(0 < far && far < FRAMES, "some frames are clipped");
    checks.equal("clip_fraction", &[loss.clip_fraction], &[far as f64 / FRAMES as f64]);
    let (logits, frames) = categorical_inputs();
    let loss = categorical(&logits, &frames, &Rule { clip: 0.2, entropy: 0.01 });
    check_head(&mut checks, &loss, &golden["ppo"]["categorical"], "d_logits");
    eprintln!("heads: largest error {:.1e}", checks.worst);
    checks.assert_passed();
}

/// The coefficient of the entropy is large, so that its share of a derivative counts.
#[test]
fn heads_agree_with_differences() {
    let (rule, mut checks) = (Rule { clip: 0.2, entropy: 0.5 }, Checks::within(DIFFERENCES));
    let (means, frames) = gaussian_inputs();
    let loss = |at: &[f64]| gaussian(&rows(&at[2..], 2), &at[..2], &frames, &rule).loss;
    let ours = gaussian(&means, &LOG_STD, &frames, &rule);
    let wanted = central(&[&LOG_STD[..], &means.concat()].concat(), loss);
    checks.equal("d_log_std", &ours.d_log_std, &wanted[..2]);
    checks.equal("d_outputs", &ours.d_outputs.concat(), &wanted[2..]);
    let (logits, frames) = categorical_inputs();
    let loss = |at: &[f64]| categorical(&rows(at, 3), &frames, &rule).loss;
    let ours = categorical(&logits, &frames, &rule).d_outputs.concat();
    checks.equal("d_logits", &ours, &central(&logits.concat(), loss));
    checks.assert_passed();
    let unpaid = categorical(&logits, &frames, &Rule { entropy: 0.0, ..rule }).d_outputs.concat();
    checks.equal("entropy left out", &unpaid, &central(&logits.concat(), loss));
    assert!(checks.reports("entropy left out"), "the comparison does not see the entropy");
}

#[test]
fn an_unchanged_policy_has_ratio_1_and_no_divergence() {
    let (logits, mut frames) = categorical_inputs();
    for (y, frame) in logits.iter().zip(&mut frames) {
        frame.old_log_prob = categorical_log_probs(y)[frame.action];
    }
    let loss = categorical(&logits, &frames, &Rule { clip: 0.2, entropy: 0.0 });
    assert!(loss.ratios.iter().all(|ratio| *ratio == 1.0), "{:?}", loss.ratios);
    assert_eq!((loss.kl, loss.clip_fraction), (0.0, 0.0), "divergence, share of clipped frames");
}

/// Compares estimates with the golden ones, under `fading` as the golden file has it or changed.
fn check_advantages(change: impl Fn(&mut Fading, &mut Vec<Step>)) -> Checks {
    let golden = &golden()["gae"];
    let of = |name: &str| floats(&golden[name]);
    let (rewards, falls, timeouts) = (of("reward"), of("terminated"), of("truncated"));
    let step = |t: usize| Step { reward: rewards[t], fell: falls[t] == 1.0, ran_out: timeouts[t] == 1.0 };
    let mut steps: Vec<Step> = (0..rewards.len()).map(step).collect();
    let mut fading = Fading { discount: float(&golden["gamma"]), lambda: float(&golden["lambda"]) };
    change(&mut fading, &mut steps);
    let Estimates { advantages, targets } = estimate(&steps, &of("value"), &fading);
    let mut checks = Checks::within(GOLDEN);
    checks.equal("advantages", &advantages, &of("advantage"));
    checks.equal("targets", &targets, &of("target"));
    checks
}

#[test]
fn advantages_agree_with_golden_numbers() {
    check_advantages(|_, _| {}).assert_passed();
    assert!(check_advantages(|fading, _| fading.lambda = 1.0).reports("advantages"), "lambda left out");
    assert!(check_advantages(|_, steps| steps[2].fell = false).reports("advantages"), "a fall that does not end");
    assert!(check_advantages(|_, steps| steps[5].ran_out = false).reports("advantages"), "a truncation that teaches");
}

#[test]
fn normalised_advantages_have_mean_0_and_deviation_1() {
    let mut advantages = symmetric(70, 64).iter().map(|x| 3.0 + 7.0 * x).collect::<Vec<_>>();
    let before = advantages.clone();
    normalise(&mut advantages);
    let moment = |power: i32| advantages.iter().map(|a| a.powi(power)).sum::<f64>() / 64.0;
    assert!(moment(1).abs() < 1e-14 && (moment(2) - 1.0).abs() < 1e-8, "{} and {}", moment(1), moment(2));
    let slope = |i: usize| (advantages[i] - advantages[0]) / (before[i] - before[0]);
    assert!((slope(1) - slope(63)).abs() < 1e-12, "the map is not linear");
    let mut equal = vec![2.0; 4];
    normalise(&mut equal);
    assert_eq!(equal, [0.0; 4], "advantages that do not differ");
}

#[test]
fn adam_agrees_with_golden_numbers() {
    let golden = &golden()["ppo"]["adam"];
    let against = |adam: Adam| {
        let mut group = Group::new(floats(&golden["p0"]));
        let mut checks = Checks::within(GOLDEN);
        for k in 0..2 {
            let norm = adam.step(&mut group, &floats(&golden["gradients"][k]));
            let wanted = &golden["steps"][k];
            checks.equal(format!("norm {k}"), &[norm], &[float(&wanted["norm"])]);
            checks.equal(format!("parameters {k}"), &group.theta, &floats(&wanted["p"]));
            checks.equal(format!("first moments {k}"), &group.m, &floats(&wanted["m"]));
            checks.equal(format!("second moments {k}"), &group.v, &floats(&wanted["v"]));
        }
        checks
    };
    let adam = Adam::of_ppo(float(&golden["lr"]), float(&golden["clip_norm"]));
    assert_eq!(adam.epsilon, float(&golden["eps"]), "epsilon");
    against(adam).assert_passed();
    assert!(against(Adam { clip_norm: 1e9, ..adam }).reports("first moments 0"), "a gradient that is not clipped");
    assert!(against(Adam { epsilon: 1e-8, ..adam }).reports("parameters 0"), "another epsilon");
}

#[test]
fn values_agree_with_paper_and_differences() {
    let one = ValueNet { d_obs: 1, units: 1 };
    let theta = [0.5, 0.1, -2.0, 0.3, 1.5, -0.7];
    let (value, on_paper) = (one.forward(&theta, &[0.8]).value, 1.5 * (0.3 - 2.0 * 0.5f64.tanh()).tanh() - 0.7);
    assert!((value - on_paper).abs() < 1e-15, "one unit a layer: {value}");
    let (loss, _) = one.loss(&theta, &[vec![0.8], vec![0.8]], &[value + 2.0, value - 4.0], 0.7);
    assert!((loss - 0.7 * 5.0).abs() < 1e-14, "errors of 2 and 4: {loss}");
    let net = ValueNet { d_obs: 3, units: 6 };
    let (layout, count) = (net.layout(), net.layout().n_params());
    let theta: Vec<f64> = symmetric(71, count).iter().map(|x| 0.6 * x).collect();
    let (observations, targets) = (rows(&symmetric(72, 15), 3), symmetric(73, 5));
    let loss = |theta: &[f64]| net.loss(theta, &observations, &targets, 0.7).0;
    let (wanted, ours) = (central(&theta, loss), net.loss(&theta, &observations, &targets, 0.7).1);
    let mut checks = Checks::within(DIFFERENCES);
    checks.tensors("", &layout, &ours, &wanted);
    eprintln!("value network: {:.1e} from differences", checks.worst);
    checks.assert_passed();
    let mut wrong = ours;
    super::transpose(&layout, &mut wrong, "hidden");
    checks.tensors("transposed ", &layout, &wrong, &wanted);
    assert!(checks.reports("transposed hidden") && checks.failed.len() == 1, "{:?}", checks.failed);
}
