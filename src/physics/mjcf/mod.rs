//! Robot files: MJCF (MuJoCo's XML) -> [`Model`].
//!
//! The subset is what the stepper simulates: a tree of bodies with free, slide and hinge joints; planes, spheres,
//! capsules and boxes; joint motors; Euler and RK4. What has no effect on the motion (cameras, textures, sites,
//! sensors) is skipped and counted; everything else is refused with its place in the file, never ignored.
//! The constants equal those of MuJoCo's own compiler (`tests/mjcf.rs`).

mod actuators;
mod assemble;
mod checks;
mod defaults;
mod element;
mod error;
mod inertia;
mod invweight;
mod parts;
mod rotation;
mod settings;
mod tree;
mod vocabulary;

use roxmltree::Document;

pub use self::error::MjcfError;
use self::{defaults::Defaults, element::Element, settings::Compiler, tree::Tree};
use super::model::{Model, Opt};

/// A compiled robot file.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The constants of the robot.
    pub model: Model,
    /// Elements without effect on the motion, by tag: how many were skipped.
    pub skipped: Vec<(String, usize)>,
}

/// Compiles a robot file.
///
/// - `file_name`: used in error messages only; nothing is read from disk
/// - `xml`: the text of the file
///
/// # Errors
///
/// Names the place in the file: text that is not XML, an element, attribute or value outside the subset, a value out
/// of range, or a model that cannot move as described.
pub fn compile(file_name: &str, xml: &str) -> Result<Compiled, MjcfError> {
    let document = Document::parse(xml).map_err(|error| not_xml(file_name, &error))?;
    let root = Element::root(file_name, &document);
    if root.tag() != "mujoco" {
        return Err(root.error("is not the root of a robot file", "the root of MJCF is <mujoco>"));
    }
    root.check(&vocabulary::SECTION)?;
    check_sections(&root)?;
    let sections = |tag: &'static str| root.children().filter(move |child| child.tag() == tag);

    let mut skipped = Skipped::default();
    vocabulary::SKIPPED_SECTIONS.iter().for_each(|tag| sections(tag).for_each(|_| skipped.count(tag)));
    let mut compiler = Compiler::default();
    sections("compiler").try_for_each(|element| compiler.read(&element))?;
    let mut opt = Opt { timestep: 0.002, gravity: [0.0, 0.0, -9.81], ..Opt::default() };
    sections("option").try_for_each(|element| settings::read_option(&mut opt, &element))?;
    let mut defaults = Defaults::default();
    sections("default").try_for_each(|element| defaults.read(&element))?;

    let mut tree = Tree { compiler: &compiler, defaults: &defaults, skipped: &mut skipped, bodies: Vec::new() };
    sections("worldbody").try_for_each(|element| tree.read_world(element))?;
    let bodies = tree.bodies;
    if bodies.len() < 2 {
        return Err(root.error("has no body", "put the robot into <worldbody>"));
    }
    let mut model = assemble::assemble(&bodies);
    model.opt = opt;
    checks::check(&model, &bodies)?;
    if let Some(total) = compiler.total_mass {
        assemble::set_total_mass(&mut model, total);
    }
    invweight::set_inverse_weights(&mut model).map_err(|dof| {
        let problem = format!("dof {dof} has no inertia of its own");
        bodies[model.dof_bodyid[dof]].element.error(problem, "two joints of the body do the same: remove one")
    })?;
    sections("actuator").try_for_each(|one| actuators::read_motors(&one, &compiler, &defaults, &mut model))?;
    for section in sections("tendon") {
        skipped.add("tendon", actuators::check_tendons(&section, &defaults, &model)?);
    }
    Ok(Compiled { model, skipped: skipped.counts })
}

/// Counts what was skipped, in the order of its first appearance.
#[derive(Default)]
struct Skipped {
    counts: Vec<(String, usize)>,
}

impl Skipped {
    fn count(&mut self, tag: &str) {
        self.add(tag, 1);
    }

    fn add(&mut self, tag: &str, more: usize) {
        match self.counts.iter_mut().find(|(known, _)| known == tag) {
            Some((_, count)) => *count += more,
            None if more > 0 => self.counts.push((tag.into(), more)),
            None => {}
        }
    }
}

/// Refuses sections outside the subset.
fn check_sections(root: &Element) -> Result<(), MjcfError> {
    const READ: [&str; 6] = ["compiler", "option", "default", "worldbody", "actuator", "tendon"];
    for child in root.children() {
        let tag = child.tag();
        if !READ.contains(&tag) && !vocabulary::SKIPPED_SECTIONS.contains(&tag) {
            let advice = format!("allowed: {}, {}", READ.join(", "), vocabulary::SKIPPED_SECTIONS.join(", "));
            return Err(child.error("is outside the supported subset of MJCF", advice));
        }
    }
    Ok(())
}

fn not_xml(file: &str, error: &roxmltree::Error) -> MjcfError {
    let place = error.pos();
    MjcfError {
        file: file.into(),
        line: place.row,
        column: place.col,
        element: "mujoco".into(),
        attribute: None,
        problem: format!("not well-formed XML: {error}").into(),
        advice: "mend the text at this place".into(),
    }
}
