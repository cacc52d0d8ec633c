//! One substep from equal states: kernel against reference, every value within the bound of its f32 arithmetic.

use super::{Bench, CASE, Case};
use crate::support::network::{POISON, gpu};
use crate::support::rsnn::{Bounded, State, Twin};
use gpu_ec::kernel::{buffers::BufferId, entry::PassId};

/// What a comparison found.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    states: usize,
    neurons: usize,
    /// Spikes that differ where the membrane is within the bound of the threshold.
    undecided: usize,
    faults: Vec<String>,
    /// Largest error in units of its bound.
    worst: f64,
}

impl Tally {
    fn fault(&mut self, text: impl FnOnce() -> String) {
        if self.faults.len() < 5 {
            self.faults.push(text());
        }
    }

    fn close(&mut self, what: &str, k: usize, got: f64, want: Bounded) {
        let error = (got - want.value).abs();
        // Denormals may be flushed to zero.
        let bound = want.bound + 1e-37;
        self.worst = self.worst.max(error / bound);
        if error.is_nan() || error > bound {
            self.fault(|| format!("{what} of neuron {k}: {got} instead of {} +- {bound:e}", want.value));
        }
    }
}

/// One substep from equal states: kernel against `twin`.
fn compare_substep(bench: &mut Bench, twin: &Twin, states: &[State]) -> Tally {
    let n = bench.spec.neurons;
    bench.write_states(states);
    bench.workspace.fill(BufferId::Probe, POISON);
    bench.dispatch(PassId::Other("probe"));
    let probe: Vec<u32> = bench.read(BufferId::Probe);
    let after = bench.read_states();
    let mut tally = Tally { states: states.len(), neurons: states.len() * n, ..Tally::default() };
    for (slot, state) in states.iter().enumerate() {
        let drive = twin.drive(bench.theta_of(slot), &bench.inputs_of(twin, slot));
        let want = twin.substep(bench.theta_of(slot), &drive, state);
        let probe = &probe[slot * 3 * n..][..3 * n];
        for (k, want) in want.iter().enumerate() {
            tally.close("drive", k, f64::from(f32::from_bits(probe[k])), drive[k]);
            let sum = i64::from(probe[n + k] as i32);
            if sum != want.sum {
                tally.fault(|| format!("sum of neuron {k}: {sum} instead of {}", want.sum));
            }
            tally.close("i_syn", k, after[slot].i_syn[k], want.i_syn);
            let fired = probe[2 * n + k] == 1;
            if after[slot].fired[k] != fired {
                tally.fault(|| format!("neuron {k}: stored spike differs from the one that was counted"));
            }
            if fired != want.fires {
                tally.undecided += 1;
                if (want.membrane.value - 1.0).abs() > want.membrane.bound {
                    tally.fault(|| format!("neuron {k} fires: {fired}, membrane {}", want.membrane.value));
                }
            } else {
                tally.close("rate", k, after[slot].rate[k], want.rate);
                let v = if fired { Bounded { value: 0.0, bound: 0.0 } } else { want.membrane };
                tally.close("v", k, after[slot].v[k], v);
            }
        }
    }
    tally
}

/// Sizes, ratios and lane counts that every substep test runs over: rounds of 64 random states each.
const CASES: &[(Case, u32)] = &[
    (CASE, 24),
    (Case { subgroup: false, ..CASE }, 4),
    (Case { lanes: 32, ..CASE }, 4),
    (Case { lanes: 64, ..CASE }, 2),
    (Case { bias: true, d_obs: 17, d_act: 6, ..CASE }, 4),
    (Case { d_obs: 348, d_act: 17, slots: 16, ..CASE }, 2),
    (Case { neurons: 32, ratio: 0.4, ..CASE }, 4),
    (Case { neurons: 64, ..CASE }, 16),
    (Case { neurons: 96, ratio: 0.8, ..CASE }, 16),
    (Case { neurons: 160, ratio: 0.0, ..CASE }, 4),
    (Case { neurons: 256, ratio: 1.0, ..CASE }, 4),
    (Case { neurons: 1024, slots: 16, ..CASE }, 8),
    (Case { neurons: 1024, ratio: 1.0, slots: 5, lanes: 64, ..CASE }, 2),
    (Case { neurons: 4096, ratio: 0.7, slots: 5, ..CASE }, 1),
    (Case { bilateral: true, bias: true, d_obs: 17, d_act: 7, ..CASE }, 8),
    (Case { bilateral: true, subgroup: false, lanes: 32, ratio: 0.7, ..CASE }, 4),
    (Case { bilateral: true, neurons: 64, ..CASE }, 4),
    (Case { bilateral: true, neurons: 1024, slots: 8, ..CASE }, 2),
];

#[test]
#[expect(clippy::print_stdout, reason = "the counts belong in the log")]
fn substeps_match_the_equations() {
    let gpu = gpu();
    let mut states = 0;
    for (case, rounds) in CASES {
        let mut bench = Bench::new(&gpu, *case, false);
        let twin = bench.twin.clone();
        let mut total = Tally::default();
        for round in 0..*rounds {
            let states = bench.random_states(round);
            let tally = compare_substep(&mut bench, &twin, &states);
            assert!(tally.faults.is_empty(), "{case:?}, round {round}: {:#?}", tally.faults);
            total.states += tally.states;
            total.neurons += tally.neurons;
            total.undecided += tally.undecided;
            total.worst = total.worst.max(tally.worst);
        }
        println!(
            "{case:?}: {} states, {} neurons, {} spikes undecided, largest error {:.2} of its bound",
            total.states, total.neurons, total.undecided, total.worst
        );
        assert!(total.undecided * 10_000 <= total.neurons, "{case:?}: {} spikes undecided", total.undecided);
        states += total.states;
    }
    assert!(states >= 4000, "only {states} states");
}

/// Membranes set up to land on the threshold, as closely as f32 allows: f32 and f64 may disagree there, and only there.
#[test]
#[expect(clippy::print_stdout, reason = "the counts belong in the log")]
fn spikes_differ_only_at_the_threshold() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 96, ratio: 0.8, slots: 512, ..CASE }, false);
    let twin = bench.twin.clone();
    let mut states = bench.random_states(7);
    for (slot, state) in states.iter_mut().enumerate() {
        let drive = twin.drive(bench.theta_of(slot), &bench.inputs_of(&twin, slot));
        let neurons = twin.substep(bench.theta_of(slot), &drive, state);
        for (k, neuron) in neurons.iter().enumerate() {
            let v = (1.0 - (1.0 - twin.a_mem) * (neuron.i_syn.value + drive[k].value)) / twin.a_mem;
            state.v[k] = f64::from(v as f32) + (k % 5) as f64 * 6e-8;
        }
    }
    let tally = compare_substep(&mut bench, &twin, &states);
    println!("{} of {} spikes undecided", tally.undecided, tally.neurons);
    assert!(tally.faults.is_empty(), "{:#?}", tally.faults);
    assert!(tally.undecided > 0, "no membrane came near enough to the threshold for this test to mean anything");
}

#[test]
fn everything_firing_is_counted_exactly() {
    let gpu = gpu();
    for case in [CASE, Case { neurons: 96, ratio: 0.8, ..CASE }, Case { neurons: 1024, ratio: 1.0, slots: 8, ..CASE }] {
        let mut bench = Bench::new(&gpu, case, false);
        let twin = bench.twin.clone();
        let mut states = bench.random_states(0);
        states.iter_mut().for_each(|state| state.fired.fill(true));
        let tally = compare_substep(&mut bench, &twin, &states);
        assert!(tally.faults.is_empty(), "{case:?}: {:#?}", tally.faults);
        let complete = twin.sums(bench.theta_of(1), &states[1].fired);
        assert_eq!(complete[0], 2 * twin.n_exc as i64 - twin.n as i64, "the complete network's sum");
    }
}

#[test]
fn wrong_twins_are_told_apart() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 96, ratio: 0.8, bias: true, ..CASE }, false);
    let right = bench.twin.clone();
    type Change = fn(&mut Twin);
    let wrong: [(&str, Change); 7] = [
        ("one neuron less excitatory", |twin| twin.n_exc -= 1),
        ("synaptic decay off by 1e-6", |twin| twin.a_syn += 1e-6),
        ("membrane decay off by 1e-6", |twin| twin.a_mem += 1e-6),
        ("rate decay off by 1e-6", |twin| twin.a_out += 1e-6),
        ("input gain off by 1e-5", |twin| twin.r_in *= 1.00001),
        ("hidden gain off by 1e-6", |twin| twin.r_hidden *= 1.000001),
        ("no clip", |twin| twin.clip = 1e9),
    ];
    bench.obs[5 * bench.shape.d_obs + 3] = 1e3;
    bench.upload();
    let states = bench.random_states(3);
    let tally = compare_substep(&mut bench, &right, &states);
    assert!(tally.faults.is_empty(), "the right twin: {:#?}", tally.faults);
    for (what, change) in wrong {
        let mut twin = right.clone();
        change(&mut twin);
        assert!(!compare_substep(&mut bench, &twin, &states).faults.is_empty(), "not noticed: {what}");
    }
    // One connection more or less, and a wrong spike.
    let n = right.n;
    let pre = (0..n).find(|k| states[5].fired[*k]).expect("a neuron that fired");
    let parameter = 5 * right.n_words() * 32 + (right.n_inputs() + pre) * n + 7;
    bench.theta[parameter / 32] ^= 1 << (parameter % 32);
    assert!(!compare_substep(&mut bench, &right, &states).faults.is_empty(), "not noticed: one connection");
}
