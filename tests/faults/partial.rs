//! A generation that is cut off anywhere goes on from its checkpoint: only the members live that have not, to the same
//! bits.

use std::{cell::Cell, path::Path};

use gpu_ec::{
    config::{self, Config},
    gpu::{Gpu, Selector},
    kernel::records::EpisodeRecord,
    run::{
        checkpoint::{Checkpoint, save},
        evolution::{
            engine::Engine,
            generation::{Outcome, run_generation},
            state::TrainState,
            train::training_job,
        },
    },
};

/// Hoppers, more of them than slots, of whom some feed the normaliser; all have so many episodes.
fn config(slab: usize, episodes: usize) -> Config {
    let (population, members) = (150 / episodes, 60 / episodes);
    let (population, members) = (format!("algorithm.population={population}"), format!("normaliser.members={members}"));
    let (slab, episodes) = (format!("device.slab={slab}"), format!("algorithm.episodes={episodes}"));
    let sets = [
        "network=Rsnn(neurons: 32)",
        &population,
        &members,
        &episodes,
        "curriculum=None",
        "task.episode_length=60",
        "device.submission_ms=1",
        &slab,
    ];
    config::load(config::find("hopper_fast").expect("a preset"), &sets.map(String::from)).expect("valid")
}

/// All that a generation leaves.
#[derive(PartialEq)]
struct Left {
    state: TrainState,
    episodes: Vec<EpisodeRecord>,
    moments: Vec<u32>,
}

/// Two generations, given up whenever `cut` more lives are over, and gone on with in other slots. Returns what they
/// leave, how often a life was lived, and how often they were cut off.
fn two_generations(gpu: &Gpu, folder: &Path, cut: usize, (seed, episodes): (u64, usize)) -> (Left, Vec<u32>, usize) {
    let path = folder.join("checkpoint");
    let config = |slab| Config { seed, ..config(slab, episodes) };
    let (whole, slabs) = (config(1), [25, 40, 7]);
    let mut engines = slabs.map(|slab| Engine::new(gpu, &config(slab)).expect("compiles"));
    let mut state = TrainState::new(&whole, &engines[0].plan);
    let mut outcome = Outcome::default();
    let mut lived = vec![0; 150];
    let mut cuts = 0;
    while state.generation < 2 {
        let engine = &mut engines[cuts % slabs.len()];
        let job = training_job(&whole, &state, engine.plan.task.as_ref());
        let same = outcome.open.generation == Some(job.generation);
        let before = if same { outcome.open.episodes.clone() } else { vec![] };
        let begun_with = if same { outcome.open.lived() } else { 0 };
        let now = Cell::new(begun_with);
        let keep_going = || now.get() - begun_with < cut;
        let mut progress = |lived| now.set(lived);
        let done = run_generation(engine, &mut state, &mut outcome, &job, &keep_going, &mut progress).expect("runs");
        for (life, after) in outcome.open.episodes.iter().enumerate() {
            let newly = before.get(life).is_none_or(|before| before.status == 0) && after.status != 0;
            lived[life] += u32::from(newly);
        }
        if !done {
            save(&path, &whole, &engine.plan, &state, Some(&outcome.open)).expect("written");
            let checkpoint = Checkpoint::read(&path).expect("sound");
            state = checkpoint.state(&whole, &engine.plan).expect("of this run");
            let open = checkpoint.open(&engine.plan, &job).expect("sound");
            assert_eq!(open.episodes, outcome.open.episodes, "records come back");
            outcome = Outcome::with_room(open, job.population, episodes).expect("room");
            cuts += 1;
            assert!(cuts < 1000, "it comes to no end");
        }
    }
    let moments = outcome.open.moments.iter().map(|sum| sum.to_bits()).collect();
    (Left { state, episodes: outcome.open.episodes, moments }, lived, cuts)
}

fn assert_cuts_change_nothing(episodes: usize, cut_after: &[usize]) {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |cut, seed| two_generations(&gpu, folder.path(), cut, (seed, episodes));
    let (whole, _, cuts) = run(usize::MAX, 0);
    assert_eq!(cuts, 0, "nobody cut it off");
    let (other, ..) = run(usize::MAX, 1);
    assert!(other != whole, "another seed is told apart");
    for cut in cut_after {
        let (parts, lived, cuts) = run(*cut, 0);
        assert!(cuts > 3, "cut off {cuts} times only");
        assert!(lived.iter().all(|times| *times == 2), "every life is told of once a generation: {lived:?}");
        assert!(parts.episodes == whole.episodes, "episodes differ, cut at {cut}");
        assert!(parts.moments == whole.moments, "sums for the normaliser differ, cut at {cut}");
        assert!(parts.state == whole.state, "states differ, cut at {cut}");
    }
}

#[test]
fn cut_off_anywhere_it_ends_in_the_same_bits() {
    assert_cuts_change_nothing(1, &[1, 33, 60]);
}

/// Cuts leave members of whom some episodes are over and others are not.
#[test]
fn episodes_of_a_member_are_cut_off_one_by_one() {
    assert_cuts_change_nothing(5, &[1, 33]);
}
