//! Contacts between two geoms, spheres or capsules.
//!
//! Straight-line code tests all pairs and sets a bit for each hit. Hits go to slots, as many as [`Capacity`] gives.
//! If all are taken, the shallowest gives way, and the overflow is counted.
//!
//! A slot has one dense row of the Jacobian, along the normal. It has three, along the normal and both tangents, if
//! some pair has friction or is stiff. `pair_rows.rs` holds the solver's treatment of them.

use std::fmt::Write;

use super::{
    Capacity, StepperError,
    algebra::{V3, z_axis},
    contact::Pair,
    kinematics::Kinematics,
    multipliers::softest,
    pair_text::{AXES, GEOMETRY, SLOT, TANGENTS},
    softness::ContactRow,
    trace::{Ex, Trace},
    tree::Tree,
};
use crate::{
    kernel::wgsl::float_literal,
    physics::model::{Model, geom},
};

/// Squared sine of the angle below which MuJoCo 3.17 treats capsules as parallel (found by bisection).
pub const PARALLEL: f64 = 1e-8;

/// Distance that the first search may miss for nearly parallel capsules, as a share of the shorter half axis. With
/// sines below 1e-3, `f32` cannot resolve where the axes are nearest.
const NEARLY_PARALLEL: f64 = 2e-3;

/// The pairs of one robot and the arrays that hold their contacts.
pub struct PairContacts {
    pairs: Vec<Pair>,
    /// Geoms of the pairs, in the order of their local indices.
    geoms: Vec<usize>,
    capacity: usize,
    /// Rows per contact: 1 if all pairs are without friction and none is stiff, else 3.
    pub(super) rows: usize,
    pub(super) nv: usize,
    /// Largest compliance of a graded spring, in units of its own before; `None` if no pair is stiff.
    pub(super) softest: Option<f64>,
}

/// A geom in the pair tests.
#[derive(Clone, Copy)]
struct Segment<'t> {
    centre: V3<'t>,
    /// Vector from the centre to the end of the axis; zero for a sphere.
    half: V3<'t>,
    half_length: f64,
    /// Z axis of its frame.
    axis: V3<'t>,
    radius: f64,
}

impl PairContacts {
    /// Returns the pairs among `pairs` that are not with a plane; `None` if there are none.
    pub fn new(model: &Model, pairs: &[Pair], capacity: Capacity) -> Option<Self> {
        let pairs: Vec<Pair> = pairs.iter().filter(|pair| !pair.has_plane()).copied().collect();
        let capacity = capacity.between(&pairs);
        let mut geoms: Vec<usize> = pairs.iter().flat_map(|pair| pair.geoms).collect();
        geoms.sort_unstable();
        geoms.dedup();
        let plain = pairs.iter().all(|pair| pair.condim == 1 && !pair.is_stiff());
        let rows = if plain { 1 } else { 3 };
        let softest = pairs.iter().any(Pair::is_stiff).then(|| softest(model));
        (!pairs.is_empty()).then_some(Self { pairs, geoms, capacity, rows, nv: model.sizes.nv, softest })
    }

    /// Returns the number of contacts that can be held at once.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the geoms of the pairs, by pair index.
    pub fn geoms(&self) -> Vec<[usize; 2]> {
        self.pairs.iter().map(|pair| pair.geoms).collect()
    }

    fn local(&self, geom: usize) -> usize {
        self.geoms.iter().position(|other| *other == geom).expect("a geom of a pair is listed")
    }

    /// Returns the constant tables at module scope.
    pub fn tables(&self, model: &Model, tree: &Tree) -> String {
        let mut text = String::new();
        let mut table = |name: &str, ty: &str, values: Vec<String>| {
            let _ = writeln!(text, "const {name} = array<{ty}, {}>({});", values.len(), values.join(", "));
        };
        let number = |g: usize| format!("{}u", self.local(g));
        table("PAIR_FIRST", "u32", self.pairs.iter().map(|pair| number(pair.geoms[0])).collect());
        table("PAIR_SECOND", "u32", self.pairs.iter().map(|pair| number(pair.geoms[1])).collect());
        table("PAIR_RADIUS", "f32", self.geoms.iter().map(|&g| float_literal(model.geom_size[g][0] as f32)).collect());
        let mask = |g: &usize| tree.chain[model.geom_bodyid[*g]].iter().map(|dof| 1u32 << dof).sum::<u32>();
        table("PAIR_CHAIN", "u32", self.geoms.iter().map(|g| format!("{}u", mask(g))).collect());
        table("PAIR_BODY", "u32", self.geoms.iter().map(|&g| format!("{}u", model.geom_bodyid[g])).collect());
        for (name, values) in self.parameters() {
            if !all_equal(&values) {
                table(name, "f32", values.iter().map(|x| float_literal(*x as f32)).collect());
            }
        }
        text
    }

    /// Returns the parameters that may differ from pair to pair, by the name of their table.
    fn parameters(&self) -> [(&'static str, Vec<f64>); 11] {
        let of = |f: fn(&Pair) -> f64| self.pairs.iter().map(f).collect::<Vec<_>>();
        [
            ("PAIR_MARGIN", of(|p| p.margin)),
            ("PAIR_STIFFNESS", of(|p| p.softness.stiffness)),
            ("PAIR_DAMPING", of(|p| p.softness.damping)),
            ("PAIR_IMPEDANCE_LOW", of(|p| p.softness.impedance[0])),
            ("PAIR_IMPEDANCE_HIGH", of(|p| p.softness.impedance[1])),
            ("PAIR_INVERSE_WIDTH", of(|p| 1.0 / p.softness.width)),
            ("PAIR_MIDPOINT", of(|p| p.softness.midpoint)),
            ("PAIR_DIAGONAL", of(|p| p.diagonal())),
            ("PAIR_GIVE", of(|p| p.give)),
            ("PAIR_FRICTION", of(|p| if p.condim == 3 { p.friction } else { 0.0 })),
            // without friction the one row is four edges that share its weight
            ("PAIR_EDGE_SHARE", of(|p| if p.condim == 3 { 1.0 } else { 0.25 })),
        ]
    }

    /// Returns a parameter of pair number `pair`: a literal if all pairs agree.
    fn parameter<'t>(&self, trace: &'t Trace, name: &str) -> Ex<'t> {
        let parameters = self.parameters();
        let (_, values) = parameters.iter().find(|(known, _)| *known == name).expect("a parameter of pairs");
        if all_equal(values) { trace.num(values[0]) } else { trace.atom(&format!("{name}[pair]")) }
    }

    /// Returns the private arrays at module scope.
    pub fn declarations(&self) -> String {
        let (slots, rows) = (self.capacity, self.capacity * self.rows);
        let dense = rows * self.nv;
        let geoms = self.geoms.len();
        let (pyramids, stiff) = (if self.has_tangents() { slots } else { 0 }, if self.are_stiff() { slots } else { 0 });
        let mut text = String::from("// contacts of pairs: J, D, u = J a - aref, change of u, M^-1 J and its factor\n");
        for (name, ty, count) in [
            ("row_jacobian", "f32", dense),
            ("row_residual", "f32", rows),
            ("row_change", "f32", rows),
            ("row_solved", "f32", dense),
            ("row_factor", "f32", rows),
            ("row_direction", "vec3<f32>", rows),
            ("slot_weight", "f32", slots),
            ("slot_friction", "f32", pyramids),
            ("slot_give", "f32", stiff),
            ("slot_multiplier", "f32", stiff),
            ("slot_move", "f32", stiff),
            ("slot_pair", "u32", slots),
            ("slot_gap", "f32", slots),
            ("slot_point", "vec3<f32>", slots),
            ("slot_dist", "f32", slots),
            ("geom_centre", "vec3<f32>", geoms),
            ("geom_half", "vec3<f32>", geoms),
            ("geom_axis", "vec3<f32>", geoms),
        ] {
            if count > 0 {
                let _ = writeln!(text, "var<private> {name}: array<{ty}, {count}>;");
            }
        }
        text.push_str("var<private> slots_used: u32;\n");
        text
    }

    fn segments<'t>(&self, model: &Model, kin: &Kinematics<'t>) -> Vec<Segment<'t>> {
        let segment = |&g: &usize| {
            let body = model.geom_bodyid[g];
            let half_length = if model.geom_type[g] == geom::CAPSULE { model.geom_size[g][1] } else { 0.0 };
            Segment {
                centre: kin.pos[body] + kin.rot[body].turn(model.geom_pos[g]),
                half: kin.rot[body].turn(z_axis(model.geom_quat[g]).map(|x| x * half_length)),
                half_length,
                axis: kin.rot[body].turn(z_axis(model.geom_quat[g])),
                radius: model.geom_size[g][0],
            }
        };
        self.geoms.iter().map(segment).collect()
    }

    /// Finds the contacts and fills the rows.
    ///
    /// Errors: none today; reserved for kinds that cannot be traced.
    pub fn detect<'t>(
        &self,
        trace: &'t Trace,
        model: &Model,
        tree: &Tree,
        kin: &Kinematics<'t>,
        v: &[Ex<'t>],
    ) -> Result<(), StepperError> {
        trace.comment("which pairs of geoms touch");
        let segments = self.segments(model, kin);
        let words = self.pairs.len().div_ceil(32);
        for word in 0..words {
            trace.raw(&format!("var hits_{word} = 0u;"));
        }
        for (number, pair) in self.pairs.iter().enumerate() {
            let [a, b] = pair.geoms.map(|g| segments[self.local(g)]);
            // The search is inexact for nearly parallel axes; the contact itself is computed again.
            let slack = NEARLY_PARALLEL * a.half_length.min(b.half_length);
            let reach = a.radius + b.radius + pair.margin + slack;
            let apart = nearest(a, b);
            let (word, bit) = (number / 32, 1u32 << (number % 32));
            trace.line(
                &format!("hits_{word} |= select(0u, {bit}u, $ < $);"),
                &[apart.dot(apart), trace.num(reach * reach)],
            );
        }
        let count: Vec<_> = (0..words).map(|word| format!("countOneBits(hits_{word})")).collect();
        trace.raw(&format!("let hits = {};\nslots_used = 0u;", count.join(" + ")));
        trace.open("if (hits > 0u)", &[]);
        for (local, segment) in segments.iter().enumerate() {
            let [x, y, z] = segment.centre.0;
            trace.line(&format!("geom_centre[{local}] = vec3<f32>($, $, $);"), &[x, y, z]);
            let [x, y, z] = segment.half.0;
            trace.line(&format!("geom_half[{local}] = vec3<f32>($, $, $);"), &[x, y, z]);
            let [x, y, z] = segment.axis.0;
            trace.line(&format!("geom_axis[{local}] = vec3<f32>($, $, $);"), &[x, y, z]);
        }
        trace.open("for (var hit = 0u; hit < hits; hit++)", &[]);
        self.next_hit(trace, words);
        self.fill(trace, model, tree, kin, v);
        trace.close();
        trace.close();
        Ok(())
    }

    /// Writes code that takes the lowest set bit and sets `pair` to its index.
    fn next_hit(&self, trace: &Trace, words: usize) {
        trace.raw("var word = 0u;\nvar pair = 0u;");
        for word in 0..words {
            let otherwise = if word == 0 { "" } else { "else " };
            trace.raw(&format!(
                "{otherwise}if (hits_{word} != 0u) {{ word = hits_{word}; pair = {}u; hits_{word} &= hits_{word} - 1u; }}",
                32 * word
            ));
        }
        trace.raw("pair += firstTrailingBit(word);");
    }

    /// Writes the geometry of the hit, its slot and its rows.
    fn fill<'t>(&self, trace: &'t Trace, model: &Model, tree: &Tree, kin: &Kinematics<'t>, v: &[Ex<'t>]) {
        trace.raw(&AXES.replace("PARALLEL", &float_literal(PARALLEL as f32)));
        trace.open("for (var contact = 0u; contact < contacts; contact++)", &[]);
        trace.raw(GEOMETRY);
        trace.line("let gap = dist - $;", &[self.parameter(trace, "PAIR_MARGIN")]);
        trace.raw(&SLOT.replace("CAPACITY", &format!("{}u", self.capacity)));
        let gap = trace.atom("gap");
        let row = ContactRow {
            stiffness: self.parameter(trace, "PAIR_STIFFNESS"),
            damping: self.parameter(trace, "PAIR_DAMPING"),
            impedance: [self.parameter(trace, "PAIR_IMPEDANCE_LOW"), self.parameter(trace, "PAIR_IMPEDANCE_HIGH")],
            inverse_width: self.parameter(trace, "PAIR_INVERSE_WIDTH"),
            midpoint: self.parameter(trace, "PAIR_MIDPOINT"),
        };
        let impedance = row.impedance(gap);
        let weight = row.weight(impedance, self.parameter(trace, "PAIR_DIAGONAL"));
        let weight = if self.has_tangents() { self.parameter(trace, "PAIR_EDGE_SHARE") * weight } else { weight };
        trace.line("slot_weight[slot] = select(0.0, $, gap < 0.0);", &[weight]);
        if self.are_stiff() {
            trace.line("slot_give[slot] = $;", &[self.parameter(trace, "PAIR_GIVE")]);
            trace.raw("slot_multiplier[slot] = 0.0;\nslot_move[slot] = 0.0;");
        }
        let along_normal = if self.has_tangents() {
            trace.raw(TANGENTS);
            trace.line("slot_friction[slot] = $;", &[self.parameter(trace, "PAIR_FRICTION")]);
            trace.open("for (var side = 0u; side < 3u; side++)", &[]);
            trace.raw("let direction = select(select(tangent, bitangent, side == 2u), normal, side == 0u);");
            trace.raw("let row = slot * 3u + side;");
            trace.select(trace.atom("side == 0u"), gap, trace.num(0.0))
        } else {
            trace.raw("let direction = normal;\nlet row = slot;");
            gap
        };
        trace.raw("row_direction[row] = direction;");
        self.jacobian(trace, model, tree, kin, v);
        trace.line("row_residual[row] = $;", &[row.drift(impedance, along_normal, trace.read("speed"))]);
        if self.has_tangents() {
            trace.close();
        }
        trace.close();
    }

    /// Writes one row of J, and the speed of the contact along it.
    fn jacobian<'t>(&self, trace: &'t Trace, model: &Model, tree: &Tree, kin: &Kinematics<'t>, v: &[Ex<'t>]) {
        trace.raw("var speed = 0.0;");
        let mut roots: Vec<usize> = (0..tree.nv()).map(|dof| model.body_rootid[model.dof_bodyid[dof]]).collect();
        roots.dedup();
        for root in roots {
            let [x, y, z] = kin.com[root].0;
            trace.line(&format!("let moment_{root} = cross(point - vec3<f32>($, $, $), direction);"), &[x, y, z]);
        }
        let component = |vector: &str, axis: &str| trace.atom(&format!("{vector}.{axis}"));
        let vector = |name: &str| V3(["x", "y", "z"].map(|axis| component(name, axis)));
        for (dof, speed) in v.iter().enumerate() {
            let root = model.body_rootid[model.dof_bodyid[dof]];
            let axis = kin.axes[dof];
            let entry = vector("direction").dot(axis.lin) + vector(&format!("moment_{root}")).dot(axis.ang);
            let at = format!("row_jacobian[row * {}u + {dof}u]", self.nv);
            let sign = format!("(f32((chain_b >> {dof}u) & 1u) - f32((chain_a >> {dof}u) & 1u))");
            trace.line(&format!("let entry_{dof} = {sign} * $;"), &[entry]);
            trace.line(&format!("{at} = entry_{dof}; speed += entry_{dof} * $;"), &[*speed]);
        }
    }

    /// Returns whether slots have rows along the tangents, and follow the law of `shaders/physics/grip.wgsl`.
    pub(super) fn has_tangents(&self) -> bool {
        self.rows == 3
    }

    /// Returns whether some pair is stiff.
    pub fn are_stiff(&self) -> bool {
        self.softest.is_some()
    }
}

fn all_equal(values: &[f64]) -> bool {
    values.iter().all(|x| *x == values[0])
}

/// Returns the shortest vector from the axis of `a` to the axis of `b`.
fn nearest<'t>(a: Segment<'t>, b: Segment<'t>) -> V3<'t> {
    let between = a.centre - b.centre;
    let (la, lb) = (a.half_length * a.half_length, b.half_length * b.half_length);
    match (la > 0.0, lb > 0.0) {
        (false, false) => b.centre - a.centre,
        (false, true) => b.half * (b.half.dot(between) * (1.0 / lb)).clamp(-1.0, 1.0) - between,
        (true, false) => {
            let at = (a.half.dot(between) * (-1.0 / la)).clamp(-1.0, 1.0);
            between * -1.0 - a.half * at
        }
        (true, true) => {
            let (cross, u, w) = (-a.half.dot(b.half), -a.half.dot(between), b.half.dot(between));
            let determinant = (la * lb - cross * cross).max(1e-7 * la * lb);
            let first = ((lb * u - cross * w) / determinant).clamp(-1.0, 1.0);
            let second = ((w - cross * first) * (1.0 / lb)).clamp(-1.0, 1.0);
            let first = ((u - cross * second) * (1.0 / la)).clamp(-1.0, 1.0);
            b.half * second - a.half * first - between
        }
    }
}
