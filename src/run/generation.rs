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
    /// A generation of which some members have lived, with room for all of its `population` and what is made of them.
    ///
    /// Errors: [`RunError::Refused`] if there is none.
    pub fn with_room(mut open: OpenGeneration, population: usize) -> Result<Self, RunError> {
        refuse_too_many(population, size_of_val(&open.episodes[..]) / population.max(1))?;
        make_room(&mut open.episodes, population, "members")?;
        let mut ranks = CentredRanks::default();
        ranks.try_reserve(population).map_err(|_| no_room(population))?;
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
/// `progress` hears how many members have lived.
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

/// Lets those members of the generation `state.generation` live that have not yet, `open` knowing who has; `false` if
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
        let sizes = (engine.plan.n_moment_members, engine.plan.task.d_obs());
        open.begin(job.generation, (job.population, job.episode_cap), sizes)?;
    }
    engine.prepare(&state.learner.params, Draw::Members, &state.normaliser.upload())?;
    if open.is_whole() {
        return Ok(true);
    }
    if open.lived() > 0 {
        engine.set_moments(&open.moments);
    }
    let queue = open.queue();
    let mut collect = |ended: &[EpisodeRecord], _: &[f32]| {
        open.take(ended);
        progress(open.lived());
    };
    let lived = engine.rollout(job, queue, false, keep_going, &mut collect);
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
    if episodes.iter().all(is_non_finite) {
        return Err(RunError::AllNonFinite { generation: state.generation, population: episodes.len() });
    }
    let utilities = ranks.rank(episodes.iter().map(fitness));
    let tells = utilities.iter().any(|utility| *utility != 0);
    if tells && !engine.gradient(state.generation, utilities, keep_going, gradient)? {
        return Ok(false);
    }
    let members = engine.plan.n_moment_members.min(episodes.len());
    state.normaliser.merge(&open.moments, &episodes[..members]);
    if let Some(mirror) = &engine.plan.mirror {
        state.normaliser.reflect(&mirror.observation);
    }
    *update_norm = if tells { engine.plan.algorithm.tell(&mut state.learner, gradient) } else { 0.0 };
    state.frames += frames(episodes);
    state.generation += 1;
    Ok(true)
}

/// A member's fitness: its return, or NaN if its state ceased to be a number.
fn fitness(episode: &EpisodeRecord) -> f32 {
    if episode.status & status::NON_FINITE != 0 { f32::NAN } else { episode.return_sum }
}

/// Whether a member's state or return ceased to be a number, so that it ranks below all others.
pub fn is_non_finite(episode: &EpisodeRecord) -> bool {
    !fitness(episode).is_finite()
}

/// Environment steps that the episodes lived.
pub fn frames(episodes: &[EpisodeRecord]) -> u64 {
    episodes.iter().map(|episode| u64::from(episode.length)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

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
