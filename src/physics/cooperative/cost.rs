//! Trip counts of the cooperative kernels' loops, which their text does not show but their cost depends on.

use super::{LANES, robot::Robot};
use crate::{
    kernel::cost::Assumptions,
    physics::{
        model::Model,
        stepper::{
            self, Integrator, Options,
            tree::{own_dofs, own_joints},
        },
    },
};

/// Number of contacts assumed at a time: two feet.
const CONTACTS: f64 = 2.0;

/// Returns the cost assumptions of `frame_skip` steps of `model` for each of the [`LANES`] invocations that share
/// them. A subgroup runs a loop for as long as its longest lane does.
pub fn assumptions(model: &Model, frame_skip: u32, integrator: Integrator) -> Assumptions {
    let common = stepper::assumptions(model, frame_skip, integrator);
    let Ok(robot) = Robot::new(model, &Options::of(model)) else { return common };
    let sizes = &model.sizes;
    let strided = |count: usize| count.div_ceil(LANES) as f64;
    let most = |of: &dyn Fn(usize) -> usize| (1..sizes.nbody).map(of).max().unwrap_or(0) as f64;
    let depth = |body: usize| ancestors(model, body).count();
    let chain = |body: usize| ancestors(model, body).map(|body| own_dofs(model, body).len()).sum();
    let candidates = robot.candidates().count();
    let padded = (sizes.nv + 1).next_multiple_of(4) as f64;
    common
        .trips("word", strided(candidates))
        .trips("candidate", strided(candidates))
        .trips("segment", strided(robot.segments.len()))
        .trips("item", strided(10 * sizes.nbody))
        .trips("chain", most(&chain))
        .trips("part", most(&|body| robot.last_carried(body) + 1 - body))
        .trips("own", most(&|body| own_dofs(model, body).len()))
        .trips("joint", most(&|body| own_joints(model, body).len()))
        .trips("up", most(&depth))
        .trips("other", sizes.nv as f64)
        .trips("column", sizes.nv as f64)
        .trips("before", padded / 2.0)
        .trips("end", padded / 4.0)
        .trips("at", CONTACTS)
        .trips("limits", 0.0)
        .trips("moving", 0.0)
        .trips("rest", most(&chain))
}

/// Returns a body and its ancestors, without the world.
fn ancestors(model: &Model, body: usize) -> impl Iterator<Item = usize> {
    std::iter::successors((body > 0).then_some(body), |body| Some(model.body_parentid[*body]).filter(|up| *up > 0))
}
