//! The generation loop.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use super::{
    RunError,
    engine::{Engine, Job},
    evaluate::evaluate,
    generation::{Outcome, TrainState, episode_cap, frames, run_generation},
    session::Audience,
    stop::{Reason, interrupted, long_enough, reached},
    store::save_checkpoint,
};
use crate::{
    config::Config,
    plan::{build::Plan, records::status},
    report::{GenerationMetrics, MetricsWriter, RunDir, Timing},
};

/// A checkpoint is written at least this often.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(600);

/// A run in progress.
pub struct Training<'a, 'gpu> {
    /// What was asked for.
    pub config: &'a Config,
    /// The plan on its device.
    pub engine: &'a mut Engine<'gpu>,
    /// What has been learnt so far.
    pub state: TrainState,
    /// What the last generation left.
    pub outcome: Outcome,
    /// Where it is written.
    pub dir: &'a RunDir,
    /// `metrics.jsonl`.
    pub metrics: MetricsWriter,
}

impl Training<'_, '_> {
    /// Runs generations until there is a reason to end; the last state is on disk when this returns.
    pub fn run(&mut self, audience: &mut dyn Audience) -> Result<Reason, RunError> {
        let started = Instant::now();
        let mut saved = (Instant::now(), None);
        loop {
            if let Some(reason) = reached(self.config, &self.state, started) {
                return self.end(reason, saved.1);
            }
            let Some(metrics) = self.next_generation(audience)? else { continue };
            self.metrics.write(&metrics)?;
            audience.generation(&metrics);
            if self.state.generation.is_multiple_of(self.config.checkpoint.every)
                || saved.0.elapsed() > CHECKPOINT_INTERVAL
            {
                self.save()?;
                saved = (Instant::now(), Some(self.state.generation));
            }
        }
    }

    fn end(&mut self, reason: Reason, saved: Option<u32>) -> Result<Reason, RunError> {
        if saved != Some(self.state.generation) {
            self.save()?;
        }
        Ok(reason)
    }

    fn save(&self) -> Result<(), RunError> {
        self.metrics.sync()?;
        let path = save_checkpoint(self.dir, self.config, &self.engine.plan, &self.state)?;
        tracing::info!("checkpoint {}", path.display());
        Ok(())
    }

    /// One generation and, if due, its evaluation; `None` if a signal cut it off.
    fn next_generation(&mut self, audience: &mut dyn Audience) -> Result<Option<GenerationMetrics>, RunError> {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let generation = self.state.generation;
        let job = training_job(self.config, &self.engine.plan, &self.state);
        let keep_going = || !interrupted();
        let mut progress = |done| audience.within_generation(generation, done, job.population);
        let before_frames = self.state.frames;
        // an evaluation cut off takes its generation back
        let before = self.evaluation_may_follow(&job).then(|| self.state.clone());
        match run_generation(self.engine, &mut self.state, &mut self.outcome, &job, &keep_going, &mut progress) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                self.save()?;
                return Err(error);
            }
        }
        let training_seconds = wall.elapsed().as_secs_f64();
        let mut eval_return = None;
        if self.evaluation_is_due(self.state.generation, self.state.frames) {
            let episodes = self.config.evaluation.episodes as usize;
            let Some(evaluation) = evaluate(self.engine, &self.state, generation, episodes, &keep_going)? else {
                if let Some(before) = before {
                    self.state = before;
                }
                return Ok(None);
            };
            eval_return = Some(evaluation.mean);
            self.keep_best(evaluation.mean)?;
        }
        let timing = Timing {
            wall_seconds: wall.elapsed().as_secs_f64(),
            cpu_seconds: cpu.elapsed().as_secs_f64(),
            frames_per_second: (self.state.frames - before_frames) as f64 / training_seconds,
        };
        Ok(Some(self.summary(generation, eval_return, timing)))
    }

    /// Whether the generation of `job` can be one after which the networks are evaluated.
    fn evaluation_may_follow(&self, job: &Job) -> bool {
        let most_frames = self.state.frames + (job.population * job.episode_cap) as u64;
        self.evaluation_is_due(self.state.generation + 1, most_frames)
    }

    /// Every so many generations, and at the end of the run.
    fn evaluation_is_due(&self, generation: u32, frames: u64) -> bool {
        generation.is_multiple_of(self.config.evaluation.every)
            || long_enough(self.config, generation, frames).is_some()
    }

    fn keep_best(&mut self, mean: f64) -> Result<(), RunError> {
        if self.state.best_eval.is_none_or(|best| mean > best) {
            self.state.best_eval = Some(mean);
            super::checkpoint::save(&self.dir.best(), self.config, &self.engine.plan, &self.state)?;
        }
        Ok(())
    }

    fn summary(&self, generation: u32, eval_return: Option<f64>, timing: Timing) -> GenerationMetrics {
        let episodes = &self.outcome.episodes;
        let nonfinite = episodes.iter().filter(|episode| episode.status & status::NON_FINITE != 0).count();
        let mut returns: Vec<f64> =
            episodes.iter().map(|episode| f64::from(episode.return_sum)).filter(|x| x.is_finite()).collect();
        returns.sort_by(f64::total_cmp);
        let n = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / n;
        let lived = frames(episodes) as f64;
        let spikes: f64 = episodes.iter().map(|episode| f64::from(episode.spikes)).sum();
        let network = &self.engine.plan.network;
        let rho = self.state.ec.statistics();
        GenerationMetrics {
            generation,
            return_mean: mean,
            return_std: (returns.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt(),
            return_best: returns.last().copied().unwrap_or(f64::NAN),
            return_median: median(&returns),
            eval_return,
            frames: self.state.frames,
            episode_length_mean: lived / episodes.len() as f64,
            rho_entropy_bits: rho.entropy_bits,
            density: rho.density,
            firing_rate_hz: spikes / (lived * network.n_neurons() as f64 * network.step_ms() / 1000.0),
            update_norm: self.outcome.update_norm,
            nonfinite: nonfinite as u32,
            contact_overflow: episodes.iter().map(|episode| u64::from(episode.contact_overflow)).sum(),
            timing,
        }
    }
}

/// The job of the next training generation of `state`.
pub fn training_job(config: &Config, plan: &Plan, state: &TrainState) -> Job {
    let cap = episode_cap(config.curriculum.as_ref(), plan.task.episode_length(), state.frames);
    Job::training(state.generation, config.algorithm.population() as usize, cap)
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}
