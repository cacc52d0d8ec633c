//! Robot files: MJCF (MuJoCo's XML) -> [`Model`].
//!
//! The subset is what the stepper simulates: a tree of bodies with free, slide and hinge joints; planes, spheres, capsules,
//! cylinders, ellipsoids and boxes; motors and muscles on joints and tendons; a medium with drag; Euler and RK4. What has no effect on the motion (cameras,
//! textures, sensors) is skipped and counted; everything else is refused with its place in the file, never ignored.
//! The constants equal those of MuJoCo's own compiler (`tests/mjcf.rs`). Files may be hostile: what is read and kept is bounded
//! (`limits.rs`), and nothing outside the robot's own folder is opened.

mod actuators;
mod assemble;
mod checks;
mod contacts;
mod defaults;
mod element;
mod error;
mod inertia;
mod invweight;
mod laws;
mod limits;
mod parts;
mod pose;
mod rotation;
mod settings;
mod source;
mod tendons;
mod trail;
mod tree;
mod vocabulary;

use std::path::Path;

use self::{
    defaults::Defaults,
    element::Element,
    settings::Compiler,
    source::{Sources, Text},
    trail::Trail,
    tree::Tree,
};
pub use self::{
    error::MjcfError,
    pose::at_start,
    trail::{Became, Entry},
};
use super::model::{Model, Opt, Vec3};

/// A compiled robot file.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The constants of the robot.
    pub model: Model,
    /// Elements without effect on the motion, by tag: how many were skipped.
    pub skipped: Vec<(String, usize)>,
    /// What became of the elements, in the order of the files: bodies and their parts, actuators, and what was skipped.
    pub elements: Vec<Entry>,
}

/// Compiles a robot from text.
///
/// - `file_name`: used in error messages only; nothing is read from disk
/// - `xml`: the text of the file
///
/// # Errors
///
/// Names the place in the file: text that is not XML, an element, attribute or value outside the subset, a value out
/// of range, an `<include>` (see [`compile_file`]), or a model that cannot move as described.
pub fn compile(file_name: &str, xml: &str) -> Result<Compiled, MjcfError> {
    compile_texts(&Text::alone(file_name, xml)?)
}

/// Compiles a robot file, and the files that it includes from its folder.
///
/// # Errors
///
/// Those of [`compile`], with the file that holds the place; a file that cannot be read, that lies outside the folder of the first
/// one, or that is included twice.
pub fn compile_file(path: &Path) -> Result<Compiled, MjcfError> {
    compile_texts(&Text::read(path)?)
}

/// [`compile_file`], and the robot as one text, which compiles to the same.
///
/// # Errors
///
/// Those of [`compile_file`].
pub fn compile_whole(path: &Path) -> Result<(Compiled, String), MjcfError> {
    let texts = Text::read(path)?;
    Ok((compile_texts(&texts)?, Sources::new(&texts)?.whole()))
}

fn compile_texts(texts: &[Text]) -> Result<Compiled, MjcfError> {
    let sources = Sources::new(texts)?;
    let root = Element::root(&sources);
    if root.tag() != "mujoco" {
        return Err(root.error("is not the root of a robot file", "the root of MJCF is <mujoco>"));
    }
    root.check(&vocabulary::SECTION)?;
    check_sections(&root)?;
    let sections = |tag: &'static str| root.children().filter(move |child| child.tag() == tag);

    let mut trail = Trail::default();
    for child in root.children().filter(|child| vocabulary::SKIPPED_SECTIONS.contains(&child.tag())) {
        trail.skip_section(&child);
    }
    let mut compiler = Compiler::default();
    sections("compiler").try_for_each(|element| compiler.read(&element))?;
    let mut opt = Opt { timestep: 0.002, gravity: [0.0, 0.0, -9.81], ..Opt::default() };
    sections("option").try_for_each(|element| settings::read_option(&mut opt, &element))?;
    let mut defaults = Defaults::default();
    sections("default").try_for_each(|element| defaults.read(&element))?;

    let mut tree = Tree::new(&compiler, &defaults, &mut trail);
    sections("worldbody").try_for_each(|element| tree.read_world(element))?;
    let bodies = tree.bodies;
    if bodies.len() < 2 {
        return Err(root.error("has no body", "put the robot into <worldbody>"));
    }
    let mut model = assemble::assemble(&bodies);
    model.opt = opt;
    checks::check(&model, &bodies)?;
    if model.sizes.nv == 0 {
        return Err(root.error("has no joint", "give a body a <freejoint/> or a <joint>"));
    }
    if let Some(total) = compiler.total_mass {
        assemble::set_total_mass(&mut model, total);
    }
    let start = invweight::set_inverse_weights(&mut model).map_err(|dof| {
        let problem = format!("dof {dof} has no inertia of its own");
        bodies[model.dof_bodyid[dof]].element.error(problem, "two joints of the body do the same: remove one")
    })?;
    sections("contact").try_for_each(|section| contacts::read_exclusions(&section, &mut model, &mut trail))?;
    checks::check_contacts(&model, &bodies)?;
    let context = tendons::Context { compiler: &compiler, defaults: &defaults, start: &start };
    sections("tendon").try_for_each(|section| tendons::read(&section, &context, &mut model, &mut trail))?;
    sections("actuator").try_for_each(|section| actuators::read(&section, &context, &mut model, &mut trail))?;
    sections("custom").try_for_each(|section| laws::read(&section, &mut model, &mut trail))?;
    let (elements, skipped) = trail.finish();
    Ok(Compiled { model, skipped, elements })
}

/// Where the origin of a body is in the start pose.
pub fn start_place(model: &Model, body: usize) -> Vec3 {
    invweight::poses(model)[body].0
}

/// Refuses sections outside the subset.
fn check_sections(root: &Element) -> Result<(), MjcfError> {
    const READ: [&str; 8] = ["compiler", "option", "default", "worldbody", "contact", "actuator", "tendon", "custom"];
    for child in root.children() {
        let tag = child.tag();
        if !READ.contains(&tag) && !vocabulary::SKIPPED_SECTIONS.contains(&tag) {
            let advice = format!("allowed: {}, {}", READ.join(", "), vocabulary::SKIPPED_SECTIONS.join(", "));
            return Err(child.error("is outside the supported subset of MJCF", advice));
        }
    }
    Ok(())
}
