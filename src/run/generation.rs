//! One generation: ask, live, rank, tell.

use super::{
    RunError,
    engine::{Engine, Job},
    normaliser::Normaliser,
    open::OpenGeneration,
    phase::Phase,
    room::{make_room, no_room, refuse_too_many},
    stop::Standing,
};
use crate::{
    algorithms::{Draw, Learner, shaping::CentredRanks},
    config::{Config, CurriculumConfig},
    plan::{
        build::Plan,
        random::{Stream, stream_key},
        records::{EpisodeRecord, status},
    },
};

/// Everything that changes from generation to generation; a checkpoint holds exactly this.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainState {
    /// The generation that comes next.
    pub generation: u32,
    /// Training frames so far.
    pub frames: u64,
    /// The phase that it is in.
    pub phase: Phase,
    /// What is learnt.
    pub learner: Learner,
    /// Statistics of the observations.
    pub normaliser: Normaliser,
    /// Best mean return of an evaluation so far.
    pub best_eval: Option<f64>,
}

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
    /// A generation of which some lives are over, with room for all of its `population`, `episodes` each, and what is made of
    /// them.
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

impl TrainState {
    /// The state before the first generation.
    pub fn new(config: &Config, plan: &Plan) -> Self {
        Self::with(config, plan, &|| plan.network.initial(&plan.io, stream_key(config.seed, Stream::Initial)))
    }

    /// The same for parameters that come from elsewhere: large networks take seconds to draw theirs.
    pub fn blank(config: &Config, plan: &Plan) -> Self {
        Self::with(config, plan, &|| vec![0.0; plan.n_params()])
    }

    /// How far it is.
    pub fn standing(&self) -> Standing {
        Standing { generation: self.generation, frames: self.frames, best_eval: self.best_eval }
    }

    fn with(config: &Config, plan: &Plan, initial: &dyn Fn() -> Vec<f64>) -> Self {
        Self {
            generation: 0,
            frames: 0,
            phase: Phase::default(),
            learner: plan.algorithm.start(&plan.genome, initial),
            normaliser: Normaliser::new(plan.task.d_obs(), config.normaliser.std_floor),
            best_eval: None,
        }
    }
}

/// The cap on training episodes after `frames` frames; it depends on nothing else.
pub fn episode_cap(curriculum: Option<&CurriculumConfig>, full: usize, frames: u64) -> usize {
    let Some(curriculum) = curriculum else { return full };
    let (from, to) = (curriculum.grow_from_frames, curriculum.grow_to_frames);
    let start = (curriculum.start_length as usize).min(full);
    if frames >= to {
        full
    } else if frames <= from {
        start
    } else {
        start + ((full - start) as u128 * u128::from(frames - from) / u128::from(to - from)) as usize
    }
}

/// Runs the generation `state.generation`, which leaves `outcome`, and moves `state` to the next; `false` if `keep_going`
/// said no, `state` untouched and `outcome` holding what is done of it.
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

/// Lets those lives of the generation `state.generation` be lived that are not over yet, `open` knowing which are; `false` if
/// `keep_going` said no.
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

/// Ranks the members of `outcome`, who have all lived, and moves `state` to the next generation; `false` if `keep_going` said
/// no, `state` untouched.
///
/// A generation whose members all rank equal says nothing of where to go, so it takes no step: parameters and the optimizer's
/// memory stay as they are, and no weight decays. What its members saw still counts for the normaliser.
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

/// A member's fitness: the mean return of its `lives`, or NaN if its state ceased to be a number in one of them.
pub fn fitness(lives: &[EpisodeRecord]) -> f32 {
    if lives.iter().any(|life| life.status & status::NON_FINITE != 0) {
        return f32::NAN;
    }
    match lives {
        [only] => only.return_sum,
        lives => (lives.iter().map(|life| f64::from(life.return_sum)).sum::<f64>() / lives.len() as f64) as f32,
    }
}

/// Whether a member's state or return ceased to be a number in one of its `lives`, so that it ranks below all others.
pub fn is_non_finite(lives: &[EpisodeRecord]) -> bool {
    !fitness(lives).is_finite()
}

/// Environment steps that the episodes lived.
pub fn frames(episodes: &[EpisodeRecord]) -> u64 {
    episodes.iter().map(|episode| u64::from(episode.length)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_fitness_is_the_mean_of_its_returns() {
        let life = |return_sum, status| EpisodeRecord { return_sum, status, ..Default::default() };
        let (done, broken) = (status::DONE, status::DONE | status::NON_FINITE);
        assert_eq!(fitness(&[life(-0.0, done)]).to_bits(), (-0.0f32).to_bits(), "a single return to the bit");
        assert_eq!(fitness(&[life(1.0, done), life(2.0, done), life(6.0, done)]), 3.0, "the mean");
        assert!(fitness(&[life(1.0, done), life(2.0, broken)]).is_nan(), "one state that is no number is enough");
        assert!(is_non_finite(&[life(f32::INFINITY, done), life(2.0, done)]), "so is a return that is not finite");
    }

    #[test]
    fn the_cap_grows_linearly_between_its_frames() {
        let curriculum = CurriculumConfig { start_length: 200, grow_from_frames: 700, grow_to_frames: 2000 };
        let cap = |frames| episode_cap(Some(&curriculum), 1000, frames);
        assert_eq!(
            [cap(0), cap(700), cap(1350), cap(2000), cap(9999)],
            [200, 200, 600, 1000, 1000],
            "linear in frames"
        );
        assert_eq!(episode_cap(None, 1000, 5), 1000, "no curriculum, full length");
        assert_eq!(episode_cap(Some(&curriculum), 100, 5), 100, "never above the task's own length");
    }
}
