//! TickNet as an evolved network: its kernel, which knows no ticks of the outputs, against the network tick by tick in f64.

use crate::support::{
    gradients::ticks::{Hidden, TickNet},
    network::{Bench, gpu, randoms, words},
};
use gpu_ec::{
    config::HiddenNeuron,
    kernel::{buffers::BufferId, entry::PassId, records::EpisodeRecord},
    networks::{IoDims, Network, Weights, tick_net::TickNetSpec},
};

const SHAPE: IoDims = IoDims { d_obs: 4, d_act: 2 };
const SLOTS: usize = 6;
/// Rounding of sums of up to 64 products.
const BAR: f64 = 1e-6;

/// Actions and spikes of each slot.
type Seen = (Vec<f64>, Vec<u32>);

/// Parameters that make most neurons fire, and observations.
fn inputs(units: usize) -> (Vec<f32>, Vec<f32>) {
    let n_params = SHAPE.d_obs * units + units + units * SHAPE.d_act + SHAPE.d_act;
    let theta = (0..SLOTS).flat_map(|slot| randoms(n_params, 20 + slot as u32, 0.6)).collect();
    (theta, randoms(SLOTS * SHAPE.d_obs, 7, 1.5))
}

fn on_gpu(spec: TickNetSpec, lanes: usize) -> Seen {
    let (gpu, (theta, obs)) = (gpu(), inputs(spec.units));
    let mut bench = Bench::new(&gpu, &spec, SHAPE, SLOTS, lanes, true);
    let members = theta.chunks(spec.n_params(&SHAPE));
    let padded: Vec<u32> = members.flat_map(|member| words(Weights::Floats, member)).collect();
    bench.workspace.write(BufferId::Theta, &padded);
    bench.workspace.write(BufferId::Obs, &obs);
    bench.dispatch(PassId::NetworkReset);
    bench.dispatch(PassId::NetworkStep);
    let actions: Vec<f32> = bench.read(BufferId::Action);
    let episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
    (actions.into_iter().map(f64::from).collect(), episodes.iter().map(|episode| episode.spikes).collect())
}

fn reference(spec: TickNetSpec, hidden: Hidden) -> Seen {
    let (units, (theta, obs)) = (spec.units, inputs(spec.units));
    let net = TickNet { ticks: spec.ticks, hidden, d_obs: 4, neurons: units, actions: 2 };
    let (mut actions, mut spikes) = (vec![], vec![]);
    for (member, seen) in theta.chunks(spec.n_params(&SHAPE)).zip(obs.chunks(SHAPE.d_obs)) {
        let member: Vec<f64> = member.iter().map(|value| f64::from(*value)).collect();
        let seen: Vec<f64> = seen.iter().map(|value| f64::from(*value)).collect();
        let (inner, outer) = member.split_at(5 * units);
        let (outer, bias) = outer.split_at(2 * units);
        let outer = (0..units).flat_map(|n| [outer[n], outer[units + n]]);
        let theirs: Vec<f64> = inner.iter().copied().chain(outer).chain(bias.iter().copied()).collect();
        actions.extend(net.by_ticks(&theirs, &seen).into_iter().map(|value| value.clamp(-1.0, 1.0)));
        let train = net.train(&net.currents(&theirs, &seen));
        spikes.push(train.iter().flat_map(|tick| &tick.spikes).sum::<f64>() as u32);
    }
    (actions, spikes)
}

fn differ(a: &Seen, b: &Seen) -> bool {
    a.1 != b.1 || a.0.iter().zip(&b.0).any(|(a, b)| (a - b).abs() > BAR)
}

#[test]
fn the_kernel_follows_the_ticks() {
    for (name, hidden) in [(HiddenNeuron::If, Hidden::If), (HiddenNeuron::Lif, Hidden::Lif)] {
        for (units, ticks, lanes) in [(64, 16, 8), (64, 16, 64), (5, 32, 8), (33, 1, 32)] {
            let spec = TickNetSpec { units, ticks, hidden: name };
            let (ours, theirs) = (on_gpu(spec, lanes), reference(spec, hidden));
            assert!(!differ(&ours, &theirs), "{spec:?}, {lanes} lanes: {ours:?} instead of {theirs:?}");
            assert!(ticks == 1 || theirs.1.iter().any(|spikes| *spikes > 0), "{spec:?}: something fires");
        }
    }
}

#[test]
fn the_comparison_notices() {
    let spec = TickNetSpec { units: 64, ticks: 16, hidden: HiddenNeuron::If };
    let ours = on_gpu(spec, 8);
    assert!(differ(&ours, &reference(spec, Hidden::Lif)), "another law of the neurons");
    assert!(differ(&ours, &reference(TickNetSpec { ticks: 15, ..spec }, Hidden::If)), "a tick fewer");
}
