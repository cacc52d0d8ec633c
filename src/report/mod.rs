//! What a run tells: metrics.
pub mod metrics;
