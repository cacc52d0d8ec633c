//! A generation in numbers.

use std::time::Instant;

use cpu_time::ProcessTime;
use serde_json::{Map, Value};

use crate::{
    report::{EvalReport, GenerationMetrics, Timing},
    run::{
        evolution::{
            engine::Engine,
            fitness::{fitness, frames, is_non_finite},
            generation::Outcome,
            nonfinite,
            progress::OpenGeneration,
            state::TrainState,
        },
        memory::rss_bytes,
    },
    tasks::Task,
};

/// What was measured of a generation while this process computed it.
pub struct Measured {
    /// Training frames.
    pub frames: u64,
    /// Seconds of training.
    pub training_seconds: f64,
    /// When it began.
    pub wall: Instant,
    /// The same of all threads.
    pub cpu: ProcessTime,
    /// The evaluation, if there was one.
    pub evaluated: Option<EvalReport>,
}

impl Measured {
    /// Begins a generation that is not evaluated.
    pub(super) fn begin() -> Self {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        Self { frames: 0, training_seconds: 0.0, wall, cpu, evaluated: None }
    }

    /// Ends it after `frames` frames.
    pub(super) fn end(self, frames: u64) -> Self {
        Self { frames, training_seconds: self.wall.elapsed().as_secs_f64(), ..self }
    }
}

/// Returns the metrics of the generation in `outcome`, which led to `state`.
pub fn summary(engine: &Engine, state: &TrainState, outcome: &Outcome, measured: &Measured) -> GenerationMetrics {
    let episodes = &outcome.open.episodes;
    let a_member = engine.plan.episodes;
    let members = || episodes.chunks(a_member);
    let returns = members().map(fitness).filter(|fitness| fitness.is_finite()).map(f64::from).collect();
    let lived = frames(episodes) as f64;
    let spikes: f64 = episodes.iter().map(|episode| f64::from(episode.spikes)).sum();
    let network = &engine.plan.network;
    let evaluated = measured.evaluated.as_ref();
    let distribution = engine.plan.algorithm.statistics(&state.learner.params);
    GenerationMetrics {
        generation: state.generation - 1,
        return_terms: return_terms(engine.plan.task.as_ref(), &outcome.open),
        eval_return: evaluated.map(|report| report.mean).filter(|mean| mean.is_finite()),
        eval_nonfinite: evaluated.map(|report| report.nonfinite),
        eval_length_mean: evaluated.map(|report| report.mean_length).filter(|mean| mean.is_finite()),
        eval_terms: evaluated.map(|report| report.reward_terms.clone()).unwrap_or_default(),
        frames: state.frames,
        episode_length_mean: lived / episodes.len() as f64,
        rho_entropy_bits: distribution.entropy_bits,
        density: distribution.density,
        firing_rate_hz: spikes / (lived * network.n_neurons() as f64 * network.step_ms() / 1000.0),
        update_norm: outcome.update_norm,
        nonfinite: members().filter(|lives| is_non_finite(lives)).count() as u32,
        nonfinite_member: nonfinite::first(episodes).map(|episode| episode.life / a_member as u32),
        contact_overflow: episodes.iter().map(|episode| u64::from(episode.contact_overflow)).sum(),
        timing: Timing {
            wall_seconds: measured.wall.elapsed().as_secs_f64(),
            cpu_seconds: measured.cpu.elapsed().as_secs_f64(),
            frames_per_second: measured.frames as f64 / measured.training_seconds,
            rss_bytes: rss_bytes(),
            device_bytes: engine.allocated_bytes(),
        },
        ..GenerationMetrics::of_returns(returns)
    }
}

/// Returns the means of the terms of the reward over a generation, by their names.
fn return_terms(task: &dyn Task, open: &OpenGeneration) -> Map<String, Value> {
    let means = open.terms.means(&open.episodes).unwrap_or_default();
    let terms = task.terms().into_iter().zip(means).filter(|(term, _)| term.is_reward);
    terms.map(|(term, mean)| (term.name, Value::from(mean))).collect()
}

impl GenerationMetrics {
    /// Statistics of finite returns, everything else being empty.
    pub(crate) fn of_returns(mut returns: Vec<f64>) -> Self {
        returns.sort_by(f64::total_cmp);
        let n = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / n;
        Self {
            return_mean: mean,
            return_std: (returns.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt(),
            return_best: returns.last().copied().unwrap_or(f64::NAN),
            return_median: median(&returns),
            ..Self::default()
        }
    }
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}
