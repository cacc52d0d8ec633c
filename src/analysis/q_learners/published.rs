//! Figures of Zheng et al., "Bio-Inspired Neural Network Dynamics-Aware Reinforcement Learning for Spiking Neural
//! Network", Biomimetics 11(1), 47, 2026.

use crate::config::AgentModel;

/// Best frames of Table 2, by width, for models 1 to 5. The table's digits run together in print; this split is the only
/// one that fits all rows and the text.
const TABLE_2: [(u32, [u32; 5]); 4] =
    [(4, [22, 34, 35, 26, 57]), (8, [60, 30, 30, 44, 62]), (16, [32, 42, 32, 42, 32]), (32, [38, 48, 59, 32, 41])];

/// Returns the published frames of a model and width.
pub fn best(model: AgentModel, width: u32) -> Option<u32> {
    let models = [AgentModel::M1, AgentModel::M2, AgentModel::M3, AgentModel::M4, AgentModel::M5];
    let column = models.iter().position(|known| *known == model)?;
    TABLE_2.iter().find(|(row, _)| *row == width).map(|(_, row)| row[column])
}
