//! `<compiler>` and `<option>`: settings for reading the file, and the global options of the model.

use super::element::Element;
use super::shown::shown;
use super::vocabulary::{COMPILER, FLAG, LENGTH_RANGE, OPTION, PGS, Vocabulary};
use crate::physics::model::Opt;

/// Settings of `<compiler>`, with MuJoCo's defaults for those not given.
pub(super) struct Compiler {
    /// Factor from the file's angles to radians.
    pub(super) angle: f64,
    /// Axes of `euler`, in order; upper case letters turn about fixed axes.
    pub(super) eulerseq: String,
    /// True if a range alone enables a limit.
    pub(super) autolimits: bool,
    /// Source of inertia. `Some(true)`: geoms, if any has mass; `Some(false)`: never geoms; `None`: geoms unless
    /// `<inertial>` is given.
    pub(super) inertia_from_geoms: Option<bool>,
    /// Total mass that all masses are scaled to, kg.
    pub(super) total_mass: Option<f64>,
}

impl Default for Compiler {
    fn default() -> Self {
        let angle = std::f64::consts::PI / 180.0;
        Self { angle, eulerseq: "xyz".into(), autolimits: true, inertia_from_geoms: None, total_mass: None }
    }
}

impl Compiler {
    /// Applies one `<compiler>` element on top of the settings so far.
    pub(super) fn read(&mut self, element: &Element) {
        element.check(&COMPILER);
        read_parts(element, "lengthrange", &LENGTH_RANGE);
        if element.text("angle").is_some() {
            let radian = element.keyword("angle", &["degree", "radian"], "degree") == "radian";
            self.angle = if radian { 1.0 } else { Self::default().angle };
        }
        if let Some(sequence) = element.text("eulerseq") {
            if sequence.chars().count() != 3 || !sequence.chars().all(|axis| "xyzXYZ".contains(axis)) {
                let problem = format!("`{}` is not an order of axes", shown(sequence));
                element.refuse_attribute("eulerseq", problem, "allowed: three letters of xyzXYZ");
            }
            self.eulerseq = sequence.into();
        }
        self.autolimits = element.boolean("autolimits", self.autolimits);
        match element.text("inertiafromgeom") {
            None => {}
            Some("auto") => self.inertia_from_geoms = None,
            Some(_) => self.inertia_from_geoms = Some(element.boolean("inertiafromgeom", true)),
        }
        if element.text("settotalmass").is_some() {
            // MuJoCo reads a negative total as "leave the masses alone".
            self.total_mass = Some(element.number("settotalmass", -1.0)).filter(|total| *total > 0.0);
        }
    }

    /// Returns whether an element is limited. MuJoCo's `auto` means: if it has a range and `autolimits` is set.
    pub(super) fn limited(&self, element: &Element, flag: &str, range_name: &str) -> bool {
        let range: [f64; 2] = element.numbers(range_name, [0.0; 2]);
        match element.keyword(flag, &["auto", "true", "false"], "auto") {
            "true" => {}
            "false" => return false,
            _ if range == [0.0; 2] => return false,
            _ if self.autolimits => {}
            _ => {
                let advice = format!("set `{flag}`, or compiler autolimits=\"true\"");
                element.refuse_attribute(range_name, "is given but its use is not", advice);
            }
        }
        if range[0] >= range[1] {
            let problem = format!("`{} {}` is not an interval", range[0], range[1]);
            element.refuse_attribute(range_name, problem, "give the lower, then the higher bound");
        }
        true
    }
}

/// Applies one `<option>` element on top of the options so far.
pub(super) fn read_option(opt: &mut Opt, element: &Element) {
    element.check(&OPTION);
    read_parts(element, "flag", &FLAG);
    opt.timestep = element.number("timestep", opt.timestep);
    if !(1e-7..=1.0).contains(&opt.timestep) {
        let problem = format!("{} is no length for a step", opt.timestep);
        element.refuse_attribute("timestep", problem, "give it in seconds, 1e-7 to 1, such as 0.002");
    }
    opt.gravity = element.numbers("gravity", opt.gravity);
    opt.density = element.number_from("density", opt.density, 0.0);
    opt.viscosity = element.number_from("viscosity", opt.viscosity, 0.0);
    opt.wind = element.numbers("wind", opt.wind);
    if element.text("integrator").is_some() {
        opt.integrator = if element.keyword("integrator", &["Euler", "RK4"], "Euler") == "RK4" { 1.0 } else { 0.0 };
    }
    if element.keyword("solver", &["Newton", "CG", "PGS"], "Newton") == "PGS" {
        element.skip_attribute("solver", Some(PGS));
    }
}

/// Checks the children of a settings element, which may have one `tag` and nothing else.
fn read_parts(element: &Element, tag: &str, vocabulary: &Vocabulary) {
    for (number, part) in element.children().enumerate() {
        match part.tag() == tag {
            false => part.refuse("is not supported here", format!("allowed: {tag}")),
            true if number > 0 => part.refuse("stands twice", "put all its attributes into one element"),
            true => part.check(vocabulary),
        }
    }
}
