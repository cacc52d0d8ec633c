//! Structs and bits that the host and kernels share, by the names under which kernels import them.

use super::{
    arm_records::{ArmOutcome, ArmRecord, ArmRun},
    ppo_records::{PpoEnvironment, PpoFrame, PpoLearning, ppo_flags},
    q_records::{QLearner, QProgress, QRun},
    records::{EndedHeader, EpisodeRecord, RunParams, status},
};

/// Returns the text that kernels import as `structs/NAME`.
pub fn shared_text(name: &str) -> Option<&'static str> {
    let texts = [
        (RunParams::WGSL, RunParams::TEXT),
        (EpisodeRecord::WGSL, EpisodeRecord::TEXT),
        (EndedHeader::WGSL, EndedHeader::TEXT),
        (ArmRun::WGSL, ArmRun::TEXT),
        (ArmRecord::WGSL, ArmRecord::TEXT),
        (ArmOutcome::WGSL, ArmOutcome::TEXT),
        (PpoEnvironment::WGSL, PpoEnvironment::TEXT),
        (PpoFrame::WGSL, PpoFrame::TEXT),
        (PpoLearning::WGSL, PpoLearning::TEXT),
        (QRun::WGSL, QRun::TEXT),
        (QLearner::WGSL, QLearner::TEXT),
        (QProgress::WGSL, QProgress::TEXT),
        ("status", status::TEXT),
        ("ppo_flags", ppo_flags::TEXT),
    ];
    texts.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}
