//! DQSN's network by ticks and by its staircase.

use super::GOLDEN;
use crate::support::gradients::{
    checks::Checks,
    numbers::{centred, floats, golden, rows, symmetric},
    ticks::{Hidden, TickNet},
};

const HIDDEN: [(Hidden, &str); 2] = [(Hidden::If, "if"), (Hidden::Lif, "lif")];
/// Bar between the ticks and the staircase: they add the same numbers in another order.
const FORMS: f64 = 1e-14;

fn net(hidden: Hidden) -> TickNet {
    TickNet { ticks: 16, hidden, d_obs: 4, neurons: 8, actions: 2 }
}

/// Parameters, observations and adjoints of the values in the golden file.
fn inputs() -> (Vec<f64>, Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let bound = 1.0 / 8f64.sqrt();
    let theta = [centred(50, 32, 0.5), centred(51, 8, 0.5), centred(52, 16, bound), centred(53, 2, bound)].concat();
    let scale = [0.5, 1.0, 0.1, 1.0];
    let observations = symmetric(54, 20).iter().enumerate().map(|(i, x)| x * scale[i % 4]).collect::<Vec<_>>();
    (theta, rows(&observations, 4), rows(&symmetric(55, 10), 2))
}

/// Returns the sum over samples of what `of` says of each.
fn summed(samples: &[Vec<f64>], g_q: &[Vec<f64>], of: impl Fn(&[f64], &[f64]) -> Vec<f64>) -> Vec<f64> {
    let each = samples.iter().zip(g_q).map(|(x, g)| of(x, g));
    each.reduce(|a, b| a.iter().zip(b).map(|(a, b)| a + b).collect()).expect("there are samples")
}

#[test]
fn both_forms_agree_with_golden_numbers() {
    let (theta, samples, g_q) = inputs();
    let file = golden();
    for (hidden, name) in HIDDEN {
        let (net, golden, mut checks) = (net(hidden), &file["dqsn"][name], Checks::within(GOLDEN));
        let layout = net.layout();
        let forms: [(&str, Vec<f64>, Vec<f64>); 2] = [
            (
                "ticks",
                samples.iter().flat_map(|x| net.by_ticks(&theta, x)).collect(),
                summed(&samples, &g_q, |x, g| net.gradient_by_ticks(&theta, x, g)),
            ),
            (
                "staircase",
                samples.iter().flat_map(|x| net.by_staircase(&theta, x)).collect(),
                summed(&samples, &g_q, |x, g| net.gradient_by_staircase(&theta, x, g)),
            ),
        ];
        for (form, values, gradient) in &forms {
            checks.equal(format!("{form}, values"), values, &floats(&golden["q"]));
            for (tensor, theirs) in [("input", "w1"), ("bias", "b1"), ("output", "w2"), ("bias_output", "b2")] {
                let name = format!("{form}, {tensor}");
                checks.digest(&name, layout.of(gradient, tensor), &golden["gradient"][theirs]);
            }
        }
        let mask: Vec<f64> = net.currents(&theta, &samples[0]).iter().map(|c| net.omega(*c) * 65536.0).collect();
        checks.equal("spikes as binary numbers", &mask, &floats(&golden["mask_first_row"]));
        let spikes = |x: &Vec<f64>| net.train(&net.currents(&theta, x)).into_iter().flat_map(|tick| tick.spikes);
        checks.equal("spikes", &[samples.iter().flat_map(spikes).sum()], &floats(&golden["spikes"]));
        eprintln!("{name}: largest error {:.1e} of {} checks", checks.worst, checks.count);
        checks.assert_passed();
    }
}

/// Returns the activation and slope of one neuron from its ticks.
fn by_ticks(net: &TickNet, current: f64) -> [f64; 2] {
    // One neuron with a weight of 1 on, a bias of `current` and an output of 1.
    let theta = [0.0, current, 1.0, 0.0];
    let gradient = net.gradient_by_ticks(&theta, &[0.0], &[1.0]);
    [net.by_ticks(&theta, &[0.0])[0], net.layout().of(&gradient, "bias")[0]]
}

/// Currents on a grid that has 1, 1/2, 1/4 and other edges of the stairs in it, and others that are not exact.
#[test]
fn the_staircase_is_the_ticks_for_all_currents() {
    for ticks in [4, 8, 16, 32] {
        for (hidden, _) in HIDDEN {
            let net = TickNet { ticks, hidden, d_obs: 1, neurons: 1, actions: 1 };
            let mut checks = Checks::within(FORMS);
            for k in -1000..3000 {
                let current = f64::from(k) / 1000.0;
                let [omega, slope] = by_ticks(&net, current);
                checks.equal_to_scale(format!("omega({current})"), &[net.omega(current)], &[omega], 1.0);
                checks.equal_to_scale(format!("slope({current})"), &[net.slope(current)], &[slope], 1.0);
            }
            eprintln!("{hidden:?}, {ticks} ticks: largest difference {:.1e}", checks.worst);
            checks.assert_passed();
        }
    }
}

#[test]
fn golden_numbers_show_what_is_wrong() {
    let (theta, samples, g_q) = inputs();
    let golden = &golden()["dqsn"]["if"];
    let mut checks = Checks::within(GOLDEN);
    let leaky = samples.iter().flat_map(|x| net(Hidden::Lif).by_staircase(&theta, x)).collect::<Vec<_>>();
    checks.equal("other neurons", &leaky, &floats(&golden["q"]));
    let net = net(Hidden::If);
    let short = TickNet { ticks: 15, ..net };
    let values = samples.iter().flat_map(|x| short.by_staircase(&theta, x)).collect::<Vec<_>>();
    checks.equal("a tick less", &values, &floats(&golden["q"]));
    let gradient = summed(&samples, &g_q, |x, g| net.gradient_by_staircase(&theta, x, &[-g[0], -g[1]]));
    checks.digest("sign", net.layout().of(&gradient, "input"), &golden["gradient"]["w1"]);
    for name in ["other neurons", "a tick less", "sign: sum", "sign: first", "sign: last"] {
        assert!(checks.reports(name), "{name} passes: {:?}", checks.failed);
    }
    assert!(!checks.reports("sign: norm"), "a norm has no sign");
}
