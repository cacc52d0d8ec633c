//! `<worldbody>`: the bodies in MuJoCo's order (depth first), each with its joints, geoms and inertia.

use super::defaults::Defaults;
use super::element::Element;
use super::error::Stop;
use super::foreign;
use super::inertia::Inertia;
use super::names::Names;
use super::parts::{Geom, Joint, Reader};
use super::rotation::IDENTITY;
use super::vocabulary::{BODY, INERTIAL, SECTION, SKIPPED_PARTS};
use super::{
    limits,
    settings::Compiler,
    trail::{Became, Trail},
};
use crate::physics::model::{Quat, Vec3, joint};

/// Body as described by the file.
pub(super) struct Body<'a> {
    pub(super) element: Element<'a>,
    pub(super) name: String,
    /// Index of the parent; the world is its own.
    pub(super) parent: usize,
    pub(super) pos: Vec3,
    pub(super) quat: Quat,
    pub(super) joints: Vec<Joint>,
    pub(super) geoms: Vec<Geom<'a>>,
    /// Names and positions of the sites.
    pub(super) sites: Vec<(String, Vec3)>,
    pub(super) inertia: Inertia,
    /// True if a part of the body was refused, so that its mass and motion are unknown.
    pub(super) incomplete: bool,
}

/// Elements that a body may contain, for messages.
const PARTS: &str =
    "allowed: body, geom, site, joint, freejoint, inertial (the last three not in the world), camera, light";

/// Bodies of a file under construction.
pub(super) struct Tree<'a, 'b> {
    pub(super) compiler: &'b Compiler,
    pub(super) defaults: &'b Defaults<'a>,
    pub(super) trail: &'b mut Trail,
    pub(super) bodies: Vec<Body<'a>>,
    /// Number of geoms so far. The three fields below count sites, joints and degrees of freedom.
    geoms: usize,
    sites: usize,
    joints: usize,
    dofs: usize,
    /// Number of elements that enclose the current body.
    depth: usize,
    /// Names of bodies, joints, geoms and sites.
    names: [Names; 4],
}

impl<'a, 'b> Tree<'a, 'b> {
    pub(super) fn new(compiler: &'b Compiler, defaults: &'b Defaults<'a>, trail: &'b mut Trail) -> Self {
        let names = [Names::reserved("world"), Names::default(), Names::default(), Names::default()];
        Self { compiler, defaults, trail, bodies: Vec::new(), geoms: 0, sites: 0, joints: 0, dofs: 0, depth: 0, names }
    }

    /// Reads a `<worldbody>`. A file may have several, which form one world.
    pub(super) fn read_world(&mut self, element: Element<'a>) -> Result<(), Stop> {
        element.check(&SECTION);
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
                incomplete: false,
            });
        }
        self.read_contents(0, &element, None)
    }

    fn read_body(&mut self, parent: usize, element: Element<'a>, childclass: Option<&'a str>) -> Result<(), Stop> {
        element.check(&BODY);
        element.at_most(self.bodies.len() + 1, limits::BODIES, "bodies")?;
        element.at_most(self.depth + 1, limits::DEPTH, "bodies in each other")?;
        let childclass = element.text("childclass").or(childclass);
        if let Some(name) = childclass {
            self.defaults.require(&element, "childclass", name);
        }
        let reader = Reader { compiler: self.compiler };
        let id = self.bodies.len();
        self.bodies.push(Body {
            name: self.names[0].take(&element),
            parent,
            pos: element.numbers("pos", [0.0; 3]),
            quat: reader.orientation(&element),
            joints: Vec::new(),
            geoms: Vec::new(),
            sites: Vec::new(),
            inertia: Inertia::NONE,
            incomplete: false,
            element: element.clone(),
        });
        self.trail.add(&element, Became::Body(id));
        self.depth += 1;
        self.read_contents(id, &element, childclass)?;
        self.depth -= 1;
        Ok(())
    }

    fn read_contents(&mut self, id: usize, element: &Element<'a>, childclass: Option<&'a str>) -> Result<(), Stop> {
        let mut parts = Parts::default();
        self.read_parts(id, element, childclass, &mut parts)?;
        if id > 0 {
            self.bodies[id].inertia = self.body_inertia(id, parts.inertial);
        }
        parts.children.into_iter().try_for_each(|child| self.read_body(id, child, childclass))
    }

    fn read_parts(
        &mut self,
        id: usize,
        element: &Element<'a>,
        childclass: Option<&'a str>,
        parts: &mut Parts<'a>,
    ) -> Result<(), Stop> {
        for child in element.children() {
            match child.tag() {
                "geom" => self.read_geom(id, self.defaults.apply(child, childclass))?,
                "site" => self.read_site(id, &self.defaults.apply(child, childclass))?,
                "joint" | "freejoint" if id > 0 => self.read_joint(id, &self.defaults.apply(child, childclass))?,
                "inertial" if id > 0 => {
                    if parts.inertial.is_some() {
                        child.refuse("stands twice in a body", "put all its attributes into one element");
                    }
                    let before = child.refused();
                    parts.inertial = Some(self.read_inertial(&child));
                    self.bodies[id].incomplete |= child.refused() > before;
                    self.trail.add(&child, Became::Inertia(id));
                }
                "body" => parts.children.push(child),
                tag if SKIPPED_PARTS.contains(&tag) => self.trail.add(&child, Became::Skipped),
                tag => {
                    child.refuse("is not supported here", foreign::advice(tag).unwrap_or(PARTS.into()));
                    self.bodies[id].incomplete = true;
                    if tag == "frame" || tag == "replicate" {
                        self.read_frame(id, &child, childclass, parts)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the contents of a refused element, so that all mistakes are found.
    fn read_frame(
        &mut self,
        id: usize,
        frame: &Element<'a>,
        childclass: Option<&'a str>,
        parts: &mut Parts<'a>,
    ) -> Result<(), Stop> {
        self.depth += 1;
        frame.at_most(self.depth, limits::DEPTH, "bodies in each other")?;
        self.read_parts(id, frame, frame.text("childclass").or(childclass), parts)?;
        self.depth -= 1;
        Ok(())
    }

    fn read_geom(&mut self, id: usize, element: Element<'a>) -> Result<(), Stop> {
        element.at_most(self.geoms + 1, limits::GEOMS, "geoms")?;
        let before = element.refused();
        self.names[2].take(&element);
        self.trail.add(&element, Became::Geom(self.geoms));
        self.geoms += 1;
        let sources = element.clone();
        self.bodies[id].geoms.extend(Reader { compiler: self.compiler }.geom(element));
        self.bodies[id].incomplete |= sources.refused() > before;
        Ok(())
    }

    fn read_site(&mut self, id: usize, element: &Element<'a>) -> Result<(), Stop> {
        element.at_most(self.sites + 1, limits::SITES, "sites")?;
        let pos = Reader { compiler: self.compiler }.site(element);
        self.bodies[id].sites.push((self.names[3].take(element), pos));
        self.trail.add(element, Became::Site(self.sites));
        self.sites += 1;
        Ok(())
    }

    fn read_joint(&mut self, id: usize, element: &Element<'a>) -> Result<(), Stop> {
        let before = element.refused();
        self.names[1].take(element);
        let joint = Reader { compiler: self.compiler }.joint(element);
        self.bodies[id].incomplete |= element.refused() > before;
        if !self.may_stand(id, &joint, element) {
            return Ok(());
        }
        let dofs = self.dofs;
        self.dofs += if joint.kind == joint::FREE { 6 } else { 1 };
        if dofs <= limits::DOFS || self.dofs > limits::DOFS_READ {
            let found = element.at_most(self.dofs, limits::DOFS, "degrees of freedom");
            // The rest of the file is checked all the same, as long as that is quick.
            found.or_else(|stop| if self.dofs > limits::DOFS_READ { Err(stop) } else { Ok(()) })?;
        }
        self.trail.add(element, Became::Joint(self.joints));
        self.joints += 1;
        self.bodies[id].joints.push(joint);
        Ok(())
    }

    /// Returns whether a joint is allowed: a free joint must be the only one of its body, a child of the world.
    fn may_stand(&self, id: usize, joint: &Joint, element: &Element) -> bool {
        let body = &self.bodies[id];
        let has_free = body.joints.iter().any(|other| other.kind == joint::FREE);
        if has_free || (joint.kind == joint::FREE && !body.joints.is_empty()) {
            element.refuse("stands beside a free joint", "a free joint must be the only joint of its body");
            return false;
        }
        if joint.kind == joint::FREE && body.parent != 0 {
            element.refuse("is free inside a moving body", "only a child of <worldbody> may be free");
            return false;
        }
        true
    }

    fn read_inertial(&self, element: &Element) -> Inertia {
        element.check(&INERTIAL);
        for (name, meaning) in [("mass", "the mass in kg"), ("pos", "the centre of mass in the body's frame")] {
            if element.text(name).is_none() {
                element.refuse_attribute(name, "is missing", format!("give {meaning}"));
            }
        }
        let (mass, pos) = (element.number_from("mass", 0.0, 0.0), element.numbers("pos", [0.0; 3]));
        if element.one_of(&["diaginertia", "fullinertia"]) == Some("fullinertia") {
            let full = element.numbers("fullinertia", [0.0; 6]);
            if let Some(second) = element.one_of(&["quat", "axisangle", "euler", "zaxis"]) {
                let advice = "fullinertia is along the axes of the body";
                element.refuse_attribute(second, "contradicts `fullinertia`", advice);
            }
            return checked_moments(element, "fullinertia", Inertia::from_full(mass, pos, full));
        }
        let moments = element.numbers("diaginertia", [0.0; 3]);
        let quat = Reader { compiler: self.compiler }.orientation(element);
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

/// Contents of a body besides its joints, geoms and sites.
#[derive(Default)]
struct Parts<'a> {
    inertial: Option<Inertia>,
    children: Vec<Element<'a>>,
}

/// Refuses principal moments that are negative or violate the triangle inequality, as MuJoCo does.
fn checked_moments(element: &Element, attribute: &str, inertia: Inertia) -> Inertia {
    let [a, b, c] = inertia.moments;
    if a < 0.0 || b < 0.0 || c < 0.0 || a + b < c || a + c < b || b + c < a {
        let problem = format!("no body has the principal moments {a} {b} {c}");
        element.refuse_attribute(attribute, problem, "each must be at most the sum of the other two");
    }
    inertia
}
