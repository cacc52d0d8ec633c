//! A generation that is cut off anywhere goes on from its checkpoint: only the members live that have not, to the same bits.

use std::{cell::Cell, path::Path};

use gpu_ec::{
    config::{self, Config},
    gpu::{Gpu, Selector},
    plan::records::EpisodeRecord,
    run::{
        checkpoint::{Checkpoint, save},
        engine::Engine,
        generation::{Outcome, TrainState, run_generation},
        train::training_job,
    },
};

/// Hoppers, more of them than slots, of whom some feed the normaliser.
fn config(slab: usize) -> Config {
    let slab = format!("device.slab={slab}");
    let sets = [
        "network=Rsnn(neurons: 32)",
        "algorithm.population=150",
        "normaliser.members=60",
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

/// Two generations, given up whenever `cut` more members have lived, and gone on with in other slots. Returns what
/// they leave, how often a member lived, and how often they were cut off.
fn two_generations(gpu: &Gpu, folder: &Path, cut: usize, seed: u64) -> (Left, Vec<u32>, usize) {
    let path = folder.join("checkpoint");
    let config = |slab| Config { seed, ..config(slab) };
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
        for (member, after) in outcome.open.episodes.iter().enumerate() {
            let newly = before.get(member).is_none_or(|before| before.status == 0) && after.status != 0;
            lived[member] += u32::from(newly);
        }
        if !done {
            save(&path, &whole, &engine.plan, &state, Some(&outcome.open)).expect("written");
            let checkpoint = Checkpoint::read(&path).expect("sound");
            state = checkpoint.state(&whole, &engine.plan).expect("of this run");
            let open = checkpoint.open(&engine.plan, &job).expect("sound");
            assert_eq!(open.episodes, outcome.open.episodes, "records come back");
            outcome = Outcome::with_room(open, job.population).expect("room");
            cuts += 1;
            assert!(cuts < 1000, "it comes to no end");
        }
    }
    let moments = outcome.open.moments.iter().map(|sum| sum.to_bits()).collect();
    (Left { state, episodes: outcome.open.episodes, moments }, lived, cuts)
}

#[test]
fn cut_off_anywhere_it_ends_in_the_same_bits() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, _, cuts) = two_generations(&gpu, folder.path(), usize::MAX, 0);
    assert_eq!(cuts, 0, "nobody cut it off");
    let (other, ..) = two_generations(&gpu, folder.path(), usize::MAX, 1);
    assert!(other != whole, "another seed is told apart");
    for cut in [1, 33, 60] {
        let (parts, lived, cuts) = two_generations(&gpu, folder.path(), cut, 0);
        assert!(cuts > 3, "cut off {cuts} times only");
        assert!(lived.iter().all(|times| *times == 2), "every member is told of once a generation: {lived:?}");
        assert!(parts.episodes == whole.episodes, "episodes differ, cut at {cut}");
        assert!(parts.moments == whole.moments, "sums for the normaliser differ, cut at {cut}");
        assert!(parts.state == whole.state, "states differ, cut at {cut}");
    }
}
