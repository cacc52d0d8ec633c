//! Metrics of a generation.

use serde_json::{Map, Value};

use crate::{
    report::{EvalReport, GenerationMetrics},
    run::{
        evolution::{
            engine::Engine,
            fitness::{fitness, frames, is_non_finite},
            generation::Outcome,
            nonfinite,
            progress::GenerationProgress,
            state::TrainState,
        },
        stopwatch::Stopwatch,
    },
    tasks::Task,
};

/// Measurements of a generation in this process.
pub struct Measured {
    /// Training frames that this process computed.
    pub frames: u64,
    /// Its clock.
    pub watch: Stopwatch,
    /// Evaluation, if there was one.
    pub evaluated: Option<EvalReport>,
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
    let distribution = engine.plan.algorithm.statistics(&state.learner.params);
    let mut metrics = GenerationMetrics {
        generation: state.generation - 1,
        return_terms: return_terms(engine.plan.task.as_ref(), &outcome.open),
        frames: state.frames,
        episode_length_mean: lived / episodes.len() as f64,
        rho_entropy_bits: distribution.entropy_bits,
        density: distribution.density,
        firing_rate_hz: spikes / (lived * network.n_neurons() as f64 * network.step_ms() / 1000.0),
        update_norm: outcome.update_norm,
        nonfinite: members().filter(|lives| is_non_finite(lives)).count() as u32,
        nonfinite_member: nonfinite::first(episodes).map(|episode| episode.life / a_member as u32),
        contact_overflow: episodes.iter().map(|episode| u64::from(episode.contact_overflow)).sum(),
        timing: measured.watch.timing(measured.frames, engine.allocated_bytes()),
        ..GenerationMetrics::of_returns(returns)
    };
    metrics.judged_by(measured.evaluated.as_ref());
    metrics
}

/// Returns the means of the reward terms over a generation, by name.
fn return_terms(task: &dyn Task, open: &GenerationProgress) -> Map<String, Value> {
    let means = open.terms.means(&open.episodes).unwrap_or_default();
    let terms = task.terms().into_iter().zip(means).filter(|(term, _)| term.is_reward);
    terms.map(|(term, mean)| (term.name, Value::from(mean))).collect()
}

impl GenerationMetrics {
    /// Returns the statistics of finite `returns`; all other fields are empty.
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
