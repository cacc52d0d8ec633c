//! Contacts with the floor (planes that do not move), without Jacobian rows.
//!
//! A contact at offset r from the tree's centre of mass keeps three numbers: the residual u = J a - aref along the
//! plane's axes. J x is the velocity at r for the body's spatial vector. In the Hessian a contact is a 6 x 6
//! stiffness A W A^T on its body, composed up the tree like inertias. In the gradient it is a wrench.

use super::{
    algebra::{M3, Spatial, V3},
    contact::Pair,
    grip::Held,
    kinematics::Kinematics,
    multipliers::{Multiplier, Stage},
    plane::{Plane, Point, points},
    solver::search_row,
    trace::{Ex, Trace, Var},
};
use crate::physics::model::{Model, geom};

/// A point of a geom that can touch a plane.
pub struct FloorContact<'t> {
    /// Index of its body.
    pub body: usize,
    /// Contact dimension, 1 or 3.
    condim: u32,
    friction: f64,
    /// Plane that it touches.
    plane: Plane,
    /// Weight D, or 0 out of reach.
    pub weight: Ex<'t>,
    /// Spring of a stiff contact.
    spring: Option<Spring>,
    /// Distance between the surfaces, m.
    pub dist: Ex<'t>,
    /// Position of the contact.
    pub pos: V3<'t>,
    /// Position relative to the tree's centre of mass.
    r: V3<'t>,
    /// First tangent (cos, sin) in the plane; `None` for its x axis.
    tangent: Option<[Ex<'t>; 2]>,
    /// Residual u; `None` for components that are always zero.
    residual: [Option<Var>; 3],
}

/// Spring in series with a stiff contact.
struct Spring {
    give: f64,
    multiplier: Multiplier,
}

/// Returns the pairs with planes, grouped by body.
pub fn floor_pairs(pairs: &[Pair]) -> Vec<&Pair> {
    let mut floor: Vec<&Pair> = pairs.iter().filter(|pair| pair.kinds[0] == geom::PLANE).collect();
    floor.sort_by_key(|pair| pair.bodies[1]);
    floor
}

/// Sets up all contacts with planes. `velocity` is per body.
pub fn floor_contacts<'t>(
    trace: &'t Trace,
    model: &Model,
    pairs: &[Pair],
    kin: &Kinematics<'t>,
    velocity: &[Spatial<'t>],
) -> Vec<FloorContact<'t>> {
    let mut contacts = vec![];
    for pair in floor_pairs(pairs) {
        let plane = Plane::of(model, pair.geoms[0]);
        for point in points(trace, model, pair, &plane, kin) {
            let index = contacts.len();
            contacts.push(contact(trace, pair, plane, kin, velocity, point, index));
        }
    }
    contacts
}

fn contact<'t>(
    trace: &'t Trace,
    pair: &Pair,
    plane: Plane,
    kin: &Kinematics<'t>,
    velocity: &[Spatial<'t>],
    point: Point<'t>,
    index: usize,
) -> FloorContact<'t> {
    let body = pair.bodies[1];
    let label = |what: &str| format!("floor_{index}_{what}");
    let [x, y, z] = point.centre.0;
    let dist = z - point.radius;
    let gap = dist - pair.margin;
    let pos = plane.to_world(V3([x, y, 0.5 * dist]));
    let r = (pos - kin.com[body]).named(&label("r"));
    let row = pair.softness.traced(trace);
    let impedance = row.impedance(gap);
    let active = gap.less(0.0);
    let active = point.allowed.map_or(active, |allowed| active.and(allowed));
    let weight = trace.select(active, row.weight(impedance, pair.diagonal()), trace.num(0.0));
    let weight = weight.named(&label("weight"));
    let speed = plane.frame(trace).apply(velocity[body].at(r));
    let drift = [speed.0[0] * row.damping, speed.0[1] * row.damping, row.drift(impedance, gap, speed.0[2])];
    let residual = std::array::from_fn(|k| {
        let name = label(["residual_x", "residual_y", "residual_z"][k]);
        (!drift[k].is_zero()).then(|| trace.var(&name, drift[k]))
    });
    let spring =
        pair.is_stiff().then(|| Spring { give: pair.give, multiplier: Multiplier::new(trace, &label("stiff")) });
    let tangent = point.axis.and_then(|axis| tangent(trace, axis));
    let (condim, friction) = (pair.condim, pair.friction);
    FloorContact { body, condim, friction, plane, weight, spring, dist, pos, r, tangent, residual }
}

/// Returns the direction of a capsule's axis in the plane. `None` if the axis stays in the x-z plane, where the
/// pyramid is the same for both signs.
fn tangent<'t>(trace: &'t Trace, axis: V3<'t>) -> Option<[Ex<'t>; 2]> {
    let [x, y, _] = axis.0;
    if y.is_zero() {
        return None;
    }
    let length2 = x * x + y * y;
    let scale = length2.max(1e-30).inverse_sqrt();
    let upright = length2.less(1e-24);
    Some([trace.select(upright, trace.num(1.0), x * scale), y * scale])
}

impl<'t> FloorContact<'t> {
    /// Returns the current residual u.
    pub fn residual(&self, trace: &'t Trace) -> V3<'t> {
        V3(std::array::from_fn(|k| self.residual[k].as_ref().map_or(trace.num(0.0), |var| trace.get(var))))
    }

    /// Returns a vector at the contact point in the contact's frame: normal, along the tangent, across it.
    fn to_contact(&self, u: V3<'t>) -> [Ex<'t>; 3] {
        let [x, y, normal] = u.0;
        match self.tangent {
            Some([cos, sin]) => [normal, cos * x + sin * y, cos * y - sin * x],
            None => [normal, x, y],
        }
    }

    /// Returns the rows n + mu t1, n - mu t1, n + mu t2, n - mu t2 (or n alone) of a vector at the contact point.
    fn rows(&self, u: V3<'t>) -> Vec<Ex<'t>> {
        if self.condim == 1 {
            return vec![u.0[2]];
        }
        let [normal, along, across] = self.to_contact(u);
        let (along, across) = (self.friction * along, self.friction * across);
        vec![normal + along, normal - along, normal + across, normal - across]
    }

    /// Turns a tangential vector from the contact's frame to the plane's axes.
    fn to_plane(&self, along: Ex<'t>, across: Ex<'t>) -> [Ex<'t>; 2] {
        match self.tangent {
            Some([cos, sin]) => [cos * along - sin * across, sin * along + cos * across],
            None => [along, across],
        }
    }

    /// Sums the numbers of the rows into normal, along and across.
    fn gather(&self, rows: &[Ex<'t>]) -> [Ex<'t>; 3] {
        let zero = rows[0].trace.num(0.0);
        match rows {
            [a, b, c, d] => [(*a + *b) + (*c + *d), self.friction * (*a - *b), self.friction * (*c - *d)],
            _ => [rows[0], zero, zero],
        }
    }

    /// Returns the gradient of the cost as a wrench about the tree's centre of mass: minus the force that the floor
    /// applies.
    pub fn wrench(&self, u: V3<'t>) -> Spatial<'t> {
        let [normal, along, across] = match &self.spring {
            Some(spring) => self.held(spring, u).pull(),
            None => {
                let pulls: Vec<_> = self.rows(u).into_iter().map(|row| self.weight * row.min(0.0)).collect();
                self.gather(&pulls)
            }
        };
        let [x, y] = self.to_plane(along, across);
        let force = self.plane.frame(normal.trace).apply_transposed(V3([x, y, normal]));
        Spatial { ang: self.r.cross(force), lin: force }
    }

    /// Returns the law of a stiff contact at residual `u`.
    fn held(&self, spring: &Spring, u: V3<'t>) -> Held<'t> {
        let trace = self.weight.trace;
        let [normal, along, across] = self.to_contact(u);
        let residual = [spring.multiplier.shift(trace, normal), along, across];
        // without friction there is one row, whose weight four edges share
        let (weight, friction) = match self.condim {
            1 => (0.25 * self.weight, 0.0),
            _ => (self.weight, self.friction),
        };
        Held::new(weight, friction, spring.give, residual)
    }

    /// Returns the matrix W of the rows that pull: its normal entry; normal with along and across; along, across, and
    /// along with across.
    fn resistance(&self, u: V3<'t>) -> (Ex<'t>, [Ex<'t>; 2], [Ex<'t>; 3]) {
        let trace = self.weight.trace;
        let zero = trace.num(0.0);
        if let Some(spring) = &self.spring {
            return self.held(spring, u).resistance();
        }
        let active = |row: Ex<'t>| trace.select(row.less(0.0), self.weight, zero);
        let weights: Vec<_> = self.rows(u).into_iter().map(active).collect();
        let [normal, along, across] = self.gather(&weights);
        let [a, b, c, d] = weights[..] else { return (normal, [zero; 2], [zero; 3]) };
        let mu2 = self.friction * self.friction;
        (normal, [along, across], [mu2 * (a + b), mu2 * (c + d), zero])
    }

    /// Returns the stiffness A W A^T about the tree's centre of mass, by rows; angular first.
    pub fn stiffness(&self, trace: &'t Trace, u: V3<'t>) -> [[Ex<'t>; 6]; 6] {
        let (normal, [along, across], tangential) = self.resistance(u);
        let [wxz, wyz] = self.to_plane(along, across);
        let [wxx, wyy, wxy] = self.tangential_to_plane(tangential);
        let frame = self.plane.frame(trace);
        let in_plane = M3([V3([wxx, wxy, wxz]), V3([wxy, wyy, wyz]), V3([wxz, wyz, normal])]);
        let half = in_plane.times(frame);
        let w: [V3; 3] = std::array::from_fn(|i| frame.column(i)).map(|axis| half.apply_transposed(axis));
        // Column k of [r] W, then [r] W [r]^T.
        let turned = w.map(|column| self.r.cross(column));
        let twice: [V3; 3] = std::array::from_fn(|i| self.r.cross(V3(std::array::from_fn(|k| turned[k].0[i]))));
        std::array::from_fn(|i| {
            std::array::from_fn(|k| match (i < 3, k < 3) {
                (true, true) => twice[i].0[k],
                (true, false) => turned[k - 3].0[i],
                (false, true) => turned[i - 3].0[k],
                (false, false) => w[i - 3].0[k - 3],
            })
        })
    }

    /// Turns the tangential block of W (along, across, along with across) to the plane's axes (xx, yy, xy).
    fn tangential_to_plane(&self, [along, across, both]: [Ex<'t>; 3]) -> [Ex<'t>; 3] {
        match self.tangent {
            Some([cos, sin]) => {
                let (cos2, sin2) = (cos * cos, sin * sin);
                let twice = 2.0 * (cos * sin * both);
                [
                    cos2 * along + sin2 * across - twice,
                    sin2 * along + cos2 * across + twice,
                    (cos * sin) * (along - across) + (cos2 - sin2) * both,
                ]
            }
            None => [along, across, both],
        }
    }

    /// Returns the change of the residual when the body's spatial acceleration changes by `step`.
    pub fn along(&self, step: Spatial<'t>) -> V3<'t> {
        self.plane.frame(step.ang.0[0].trace).apply(step.at(self.r))
    }

    /// Adds the rows' slope and curvature along `change`.
    pub fn search(&self, trace: &'t Trace, change: V3<'t>) {
        let u = self.residual(trace);
        if let Some(spring) = &self.spring {
            let alpha = trace.atom("alpha");
            let then = V3(std::array::from_fn(|k| u.0[k] + alpha * change.0[k]));
            self.held(spring, u).search(&self.held(spring, then), self.to_contact(change));
            return;
        }
        // for planar motion the last two rows are identical
        let flat =
            [u, change].into_iter().all(|vector| matches!(self.rows(vector)[..], [_, _, c, d] if (c - d).is_zero()));
        let rows = self.rows(u).into_iter().zip(self.rows(change));
        for (number, (now, change)) in rows.enumerate().take(if flat { 3 } else { 4 }) {
            let times = if flat && number == 2 { 2.0 } else { 1.0 };
            search_row(trace, now, change, self.weight, times);
        }
    }

    /// Returns whether the contact is stiff.
    pub fn is_stiff(&self) -> bool {
        self.spring.is_some()
    }

    /// Moves the multiplier, if there is one.
    pub fn multiply(&self, trace: &'t Trace, stage: Stage) {
        if let Some(spring) = &self.spring {
            match stage {
                Stage::Aim => {
                    let [normal, ..] = self.held(spring, self.residual(trace)).pull();
                    spring.multiplier.aim(trace, spring.give * normal);
                }
                Stage::Go => spring.multiplier.go(trace),
            }
        }
    }

    /// Moves the residual by `alpha` along `change`.
    pub fn update(&self, trace: &'t Trace, change: V3<'t>, alpha: Ex<'t>) {
        for (var, change) in self.residual.iter().zip(change.0) {
            if let Some(var) = var {
                trace.add_to(var, alpha * change);
            }
        }
    }
}
