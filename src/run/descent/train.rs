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
    report::{GenerationMetrics, MetricsWriter, RunDir, Timing, Totals, jsonl::LineWriter},
    run::{
        RunError,
        arms::{ArmEngine, Learnt},
        memory::rss_bytes,
        session::{Audience, Ending, Origin, Session, announce, open_metrics, tell_of_another_adapter},
        stop::{self, Reason, Standing, interrupted, long_enough, reached},
        store::{drop_old, record_adapter, write_config},
        train::CHECKPOINT_INTERVAL,
    },
};

/// A run in progress.
struct Descent<'a, 'gpu> {
    config: &'a Config,
    dir: &'a RunDir,
    batch: &'a Batch,
    engine: ArmEngine<'gpu>,
    state: ArmState,
    metrics: MetricsWriter,
    table: LineWriter,
    totals: Totals,
    saved: Option<u32>,
    saved_at: Instant,
}

/// Runs `session`, whose arms are `batch`, until it ends; the last state is on disk then.
pub fn run(session: &Session, batch: &Batch, audience: &mut dyn Audience) -> Result<Ending, RunError> {
    let Session { config, dir, origin, .. } = session;
    let resumed = *origin == Origin::Resume;
    let lock = resumed.then(|| dir.lock()).transpose()?;
    let gpu = Gpu::open(&session.gpu)?;
    announce(&gpu, audience);
    audience.device(&gpu);
    let mut engine = ArmEngine::new(&gpu, &batch.spec, &batch.model, &batch.setups)?;
    let state = first_state(session, batch, &engine)?;
    engine.set_learnt(&state.learnt);
    let _lock = match lock {
        Some(lock) => write_config(dir, config).map(|()| lock)?,
        None => dir.create(config)?,
    };
    let generation = state.standing.generation;
    let (metrics, totals) = open_metrics(dir, config, generation)?;
    let table = table::open(dir, batch, generation)?;
    tell_of_another_adapter(record_adapter(dir, &gpu.adapter, generation)?, &gpu.adapter, audience);
    engine.warm_up()?;
    audience.first_step("arm_balance@1", crate::run::process_started().elapsed().as_secs_f64());
    audience.begin(generation, state.standing.frames);
    stop::put_at_risk();
    let saved = resumed.then_some(generation);
    let mut descent =
        Descent { config, dir, batch, engine, state, metrics, table, totals, saved, saved_at: Instant::now() };
    let result = descent.iterations(audience);
    // what is learnt is on the host: a device that fails loses the iteration under way alone
    if let Ok(_) | Err(RunError::Gpu(_)) = result {
        descent.save()?;
    }
    let reason = result?;
    Ok(Ending::of(reason, &descent.state.standing, 0, descent.totals))
}

fn first_state(session: &Session, batch: &Batch, engine: &ArmEngine) -> Result<ArmState, RunError> {
    let neurons = batch.spec.network.neurons;
    let new = || ArmState { standing: Standing::default(), learnt: engine.untaught() };
    Ok(match &session.origin {
        Origin::New => new(),
        Origin::From(path) => {
            let learnt = read(path, &session.config, neurons)?.learnt;
            ArmState { standing: Standing::default(), learnt }
        }
        Origin::Resume => newest(&session.dir, &session.config, neurons)?.unwrap_or_else(new),
    })
}

impl Descent<'_, '_> {
    fn iterations(&mut self, audience: &mut dyn Audience) -> Result<Reason, RunError> {
        let started = Instant::now();
        loop {
            if let Some(reason) = reached(self.config, &self.state.standing, started) {
                return Ok(reason);
            }
            let Some((metrics, line)) = self.next()? else { continue };
            self.metrics.write(&metrics)?;
            self.table.write(&line)?;
            if metrics.nonfinite > 0 {
                let arm = metrics.nonfinite_member.unwrap_or_default();
                audience.say(&format!(
                    "warning: generation {}: {} arms ceased to be numbers, the first is arm {arm} of arms.json",
                    metrics.generation, metrics.nonfinite
                ));
            }
            self.totals.add(&metrics);
            audience.generation(&metrics);
            let is_due = self.state.standing.generation.is_multiple_of(self.config.checkpoint.every);
            if is_due || self.saved_at.elapsed() > CHECKPOINT_INTERVAL {
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
        let is_due = standing.generation.is_multiple_of(self.config.evaluation.every)
            || long_enough(self.config, standing.generation, standing.frames).is_some();
        let eval_return = match is_due {
            false => None,
            true => match self.evaluate(generation, &keep_going)? {
                None => {
                    self.engine.set_learnt(&self.state.learnt);
                    return Ok(None);
                }
                mean => mean,
            },
        };
        self.state = ArmState { standing, learnt };
        self.keep_best(eval_return)?;
        let timing = Timing {
            wall_seconds: wall.elapsed().as_secs_f64(),
            cpu_seconds: cpu.elapsed().as_secs_f64(),
            frames_per_second: frames as f64 / training_seconds,
            rss_bytes: rss_bytes(),
            device_bytes: self.engine.device_bytes(),
        };
        let mut metrics = self.summary(&line, &outcomes);
        (metrics.eval_return, metrics.update_norm, metrics.timing) = (eval_return, update_norm, timing);
        Ok(Some((metrics, line)))
    }

    /// Mean return over at least `evaluation.episodes` fresh starts, nothing being learnt.
    fn evaluate(&mut self, generation: u32, keep_going: &dyn Fn() -> bool) -> Result<Option<f64>, RunError> {
        let arms = self.engine.arms() as u32;
        let rounds = self.config.evaluation.episodes.div_ceil(arms);
        let mut returns = vec![];
        for round in 0..rounds {
            let starts =
                self.batch.starts(generation.wrapping_mul(rounds).wrapping_add(round), Stream::EvaluationStart);
            let Some(outcomes) = self.engine.iterate(&starts, false, keep_going)? else { return Ok(None) };
            returns.extend(outcomes.iter().map(|outcome| self.batch.episode_return(outcome)));
        }
        Ok(Some(returns.iter().sum::<f64>() / returns.len() as f64))
    }

    fn summary(&self, line: &ArmLine, outcomes: &[ArmOutcome]) -> GenerationMetrics {
        let skip = f64::from(self.batch.frame_skip);
        let is_broken = |outcome: &ArmOutcome| outcome.broken != 0 || !outcome.loss.is_finite();
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
        let Some(mean) = mean.filter(|mean| mean.is_finite()) else { return Ok(()) };
        if self.state.standing.best_eval.is_none_or(|best| mean > best) {
            self.state.standing.best_eval = Some(mean);
            save(&self.dir.best(), self.config, &self.state)?;
        }
        Ok(())
    }

    fn save(&mut self) -> Result<(), RunError> {
        let generation = self.state.standing.generation;
        if self.saved != Some(generation) {
            self.metrics.sync()?;
            self.table.sync()?;
            save(&self.dir.checkpoint(generation), self.config, &self.state)?;
            drop_old(self.dir, self.config)?;
            (self.saved, self.saved_at) = (Some(generation), Instant::now());
        }
        Ok(())
    }
}

/// Euclidean distance of the weights.
fn distance(a: &Learnt, b: &Learnt) -> f64 {
    let pairs = a.weights.as_flattened().iter().zip(b.weights.as_flattened());
    pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}
