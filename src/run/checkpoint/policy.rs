//! Checkpoints of policies that descend gradients: those of any run, with more tensors.

use std::path::Path;

use bytemuck::Pod;
use safetensors::Dtype;

use super::{
    read::Checkpoint,
    write::{Tensor, encode_with, words},
};
use crate::{
    config::{Config, PpoConfig},
    files::atomic::write_atomically,
    kernel::{ppo_records::PpoEnvironment, records::EpisodeRecord},
    plan::policy::PolicyPlan,
    run::{
        RunError,
        policy::{Environments, PolicyState, RewardScale},
    },
};

/// Writes `state` to `path` atomically.
///
/// Errors: the file cannot be written.
pub fn save_policy(path: &Path, config: &Config, plan: &PolicyPlan, state: &PolicyState) -> Result<(), RunError> {
    let learnt = state.learnt(config, plan);
    let bytes = encode_with(config, &plan.plan, &learnt, tensors(plan, state));
    Ok(write_atomically(path, &bytes.map_err(|error| RunError::file(path, error))?)?)
}

fn tensors(plan: &PolicyPlan, state: &PolicyState) -> Vec<(String, Tensor)> {
    let sizes = &plan.ppo.sizes;
    let n = sizes.parameters();
    let f32s = |name: &str, shape: &[usize], values: &[f32]| words(name, Dtype::F32, shape, values);
    let rewards = [state.rewards.count, state.rewards.mean, state.rewards.m2];
    let mut tensors = vec![
        f32s("log_std", &[sizes.d_act], state.log_std(sizes)),
        f32s("value", &[sizes.value_words()], &state.parameters[sizes.at_value()..]),
        f32s("adam.moments", &[2, n], &state.adam),
        f32s("adam.bias", &[2], &state.adam_bias),
        words("rewards", Dtype::F64, &[3], &rewards),
    ];
    if let Some(environments) = &state.environments {
        let e = sizes.environments;
        let each = |values: usize| values / e;
        tensors.extend([
            f32s("environments.task_state", &[each(environments.task_state.len()), e], &environments.task_state),
            words(
                "environments.network_state",
                Dtype::U32,
                &[e, each(environments.network_state.len())],
                &environments.network_state,
            ),
            f32s("environments.obs", &[e, sizes.d_obs], &environments.obs),
            f32s("environments.terms", &[each(environments.terms.len()), e], &environments.terms),
            words("environments.episodes", Dtype::U32, &[e, 8], &environments.episodes),
            words("environments.records", Dtype::U32, &[e, 8], &environments.records),
        ]);
    }
    tensors
}

/// Returns the state in a checkpoint of a run with the same configuration.
///
/// Errors: a checkpoint of another run, or one with values that no run writes.
pub fn read_policy(
    checkpoint: &Checkpoint,
    config: &Config,
    settings: &PpoConfig,
    plan: &PolicyPlan,
) -> Result<PolicyState, RunError> {
    let learnt = checkpoint.learnt(config, &plan.plan)?;
    let mut state = PolicyState::from(config, settings, plan, &learnt);
    let sizes = plan.ppo.sizes;
    let (at, e) = (sizes.at_log_std(), sizes.environments);
    state.parameters[at..][..sizes.d_act].copy_from_slice(&checkpoint.f32s("log_std", &[sizes.d_act])?);
    state.parameters[sizes.at_value()..].copy_from_slice(&checkpoint.f32s("value", &[sizes.value_words()])?);
    state.adam = checkpoint.f32s("adam.moments", &[2, sizes.parameters()])?;
    let bias = checkpoint.f32s("adam.bias", &[2])?;
    state.adam_bias = [bias[0], bias[1]];
    let rewards = checkpoint.numbers("rewards", Dtype::F64, &[3], f64::from_le_bytes)?;
    state.rewards = RewardScale { count: rewards[0], mean: rewards[1], m2: rewards[2] };
    state.standing = checkpoint.standing()?;
    if state.standing.generation == 0 {
        // no episode has begun
        return Ok(state);
    }
    let (task, network, io) = (&plan.plan.task, &plan.plan.network, &plan.plan.io);
    state.environments = Some(Environments {
        task_state: checkpoint.f32s("environments.task_state", &[task.state_fields(), e])?,
        network_state: checkpoint.u32s("environments.network_state", &[e, network.state_words(io)])?,
        obs: checkpoint.f32s("environments.obs", &[e, sizes.d_obs])?,
        terms: checkpoint.f32s("environments.terms", &[task.terms().len(), e])?,
        episodes: records::<EpisodeRecord>(&checkpoint.u32s("environments.episodes", &[e, 8])?),
        records: records::<PpoEnvironment>(&checkpoint.u32s("environments.records", &[e, 8])?),
    });
    Ok(state)
}

fn records<T: Pod>(words: &[u32]) -> Vec<T> {
    bytemuck::cast_slice(words).to_vec()
}
