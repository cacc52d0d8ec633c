//! Autotuning: choice of the fastest of several layouts that give equal bits. It is measured once per device, then
//! kept.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::{
    algorithms::Draw,
    config::Config,
    gpu::{Cache, Gpu},
    kernel::entry::PassId,
    plan::{Plan, variant::Variant},
    run::{
        RunError,
        evolution::{
            engine::{Engine, Job},
            state::TrainState,
        },
    },
};

/// Time that one process may spend on measurements beyond the startup that any run needs; the next process
/// continues them.
const BUDGET: Duration = Duration::from_millis(700);
/// Relative gain that a variant needs to replace the current one.
const GAIN: f64 = 0.1;
/// Maximum number of dispatches of a pass, the fastest of which counts, and their maximum total time.
const REPETITIONS: (usize, Duration) = (5, Duration::from_millis(30));

/// Choice as stored in the cache.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Choice {
    /// Key of the device and kernels for which it was measured.
    key: String,
    /// Fastest variant so far.
    variant: Variant,
    /// Number of candidates tried.
    tried: usize,
}

/// Change to a variant, and the passes that it may make faster.
struct Candidate {
    passes: &'static [PassId],
    of: Box<dyn Fn(Variant) -> Variant>,
}

/// Returns the engine of `plan`, [`measured`] if there is a cache. Without one, and on software drivers, it has the
/// default variant. That variant is made for software drivers, and other jobs disturb their timings.
pub fn engine<'gpu>(
    gpu: &'gpu Gpu,
    config: &Config,
    plan: Plan,
    cache: Option<&Cache>,
) -> Result<Engine<'gpu>, RunError> {
    match cache.filter(|_| !gpu.adapter.is_software()) {
        Some(cache) => measured(gpu, config, plan, cache),
        None => Engine::of_plan(gpu, config, plan),
    }
}

/// Returns the engine of a run: [`engine`], and another one for evaluations whose task is not that of training.
pub fn engine_of_run<'gpu>(
    gpu: &'gpu Gpu,
    config: &Config,
    plan: Plan,
    cache: Option<&Cache>,
) -> Result<Engine<'gpu>, RunError> {
    let training = engine(gpu, config, plan, cache)?;
    let apart = config.evaluation.task.is_some() || config.task.harness().is_some() || config.trains_on_others();
    let evaluator = apart.then(|| {
        let config = config.for_evaluation();
        engine(gpu, &config, Plan::new(&config, gpu.adapter.traits())?, cache)
    });
    Ok(training.with_evaluator(evaluator.transpose()?))
}

/// Returns the engine of `plan` in the fastest variant that `cache` holds or that is found now.
///
/// `plan` was made from `config` for `gpu`. Results do not depend on the variant.
pub fn measured<'gpu>(gpu: &'gpu Gpu, config: &Config, plan: Plan, cache: &Cache) -> Result<Engine<'gpu>, RunError> {
    let key = key(gpu, &plan);
    let name = format!("variant-{:08x}.json", crc32fast::hash(key.as_bytes()));
    let n_networks = plan.n_network_variants();
    let kept = cache.read(&name).and_then(|text| serde_json::from_slice::<Choice>(&text).ok());
    let kept = kept.filter(|kept| kept.key == key && kept.variant.is_known(n_networks));
    let mut choice = kept.unwrap_or(Choice { key, variant: plan.variant, tried: 0 });
    let plan = match choice.variant == plan.variant {
        true => plan,
        false => Plan::in_variant(config, gpu.adapter.traits(), choice.variant)?,
    };
    let engine = Engine::of_plan(gpu, config, plan)?;
    let candidates = candidates(n_networks);
    if choice.tried >= candidates.len() {
        tracing::info!("kept choice: {:?}", choice.variant);
        return Ok(engine);
    }
    let started = Instant::now();
    let mut tuning = Tuning { config, engine, left: BUDGET };
    tuning.prepare()?;
    choice.tried += tuning.choose(&candidates[choice.tried..])?;
    choice.variant = tuning.engine.plan.variant;
    let (variant, tried, all) = (choice.variant, choice.tried, candidates.len());
    tracing::info!("choice after {:.2?}, {tried} of {all} candidates: {variant:?}", started.elapsed());
    if let Ok(text) = serde_json::to_vec(&choice) {
        cache.write(&name, &text);
    }
    Ok(tuning.engine)
}

/// Returns all candidates in the order in which they are tried; one that changes nothing costs nothing.
fn candidates(n_networks: usize) -> Vec<Candidate> {
    let task = Variant::TASK_WORKGROUPS.map(|task_workgroup| Candidate {
        passes: &[PassId::TaskStep],
        of: Box::new(move |variant| Variant { task_workgroup, ..variant }),
    });
    let algorithm = Variant::ALGORITHM_WORKGROUPS.map(|algorithm_workgroup| Candidate {
        passes: &[PassId::Sample, PassId::Gradient],
        of: Box::new(move |variant| Variant { algorithm_workgroup, ..variant }),
    });
    let network = (0..n_networks).map(|network| Candidate {
        passes: &[PassId::NetworkStep],
        of: Box::new(move |variant| Variant { network, ..variant }),
    });
    network.chain(task).chain(algorithm).collect()
}

/// Returns all that a choice depends on: device, driver, program version, and the text of all kernels, which
/// contains all sizes.
fn key(gpu: &Gpu, plan: &Plan) -> String {
    let adapter = &gpu.adapter;
    let mut text = crc32fast::Hasher::new();
    plan.passes.iter().for_each(|pass| text.update(pass.kernel.module.wgsl.as_bytes()));
    let version = env!("CARGO_PKG_VERSION");
    format!("{} {} {} {version} {:08x}", adapter.name, adapter.backend, adapter.driver, text.finalize())
}

struct Tuning<'a, 'gpu> {
    config: &'a Config,
    engine: Engine<'gpu>,
    left: Duration,
}

impl Tuning<'_, '_> {
    /// Uploads networks as at the start of a run.
    fn prepare(&mut self) -> Result<(), RunError> {
        let state = TrainState::new(self.config, &self.engine.plan);
        self.engine.prepare(&state.learner.params, Draw::Members, &state.normaliser.upload())
    }

    /// Adopts the fastest of `candidates`, as many as there is time for, and returns the number of those tried.
    ///
    /// Leaves kernels alone that take longer to compile than all measurements may.
    fn choose(&mut self, candidates: &[Candidate]) -> Result<usize, RunError> {
        let mut best: Option<(&[PassId], f64)> = None; // seconds of these passes in the current variant
        for (index, candidate) in candidates.iter().enumerate() {
            let (passes, now) = (candidate.passes, self.engine.plan.variant);
            let variant = (candidate.of)(now);
            let cost = self.engine.compiling(passes);
            if variant == now || cost > BUDGET {
                continue;
            }
            if cost > self.left {
                return Ok(index);
            }
            let started = Instant::now();
            let seconds_now = match best {
                Some((measured, seconds)) if measured == passes => seconds,
                _ => self.measure(passes)?,
            };
            self.adopt(variant)?;
            let seconds = self.measure(passes)?;
            tracing::debug!("{passes:?}: {seconds:.6} s in {variant:?}, {seconds_now:.6} s before");
            let faster = seconds < seconds_now * (1.0 - GAIN);
            best = Some((passes, if faster { seconds } else { seconds_now }));
            if !faster {
                self.adopt(now)?;
            }
            self.left = self.left.saturating_sub(started.elapsed());
        }
        Ok(candidates.len())
    }

    fn adopt(&mut self, variant: Variant) -> Result<(), RunError> {
        self.engine.adopt(Plan::in_variant(self.config, self.engine.adapter().traits(), variant)?)
    }

    /// Returns the sum over `passes` of the seconds of one dispatch with all slots alive, each the fastest of a
    /// few.
    fn measure(&mut self, passes: &[PassId]) -> Result<f64, RunError> {
        let Plan { n_slots, episodes, .. } = self.engine.plan;
        let training = Job { episodes, ..Job::training(0, n_slots.div_ceil(episodes), 1 << 20) };
        let job = Job { evaluation: true, no_termination: true, ..training };
        passes.iter().try_fold(0.0, |sum, pass| Ok(sum + self.engine.fastest(&job, *pass, REPETITIONS)?))
    }
}
