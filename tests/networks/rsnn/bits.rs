//! Kernels of different shapes, and mirrored inputs: results that must be equal to the last bit.

use super::{Bench, CASE, Case};
use crate::support::mirror::{mirror, reflect, swap};
use crate::support::network::{POISON, gpu};
use crate::support::rsnn::State;
use gpu_ec::{
    kernel::{buffers::BufferId, entry::PassId},
    run::evolution::normaliser::Normaliser,
};

/// Words of states, actions and episodes.
fn words(bench: &mut Bench) -> [Vec<u32>; 3] {
    [BufferId::NetworkState, BufferId::Action, BufferId::Episode].map(|buffer| bench.read(buffer))
}

#[test]
fn checks_change_no_bit() {
    let gpu = gpu();
    for case in [Case { slots: 16, ..CASE }, Case { neurons: 96, ratio: 0.8, bias: true, slots: 16, ..CASE }] {
        let bits = [false, true].map(|checked| {
            let mut bench = Bench::new(&gpu, case, checked);
            bench.dispatch(PassId::NetworkReset);
            bench.dispatch(PassId::NetworkStep);
            bench.dispatch(PassId::NetworkStep);
            words(&mut bench)
        });
        assert!(bits[0] == bits[1], "{case:?}: bounds checks change results");
        assert!(!bits[0][0].contains(&POISON) && !bits[0][1].contains(&POISON), "{case:?}: a word was not written");
    }
}

/// The lanes' way of telling each other of spikes is chosen for speed alone.
#[test]
fn subgroups_change_no_bit() {
    let gpu = gpu();
    assert!(!gpu.adapter.is_software() || gpu.adapter.subgroup == 8, "the software driver's subgroups have 8 lanes");
    for case in [
        CASE,
        Case { neurons: 32, ratio: 0.4, ..CASE },
        Case { neurons: 96, ratio: 0.8, bias: true, ..CASE },
        Case { neurons: 160, ratio: 1.0, d_obs: 9, ..CASE },
        Case { neurons: 224, ratio: 0.0, d_obs: 20, ..CASE },
        Case { d_obs: 348, d_act: 17, slots: 24, ..CASE },
        Case { bilateral: true, bias: true, d_obs: 45, d_act: 17, ..CASE },
        Case { bilateral: true, neurons: 64, ..CASE },
    ] {
        let bits = [false, true].map(|subgroup| {
            let mut bench = Bench::new(&gpu, Case { subgroup, ..case }, false);
            let states = bench.random_states(1);
            bench.write_states(&states);
            for _ in 0..3 {
                bench.dispatch(PassId::NetworkStep);
            }
            words(&mut bench)
        });
        assert!(bits[0] == bits[1], "{case:?}: subgroups change results");
    }
}

/// A mirrored state and observation lead to the mirrored state and action, to the last bit.
#[test]
fn hemispheres_mirror_each_other_exactly() {
    let gpu = gpu();
    for case in [
        Case { bilateral: true, bias: true, d_obs: 45, d_act: 17, ..CASE },
        Case { bilateral: true, subgroup: false, lanes: 32, d_obs: 9, d_act: 6, ..CASE },
        Case { bilateral: true, neurons: 1024, ratio: 0.7, slots: 8, ..CASE },
    ] {
        let mut bench = Bench::new(&gpu, case, false);
        let mirror = mirror(case.d_obs, case.d_act);
        let (mean, scale) = bench.normaliser.split_at(case.d_obs);
        let mut normaliser = Normaliser::new(case.d_obs, 0.01);
        normaliser.count = 9.0;
        normaliser.mean = mean.iter().map(|x| f64::from(*x)).collect();
        normaliser.m2 = scale.iter().map(|x| f64::from(*x)).collect();
        normaliser.reflect(&mirror.observation);
        bench.normaliser = normaliser.upload();
        bench.upload();
        let (states, obs) = (bench.random_states(2), bench.obs.clone());
        let mut run = |states: &[State], obs: &[f32]| {
            bench.obs = obs.to_vec();
            bench.upload();
            bench.write_states(states);
            (0..3).for_each(|_| bench.dispatch(PassId::NetworkStep));
            (bench.read_states(), bench.read::<f32>(BufferId::Action))
        };
        let (after, action) = run(&states, &obs);
        let swapped: Vec<State> = states.iter().map(swapped).collect();
        let (mirrored_after, mirrored_action) = run(&swapped, &reflect(&mirror.observation, &obs));
        assert!(action.iter().any(|a| a.abs() > 0.01 && a.abs() < 1.0), "actions that tell something");
        assert!(mirrored_action == reflect(&mirror.action, &action), "{case:?}: actions");
        assert!(mirrored_after == after.iter().map(self::swapped).collect::<Vec<_>>(), "{case:?}: states");
        let (_, other) = run(&states, &reflect(&mirror.observation, &obs));
        assert!(other != reflect(&mirror.action, &action), "{case:?}: hemispheres that are not swapped");
    }
}

/// A state with its hemispheres swapped.
fn swapped(state: &State) -> State {
    State { v: swap(&state.v), i_syn: swap(&state.i_syn), rate: swap(&state.rate), fired: swap(&state.fired) }
}
