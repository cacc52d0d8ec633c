//! Distribution of an individual's units over the lanes of a workgroup.

/// Returns the units per lane if `lanes` invocations are requested: 32, or 16, 8 or 4 if enough lanes are available.
///
/// - `units`: a multiple of 32
pub(super) fn units_a_lane(units: usize, lanes: usize) -> usize {
    let words = units / 32;
    let split = (lanes / words).clamp(1, 8).min(256 / words);
    32 >> split.ilog2()
}
