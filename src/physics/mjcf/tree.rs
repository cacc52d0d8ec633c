//! `<worldbody>`: the bodies in MuJoCo's order (depth first), each with its joints, geoms and inertia.

use super::defaults::Defaults;
use super::element::Element;
use super::error::MjcfError;
use super::inertia::Inertia;
use super::parts::{Geom, Joint, Reader};
use super::rotation::IDENTITY;
use super::vocabulary::{BODY, INERTIAL, SECTION, SKIPPED_PARTS};
use super::{
    limits,
    settings::Compiler,
    trail::{Became, Trail},
};
use crate::physics::model::{Quat, Vec3, joint};

/// A body as the file describes it.
pub(super) struct Body<'a> {
    pub(super) element: Element<'a>,
    pub(super) name: String,
    /// Index of the parent; the world is its own.
    pub(super) parent: usize,
    pub(super) pos: Vec3,
    pub(super) quat: Quat,
    pub(super) joints: Vec<Joint>,
    pub(super) geoms: Vec<Geom<'a>>,
    /// Names and places of the sites.
    pub(super) sites: Vec<(String, Vec3)>,
    pub(super) inertia: Inertia,
}

/// Collects the bodies of a file.
pub(super) struct Tree<'a, 'b> {
    pub(super) compiler: &'b Compiler,
    pub(super) defaults: &'b Defaults<'a>,
    pub(super) trail: &'b mut Trail,
    pub(super) bodies: Vec<Body<'a>>,
    /// Geoms, sites, joints and degrees of freedom so far.
    geoms: usize,
    sites: usize,
    joints: usize,
    dofs: usize,
    /// How many bodies the present one stands in.
    depth: usize,
}

impl<'a, 'b> Tree<'a, 'b> {
    pub(super) fn new(compiler: &'b Compiler, defaults: &'b Defaults<'a>, trail: &'b mut Trail) -> Self {
        Self { compiler, defaults, trail, bodies: Vec::new(), geoms: 0, sites: 0, joints: 0, dofs: 0, depth: 0 }
    }

    /// Reads a `<worldbody>`; a file may have several, which are one world.
    pub(super) fn read_world(&mut self, element: Element<'a>) -> Result<(), MjcfError> {
        element.check(&SECTION)?;
        self.trail.add(&element, Became::Body(0));
        if self.bodies.is_empty() {
            self.bodies.push(Body {
                element: element.clone(),
                name: "world".into(),
                parent: 0,
                pos: [0.0; 3],
                quat: IDENTITY,
                joints: Vec::new(),
                geoms: Vec::new(),
                sites: Vec::new(),
                inertia: Inertia::NONE,
            });
        }
        self.read_contents(0, &element, None)
    }

    fn read_body(&mut self, parent: usize, element: Element<'a>, childclass: Option<&'a str>) -> Result<(), MjcfError> {
        element.check(&BODY)?;
        limits::at_most(&element, self.bodies.len() + 1, limits::BODIES, "bodies")?;
        limits::at_most(&element, self.depth + 1, limits::DEPTH, "bodies in each other")?;
        let childclass = element.text("childclass").or(childclass);
        if let Some(name) = childclass {
            self.defaults.require(&element, "childclass", name)?;
        }
        let reader = Reader { compiler: self.compiler };
        let id = self.bodies.len();
        self.bodies.push(Body {
            name: element.text("name").unwrap_or_default().into(),
            parent,
            pos: element.numbers("pos", [0.0; 3])?,
            quat: reader.orientation(&element)?,
            joints: Vec::new(),
            geoms: Vec::new(),
            sites: Vec::new(),
            inertia: Inertia::NONE,
            element: element.clone(),
        });
        self.trail.add(&element, Became::Body(id));
        self.depth += 1;
        self.read_contents(id, &element, childclass)?;
        self.depth -= 1;
        Ok(())
    }

    fn read_contents(
        &mut self,
        id: usize,
        element: &Element<'a>,
        childclass: Option<&'a str>,
    ) -> Result<(), MjcfError> {
        let reader = Reader { compiler: self.compiler };
        let mut inertial = None;
        let mut children = Vec::new();
        for child in element.children() {
            match child.tag() {
                "geom" => {
                    limits::at_most(&child, self.geoms + 1, limits::GEOMS, "geoms")?;
                    let geom = reader.geom(self.defaults.apply(child, childclass)?)?;
                    self.trail.add(&geom.element, Became::Geom(self.geoms));
                    self.geoms += 1;
                    self.bodies[id].geoms.push(geom);
                }
                "site" => {
                    limits::at_most(&child, self.sites + 1, limits::SITES, "sites")?;
                    let site = reader.site(&self.defaults.apply(child.clone(), childclass)?)?;
                    self.trail.add(&child, Became::Site(self.sites));
                    self.sites += 1;
                    self.bodies[id].sites.push(site);
                }
                "joint" | "freejoint" if id > 0 => {
                    let joint = reader.joint(&self.defaults.apply(child.clone(), childclass)?)?;
                    self.check_joint(id, &joint, &child)?;
                    self.dofs += if joint.kind == joint::FREE { 6 } else { 1 };
                    limits::at_most(&child, self.dofs, limits::DOFS, "degrees of freedom")?;
                    self.trail.add(&child, Became::Joint(self.joints));
                    self.joints += 1;
                    self.bodies[id].joints.push(joint);
                }
                "inertial" if id > 0 => {
                    inertial = Some(self.read_inertial(&child)?);
                    self.trail.add(&child, Became::Inertia(id));
                }
                "body" => children.push(child),
                tag if SKIPPED_PARTS.contains(&tag) => self.trail.add(&child, Became::Skipped),
                _ => {
                    let advice = format!(
                        "allowed: body, geom, site, joint, freejoint, inertial (the last three not in the world), {}",
                        SKIPPED_PARTS.join(", ")
                    );
                    return Err(child.error("is not supported here", advice));
                }
            }
        }
        if id > 0 {
            self.bodies[id].inertia = self.body_inertia(id, inertial);
        }
        children.into_iter().try_for_each(|child| self.read_body(id, child, childclass))
    }

    /// A free joint stands alone, on a body of the world.
    fn check_joint(&self, id: usize, joint: &Joint, element: &Element) -> Result<(), MjcfError> {
        let body = &self.bodies[id];
        let has_free = body.joints.iter().any(|other| other.kind == joint::FREE);
        if has_free || (joint.kind == joint::FREE && !body.joints.is_empty()) {
            return Err(element.error("stands beside a free joint", "a free joint must be the only joint of its body"));
        }
        if joint.kind == joint::FREE && body.parent != 0 {
            return Err(element.error("is free inside a moving body", "only a child of <worldbody> may be free"));
        }
        Ok(())
    }

    fn read_inertial(&self, element: &Element) -> Result<Inertia, MjcfError> {
        element.check(&INERTIAL)?;
        let Some([mass]) = element.exactly("mass")?.filter(|[mass]| *mass >= 0.0) else {
            return Err(element.attribute_error("mass", "is missing or negative", "give the mass in kg"));
        };
        let pos = element.numbers("pos", [0.0; 3])?;
        if element.one_of(&["diaginertia", "fullinertia"])? == Some("fullinertia") {
            let full = element.exactly("fullinertia")?.unwrap_or_default();
            if let Some(second) = element.one_of(&["quat", "axisangle", "euler", "zaxis"])? {
                let advice = "fullinertia is along the axes of the body";
                return Err(element.attribute_error(second, "contradicts `fullinertia`", advice));
            }
            return checked_moments(element, "fullinertia", Inertia::from_full(mass, pos, full));
        }
        let moments = element.exactly("diaginertia")?.unwrap_or_default();
        let quat = Reader { compiler: self.compiler }.orientation(element)?;
        checked_moments(element, "diaginertia", Inertia { mass, pos, quat, moments })
    }

    fn body_inertia(&self, id: usize, inertial: Option<Inertia>) -> Inertia {
        let parts: Vec<_> = self.bodies[id].geoms.iter().map(|geom| geom.inertia).collect();
        let has_mass = parts.iter().any(|part| part.mass > 0.0);
        match self.compiler.inertia_from_geoms {
            Some(true) if has_mass => Inertia::union(&parts),
            Some(false) => inertial.unwrap_or(Inertia::NONE),
            _ => inertial.unwrap_or_else(|| Inertia::union(&parts)),
        }
    }
}

/// Principal moments are not negative and obey the triangle inequality (MuJoCo refuses the same).
fn checked_moments(element: &Element, attribute: &str, inertia: Inertia) -> Result<Inertia, MjcfError> {
    let [a, b, c] = inertia.moments;
    if a < 0.0 || b < 0.0 || c < 0.0 || a + b < c || a + c < b || b + c < a {
        let problem = format!("no body has the principal moments {a} {b} {c}");
        return Err(element.attribute_error(attribute, problem, "each must be at most the sum of the other two"));
    }
    Ok(inertia)
}
