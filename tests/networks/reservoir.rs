//! The reservoir as an evolved network: its kernel against the embodied network in f64, open loop, for several numbers
//! of lanes.

use crate::support::arm::{Arm, State, Weights};
use crate::support::network::{Bench, gpu, randoms};
use gpu_ec::{
    kernel::{buffers::BufferId, entry::PassId, records::EpisodeRecord},
    networks::{IoDims, Network, reservoir::ReservoirSpec},
};

/// Rounding turns the first spike over after some 400 ticks: what follows is another motion of the same network.
const STEPS: usize = 16;
const SLOTS: usize = 3;

/// The angle that a slot hears in a step.
fn angle(slot: usize, step: usize) -> f32 {
    let side = if slot == 1 { -1.0 } else { 1.0 };
    side * (0.35 + 0.3 * (0.1 * step as f32).sin())
}

/// Actions `[steps][slots][2]` and spikes `[slots]` of the reference.
fn reference(spec: &ReservoirSpec, theta: &[f32]) -> (Vec<[f64; 2]>, Vec<f64>) {
    let n = spec.neurons;
    let padded = n.next_multiple_of(32);
    let fixed = spec.fixed_weights(spec.seed, padded);
    let row = |from: usize| (0..n).map(|to| f64::from(fixed[from * padded + to])).collect();
    let arm = Arm { smooth: false, loops: false, tendon_ratio: 0.75, energy: [0.0; 2] };
    let ticks = (spec.sim_time_ms / spec.dt_ms) as usize;
    let mut actions = vec![[0.0; 2]; STEPS * SLOTS];
    let mut spikes = vec![0.0; SLOTS];
    for slot in 0..SLOTS {
        let readout = theta[2 * n * slot..][..2 * n].as_chunks::<2>().0;
        let readout = readout.iter().map(|pair| pair.map(f64::from)).collect();
        let weights =
            Weights { input: vec![row(padded), row(padded + 1)], recurrent: (0..n).map(row).collect(), readout };
        let mut state = State::rest(n);
        for step in 0..STEPS {
            state.angle = f64::from(angle(slot, step));
            let mut on = [0.0; 2];
            for _ in 0..ticks {
                spikes[slot] += state.u.iter().filter(|u| **u >= 1.0).count() as f64;
                state = arm.tick(&weights, &state, &mut []);
                (0..2).for_each(|k| on[k] += f64::from(u8::from(state.held[k] >= 0.0)));
            }
            actions[step * SLOTS + slot] = on.map(|ticks_on| 2.0 * ticks_on / ticks as f64 - 1.0);
        }
    }
    (actions, spikes)
}

/// What the kernel gives.
fn on_gpu(spec: &ReservoirSpec, theta: &[f32], lanes: usize) -> (Vec<[f64; 2]>, Vec<f64>) {
    let gpu = gpu();
    let shape = IoDims { d_obs: 2, d_act: 2 };
    let mut bench = Bench::new(&gpu, spec, shape, SLOTS, lanes, false);
    bench.workspace.write(BufferId::Theta, theta);
    bench.dispatch(PassId::NetworkReset);
    let mut actions = vec![];
    for step in 0..STEPS {
        let obs: Vec<f32> = (0..SLOTS).flat_map(|slot| [angle(slot, step), 7.0]).collect();
        bench.workspace.write(BufferId::Obs, &obs);
        bench.dispatch(PassId::NetworkStep);
        let seen: Vec<f32> = bench.read(BufferId::Action);
        actions.extend(seen.as_chunks::<2>().0.iter().map(|pair| pair.map(f64::from)));
    }
    let episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
    (actions, episodes.iter().map(|episode| f64::from(episode.spikes)).collect())
}

/// Largest difference of actions, and of counts of spikes.
fn difference(a: &(Vec<[f64; 2]>, Vec<f64>), b: &(Vec<[f64; 2]>, Vec<f64>)) -> (f64, f64) {
    let worst = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    (worst(a.0.as_flattened(), b.0.as_flattened()), worst(&a.1, &b.1))
}

#[test]
fn the_kernel_follows_the_reference() {
    for (neurons, lanes) in [(200, 8), (200, 64), (50, 8), (100, 32)] {
        let spec = ReservoirSpec { neurons, seed: 3, ..ReservoirSpec::default() };
        let theta = randoms(SLOTS * 2 * neurons, 9, 0.05);
        let (ours, theirs) = (on_gpu(&spec, &theta, lanes), reference(&spec, &theta));
        let (actions, spikes) = difference(&ours, &theirs);
        let driven = theirs.0.iter().flatten().filter(|action| **action > -1.0).count();
        eprintln!(
            "{neurons} neurons, {lanes} lanes: {:?} spikes, {driven} actions above rest, off by {actions:.1e}",
            theirs.1
        );
        assert!(theirs.1.iter().all(|count| *count > 100.0) && driven > 10, "there is something to compare");
        // stimulations are counted in ticks of which f32 holds the shares exactly to its last bit
        assert!(actions < 1e-6 && spikes == 0.0, "actions differ by {actions}, spikes by {spikes}");
        let mut wrong = theirs.clone();
        wrong.0[STEPS * SLOTS / 2][1] += 0.1;
        assert!(difference(&ours, &wrong).0 > 1e-6, "a tick is seen");
    }
    assert_eq!(ReservoirSpec::default().name(), "reservoir", "an ordinary network");
}
