//! Resets and whole environment steps: which slots they touch, and rates and actions beside the reference's.

use super::{Bench, CASE, Case};
use crate::support::network::{KEY, POISON, gpu};
use gpu_ec::{
    kernel::{
        buffers::BufferId,
        entry::PassId,
        random::{philox4x32, uniform01},
        records::{EpisodeRecord, RunParams, status},
    },
    networks::Network,
};

#[test]
#[expect(clippy::print_stdout, reason = "the counts belong in the log")]
fn free_running_steps_agree_in_rates() {
    let gpu = gpu();
    for (case, steps) in [
        (CASE, 3),
        (Case { neurons: 64, ..CASE }, 3),
        (Case { neurons: 1024, slots: 8, ..CASE }, 1),
        (Case { bilateral: true, d_obs: 17, d_act: 7, ..CASE }, 3),
    ] {
        let mut bench = Bench::new(&gpu, case, false);
        let twin = bench.twin.clone();
        bench.dispatch(PassId::NetworkReset);
        let mut states = bench.read_states();
        let (mut equal, mut members, mut far) = (0, 0, 0);
        let mut counted = vec![0; case.slots];
        for step in 0..steps {
            bench.dispatch(PassId::NetworkStep);
            let after = bench.read_states();
            let actions: Vec<f32> = bench.read(BufferId::Action);
            let episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
            for (slot, state) in states.iter_mut().enumerate() {
                let (action, spikes) = twin.step(bench.theta_of(slot), &bench.inputs_of(&twin, slot), state);
                let got = episodes[slot].spikes as usize - counted[slot];
                counted[slot] = episodes[slot].spikes as usize;
                members += 1;
                let rates = state.rate.iter().zip(&after[slot].rate);
                let apart = rates.filter(|(a, b)| (*a - *b).abs() > 1e-4).count();
                far += apart;
                if apart == 0 {
                    equal += 1;
                    assert_eq!(got, spikes, "{case:?}, step {step}, slot {slot}: spikes at equal rates");
                    for (a, action) in action.iter().enumerate() {
                        let got = f64::from(actions[slot * case.d_act + a]);
                        let want = action.clamp(-1.0, 1.0);
                        assert!((got - want).abs() < 1e-3, "{case:?}, slot {slot}: action {got} instead of {want}");
                    }
                }
            }
            // From here on the reference follows the kernel, so that one undecided spike is counted once.
            states = after;
        }
        println!("{case:?}: {equal} of {members} environment steps have the reference's rates, {far} neurons differ");
        assert!(equal * 100 >= members * 90, "{case:?}: only {equal} of {members} environment steps agree");
    }
}

/// What decays without input ends at zero, not in denormal numbers, which CPUs compute with many times more slowly.
#[test]
fn silence_ends_at_zero() {
    let gpu = gpu();
    for subgroup in [false, true] {
        let mut bench = Bench::new(&gpu, Case { subgroup, ..CASE }, false);
        bench.theta.fill(0);
        bench.upload();
        let states = bench.random_states(4);
        bench.write_states(&states);
        for _ in 0..60 {
            bench.dispatch(PassId::NetworkStep);
        }
        let all_zero = |values: &[f64]| values.iter().all(|value| *value == 0.0);
        for (slot, state) in bench.read_states().iter().enumerate() {
            assert!(all_zero(&state.v) && all_zero(&state.i_syn) && all_zero(&state.rate), "slot {slot} is at rest");
        }
    }
}

#[test]
fn reset_draws_membranes_by_member() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 96, slots: 9, ..CASE }, true);
    bench.write_members(40);
    bench.workspace.write(BufferId::Fresh, &[8u32, 0, 1, 2, 3, 4, 5, 6, 7]);
    bench.dispatch(PassId::NetworkReset);
    let states = bench.read_states();
    for (slot, state) in states.iter().enumerate().take(8) {
        for (k, v) in state.v.iter().enumerate() {
            let bits = philox4x32([k as u32 / 4, 40 + slot as u32, 5, 0], KEY)[k % 4];
            assert_eq!(*v, f64::from(uniform01(bits)), "membrane {k} of slot {slot}");
        }
        assert!(state.i_syn.iter().chain(&state.rate).all(|x| *x == 0.0), "slot {slot} starts at rest");
        assert!(!state.fired.contains(&true), "slot {slot} starts silent");
    }
    let words: Vec<u32> = bench.read(BufferId::NetworkState);
    assert!(
        words[8 * bench.spec.state_words(&bench.shape)..].iter().all(|word| *word == POISON),
        "a slot that is not fresh"
    );
    // The place of a member does not matter.
    bench.write_members(41);
    bench.dispatch(PassId::NetworkReset);
    assert_eq!(bench.read_states()[..7], states[1..8], "slabs differ");
}

#[test]
fn only_living_slots_step_and_only_some_feed_the_normaliser() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 64, slots: 6, ..CASE }, true);
    bench.dispatch(PassId::NetworkReset);
    let before = bench.read_states();
    let run = RunParams { n_slots: 6, n_moment_lives: 3, episode_cap: 9, ..Default::default() };
    bench.workspace.write(BufferId::Run, &[run]);
    // Slot 0 is done, slot 4 not on the list.
    bench.workspace.write(BufferId::Live, &[5u32, 0, 1, 2, 3, 5, 4]);
    let mut episodes: Vec<EpisodeRecord> = (0..6).map(|life| EpisodeRecord { life, ..Default::default() }).collect();
    episodes[0].status = status::DONE;
    bench.workspace.write(BufferId::Episode, &episodes);
    bench.dispatch(PassId::NetworkStep);
    bench.dispatch(PassId::NetworkStep);
    let after = bench.read_states();
    let episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
    let actions: Vec<u32> = bench.read(BufferId::Action);
    for slot in 0..6 {
        let lives = slot != 0 && slot != 4;
        assert_eq!(after[slot] != before[slot], lives, "state of slot {slot}");
        assert_eq!(actions[slot * 3] != POISON, lives, "action of slot {slot}");
        assert!(lives || episodes[slot].spikes == 0, "spikes of slot {slot}");
    }
    let moments: Vec<f32> = bench.read(BufferId::Moments);
    let d = bench.shape.d_obs;
    for slot in 0..6 {
        for i in 0..d {
            let x = bench.obs[slot * d + i] - bench.normaliser[i];
            let times = if slot == 1 || slot == 2 { 2.0 } else { 0.0 };
            assert!((moments[slot * 2 * d + i] - times * x).abs() < 1e-5, "first moment {i} of slot {slot}");
            assert!((moments[slot * 2 * d + d + i] - times * x * x).abs() < 1e-5, "second moment {i} of slot {slot}");
        }
    }
}
