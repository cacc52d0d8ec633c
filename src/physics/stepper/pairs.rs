//! Contacts between two geoms of spheres and capsules.
//!
//! All pairs are tested by straight-line code that sets a bit for each hit. Hits go to slots (as many as [`Capacity`] gives; the
//! shallowest gives way, and overflow is counted), each with one row (frictionless) or four (pyramid). Rows are dense
//! Jacobian rows; they enter the solver's matrix as rank-one updates of the tree factor, so they fill nothing in and
//! cost nothing where nothing touches.

use std::fmt::Write;

use super::{
    Capacity, StepperError,
    algebra::{V3, z_axis},
    contact::Pair,
    kinematics::Kinematics,
    matrix::Factor,
    pair_text::{AXES, GEOMETRY, SLOT, TANGENTS},
    softness::Row,
    stiffness::{UNBOUNDED, largest_weight},
    trace::{Ex, Trace, Var},
    tree::Tree,
};
use crate::{
    physics::model::{Model, geom},
    plan::wgsl::float_literal,
};

/// Squared sine of the angle below which MuJoCo 3.17 calls capsules parallel (found by bisection).
pub const PARALLEL: f64 = 1e-8;

/// Distance that the first search may miss for nearly parallel capsules, as a share of the shorter half axis: with sines below
/// 1e-3 it does not see in `f32` where the axes are nearest.
const NEARLY_PARALLEL: f64 = 2e-3;

/// The pairs of one robot and the arrays that hold their contacts.
pub struct PairContacts {
    pairs: Vec<Pair>,
    /// Geoms that occur, in the order of their local numbers.
    geoms: Vec<usize>,
    capacity: usize,
    /// Rows a contact: 1 where all pairs are frictionless, else 4.
    rows: usize,
    nv: usize,
}

/// A geom as the pair tests see it.
#[derive(Clone, Copy)]
struct Segment<'t> {
    centre: V3<'t>,
    /// From the centre to the end of the axis; zero for a sphere.
    half: V3<'t>,
    half_length: f64,
    /// The z axis of its frame.
    axis: V3<'t>,
    radius: f64,
}

impl PairContacts {
    /// The pairs among `pairs` that are not with a plane; `None` if there are none.
    pub fn new(model: &Model, pairs: &[Pair], capacity: Capacity) -> Option<Self> {
        let pairs: Vec<Pair> = pairs.iter().filter(|pair| !pair.has_plane()).copied().collect();
        let capacity = capacity.between(&pairs);
        let mut geoms: Vec<usize> = pairs.iter().flat_map(|pair| pair.geoms).collect();
        geoms.sort_unstable();
        geoms.dedup();
        let rows = if pairs.iter().all(|pair| pair.condim == 1) { 1 } else { 4 };
        (!pairs.is_empty()).then_some(Self { pairs, geoms, capacity, rows, nv: model.sizes.nv })
    }

    /// Contacts that can be held at once.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Geoms of the pairs, by pair number.
    pub fn geoms(&self) -> Vec<[usize; 2]> {
        self.pairs.iter().map(|pair| pair.geoms).collect()
    }

    fn local(&self, geom: usize) -> usize {
        self.geoms.iter().position(|other| *other == geom).expect("a geom of a pair is listed")
    }

    /// Constant tables at module scope.
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

    /// Parameters that may differ from pair to pair, by the name of their table.
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
            ("PAIR_LARGEST_WEIGHT", of(|p| largest_weight(p).unwrap_or(UNBOUNDED))),
            ("PAIR_FRICTION", of(|p| if p.condim == 3 { p.friction } else { 0.0 })),
            ("PAIR_PYRAMID", of(|p| f64::from(u8::from(p.condim == 3)))),
        ]
    }

    /// A parameter of pair number `pair`: a literal where all pairs agree.
    fn parameter<'t>(&self, trace: &'t Trace, name: &str) -> Ex<'t> {
        let parameters = self.parameters();
        let (_, values) = parameters.iter().find(|(known, _)| *known == name).expect("a parameter of pairs");
        if all_equal(values) { trace.num(values[0]) } else { trace.atom(&format!("{name}[pair]")) }
    }

    /// Private arrays at module scope.
    pub fn declarations(&self) -> String {
        let (slots, rows) = (self.capacity, self.capacity * self.rows);
        let dense = rows * self.nv;
        let geoms = self.geoms.len();
        let mut text = String::from("// contacts of pairs: J, D, u = J a - aref, change of u, M^-1 J and its factor\n");
        for (name, ty, count) in [
            ("row_jacobian", "f32", dense),
            ("row_weight", "f32", rows),
            ("row_residual", "f32", rows),
            ("row_change", "f32", rows),
            ("row_solved", "f32", dense),
            ("row_factor", "f32", rows),
            ("row_direction", "vec3<f32>", rows),
            ("slot_pair", "u32", slots),
            ("slot_gap", "f32", slots),
            ("slot_point", "vec3<f32>", slots),
            ("slot_dist", "f32", slots),
            ("geom_centre", "vec3<f32>", geoms),
            ("geom_half", "vec3<f32>", geoms),
            ("geom_axis", "vec3<f32>", geoms),
        ] {
            let _ = writeln!(text, "var<private> {name}: array<{ty}, {count}>;");
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
    /// Errors: never today; kept for kinds that cannot be traced.
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
            // Nearly parallel axes are found inexactly; the contact itself is worked out again.
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

    /// Takes the lowest set bit: `pair` is its number.
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

    /// Geometry of the hit, its slot, its rows.
    fn fill<'t>(&self, trace: &'t Trace, model: &Model, tree: &Tree, kin: &Kinematics<'t>, v: &[Ex<'t>]) {
        trace.raw(&AXES.replace("PARALLEL", &float_literal(PARALLEL as f32)));
        trace.open("for (var contact = 0u; contact < contacts; contact++)", &[]);
        trace.raw(GEOMETRY);
        trace.line("let gap = dist - $;", &[self.parameter(trace, "PAIR_MARGIN")]);
        trace.raw(&SLOT.replace("CAPACITY", &format!("{}u", self.capacity)));
        let gap = trace.atom("gap");
        let row = Row {
            stiffness: self.parameter(trace, "PAIR_STIFFNESS"),
            damping: self.parameter(trace, "PAIR_DAMPING"),
            impedance: [self.parameter(trace, "PAIR_IMPEDANCE_LOW"), self.parameter(trace, "PAIR_IMPEDANCE_HIGH")],
            inverse_width: self.parameter(trace, "PAIR_INVERSE_WIDTH"),
            midpoint: self.parameter(trace, "PAIR_MIDPOINT"),
        };
        let impedance = row.impedance(gap);
        let weight = row.weight(impedance, self.parameter(trace, "PAIR_DIAGONAL"));
        let most = self.parameter(trace, "PAIR_LARGEST_WEIGHT");
        let weight = if most.constant() == Some(UNBOUNDED) { weight } else { weight.min(most) };
        trace.line("let weight = select(0.0, $, gap < 0.0);", &[weight]);
        if self.rows == 4 {
            trace.raw(TANGENTS);
            trace.line("let pyramid = $ > 0.5;", &[self.parameter(trace, "PAIR_PYRAMID")]);
            trace.line("let friction = $;", &[self.parameter(trace, "PAIR_FRICTION")]);
            trace.open("for (var side = 0u; side < 4u; side++)", &[]);
            trace.raw("let tilt = select(-friction, friction, (side & 1u) == 0u);");
            trace.raw("let direction = normal + tilt * select(tangent, bitangent, side > 1u);");
            trace.raw("let row = slot * 4u + side;\nrow_weight[row] = select(0.0, weight, pyramid | (side == 0u));");
        } else {
            trace.raw("let direction = normal;\nlet row = slot;\nrow_weight[row] = weight;");
        }
        trace.raw("row_direction[row] = direction;");
        self.jacobian(trace, model, tree, kin, v);
        trace.line("row_residual[row] = $;", &[row.drift(impedance, gap, trace.read("speed"))]);
        if self.rows == 4 {
            trace.close();
        }
        trace.close();
    }

    /// One row of J, and the speed of the contact along it.
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

    fn for_rows(&self, trace: &Trace) {
        trace.open(&format!("for (var row = 0u; row < slots_used * {}u; row++)", self.rows), &[]);
    }

    /// Adds the rows' pull to the gradient variables.
    pub fn gradient(&self, trace: &Trace, gradient: &[Var]) {
        self.for_rows(trace);
        trace.raw("let pull = row_weight[row] * min(row_residual[row], 0.0);");
        for (dof, var) in gradient.iter().enumerate() {
            trace.raw(&format!("{} += pull * row_jacobian[row * {}u + {dof}u];", var.0, self.nv));
        }
        trace.close();
    }

    /// Corrects the solution `x` of the tree's part for the active rows (Sherman and Morrison).
    pub fn correct<'t>(&self, trace: &'t Trace, tree: &Tree, factor: &Factor<'t>, x: &[Var]) {
        let nv = self.nv;
        self.for_rows(trace);
        trace.raw("row_factor[row] = 0.0;");
        trace.open("if ((row_residual[row] < 0.0) & (row_weight[row] > 0.0))", &[]);
        let jacobian: Vec<_> = (0..nv).map(|dof| trace.read(&format!("row_jacobian[row * {nv}u + {dof}u]"))).collect();
        let solved = factor.solve(tree, &jacobian);
        let solved: Vec<_> =
            solved.iter().enumerate().map(|(dof, value)| trace.var(&format!("solved_{dof}"), *value)).collect();
        trace.open("for (var before = 0u; before < row; before++)", &[]);
        trace.raw("var overlap = 0.0;");
        for (dof, entry) in jacobian.iter().enumerate() {
            trace.line(&format!("overlap += row_solved[before * {nv}u + {dof}u] * $;"), &[*entry]);
        }
        trace.raw("overlap *= row_factor[before];");
        for (dof, var) in solved.iter().enumerate() {
            trace.raw(&format!("{} -= overlap * row_solved[before * {nv}u + {dof}u];", var.0));
        }
        trace.close();
        trace.raw("var response = 0.0;\nvar reach = 0.0;");
        for (dof, entry) in jacobian.iter().enumerate() {
            trace.line(&format!("response += $ * {0}; reach += $ * {1};", solved[dof].0, x[dof].0), &[*entry, *entry]);
            trace.raw(&format!("row_solved[row * {nv}u + {dof}u] = {};", solved[dof].0));
        }
        // a response is never negative but by rounding, where rows that hold already are stiff
        trace.raw("let factor = row_weight[row] / (1.0 + row_weight[row] * max(response, 0.0));");
        trace.raw("row_factor[row] = factor;\nlet back = factor * reach;");
        for (dof, var) in solved.iter().enumerate() {
            trace.raw(&format!("{} -= back * {};", x[dof].0, var.0));
        }
        trace.close();
        trace.close();
    }

    /// Change of the residuals along the step `x`.
    pub fn along<'t>(&self, trace: &'t Trace, x: &[Ex<'t>]) {
        self.for_rows(trace);
        trace.raw("var change = 0.0;");
        for (dof, x) in x.iter().enumerate() {
            trace.line(&format!("change += row_jacobian[row * {}u + {dof}u] * $;", self.nv), &[*x]);
        }
        trace.raw("row_change[row] = change;");
        trace.close();
    }

    /// Adds the rows' slope and curvature at `alpha`.
    pub fn search(&self, trace: &Trace) {
        self.for_rows(trace);
        let [now, change, weight] =
            ["row_residual[row]", "row_change[row]", "row_weight[row]"].map(|place| trace.read(place));
        super::solver::search_row(trace, now, change, weight, 1.0);
        trace.close();
    }

    /// Moves the residuals by `alpha` along the step.
    pub fn update<'t>(&self, trace: &'t Trace, alpha: Ex<'t>) {
        self.for_rows(trace);
        trace.line("row_residual[row] += $ * row_change[row];", &[alpha]);
        trace.close();
    }

    /// Adds the forces on the bodies, as wrenches about `com`, to the private array `place`.
    pub fn forces<'t>(&self, trace: &'t Trace, com: V3<'t>, place: &str) {
        self.for_rows(trace);
        let [x, y, z] = com.0;
        trace.raw("let force = -row_weight[row] * min(row_residual[row], 0.0) * row_direction[row];");
        trace.raw(&format!("let pair = slot_pair[row / {}u];", self.rows));
        trace.line(
            &format!("let torque = cross(slot_point[row / {}u] - vec3<f32>($, $, $), force);", self.rows),
            &[x, y, z],
        );
        for (side, sign) in [("SECOND", "+"), ("FIRST", "-")] {
            let at = side.to_lowercase();
            trace.raw(&format!("let {at} = PAIR_BODY[PAIR_{side}[pair]] * 6u;"));
            for (k, component) in
                ["torque.x", "torque.y", "torque.z", "force.x", "force.y", "force.z"].iter().enumerate()
            {
                trace.raw(&format!("{place}[{at} + {k}u] {sign}= {component};"));
            }
        }
        trace.close();
    }
}

fn all_equal(values: &[f64]) -> bool {
    values.iter().all(|x| *x == values[0])
}

/// The shortest vector from the axis of `a` to the axis of `b`.
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
