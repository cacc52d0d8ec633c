//! Terms of the reward whose weights phases change.

use super::{build::PlanError, records::REWARD_FACTORS};
use crate::{
    config::{Config, did_you_mean},
    tasks,
};

/// Refuses terms of the reward that phases name and their tasks have not.
pub fn check_rewards(config: &Config) -> Result<(), PlanError> {
    for (phase, settings) in config.phases.iter().enumerate().filter(|(_, phase)| !phase.rewards.is_empty()) {
        let terms = tasks::build(&config.in_phase(phase, 0).task)?.terms();
        let known: Vec<&str> = terms.iter().filter(|term| term.is_reward).map(|term| term.name.as_str()).collect();
        for (index, name) in settings.rewards.iter().map(|reward| reward.term.as_str()).enumerate() {
            let before = settings.rewards[..index].iter().any(|reward| reward.term == name);
            let what = match known.iter().position(|term| *term == name) {
                Some(_) if before => format!("`{name}` stands there twice"),
                Some(place) if place < REWARD_FACTORS => continue,
                Some(_) => format!("`{name}` is not among the first {REWARD_FACTORS} terms, which alone can change"),
                None => {
                    let hint = did_you_mean(name, known.iter().copied());
                    format!(
                        "there is no `{name}`{}",
                        hint.map_or(String::new(), |like| format!(", did you mean `{like}`?"))
                    )
                }
            };
            return Err(PlanError::Term { phase, index, what, known: known.join(", ") });
        }
    }
    Ok(())
}
