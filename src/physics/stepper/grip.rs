//! The law of stiff contacts (`shaders/physics/grip.wgsl`), traced.

use super::trace::{Ex, Trace};

/// A contact at some residual, with the edges that pull there.
pub struct Held<'t> {
    trace: &'t Trace,
    grip: Ex<'t>,
    residual: Ex<'t>,
}

impl<'t> Held<'t> {
    /// Traces a contact whose edges have the weight `weight`, at a residual along the normal and both tangents.
    pub fn new(weight: Ex<'t>, friction: f64, give: Ex<'t>, residual: [Ex<'t>; 3]) -> Self {
        let trace = weight.trace;
        let residual = vector(trace, residual);
        let grip = trace.call("grip_of", &[weight, trace.num(friction), give, residual]);
        Self { trace, grip, residual }
    }

    /// Returns the stiffness times a vector.
    fn times(&self, vector: Ex<'t>) -> Ex<'t> {
        self.trace.call("grip_times", &[self.grip, vector])
    }

    /// Returns the gradient of the cost: normal, along, across.
    pub fn pull(&self) -> [Ex<'t>; 3] {
        let pull = self.times(self.residual);
        ["x", "y", "z"].map(|axis| pull.field(axis))
    }

    /// Returns the stiffness: its normal entry; normal with along and across; along, across, and along with across.
    pub fn resistance(&self) -> (Ex<'t>, [Ex<'t>; 2], [Ex<'t>; 3]) {
        let of = |name| self.grip.field(name);
        let (normal, slant, tilt) = (of("normal"), ["slant.x", "slant.y"].map(of), of("tilt"));
        let coupled = slant.map(|slant| normal * slant);
        let side = of("slide.x");
        let along = coupled[0] * slant[0] + side;
        let across = coupled[1] * slant[1] + (tilt * tilt * side + of("slide.y"));
        (normal, coupled, [along, across, coupled[0] * slant[1] + tilt * side])
    }

    /// Adds slope and curvature along `change` at `then`, and records whether other edges pull there.
    pub fn search(&self, then: &Self, change: [Ex<'t>; 3]) {
        let trace = self.trace;
        let change = vector(trace, change);
        let along = |vector| trace.call("dot", &[then.times(vector), change]);
        trace.line("slope += $;", &[along(then.residual)]);
        trace.line("curvature += $;", &[along(change)]);
        trace.line("flips = flips | $;", &[trace.call("grips_differ", &[self.grip, then.grip])]);
    }
}

fn vector<'t>(trace: &'t Trace, [x, y, z]: [Ex<'t>; 3]) -> Ex<'t> {
    trace.call("vec3<f32>", &[x, y, z])
}
