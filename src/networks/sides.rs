//! Common parts of networks with two hemispheres.

use crate::kernel::{mirror::Mirror, wgsl::Constants};

/// Returns the number of sides with the same connections: 2 hemispheres, or 1.
pub(super) fn count(bilateral: bool) -> usize {
    if bilateral { 2 } else { 1 }
}

/// Adds the constants of the body's mirror for a network of two hemispheres; adds nothing without a mirror.
pub(super) fn wgsl(constants: Constants, mirror: Option<&Mirror>) -> Constants {
    let Some(mirror) = mirror else { return constants };
    let flags = |negated: &[bool]| negated.iter().map(|negated| usize::from(*negated)).collect::<Vec<_>>();
    constants
        .import_instead("networks/sides/whole", "networks/sides/bilateral")
        .uints("OBS_IMAGE", &mirror.observation.of)
        .uints("OBS_NEGATED", &flags(&mirror.observation.negated))
        .uints("ACTION_IMAGE", &mirror.action.of)
        .uints("ACTION_NEGATED", &flags(&mirror.action.negated))
}
