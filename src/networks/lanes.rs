//! How the lanes of a workgroup share the units of one individual.

/// Units of a lane where `lanes` invocations are asked for: 32, or 16, 8 or 4 if that many lanes find work.
///
/// - `units`: a multiple of 32
pub(super) fn units_a_lane(units: usize, lanes: usize) -> usize {
    let words = units / 32;
    let split = (lanes / words).clamp(1, 8).min(256 / words);
    32 >> split.ilog2()
}
