//! One generation: ask, live, rank, tell.

use super::{
    engine::{Engine, Job},
    fitness::{fitness, frames, is_non_finite},
    progress::OpenGeneration,
    room::{make_room, no_room, refuse_too_many},
    state::TrainState,
};
use crate::{
    algorithms::{Draw, shaping::CentredRanks},
    kernel::records::EpisodeRecord,
    run::RunError,
};

/// What a generation's members did, and what became of it; the next generation uses its memory again.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the members did.
    pub open: OpenGeneration,
    /// Norm of the change of the parameters.
    pub update_norm: f64,
    ranks: CentredRanks,
    gradient: Vec<f64>,
}

impl Outcome {
    /// Makes a generation of which some lives are over, with room for all of its `population`, `episodes` each, and
    /// what is made of them.
    ///
    /// Errors: [`RunError::Refused`] if there is none.
    pub fn with_room(mut open: OpenGeneration, population: usize, episodes: usize) -> Result<Self, RunError> {
        refuse_too_many(population, episodes, size_of_val(&open.episodes[..]))?;
        make_room(&mut open.episodes, population * episodes, "episodes")?;
        let mut ranks = CentredRanks::default();
        ranks.try_reserve(population).map_err(|_| no_room(population, episodes))?;
        Ok(Self { open, ranks, ..Default::default() })
    }
}

/// Runs the generation `state.generation`, which leaves `outcome`, and moves `state` to the next; `false` if
/// `keep_going` said no, `state` untouched and `outcome` holding what is done of it.
///
/// `progress` hears how many lives are over.
pub fn run_generation(
    engine: &mut Engine,
    state: &mut TrainState,
    outcome: &mut Outcome,
    job: &Job,
    keep_going: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(usize),
) -> Result<bool, RunError> {
    Ok(live(engine, state, &mut outcome.open, job, keep_going, progress)? && tell(engine, state, outcome, keep_going)?)
}

/// Lets those lives of the generation `state.generation` be lived that are not over yet, `open` knowing which are;
/// `false` if `keep_going` said no.
///
/// After an error `open` holds those whose results do not depend on the device any more.
pub fn live(
    engine: &mut Engine,
    state: &TrainState,
    open: &mut OpenGeneration,
    job: &Job,
    keep_going: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(usize),
) -> Result<bool, RunError> {
    if open.generation != Some(job.generation) {
        let sizes = engine.plan.open_sizes();
        open.begin(job.generation, (job.lives(), job.episode_cap), sizes)?;
    }
    engine.prepare(&state.learner.params, Draw::Members, &state.normaliser.upload())?;
    if open.is_whole() {
        return Ok(true);
    }
    if open.lived() > 0 {
        engine.set_moments(&open.moments);
    }
    let queue = open.queue();
    let mut collect = |ended: &[EpisodeRecord], terms: &[f32]| {
        open.take(ended, terms);
        progress(open.lived());
    };
    let lived = engine.rollout(job, queue, true, keep_going, &mut collect);
    let taken = lived.and_then(|whole| engine.moments(|moments| open.take_moments(moments)).map(|()| whole));
    if taken.is_err() {
        open.forget_moments();
    }
    taken
}

/// Ranks the members of `outcome`, who have all lived, and moves `state` to the next generation; `false` if
/// `keep_going` said no, `state` untouched.
///
/// A generation whose members all rank equal says nothing of where to go, so it takes no step: parameters and the
/// optimizer's memory stay as they are, and no weight decays. What its members saw still counts for the normaliser.
///
/// Needs the distribution on the device, as [`live`] leaves them.
pub fn tell(
    engine: &mut Engine,
    state: &mut TrainState,
    outcome: &mut Outcome,
    keep_going: &dyn Fn() -> bool,
) -> Result<bool, RunError> {
    let Outcome { open, update_norm, ranks, gradient } = outcome;
    let episodes = &open.episodes;
    let members = || episodes.chunks(engine.plan.episodes);
    if members().all(is_non_finite) {
        return Err(RunError::AllNonFinite { generation: state.generation, population: members().len() });
    }
    let utilities = ranks.rank(members().map(fitness));
    let tells = utilities.iter().any(|utility| *utility != 0);
    if tells && !engine.gradient(state.generation, utilities, keep_going, gradient)? {
        return Ok(false);
    }
    let feeding = engine.plan.n_moment_lives.min(episodes.len());
    state.normaliser.merge(&open.moments, &episodes[..feeding]);
    if let Some(mirror) = &engine.plan.mirror {
        state.normaliser.reflect(&mirror.observation);
    }
    *update_norm = if tells { engine.plan.algorithm.tell(&mut state.learner, gradient) } else { 0.0 };
    state.frames += frames(episodes);
    state.generation += 1;
    Ok(true)
}
