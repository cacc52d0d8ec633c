//! Learners that differ by their seeds alone.

use super::QEntry;
use crate::config::AgentModel;

/// Learners of one model and width.
pub struct Group {
    /// Knowledge of agents; `None` for deep Q-learning.
    pub model: Option<AgentModel>,
    /// Hidden neurons.
    pub width: u32,
    /// Indices of its learners.
    pub learners: Vec<usize>,
}

/// All groups, in the order of the configuration.
pub struct Groups(pub Vec<Group>);

impl Groups {
    /// Groups learners.
    pub fn of(entries: &[QEntry]) -> Self {
        let mut groups: Vec<Group> = vec![];
        for (at, QEntry { model, width, .. }) in entries.iter().enumerate() {
            match groups.iter_mut().find(|group| group.model == *model && group.width == *width) {
                Some(group) => group.learners.push(at),
                None => groups.push(Group { model: *model, width: *width, learners: vec![at] }),
            }
        }
        Self(groups)
    }

    /// Returns the models, each once.
    pub fn models(&self) -> Vec<AgentModel> {
        let mut models: Vec<AgentModel> = self.0.iter().filter_map(|group| group.model).collect();
        models.dedup();
        models
    }

    /// Returns the widths, each once.
    pub fn widths(&self) -> Vec<u32> {
        let mut widths: Vec<u32> = self.0.iter().map(|group| group.width).collect();
        widths.sort_unstable();
        widths.dedup();
        widths
    }

    /// Returns the learners of a model and width.
    pub fn learners(&self, model: AgentModel, width: u32) -> Option<&[usize]> {
        let group = self.0.iter().find(|group| group.model == Some(model) && group.width == width)?;
        Some(&group.learners)
    }
}
