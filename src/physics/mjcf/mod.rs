//! Robot files: MJCF (MuJoCo's XML) -> [`Model`].
//!
//! The subset is what the stepper simulates. Bodies form a tree with free, slide and hinge joints. Geoms are planes,
//! spheres, capsules, cylinders, ellipsoids and boxes. Motors and muscles act on joints and tendons, and the medium
//! may have drag. Integrators are Euler and RK4. Elements without effect on the motion (cameras, textures, sensors)
//! are skipped and counted. Everything else is refused with its place in the file, never ignored. The constants equal
//! those of MuJoCo's own compiler (`tests/physics/mjcf.rs`).
//!
//! Files may be hostile: the amount that is read and kept is bounded (`limits.rs`), and nothing outside the robot's
//! own folder is opened.

mod actuators;
mod assemble;
mod checks;
mod contacts;
mod defaults;
mod element;
mod error;
mod foreign;
mod inertia;
pub(super) mod invweight;
mod laws;
mod limits;
mod names;
mod parts;
mod pose;
pub(super) mod rotation;
mod settings;
mod shown;
mod source;
mod tendons;
mod trail;
mod tree;
mod unread;
mod vocabulary;

use std::path::Path;

use self::{
    defaults::Defaults,
    element::Element,
    error::Stop,
    names::Names,
    settings::Compiler,
    source::{Sources, Text},
    trail::Trail,
    tree::{Body, Tree},
};
pub use self::{
    error::{MjcfError, Refusals},
    pose::at_start,
    trail::{Became, Entry},
    unread::Skipped,
};
use super::model::{Model, Opt, Vec3};

/// A compiled robot file.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// Constants of the robot.
    pub model: Model,
    /// Elements and attributes that were skipped, most of them without effect on the motion.
    pub skipped: Vec<Skipped>,
    /// Outcome of each element, in the order of the files: bodies and their parts, exclusions, tendons, actuators,
    /// and skipped elements.
    pub elements: Vec<Entry>,
}

/// Compiles a robot from text.
///
/// - `file_name`: used in error messages only; nothing is read from disk
/// - `xml`: the text of the file
///
/// # Errors
///
/// Lists everything that is refused, with its place in the file. That is text that is not XML, an `<include>` (see
/// [`compile_file`]), or an element, attribute or value outside the subset. A value out of range is refused, too, as
/// is a model that cannot move as described.
pub fn compile(file_name: &str, xml: &str) -> Result<Compiled, Refusals> {
    compile_texts(&Text::alone(file_name, xml)?)
}

/// Compiles a robot file, and the files that it includes from its folder.
///
/// # Errors
///
/// Those of [`compile`], each with its file. Also a file that cannot be read, that lies outside the folder of the
/// first one, or that is included twice.
pub fn compile_file(path: &Path) -> Result<Compiled, Refusals> {
    compile_texts(&Text::read(path)?)
}

/// Compiles a robot file like [`compile_file`], and also returns the robot as one text, which compiles to the same.
///
/// # Errors
///
/// Those of [`compile_file`].
pub fn compile_whole(path: &Path) -> Result<(Compiled, String), Refusals> {
    let texts = Text::read(path)?;
    Ok((compile_texts(&texts)?, Sources::new(&texts)?.whole()))
}

fn compile_texts(texts: &[Text]) -> Result<Compiled, Refusals> {
    let sources = Sources::new(texts)?;
    let mut trail = Trail::default();
    // If reading stopped early, the reason is among the refusals, which `finish` returns below.
    let model = read(&Element::root(&sources), &mut trail).unwrap_or_default();
    let (elements, skipped) = trail.finish(sources.finish()?);
    Ok(Compiled { model, skipped, elements })
}

/// Reads all sections. Refusals are recorded, and reading continues as far as it can.
fn read<'a>(root: &Element<'a>, trail: &mut Trail) -> Result<Model, Stop> {
    if root.tag() != "mujoco" {
        return Err(root.stop("is not the root of a robot file", "the root of MJCF is <mujoco>"));
    }
    root.check(&vocabulary::ROOT);
    check_sections(root, trail);
    let sections = |tag: &'static str| root.children().filter(move |child| child.tag() == tag);
    let mut compiler = Compiler::default();
    sections("compiler").for_each(|element| compiler.read(&element));
    let mut opt = Opt { timestep: 0.002, gravity: [0.0, 0.0, -9.81], ..Opt::default() };
    sections("option").for_each(|element| settings::read_option(&mut opt, &element));
    let mut defaults = Defaults::default();
    sections("default").try_for_each(|element| defaults.read(&element))?;

    let mut tree = Tree::new(&compiler, &defaults, trail);
    sections("worldbody").try_for_each(|element| tree.read_world(element))?;
    let bodies = tree.bodies;
    if bodies.len() < 2 {
        return Err(root.stop("has no body", "put the robot into <worldbody>"));
    }
    let mut model = assemble::assemble(&bodies);
    model.opt = opt;
    checks::check(&mut model, &bodies);
    if model.sizes.nv == 0 {
        return Err(root.stop("has no joint", "give a body a <freejoint/> or a <joint>"));
    }
    if let Some(total) = compiler.total_mass {
        assemble::set_total_mass(&mut model, total);
    }
    let start = start(&mut model, &bodies)?;
    sections("contact").try_for_each(|section| contacts::read_exclusions(&section, &mut model, trail))?;
    checks::check_contacts(&model, &bodies)?;
    let context = tendons::Context { compiler: &compiler, defaults: &defaults, start: &start };
    let (mut names, mut places) = (Names::default(), vec![]);
    for section in sections("tendon") {
        tendons::read(&section, &context, &mut model, trail, (&mut names, &mut places))?;
    }
    checks::check_tendons(&model, &places);
    let mut names = Names::default();
    sections("actuator").try_for_each(|section| actuators::read(&section, &context, &mut model, trail, &mut names))?;
    sections("custom").for_each(|section| laws::read(&section, &mut model, trail));
    Ok(model)
}

/// Returns the robot in its start pose. A dof without inertia is refused, then given some so that the rest of the
/// file can be checked.
fn start(model: &mut Model, bodies: &[Body]) -> Result<invweight::Start, Stop> {
    for round in 0..=limits::DOFS {
        let dof = match invweight::set_inverse_weights(model) {
            Ok(start) => return Ok(start),
            Err(dof) => dof,
        };
        let body = &bodies[model.dof_bodyid[dof]];
        let problem = format!("dof {dof} has no inertia of its own");
        body.element.refuse(problem, "two joints of the body do the same: remove one");
        let some = 1.0 + model.body_mass.iter().sum::<f64>();
        match round < limits::DOFS {
            true => model.dof_armature[dof] += some,
            false => model.dof_armature.iter_mut().for_each(|armature| *armature += some),
        }
    }
    invweight::set_inverse_weights(model).map_err(|_| Stop)
}

/// Returns the position of a body's origin in the start pose, m.
pub fn start_place(model: &Model, body: usize) -> Vec3 {
    invweight::poses(model)[body].0
}

/// Records skipped sections and refuses those outside the subset. Sections of `EMPTY_SECTIONS` are skipped if they
/// are empty.
fn check_sections(root: &Element, trail: &mut Trail) {
    for child in root.children() {
        let tag = child.tag();
        if vocabulary::SKIPPED_SECTIONS.contains(&tag) {
            check_size(&child);
            trail.skip_section(&child);
        } else if vocabulary::EMPTY_SECTIONS.contains(&tag) && child.is_empty() {
            child.skip();
        } else if !vocabulary::SECTIONS.contains(&tag) {
            let allowed =
                || format!("allowed: {}, {}", vocabulary::SECTIONS.join(", "), vocabulary::SKIPPED_SECTIONS.join(", "));
            child.refuse("is outside the supported subset of MJCF", foreign::advice(tag).unwrap_or_else(allowed));
        }
    }
}

/// Refuses a `<size>` that sets MuJoCo's memory in two ways, as MuJoCo does.
fn check_size(section: &Element) {
    let given = |name: &&str| section.tag() == "size" && section.text(name).is_some();
    let budgets: Vec<&str> = ["memory", "njmax", "nstack"].into_iter().filter(given).collect();
    if let ["memory", second] | ["memory", second, _] = budgets[..] {
        section.refuse_attribute(second, "contradicts `memory`", "give only memory");
    }
}
