//! Rate networks backwards through time.

use super::{DIFFERENCES, GOLDEN, layout_difference, transpose};
use crate::support::{
    gradients::{
        cells::Unit,
        checks::{Checks, central},
        heads::{Frame, Rule, gaussian, gaussian_log_prob},
        layout::Layout,
        numbers::{float, floats, golden, rows, symmetric},
        rate::{Entry, RateNet, Tape},
    },
    rate::{Architecture, State, Twin, matrices},
};
use gpu_ec::{
    config::{GruConfig, LstmConfig, MlpConfig, RnnConfig},
    networks::{IoDims, Network, rate::RateSpec},
};

const ALL: [Architecture; 4] = [Architecture::Mlp, Architecture::Rnn, Architecture::Gru, Architecture::Lstm];

/// A network, its parameters and a segment.
struct Case {
    net: RateNet,
    layout: Layout,
    theta: Vec<f64>,
    entries: Vec<Entry>,
}

impl Case {
    /// Draws `steps` steps, of which number `begins` begins an episode. Sums are of order 1.
    fn new(net: RateNet, stream: [u32; 2], steps: usize, begins: usize) -> Self {
        let (layout, [weights, observations]) = (net.layout(), stream);
        let mut theta = vec![];
        for (k, place) in layout.0.iter().enumerate() {
            let lines = if place.name == "read_out" { place.cols } else { place.rows };
            let scale = if place.name.starts_with("bias") { 0.1 } else { 1.0 / (lines as f64).sqrt() };
            let drawn = symmetric(weights + k as u32, place.rows * place.cols);
            theta.extend(drawn.iter().map(|x| scale * x));
        }
        let xs = rows(&symmetric(observations, steps * net.d_obs), net.d_obs);
        let entries = xs.into_iter().enumerate().map(|(k, x)| Entry { x, begins: k == begins }).collect();
        Self { net, layout, theta, entries }
    }

    /// Returns the case of the golden file.
    fn golden(architecture: Architecture) -> Self {
        Self::new(RateNet { architecture, units: 32, d_obs: 3, d_act: 2 }, [30, 20], 4, 2)
    }
}

fn spec(architecture: Architecture, units: u32) -> RateSpec {
    match architecture {
        Architecture::Mlp => RateSpec::from(&MlpConfig { units, ..Default::default() }),
        Architecture::Rnn => RateSpec::from(&RnnConfig { units, ..Default::default() }),
        Architecture::Gru => RateSpec::from(&GruConfig { units, ..Default::default() }),
        Architecture::Lstm => RateSpec::from(&LstmConfig { units, ..Default::default() }),
    }
}

/// Compares the backward pass with the golden gradients, after a `change` of the parameters and tape that it sees.
fn check_golden(architecture: Architecture, change: impl Fn(&Case, &mut Vec<f64>, &mut Tape)) -> Checks {
    let (case, golden) = (Case::golden(architecture), golden());
    let golden = &golden["rate"][spec(architecture, 32).name()];
    let g_y = rows(&symmetric(21, 8), 2);
    let mut tape = case.net.forward(&case.theta, &case.net.rest(), &case.entries);
    let mut checks = Checks::within(GOLDEN);
    let outputs = tape.outputs.concat();
    checks.equal("outputs", &outputs, &floats(&golden["outputs"]));
    let loss: f64 = outputs.iter().zip(g_y.concat()).map(|(y, c)| y * c).sum();
    checks.equal_to_scale("loss", &[loss], &[float(&golden["loss"])], 1.0);
    let mut theta = case.theta.clone();
    change(&case, &mut theta, &mut tape);
    let gradient = case.net.backward(&theta, &tape, &g_y);
    let names = golden["tensors"].as_array().expect("a list of tensors");
    assert_eq!(names.len(), case.layout.0.len(), "tensors of the golden file");
    for (place, name) in case.layout.0.iter().zip(names) {
        let wanted = &golden["gradient"][name.as_str().expect("a name")];
        checks.digest(place.name, case.layout.of(&gradient, place.name), wanted);
    }
    checks
}

#[test]
fn backward_passes_agree_with_golden_numbers() {
    for architecture in [Architecture::Gru, Architecture::Lstm] {
        let checks = check_golden(architecture, |_, _, _| {});
        eprintln!("{architecture:?}: largest error {:.1e} of {} checks", checks.worst, checks.count);
        checks.assert_passed();
    }
}

#[test]
fn golden_numbers_show_a_transposed_matrix_and_a_forgotten_cut() {
    for architecture in [Architecture::Gru, Architecture::Lstm] {
        let turned = check_golden(architecture, |case, theta, _| {
            let hidden = case.layout.0.iter().filter(|place| place.name.starts_with("hidden"));
            hidden.for_each(|place| transpose(&case.layout, theta, place.name));
        });
        assert!(turned.reports("input_candidate: norm"), "{architecture:?}, transposed: {:?}", turned.failed);
        assert!(!turned.reports("read_out"), "the read-out is not behind the hidden matrix");
        let uncut = check_golden(architecture, |_, _, tape| tape.records[2].entry.begins = false);
        assert!(uncut.reports("hidden_candidate: norm"), "{architecture:?}, without a cut: {:?}", uncut.failed);
        assert!(!uncut.reports("read_out"), "the read-out is not behind the cut");
    }
}

/// The whole loss of PPO over a segment with an episode's begin in it and a state before it, derived by all parameters
/// and by the logarithms of the deviations.
struct Whole {
    case: Case,
    start: Vec<Unit>,
    frames: Vec<Frame<Vec<f64>>>,
    log_std: Vec<f64>,
}

const RULE: Rule = Rule { clip: 0.2, entropy: 0.01 };

impl Whole {
    fn new(architecture: Architecture) -> Self {
        let case = Case::new(RateNet { architecture, units: 6, d_obs: 3, d_act: 2 }, [80, 110], 6, 4);
        let drawn = symmetric(100, 12);
        let lstm = f64::from(u8::from(architecture == Architecture::Lstm));
        let unit = |k: usize| Unit { h: 0.5 * drawn[k], c: lstm * drawn[6 + k] };
        let (start, log_std) = ((0..6).map(unit).collect::<Vec<_>>(), vec![-0.3, 0.2]);
        let outputs = case.net.forward(&case.theta, &start, &case.entries).outputs;
        let (actions, advantages, shifts) = (rows(&symmetric(101, 12), 2), symmetric(102, 6), symmetric(103, 6));
        let frame = |k: usize| Frame {
            old_log_prob: gaussian_log_prob(&outputs[k], &log_std, &actions[k]) + 0.2 * shifts[k],
            action: actions[k].clone(),
            advantage: advantages[k],
        };
        let frames = (0..6).map(frame).collect();
        Self { case, start, frames, log_std }
    }

    fn loss(&self, theta: &[f64], log_std: &[f64]) -> f64 {
        let tape = self.case.net.forward(theta, &self.start, &self.case.entries);
        gaussian(&tape.outputs, log_std, &self.frames, &RULE).loss
    }

    /// Compares all derivatives with differences, after a `change` of what the backward pass sees.
    fn check(&self, change: impl Fn(&Case, &mut Vec<f64>, &mut Tape)) -> Checks {
        let (case, n) = (&self.case, self.case.theta.len());
        let at = [&case.theta[..], &self.log_std].concat();
        let wanted = central(&at, |at| self.loss(&at[..n], &at[n..]));
        let mut tape = case.net.forward(&case.theta, &self.start, &case.entries);
        let loss = gaussian(&tape.outputs, &self.log_std, &self.frames, &RULE);
        let mut theta = case.theta.clone();
        change(case, &mut theta, &mut tape);
        let ours = case.net.backward(&theta, &tape, &loss.d_outputs);
        let mut checks = Checks::within(DIFFERENCES);
        checks.tensors("", &case.layout, &ours, &wanted[..n]);
        checks.equal("log_std", &loss.d_log_std, &wanted[n..]);
        checks
    }
}

#[test]
fn the_whole_loss_agrees_with_differences() {
    for architecture in ALL {
        let whole = Whole::new(architecture);
        let checks = whole.check(|_, _, _| {});
        eprintln!("{architecture:?}: {:.1e} from differences", checks.worst);
        checks.assert_passed();
        if architecture != Architecture::Mlp {
            let (case, name) = (&whole.case, whole.case.layout.0[0].name);
            let hidden = case.layout.0.iter().find(|place| place.name.starts_with("hidden")).expect("it recurs").name;
            let turned = whole.check(|case, theta, _| transpose(&case.layout, theta, hidden));
            assert!(turned.reports(name), "{architecture:?}, transposed: {:?}", turned.failed);
            let uncut = whole.check(|_, _, tape| tape.records[4].entry.begins = false);
            assert!(uncut.reports(name), "{architecture:?}, without a cut: {:?}", uncut.failed);
        }
    }
}

/// The forward pass against the twin that Flax confirms, with the program's order of parameters.
#[test]
fn forward_passes_and_layouts_are_those_of_the_program() {
    for architecture in ALL {
        let net = RateNet { architecture, units: 32, d_obs: 5, d_act: 3 };
        let (spec, shape) = (spec(architecture, 32), IoDims { d_obs: 5, d_act: 3 });
        assert_eq!(layout_difference(&net.layout(), &spec, &shape), None, "{architecture:?}");
        let case = Case::new(net, [120, 119], 4, 2);
        let values: Vec<f32> = case.theta.iter().map(|x| *x as f32).collect();
        let theta: Vec<f64> = values.iter().map(|x| f64::from(*x)).collect();
        let tensors = matrices(&spec.tensors(&shape), &values);
        let twin = Twin { architecture, units: 32, side: 32, d_act: 3, bits: None, tensors };
        let rest = || State { hidden: vec![0.0; 32], cells: vec![0.0; 32] };
        let (mut state, mut checks) = (rest(), Checks::within(1e-13));
        let tape = net.forward(&theta, &net.rest(), &case.entries);
        for (k, entry) in case.entries.iter().enumerate() {
            state = if entry.begins { rest() } else { state };
            checks.equal(format!("step {k}"), &tape.outputs[k], &twin.step(&entry.x, &mut state));
        }
        checks.assert_passed();
        let stale: Vec<Entry> = case.entries.iter().map(|entry| Entry { begins: false, ..entry.clone() }).collect();
        let outputs = net.forward(&theta, &net.rest(), &stale).outputs;
        checks.equal("stale state", &outputs.concat(), &tape.outputs.concat());
        assert_eq!(checks.reports("stale state"), architecture != Architecture::Mlp, "{architecture:?}: a stale state");
    }
}
