//! Figures from elsewhere: another program's, and those of the published runs.

use super::{Bench, CASE, Case};
use crate::support::network::gpu;
use crate::support::rsnn::State;
use gpu_ec::{
    kernel::{buffers::BufferId, entry::PassId, records::EpisodeRecord},
    networks::{IoDims, Network, rsnn::RsnnSpec},
};

/// Figures of `tests/support/rsnn_golden.py`, which shares neither text nor language with kernels or reference.
#[test]
fn another_programs_figures_come_out() {
    let gpu = gpu();
    let case = Case { neurons: 32, ratio: 0.75, d_obs: 4, d_act: 2, bias: true, slots: 1, ..CASE };
    let mut bench = Bench::new(&gpu, case, true);
    let input = (0..9).flat_map(|r| (0..32).map(move |c| (7 * r + 13 * c + r * c) % 11 < 5));
    let hidden = (0..32).flat_map(|r| (0..32).map(move |c| (5 * r + 3 * c + r * c) % 13 < 6));
    let output = (0..2).flat_map(|a| (0..32).map(move |k| (3 * k + 5 * a + k * a) % 7 < 3));
    let bits: Vec<bool> = input.chain(hidden).chain(output).collect();
    let pack = |bits: &[bool]| bits.iter().rev().fold(0u32, |word, bit| word << 1 | u32::from(*bit));
    bench.theta = bits.chunks(32).map(pack).collect();
    bench.obs = (0..4).map(|i| ((5 * i) % 7 - 2) as f32 / 2.0).collect();
    bench.normaliser = [vec![0.0; 4], vec![1.0; 4]].concat();
    bench.upload();
    let zeros = vec![0.0; 32];
    let v = (0..32).map(|k| f64::from(37 * k % 64) / 64.0).collect();
    bench.write_states(&[State { v, i_syn: zeros.clone(), rate: zeros, fired: vec![false; 32] }]);
    let golden = [
        (
            40,
            [0.7020583418728656, 0.6605948600637078],
            [0.0, 0.14179060188782427, -0.15126121608876833],
            0.6694314114873314,
        ),
        (
            469,
            [6.7726431083875305, 7.7096426166640475],
            [0.749972415723955, 0.9230292474186946, -0.8124915079289544],
            0.0,
        ),
        (
            993,
            [11.667214417146798, 13.624504054152446],
            [1.7599323166663632, 1.7931678653795353, -1.7719391026113862],
            0.0,
        ),
    ];
    let mut total = 0;
    for (step, (spikes, actions, rates, v5)) in golden.into_iter().enumerate() {
        bench.dispatch(PassId::NetworkStep);
        total += spikes;
        assert_eq!(bench.read::<EpisodeRecord>(BufferId::Episode)[0].spikes, total, "spikes up to step {step}");
        let got: Vec<f32> = bench.read(BufferId::Action);
        let state = bench.read_states().remove(0);
        let got = [got[0].into(), got[1].into(), state.rate[0], state.rate[13], state.rate[31], state.v[5]];
        let want =
            [f64::clamp(actions[0], -1.0, 1.0), f64::clamp(actions[1], -1.0, 1.0), rates[0], rates[1], rates[2], v5];
        for (got, want) in got.into_iter().zip(want) {
            assert!((got - want).abs() < 1e-5, "step {step}: {got} instead of {want}");
        }
    }
}

/// The figures that the published runs used.
#[test]
fn constants_are_the_published_ones() {
    let spec = RsnnSpec::default();
    let near = |got: f64, want: f64| assert!((got - want).abs() < 5e-7, "{got} instead of {want}");
    let c = spec.constants(11);
    assert_eq!(c.substeps, 33, "substeps");
    assert_eq!(c.n_exc, 128, "excitatory neurons");
    near(c.decay_synapse, 0.904837);
    near(c.decay_membrane, 0.951229);
    near(c.decay_rate, 0.951229);
    near(c.gain_membrane, 0.0487706);
    near(c.gain_rate, 0.0975412);
    near(c.r_hidden, 0.25);
    near(c.r_out, 0.441942);
    for (d_obs, r_in) in [(240, 0.129099), (17, 0.485071), (11, 0.603023)] {
        near(spec.constants(d_obs).r_in, r_in);
    }
    for (d_obs, d_act, params) in [(240, 17, 192_768), (17, 6, 75_776), (11, 3, 71_936)] {
        assert_eq!(spec.n_params(&IoDims { d_obs, d_act }), params, "parameters");
    }
    assert_eq!(
        RsnnSpec { excitatory_ratio: 0.8, neurons: 96, ..spec }.constants(1).n_exc,
        77,
        "a boundary inside a word"
    );
}
