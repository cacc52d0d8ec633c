//! The robot in the cooperative shape: segments, their points that can touch the floor, and pairs.

use super::LANES;
use crate::physics::{
    model::{Model, geom, joint},
    stepper::{
        Options, StepperError,
        algebra::z_axis,
        contact::{Pair, pairs},
        plane::Plane,
        softness::Softness,
        stiffness::settled,
        tree::Tree,
    },
};

/// Workgroup memory that every device guarantees, bytes.
const SURE_BYTES: usize = 16_384;

/// Size of a contact in workgroup memory, bytes.
pub const CONTACT_BYTES: usize = 80;

/// Size of a contact's spring, if some contact is stiff, bytes.
const SPRING_BYTES: usize = 16;

/// Bytes of single values (counts, marks), and of the padding of each array to a multiple of 16 bytes.
const SINGLES: usize = 512;

/// A robot prepared for its tables.
pub struct Robot<'a> {
    pub model: &'a Model,
    pub tree: Tree,
    pub options: Options,
    /// Geoms other than planes that can touch something, in the order of the tables.
    pub segments: Vec<usize>,
    /// Ends of segments that can touch the floor.
    pub points: Vec<Point>,
    /// Pairs of segments.
    pub pairs: Vec<Pair>,
    /// Softness of each dof's limit, `[nv]`; that of another dof if it has none. Empty without any limit.
    pub limit_softness: Vec<Softness>,
    /// Change of velocity per time step beyond which another solve follows, m/s or rad/s.
    pub settled: f64,
}

/// The end of a capsule, or a sphere, that can touch the floor.
pub struct Point {
    /// Its pair with the floor.
    pub pair: Pair,
    /// End of the axis: 1 or -1.
    pub side: f64,
}

impl<'a> Robot<'a> {
    /// Prepares a robot for its tables.
    ///
    /// Errors: a feature outside the subset, or more parts than there are lanes.
    pub fn new(model: &'a Model, options: &Options) -> Result<Self, StepperError> {
        let tree = Tree::new(model)?;
        let all = pairs(model)?;
        let settled = settled(model, &all)?;
        let (floor, pairs): (Vec<_>, Vec<_>) = all.into_iter().partition(Pair::has_plane);
        check(model, &floor)?;
        let ends = |kind| if kind == geom::CAPSULE { &[1.0, -1.0][..] } else { &[1.0][..] };
        let points: Vec<Point> = floor
            .into_iter()
            .flat_map(|pair| ends(pair.kinds[1]).iter().map(move |&side| Point { pair, side }))
            .collect();
        let mut segments: Vec<usize> =
            points.iter().map(|point| point.pair.geoms[1]).chain(pairs.iter().flat_map(|pair| pair.geoms)).collect();
        segments.sort_unstable();
        segments.dedup();
        Ok(Self {
            model,
            tree,
            options: options.clone(),
            segments,
            points,
            pairs,
            limit_softness: limit_softness(model)?,
            settled,
        })
    }

    /// Returns the index of a geom among the segments.
    pub fn segment(&self, geom: usize) -> usize {
        self.segments.iter().position(|other| *other == geom).expect("a geom that can touch is a segment")
    }

    /// Returns half the axis of a segment, in the frame of its body, m.
    pub fn half_axis(&self, geom: usize) -> [f64; 3] {
        let capsule = self.model.geom_type[geom] == geom::CAPSULE;
        let half_length = if capsule { self.model.geom_size[geom][1] } else { 0.0 };
        z_axis(self.model.geom_quat[geom]).map(|x| x * half_length)
    }

    /// Returns all possible contacts: points with the floor, then pairs, then the second contacts of pairs.
    pub fn candidates(&self) -> impl Iterator<Item = &Pair> {
        let twice = self.twice().map(|number| &self.pairs[number]);
        self.points.iter().map(|point| &point.pair).chain(&self.pairs).chain(twice)
    }

    /// Returns the indices of pairs that may touch in two places: capsules, which may be parallel.
    pub fn twice(&self) -> impl Iterator<Item = usize> {
        (0..self.pairs.len()).filter(|number| self.pairs[*number].most_contacts() == 2)
    }

    /// Returns the limited joint of a dof.
    pub fn limited(&self, dof: usize) -> Option<usize> {
        limited(self.model, dof)
    }

    /// Returns the number of contacts that are kept at once.
    pub fn capacity(&self) -> usize {
        let fit = SURE_BYTES.saturating_sub(self.bytes_without_contacts()) / self.contact_bytes();
        self.options.contacts.shared(&self.pairs, self.points.len(), fit)
    }

    /// Returns the most workgroup memory that the kernels take, bytes (`tests/physics/cooperative.rs` checks it
    /// against their text).
    pub fn bytes(&self) -> usize {
        self.bytes_without_contacts() + self.contact_bytes() * self.capacity()
    }

    fn contact_bytes(&self) -> usize {
        if self.has_springs() { CONTACT_BYTES + SPRING_BYTES } else { CONTACT_BYTES }
    }

    /// Returns whether some contact is stiff.
    pub fn has_springs(&self) -> bool {
        self.candidates().any(Pair::is_stiff)
    }

    fn bytes_without_contacts(&self) -> usize {
        let sizes = &self.model.sizes;
        // `local_*` and `body_*` of the state, in their order there
        let body = 4 * (3 + 3 + 10 + 10 + 6 + 6) + 2 * 16;
        // velocities, accelerations, forces, limits; an axis; a column of a contact's Jacobian
        let dof = 4 * (10 + 6) + 16;
        let padded = padded(sizes.nv);
        let matrix = self.matrix() + 4 * padded;
        let words = 2 * self.candidates().count().div_ceil(32).max(1);
        let segments = 2 * 16 * self.segments.len().max(1);
        let others = 8 * sizes.nq + 4 * sizes.nu.max(1) + 4 * (matrix + words) + segments;
        body * sizes.nbody + dof * sizes.nv + others + SINGLES
    }

    /// Returns the number of floats in a matrix. Before it is built, its memory holds the candidates' gaps.
    pub fn matrix(&self) -> usize {
        let padded = padded(self.model.sizes.nv);
        (padded * (padded + 1)).max(self.candidates().count())
    }

    /// Returns the last descendant of `body`, or `body` itself. Descendants have the indices that follow it.
    pub fn last_carried(&self, body: usize) -> usize {
        last_carried(self.model, body)
    }
}

/// Returns the number of rows of a matrix: `nv` rounded up to whole panels of four columns.
pub fn padded(nv: usize) -> usize {
    nv.next_multiple_of(4)
}

/// Returns the limited joint of a dof.
fn limited(model: &Model, dof: usize) -> Option<usize> {
    let joint = model.dof_jntid[dof];
    (model.jnt_limited[joint] && model.jnt_type[joint] != joint::FREE).then_some(joint)
}

fn limit_softness(model: &Model) -> Result<Vec<Softness>, StepperError> {
    let of = |j: usize| Softness::new(model.jnt_solref[j], model.jnt_solimp[j], model.opt.timestep);
    let known = (0..model.sizes.nv).filter_map(|dof| limited(model, dof)).map(of).collect::<Result<Vec<_>, _>>()?;
    let Some(&any) = known.first() else { return Ok(vec![]) };
    let mut next = known.into_iter();
    Ok((0..model.sizes.nv).map(|dof| limited(model, dof).and_then(|_| next.next()).unwrap_or(any)).collect())
}

fn last_carried(model: &Model, body: usize) -> usize {
    (0..model.sizes.nbody).rfind(|&other| carries(model, body, other)).unwrap_or(body)
}

fn carries(model: &Model, body: usize, other: usize) -> bool {
    let up = |b: &usize| (*b > 0).then(|| model.body_parentid[*b]);
    std::iter::successors(Some(other), up).any(|above| above == body)
}

fn check(model: &Model, floor: &[Pair]) -> Result<(), StepperError> {
    let refuse = |what: &str| Err(StepperError::Unsupported(format!("{what} in the cooperative shape")));
    let sizes = &model.sizes;
    // The right side of the solver's system is a row after those of the dofs, rounded up to whole panels.
    if [sizes.nbody, sizes.nq, sizes.nv + 4, sizes.njnt, sizes.nu].iter().any(|count| *count > LANES) {
        return refuse("a robot with more than 28 degrees of freedom, or 32 bodies, coordinates, joints or motors");
    }
    if (1..sizes.nbody).any(|body| model.body_rootid[body] != 1) {
        return refuse("several trees");
    }
    if model.is_pulled() || (0..sizes.ntendon).any(|t| model.tendon_acts(t)) {
        return refuse("muscles or tendons that pull");
    }
    if model.opt.density != 0.0 || model.opt.viscosity != 0.0 {
        return refuse("a medium with drag");
    }
    if floor.iter().any(|pair| !matches!(pair.kinds[1], geom::SPHERE | geom::CAPSULE)) {
        return refuse("a box, cylinder or ellipsoid on the floor");
    }
    if floor.iter().any(|pair| !Plane::of(model, pair.geoms[0]).is_ground()) {
        return refuse("a floor other than z = 0");
    }
    let in_order = |body| (body..=last_carried(model, body)).all(|other| carries(model, body, other));
    if !(0..sizes.nbody).all(in_order) {
        return refuse("bodies that are not numbered depth first");
    }
    Ok(())
}
