//! `<actuator>`: motors and muscles, on joints or tendons.

use super::element::Element;
use super::error::Stop;
use super::foreign;
use super::limits;
use super::names::Names;
use super::tendons::{Context, find, find_joint};
use super::trail::{Became, Trail};
use super::vocabulary::{MOTOR, MUSCLE, SECTION};
use crate::physics::model::{MUSCLE_DYNAMICS, Model, transmission};

/// Adds the motors and muscles of an `<actuator>` section.
pub(super) fn read<'a>(
    section: &Element<'a>,
    context: &Context<'_, 'a>,
    model: &mut Model,
    trail: &mut Trail,
    names: &mut Names,
) -> Result<(), Stop> {
    section.check(&SECTION);
    for child in section.children() {
        let is_muscle = child.tag() == "muscle";
        if child.tag() != "motor" && !is_muscle {
            let advice = foreign::advice(child.tag()).map_or(String::new(), |advice| format!("; {advice}"));
            let advice = format!("allowed: motor, muscle, on a slide or hinge joint or on a tendon{advice}");
            child.refuse("is not supported", advice);
            continue;
        }
        let number = model.actuator_trnid.len();
        child.at_most(number + 1, limits::MOTORS, "motors and muscles")?;
        let element = context.defaults.apply(child, None);
        element.check(if is_muscle { &MUSCLE } else { &MOTOR });
        let name = names.take(&element);
        let Some((kind, target)) = target(&element, model) else { continue };
        model.names.actuator.push(name);
        model.actuator_trntype.push(kind);
        model.actuator_trnid.push([target as i64, -1]);
        model.actuator_gear.push(element.up_to("gear", [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        model.actuator_ctrllimited.push(context.compiler.limited(&element, "ctrllimited", "ctrlrange"));
        model.actuator_ctrlrange.push(element.numbers("ctrlrange", [0.0; 2]));
        model.actuator_acc0.push(start_acceleration(context, model, number));
        model.muscle_laws.push(None);
        let parameters = Parameters::of(&element);
        if is_muscle {
            check_muscle(&element, &parameters, model.actuator_acc0[number]);
            model.sizes.na += 1;
        }
        model.actuator_gainprm.push(parameters.gain);
        model.actuator_dyntype.push(if is_muscle { MUSCLE_DYNAMICS } else { 0 });
        model.actuator_dynprm.push(parameters.dynamics);
        model.actuator_lengthrange.push(element.numbers("lengthrange", [0.0; 2]));
        trail.add(&element, Became::Actuator(number));
    }
    model.sizes.nu = model.actuator_trnid.len();
    Ok(())
}

/// Returns the kind and index of the joint or tendon that an actuator drives; `None` if it is refused.
fn target(element: &Element, model: &Model) -> Option<(u32, usize)> {
    if element.one_of(&["joint", "tendon"]) == Some("tendon") {
        return Some((transmission::TENDON, find(element, "tendon", &model.names.tendon, "tendon")?));
    }
    if element.text("joint").is_none() {
        let other =
            ["site", "slidersite", "cranksite", "jointinparent"].into_iter().any(|name| element.text(name).is_some());
        if !other {
            element.refuse("drives nothing", "give it joint=\"name\" or tendon=\"name\"");
        }
        return None;
    }
    Some((transmission::JOINT, find_joint(element, model)?))
}

/// Returns the norm of the acceleration that unit force causes in the start pose.
fn start_acceleration(context: &Context, model: &Model, k: usize) -> f64 {
    let target = model.actuator_trnid[k][0] as usize;
    let mut moment = vec![0.0; model.sizes.nv];
    if model.actuator_trntype[k] == transmission::TENDON {
        moment = context.start.tendon_moment(model, target);
    } else {
        moment[model.jnt_dofadr[target]] = 1.0;
    }
    let gear = model.actuator_gear[k][0];
    moment.iter_mut().for_each(|moment| *moment *= gear);
    context.start.acceleration(&moment).iter().map(|a| a * a).sum::<f64>().sqrt()
}

/// MuJoCo's gain and dynamics parameters.
///
/// A muscle takes them from the `<muscle>` entries of its default classes, outermost first. A `<motor>` entry voids
/// those before it in the same class. A motor has fixed parameters, whatever its classes say.
struct Parameters {
    gain: [f64; 10],
    dynamics: [f64; 10],
}

/// Gain and dynamics parameters of every motor.
const ONE: [f64; 10] = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

/// Names of a muscle's parameters in the order of `gain`, with their default values.
const GAINS: [(&str, f64); 9] = [
    ("range", 0.75),
    ("range", 1.05),
    ("force", -1.0),
    ("scale", 200.0),
    ("lmin", 0.5),
    ("lmax", 1.6),
    ("vmax", 1.5),
    ("fpmax", 1.3),
    ("fvmax", 1.2),
];

/// Default time constants of a muscle's activation and deactivation, s.
const TIMES: [f64; 2] = [0.01, 0.04];

impl Parameters {
    fn of(element: &Element) -> Self {
        if element.tag() != "muscle" {
            return Self { gain: ONE, dynamics: ONE };
        }
        let own = |n: usize| GAINS.get(n).map_or(0.0, |(_, own)| *own);
        let mut parameters = Self { gain: std::array::from_fn(own), dynamics: [0.0; 10] };
        parameters.dynamics[..2].copy_from_slice(&TIMES);
        element.layers().filter(|layer| layer.tag() == "muscle").for_each(|layer| parameters.set_muscle(&layer));
        parameters
    }

    /// Applies a `<muscle>` entry. Negative numbers mean MuJoCo's defaults.
    fn set_muscle(&mut self, layer: &Element) {
        let given = |name: &str, n: usize| match name {
            "range" => layer.exactly::<2>("range").map(|range| range[n]),
            _ => layer.exactly(name).map(|[number]| number),
        };
        let positive = |given: f64, own: f64| if given >= 0.0 { given } else { own };
        for (n, (name, own)) in GAINS.into_iter().enumerate() {
            self.gain[n] = given(name, n).map_or(self.gain[n], |given| positive(given, own));
        }
        if let Some(given) = layer.exactly::<2>("timeconst") {
            [0, 1].into_iter().for_each(|n| self.dynamics[n] = positive(given[n], TIMES[n]));
        }
        self.dynamics[2] = layer.number_from("tausmooth", self.dynamics[2], 0.0);
    }
}

/// Refuses a muscle that MuJoCo refuses, or whose force or activation would become non-finite.
fn check_muscle(element: &Element, parameters: &Parameters, acceleration: f64) {
    let [r0, r1, force, scale, lmin, lmax, vmax, fpmax, fvmax, _] = parameters.gain;
    match element.exactly::<2>("lengthrange") {
        Some([low, high]) if low < high => {}
        Some(_) => {
            element.refuse_attribute("lengthrange", "does not rise", "give the shortest length of the path first, m")
        }
        None => {
            let advice = "give the shortest and the longest length of its path, m: they are not searched for here";
            element.refuse_attribute("lengthrange", "is missing", advice);
        }
    }
    if r0 >= r1 {
        element.refuse_attribute("range", "does not rise", "give the shorter normalised length first");
    }
    for (name, wrong) in [("lmin", lmin >= 1.0), ("lmax", lmax <= 1.0)] {
        if wrong {
            element.refuse_attribute(name, "is on the wrong side of 1", "lmin is below 1 and lmax above it");
        }
    }
    if parameters.dynamics[0] <= 0.0 || parameters.dynamics[1] <= 0.0 {
        element.refuse_attribute("timeconst", "is not positive", "give two times, s: rising and falling");
    }
    for (name, value) in [("scale", scale), ("vmax", vmax), ("fpmax", fpmax)] {
        if value <= 0.0 {
            element.refuse_attribute(name, format!("{value} is not positive"), "give a positive number");
        }
    }
    if fvmax < 1.0 {
        element.refuse_attribute("fvmax", format!("{fvmax} is too small"), "it must be at least 1");
    }
    if force < 0.0 && acceleration < 1e-10 {
        let advice =
            "the force is scale over the acceleration that unit force makes at the start, which is none: give force, N";
        element.refuse_attribute("force", "is missing", advice);
    }
}
