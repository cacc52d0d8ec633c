//! Learners of action values: kernels against plain references that go tick by tick.

mod dqsn;
mod synapses;

use gpu_ec::{
    Gpu, Selector,
    config::{self, Config, Source},
    plan::q_learners::QPlan,
    run::q_learners::{QEngine, QState},
};

/// Returns the configuration of learners on CartPole.
fn config(network: &str, algorithm: &str, cap: u32) -> Config {
    let text = format!(
        "(seed: 5, task: CartPole(episode_length: {cap}), network: {network}, curriculum: None,
        evaluation: (episodes: 4), algorithm: {algorithm})"
    );
    config::load(Source::new("learners.ron", &text), &[]).expect("valid")
}

/// Returns an engine of the learners of `config`, and their first state.
fn engine<'gpu>(gpu: &'gpu Gpu, config: &Config) -> (QEngine<'gpu>, QState) {
    let plan = QPlan::new(config, gpu.adapter.traits()).expect("plans");
    let state = QState::new(&plan);
    let engine = QEngine::new(gpu, plan, [1, 2], 100).expect("compiles");
    engine.upload(&state);
    (engine, state)
}

fn gpu() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README")
}
