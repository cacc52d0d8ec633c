//! stand-in
use serde::Serialize;
/// x
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "x")]
pub struct GenerationMetrics {
    pub generation: u32,
    pub return_mean: f64,
    pub return_std: f64,
    pub return_best: f64,
    pub return_median: f64,
    pub eval_return: Option<f64>,
    pub frames: u64,
    pub episode_length_mean: f64,
    pub rho_entropy_bits: f64,
    pub density: f64,
    pub firing_rate_hz: f64,
    pub update_norm: f64,
    pub nonfinite: u64,
    pub contact_overflow: u64,
    pub timing: Timing,
}
/// x
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "x")]
pub struct Timing {
    pub wall_seconds: f64,
    pub cpu_seconds: f64,
    pub frames_per_second: f64,
}
/// x
pub struct MetricsWriter(pub std::fs::File);
impl MetricsWriter {
    /// x
    pub fn append(&mut self, m: &GenerationMetrics) -> std::io::Result<()> {
        use std::io::Write;
        writeln!(self.0, "{}", serde_json::to_string(m)?)
    }
}
