//! One generation: ask, live, rank, tell.

use super::{
    engine::{Engine, Job},
    fitness::{fitness, frames, is_non_finite},
    progress::GenerationProgress,
    room::{make_room, no_room, refuse_too_many},
    state::TrainState,
};
use crate::{
    algorithms::{Draw, shaping::CentredRanks},
    kernel::records::EpisodeRecord,
    run::RunError,
};

/// Results of a generation; the next generation reuses the memory.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Episodes of the members.
    pub open: GenerationProgress,
    /// Norm of the change of the parameters.
    pub update_norm: f64,
    ranks: CentredRanks,
    gradient: Vec<f64>,
}

impl Outcome {
    /// Returns a generation with the finished episodes of `open`, and with room for `population` members of
    /// `episodes` each and for their ranks.
    ///
    /// Errors: [`RunError::Refused`] if there is not enough memory.
    pub fn with_room(mut open: GenerationProgress, population: usize, episodes: usize) -> Result<Self, RunError> {
        refuse_too_many(population, episodes, size_of_val(&open.episodes[..]))?;
        make_room(&mut open.episodes, population * episodes, "episodes")?;
        let mut ranks = CentredRanks::default();
        ranks.try_reserve(population).map_err(|_| no_room(population, episodes))?;
        Ok(Self { open, ranks, ..Default::default() })
    }
}

/// Runs the generation `state.generation` into `outcome` and moves `state` to the next. Returns `false` if
/// `keep_going` did; `state` is then unchanged, and `outcome` holds what is finished.
///
/// `progress` receives the number of finished episodes.
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

/// Runs the episodes of the generation `state.generation` that are unfinished in `open`. Returns `false` if
/// `keep_going` did.
///
/// After an error `open` holds those whose results no longer depend on the device.
pub fn live(
    engine: &mut Engine,
    state: &TrainState,
    open: &mut GenerationProgress,
    job: &Job,
    keep_going: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(usize),
) -> Result<bool, RunError> {
    prepare(engine, state, open, job)?;
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

/// Opens the generation of `job` unless it is open already, and uploads what its members are drawn from.
pub fn prepare(
    engine: &mut Engine,
    state: &TrainState,
    open: &mut GenerationProgress,
    job: &Job,
) -> Result<(), RunError> {
    if open.generation != Some(job.generation) {
        let sizes = engine.plan.open_sizes();
        open.begin(job.generation, (job.lives(), job.episode_cap), sizes)?;
    }
    engine.prepare(&state.learner.params, Draw::Members, &state.normaliser.upload())
}

/// Ranks the members of `outcome`, whose episodes are all finished, and moves `state` to the next generation.
/// Returns `false` if `keep_going` did; `state` is then unchanged.
///
/// A generation whose members all rank equal gives no direction, so it takes no step: parameters and the
/// optimizer's memory stay as they are, and no weight decays. Its observations still count for the normaliser.
///
/// Needs the distribution on the device, as [`live`] leaves it.
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
    let utilities = ranks.shape(members().map(fitness), engine.plan.evolution()?.shaping());
    let tells = utilities.iter().any(|utility| *utility != utilities[0]);
    if tells && !engine.gradient(state.generation, utilities, keep_going, gradient)? {
        return Ok(false);
    }
    let feeding = engine.plan.n_moment_lives.min(episodes.len());
    state.normaliser.merge(&open.moments, &episodes[..feeding]);
    if let Some(mirror) = &engine.plan.mirror {
        state.normaliser.reflect(&mirror.observation);
    }
    *update_norm = if tells { engine.plan.evolution()?.tell(&mut state.learner, gradient) } else { 0.0 };
    state.frames += frames(episodes);
    state.generation += 1;
    Ok(true)
}
