//! Training by gradients of a policy as the run driver sees it.

use std::path::Path;

use super::{
    engine::{Collected, Iteration, PolicyEngine},
    state::PolicyState,
};
use crate::{
    algorithms::ppo::LOSSES,
    config::{AlgorithmConfig, Config, PpoConfig},
    gpu::Gpu,
    kernel::ppo_records::ppo_flags::{BROKEN, FELL, RAN_OUT},
    plan::{Plan, PlanError, policy::PolicyPlan},
    report::{Descent, GenerationMetrics, Subject, Totals},
    run::{
        RunError,
        checkpoint::{Checkpoint, read_policy, save_policy},
        evolution::{engine::Engine, evaluate::evaluate, tune},
        newest::newest,
        session::{Origin, Session},
        stop::{self, Standing},
        stopwatch::Stopwatch,
        trainer::{Running, Trainer},
    },
};

/// Policy in training.
pub struct PolicyGradient {
    settings: PpoConfig,
    state: PolicyState,
    /// Plan for the first device, until that is opened.
    plan: Option<PolicyPlan>,
}

/// Engines of a policy: one trains it, the other evaluates it.
pub struct Engines<'gpu> {
    training: PolicyEngine<'gpu>,
    evaluation: Engine<'gpu>,
}

impl Trainer for PolicyGradient {
    type Engine<'gpu> = Engines<'gpu>;

    fn begin(session: &Session, gpu: &Gpu) -> Result<Self, RunError> {
        let config = &session.config;
        let AlgorithmConfig::Ppo(settings) = &config.algorithm else {
            return Err(PlanError::Refused(format!("{} has no policy", config.algorithm.name())).into());
        };
        let plan = PolicyPlan::new(config, gpu.adapter.traits())?;
        let state = initial_state(session, settings, &plan)?;
        Ok(Self { settings: settings.clone(), state, plan: Some(plan) })
    }

    fn open<'gpu>(&mut self, session: &Session, gpu: &'gpu Gpu) -> Result<Engines<'gpu>, RunError> {
        let config = &session.config;
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => PolicyPlan::new(config, gpu.adapter.traits())?,
        };
        let judged = config.for_evaluation();
        let evaluation = Plan::new(&judged, gpu.adapter.traits())?;
        Ok(Engines {
            training: PolicyEngine::new(gpu, plan, config.seed, config.device.submission_ms)?,
            evaluation: tune::engine(gpu, &judged, evaluation, session.variants.as_ref())?,
        })
    }

    fn warm_up(&mut self, engine: &mut Engines) -> Result<(), RunError> {
        engine.training.warm_up(&self.state)?;
        engine.evaluation.warm_up()
    }

    fn task_id<'a>(&'a self, engine: &'a Engines) -> &'a str {
        engine.training.plan.plan.task.id()
    }

    fn standing(&self) -> Standing {
        self.state.standing
    }

    fn next(&mut self, engine: &mut Engines, run: &mut Running<'_>) -> Result<Option<GenerationMetrics>, RunError> {
        let mut watch = Stopwatch::start();
        let keep_going = || !run.cancel.is_cancelled();
        let before = self.state.clone();
        let length = engine.training.plan.plan.task.episode_length();
        let iteration = Iteration::next(run.config, &self.settings, &self.state, length);
        let collected = match engine.training.iterate(&mut self.state, &iteration, &keep_going) {
            Ok(Some(collected)) => collected,
            // a device that is lost while it is read leaves a state that is half new
            cut_off => {
                self.state = before;
                return cut_off.map(|_| None);
            }
        };
        let frames = collected.frames.len() as u64;
        self.state.rewards.merge_rollout(&collected);
        self.state.standing.generation += 1;
        self.state.standing.frames += frames;
        watch.trained();
        let Standing { generation, frames: all, .. } = self.state.standing;
        let mut evaluated = None;
        if stop::evaluation_is_due(run.config, generation, all, run.clock) {
            let learnt = self.state.learnt(run.config, &engine.training.plan);
            let episodes = run.config.evaluation.episodes as usize;
            match evaluate(&mut engine.evaluation, &learnt, iteration.number, episodes, &keep_going) {
                Ok(Some(evaluation)) => evaluated = Some(evaluation),
                cut_off => {
                    self.state = before;
                    return cut_off.map(|_| None);
                }
            }
        }
        let mut metrics = summary(&engine.training.plan, &collected, &before, &self.state);
        metrics.judged_by(evaluated.as_ref());
        metrics.timing = watch.timing(frames, engine.training.device_bytes() + engine.evaluation.device_bytes());
        Ok(Some(metrics))
    }

    fn set_best(&mut self, mean: f64) {
        self.state.standing.best_eval = Some(mean);
    }

    fn warnings(
        &self,
        _: &Engines,
        config: &Config,
        metrics: &GenerationMetrics,
        _: &Totals,
    ) -> Vec<(Subject, String)> {
        let broken = metrics.broken_evaluation(config.evaluation.episodes);
        let broken = broken.map(|text| (Subject::EvaluationNonfinite, text));
        let silent = metrics.silence(&config.network).map(|text| (Subject::NoSpikes, text));
        let skipped = metrics.descent.as_ref().and_then(|descent| descent.skipped_updates(metrics.generation));
        [broken, silent, skipped.map(|text| (Subject::Gradient, text))].into_iter().flatten().collect()
    }

    fn save(&self, engine: &Engines, config: &Config, path: &Path, _: bool) -> Result<(), RunError> {
        save_policy(path, config, &engine.training.plan, &self.state)
    }
}

fn initial_state(session: &Session, settings: &PpoConfig, plan: &PolicyPlan) -> Result<PolicyState, RunError> {
    let config = &session.config;
    let new = || PolicyState::new(config, settings, plan);
    match &session.origin {
        Origin::New => Ok(new()),
        Origin::From(path, keep) => {
            let learnt = Checkpoint::read(path)?.beginning(config, &plan.plan, *keep)?;
            Ok(PolicyState::from(config, settings, plan, &learnt))
        }
        Origin::Resume => {
            let newest = newest(&session.dir, |checkpoint| {
                checkpoint.refuse_other_config(config, plan.plan.task.id())?;
                read_policy(checkpoint, config, settings, plan)
            })?;
            Ok(newest.unwrap_or_else(new))
        }
    }
}

/// Returns the metrics of an iteration that led from `before` to `after`, without evaluation and timing.
fn summary(plan: &PolicyPlan, collected: &Collected, before: &PolicyState, after: &PolicyState) -> GenerationMetrics {
    let ended: Vec<_> = collected.frames.iter().filter(|frame| frame.flags & (FELL | RAN_OUT) != 0).collect();
    let broken = collected.frames.iter().filter(|frame| frame.flags & BROKEN != 0);
    let sound = ended.iter().filter(|frame| frame.flags & BROKEN == 0);
    let spikes: f64 = collected.environments.iter().map(|record| f64::from(record.spikes)).sum();
    let network = &plan.plan.network;
    let frames = collected.frames.len() as f64;
    let lived = ended.iter().map(|frame| f64::from(frame.episode_length)).sum::<f64>();
    let change = after.parameters.iter().zip(&before.parameters).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
    GenerationMetrics {
        generation: before.standing.generation,
        frames: after.standing.frames,
        episode_length_mean: lived / ended.len() as f64,
        rho_entropy_bits: f64::NAN,
        density: f64::NAN,
        firing_rate_hz: spikes / (frames * network.n_neurons() as f64 * network.step_ms() / 1000.0),
        update_norm: change.sqrt(),
        nonfinite: broken.clone().count() as u32,
        nonfinite_member: broken.clone().map(|frame| frame.life).next(),
        contact_overflow: collected.environments.iter().map(|record| u64::from(record.contact_overflow)).sum(),
        descent: Some(descent(collected, after.log_std(&plan.ppo.sizes))),
        ..GenerationMetrics::of_returns(sound.map(|frame| f64::from(frame.episode_return)).collect())
    }
}

/// Returns the means over the minibatches whose gradients were followed.
fn descent(collected: &Collected, log_std: &[f32]) -> Descent {
    let followed: Vec<&[f32; LOSSES]> = collected.losses.iter().filter(|losses| losses[7] == 0.0).collect();
    let mean = |part: usize| followed.iter().map(|losses| f64::from(losses[part])).sum::<f64>() / followed.len() as f64;
    Descent {
        policy_loss: mean(0),
        value_loss: mean(1),
        kl: mean(2),
        clipped: mean(3),
        entropy: mean(4),
        policy_norm: mean(5),
        value_norm: mean(6),
        first_policy_norm: collected.losses.first().map_or(f64::NAN, |losses| f64::from(losses[5])),
        log_std: log_std.iter().map(|log_std| f64::from(*log_std)).sum::<f64>() / log_std.len() as f64,
        skipped: (collected.losses.len() - followed.len()) as u32,
    }
}
