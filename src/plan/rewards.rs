//! Rewards that change between phases.

use crate::{
    config::{Config, TaskConfig, TermConfig, did_you_mean},
    kernel::records::REWARD_FACTORS,
    plan::PlanError,
    tasks::{self, Task},
};

/// Builds `task` for training in a run of `config`. Its reward terms become scalable if any phase changes one.
pub fn task(task: &TaskConfig, config: &Config) -> Result<Box<dyn Task>, PlanError> {
    let mut task = tasks::build(task)?;
    if config.changes_rewards() {
        task.take_reward_factors();
    }
    Ok(task)
}

/// Refuses phases whose task has other sums than the task of the run, and reward terms that do not exist.
pub fn check(config: &Config) -> Result<(), PlanError> {
    if config.phases.iter().all(|phase| phase.task.is_none() && phase.rewards.is_empty()) {
        return Ok(());
    }
    let task = tasks::build(&config.task)?;
    for (phase, settings) in config.phases.iter().enumerate() {
        if settings.task.is_none() && settings.rewards.is_empty() {
            continue;
        }
        let own = tasks::build(&config.in_phase(phase, 0).task)?;
        if own.terms().len() != task.terms().len() || own.state_fields() != task.state_fields() {
            return Err(PlanError::Sums(phase));
        }
        check_terms(phase, &settings.rewards, own.as_ref())?;
    }
    Ok(())
}

/// Refuses reward terms that `task`, the task of phase `phase`, lacks or cannot change.
fn check_terms(phase: usize, rewards: &[TermConfig], task: &dyn Task) -> Result<(), PlanError> {
    let terms = task.terms();
    let known: Vec<&str> = terms.iter().filter(|term| term.is_reward).map(|term| term.name.as_str()).collect();
    for (index, name) in rewards.iter().map(|reward| reward.term.as_str()).enumerate() {
        let before = rewards[..index].iter().any(|reward| reward.term == name);
        let what = match known.iter().position(|term| *term == name) {
            Some(_) if before => format!("`{name}` stands there twice"),
            Some(place) if place < REWARD_FACTORS => continue,
            Some(_) => format!("`{name}` is not among the first {REWARD_FACTORS} terms, which alone can change"),
            None => {
                let like = did_you_mean(name, known.iter().copied());
                format!(
                    "there is no `{name}`{}",
                    like.map_or(String::new(), |like| format!(", did you mean `{like}`?"))
                )
            }
        };
        return Err(PlanError::Term { phase, index, what, known: known.join(", ") });
    }
    Ok(())
}
