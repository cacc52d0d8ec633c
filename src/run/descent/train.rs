//! The loop over iterations.

use std::time::Instant;

use cpu_time::ProcessTime;

use super::{
    ArmLine, ArmState, Batch,
    checkpoint::{newest, read, save},
    table,
};
use crate::{
    algorithms::forward_sensitivity::records::ArmOutcome,
    config::Config,
    gpu::Gpu,
    plan::random::Stream,
    report::{GenerationMetrics, Subject, Timing, jsonl::LineWriter},
    run::{
        RunError,
        arms::{ArmEngine, Learnt},
        checkpoint::{ARMS_TASK_ID, Checkpoint},
        memory::rss_bytes,
        session::{Audience, Ending, Ground, Kept, Origin, Session, announce, note, reopen, take_ground},
        stop::{self, Clock, Reason, Standing, interrupted, reached},
        store::is_due,
        train::CHECKPOINT_INTERVAL,
    },
};

/// A run in progress.
struct Descent<'a, 'gpu> {
    config: &'a Config,
    batch: &'a Batch,
    engine: ArmEngine<'gpu>,
    state: ArmState,
    ground: Ground,
    table: LineWriter,
    clock: Clock,
    saved: Option<u32>,
    saved_at: Instant,
}

/// Runs `session`, whose arms are `batch`, until it ends; the last state is on disk then.
pub fn run(session: &Session, batch: &Batch, audience: &mut dyn Audience) -> Result<Ending, RunError> {
    let config = &session.config;
    let told = (session.origin == Origin::Resume).then(|| table::told(&session.dir, batch.setups.len()));
    let told = told.transpose()?;
    let reopened = reopen(session, told)?;
    let gpu = Gpu::open(&session.gpu)?;
    announce(&gpu, audience);
    audience.device(&gpu);
    let mut engine = ArmEngine::new(&gpu, &batch.spec, &batch.model, &batch.setups)?;
    let state = first_state(session, batch, &engine)?;
    if let Some((_, history)) = &reopened {
        history.refuse_others(&session.dir, &state.standing)?;
    }
    engine.set_learnt(&state.learnt);
    let saved = reopened.as_ref().and_then(|(_, history)| history.newest);
    let ground = take_ground(session, reopened, (&state.standing, &gpu.adapter), audience)?;
    let Standing { generation, frames, .. } = state.standing;
    let table = table::open(&ground.dir, batch, generation)?;
    engine.warm_up()?;
    audience.first_step(ARMS_TASK_ID, crate::run::process_started().elapsed().as_secs_f64());
    audience.begin(generation, frames);
    ground.put_at_risk(generation);
    let saved_at = Instant::now();
    let clock = Clock::new(config, session.clock.unwrap_or(saved_at));
    let mut descent = Descent { config, batch, engine, state, ground, table, clock, saved, saved_at };
    if let Origin::From(..) = session.origin {
        descent.save()?; // what it begins with is nowhere else in the folder
    }
    let result = descent.iterations(audience);
    // what is learnt is on the host: a device that fails loses the iteration under way alone
    if let Ok(_) | Err(RunError::Gpu(_)) = result {
        descent.save()?;
    }
    let reason = result?;
    Ok(Ending::of(reason, &descent.state.standing, 0, descent.ground.totals))
}

fn first_state(session: &Session, batch: &Batch, engine: &ArmEngine) -> Result<ArmState, RunError> {
    let neurons = batch.spec.network.neurons;
    let new = || ArmState { standing: Standing::default(), learnt: engine.untaught() };
    Ok(match &session.origin {
        Origin::New => new(),
        Origin::From(path, keep) => {
            if *keep != Kept::default() {
                return Err(RunError::Refused("arms keep nothing but what they learnt: leave --keep out".into()));
            }
            let learnt = read(&Checkpoint::read(path)?, &session.config, neurons)?.learnt;
            ArmState { standing: Standing::default(), learnt }
        }
        Origin::Resume => newest(&session.dir, &session.config, neurons)?.unwrap_or_else(new),
    })
}

impl Descent<'_, '_> {
    fn iterations(&mut self, audience: &mut dyn Audience) -> Result<Reason, RunError> {
        loop {
            if let Some(reason) = reached(self.config, &self.state.standing, &self.clock) {
                return Ok(reason);
            }
            let Some((metrics, line)) = self.next()? else { continue };
            self.ground.metrics.write(&metrics)?;
            self.table.write(&line)?;
            self.warn(&metrics, audience)?;
            self.ground.totals.add(&metrics);
            audience.generation(&metrics);
            let generation = self.state.standing.generation;
            stop::risk_generation(generation);
            self.clock.generation_over(metrics.eval_return.is_some());
            if is_due(self.config, generation) || self.saved_at.elapsed() > CHECKPOINT_INTERVAL {
                self.save()?;
            }
        }
    }

    /// One iteration and, if due, its evaluation; `None` if a signal cut it off: it is taken back.
    fn next(&mut self) -> Result<Option<(GenerationMetrics, ArmLine)>, RunError> {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let generation = self.state.standing.generation;
        let starts = self.batch.starts(generation, Stream::Start);
        let keep_going = || !interrupted();
        let Some(outcomes) = self.engine.iterate(&starts, true, &keep_going)? else { return Ok(None) };
        let line = ArmLine::new(generation, self.batch, &outcomes, &self.engine.spikes()?);
        let training_seconds = wall.elapsed().as_secs_f64();
        let learnt = self.engine.learnt()?;
        let update_norm = distance(&learnt, &self.state.learnt);
        let frames = self.batch.frames();
        let standing = Standing {
            generation: generation + 1,
            frames: self.state.standing.frames + frames,
            best_eval: self.state.standing.best_eval,
        };
        let evaluates = stop::evaluation_is_due(self.config, standing.generation, standing.frames, &self.clock);
        let evaluated = match evaluates {
            false => None,
            true => match self.evaluate(generation, &keep_going)? {
                None => {
                    self.engine.set_learnt(&self.state.learnt);
                    return Ok(None);
                }
                evaluated => evaluated,
            },
        };
        self.state = ArmState { standing, learnt };
        self.keep_best(evaluated.filter(|(_, broken)| *broken == 0).and_then(|(mean, _)| mean))?;
        let timing = Timing {
            wall_seconds: wall.elapsed().as_secs_f64(),
            cpu_seconds: cpu.elapsed().as_secs_f64(),
            frames_per_second: frames as f64 / training_seconds,
            rss_bytes: rss_bytes(),
            device_bytes: self.engine.device_bytes(),
        };
        let mut metrics = self.summary(&line, &outcomes);
        (metrics.update_norm, metrics.timing) = (update_norm, timing);
        (metrics.eval_return, metrics.eval_nonfinite) = evaluated.map_or((None, None), |(mean, n)| (mean, Some(n)));
        Ok(Some((metrics, line)))
    }

    /// Warns of what the numbers of a generation say, unless that was done before in the run.
    fn warn(&mut self, metrics: &GenerationMetrics, audience: &mut dyn Audience) -> Result<(), RunError> {
        let arm = metrics.nonfinite_member.unwrap_or_default();
        let broken = (metrics.nonfinite > 0).then(|| {
            let text = format!(
                "generation {}: {} arms ceased to be numbers, the first is arm {arm} of arms.json; they are counted on \
                 (`nonfinite` in metrics.jsonl)",
                metrics.generation, metrics.nonfinite
            );
            (Subject::Nonfinite, text)
        });
        let episodes = self.rounds() * self.engine.arms() as u32;
        let evaluation = metrics.broken_evaluation(episodes).map(|text| (Subject::EvaluationNonfinite, text));
        let silent = metrics.silence(&self.config.network).map(|text| (Subject::NoSpikes, text));
        for (subject, text) in [broken, evaluation, silent].into_iter().flatten() {
            note((&mut self.ground.notes, audience), subject, Some(metrics.generation), text)?;
        }
        Ok(())
    }

    /// Episodes of every arm in an evaluation.
    fn rounds(&self) -> u32 {
        self.config.evaluation.episodes.div_ceil(self.engine.arms() as u32)
    }

    /// At least `evaluation.episodes` fresh starts, nothing being learnt: the mean return of those that stayed finite, if any did,
    /// and how many did not.
    fn evaluate(
        &mut self,
        generation: u32,
        keep_going: &dyn Fn() -> bool,
    ) -> Result<Option<(Option<f64>, u32)>, RunError> {
        let rounds = self.rounds();
        let (mut returns, mut broken) = (vec![], 0);
        for round in 0..rounds {
            let starts =
                self.batch.starts(generation.wrapping_mul(rounds).wrapping_add(round), Stream::EvaluationStart);
            let Some(outcomes) = self.engine.iterate(&starts, false, keep_going)? else { return Ok(None) };
            broken += outcomes.iter().filter(|outcome| is_broken(outcome)).count() as u32;
            let sound = outcomes.iter().filter(|outcome| !is_broken(outcome));
            returns.extend(sound.map(|outcome| self.batch.episode_return(outcome)));
        }
        let mean = (!returns.is_empty()).then(|| returns.iter().sum::<f64>() / returns.len() as f64);
        Ok(Some((mean, broken)))
    }

    fn summary(&self, line: &ArmLine, outcomes: &[ArmOutcome]) -> GenerationMetrics {
        let skip = f64::from(self.batch.frame_skip);
        let sound = outcomes.iter().filter(|outcome| !is_broken(outcome));
        let returns: Vec<f64> = sound.map(|outcome| self.batch.episode_return(outcome)).collect();
        let rates = line.rates_hz.iter().map(|rates| f64::from(rates[1]));
        GenerationMetrics {
            generation: line.generation,
            frames: self.state.standing.frames,
            episode_length_mean: self.batch.spec.steps as f64 / skip,
            rho_entropy_bits: f64::NAN,
            density: f64::NAN,
            firing_rate_hz: rates.sum::<f64>() / line.rates_hz.len() as f64,
            nonfinite: (outcomes.len() - returns.len()) as u32,
            nonfinite_member: outcomes.iter().position(is_broken).map(|arm| arm as u32),
            ..GenerationMetrics::of_returns(returns)
        }
    }

    fn keep_best(&mut self, mean: Option<f64>) -> Result<(), RunError> {
        let Some(mean) = mean else { return Ok(()) };
        if self.state.standing.best_eval.is_none_or(|best| mean > best) {
            self.state.standing.best_eval = Some(mean);
            save(&self.ground.dir.best(), self.config, &self.state)?;
        }
        Ok(())
    }

    fn save(&mut self) -> Result<(), RunError> {
        let generation = self.state.standing.generation;
        if self.saved != Some(generation) {
            self.ground.metrics.sync()?;
            self.table.sync()?;
            save(&self.ground.dir.checkpoint(generation), self.config, &self.state)?;
            self.ground.keeper.written(&self.ground.dir, self.config, generation)?;
            stop::risk_kept(generation);
            (self.saved, self.saved_at) = (Some(generation), Instant::now());
        }
        Ok(())
    }
}

/// Whether an arm ceased to be a number.
fn is_broken(outcome: &ArmOutcome) -> bool {
    outcome.broken != 0 || !outcome.loss.is_finite()
}

/// Euclidean distance of the weights.
fn distance(a: &Learnt, b: &Learnt) -> f64 {
    let pairs = a.weights.as_flattened().iter().zip(b.weights.as_flattened());
    pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}
