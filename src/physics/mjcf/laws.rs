//! `<custom><text name="muscle:NAME" data="..."/>`: muscle laws that MuJoCo does not have. MuJoCo reads such a file,
//! but simulates it with its own laws.
//!
//! `data` is a list such as `length=gaussian 0.5; velocity=arctan 10 1.5; passive=square 1; activation=exponential
//! 0.03; path=hinge 0.002 0.012 1`.

use super::{
    element::Element,
    shown::shown,
    tendons::find,
    trail::{Became, Trail},
    vocabulary::{CUSTOM_TEXT, SECTION},
};
use crate::physics::{
    model::{Model, transmission},
    muscle::{Activation, ForceLength, ForceVelocity, Laws, Passive, Path},
};

/// Syntax of all laws, for messages.
const ALLOWED: &str = "allowed: length=gaussian WIDTH, velocity=arctan STEEPNESS SPREAD, passive=square STIFFNESS, \
    passive=thelen SHAPE STRAIN, activation=exponential, activation=exponential PULSE_SECONDS, path=hinge C1 C2 SIDE, with ; between them";

/// Reads a `<custom>` section. Everything in it except laws is skipped.
pub(super) fn read<'a>(section: &Element<'a>, model: &mut Model, trail: &mut Trail) {
    section.check(&SECTION);
    for child in section.children() {
        let muscle = child.text("name").and_then(|name| name.strip_prefix("muscle:"));
        let Some(muscle) = muscle.filter(|_| child.tag() == "text") else {
            trail.add(&child, Became::Skipped);
            continue;
        };
        child.check(&CUSTOM_TEXT);
        let is_muscle = |k: usize| model.actuator_dyntype[k] != 0;
        let named: Vec<String> = (0..model.sizes.nu)
            .map(|k| if is_muscle(k) { format!("muscle:{}", model.names.actuator[k]) } else { String::new() })
            .collect();
        let Some(number) = find(&child, "name", &named, "muscle") else { continue };
        debug_assert_eq!(model.names.actuator[number], muscle, "the same name");
        let data = child.text("data").unwrap_or_default();
        let mut laws = Laws::mujoco(model, number);
        for law in data.split(';').map(str::trim).filter(|law| !law.is_empty()) {
            if set(&mut laws, law).is_none() {
                child.refuse_attribute("data", format!("`{}` is no law of a muscle", shown(law)), ALLOWED);
            }
        }
        if laws.path != Path::Transmission && model.actuator_trntype[number] != transmission::JOINT {
            child.refuse_attribute("data", "path=hinge needs a joint", "give the muscle joint=\"NAME\"");
        }
        model.muscle_laws[number] = Some(laws);
        trail.add(&child, Became::Actuator(number));
    }
}

/// Applies a law `key=name numbers`; `None` if it is unknown.
fn set(laws: &mut Laws, law: &str) -> Option<()> {
    let (key, value) = law.split_once('=')?;
    let mut words = value.split_whitespace();
    let name = words.next()?;
    let numbers: Vec<f64> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let positive = numbers.iter().all(|x: &f64| x.is_finite() && *x > 0.0 && *x < 1e6);
    match (key.trim(), name, numbers[..].as_ref()) {
        ("length", "gaussian", &[width]) if positive => laws.length = ForceLength::Gaussian { width },
        ("velocity", "arctan", &[steepness, spread]) if positive => {
            laws.velocity = ForceVelocity::Arctan { steepness, spread }
        }
        ("passive", "square", &[stiffness]) if positive => laws.passive = Passive::Square { stiffness },
        ("passive", "thelen", &[shape, strain]) if positive && shape < 50.0 => {
            laws.passive = Passive::Exponential { shape, strain }
        }
        ("activation", "exponential", &[] | &[_]) if positive => {
            let Activation::Millard { constants, .. } = laws.activation else { return None };
            let pulse = numbers.first().copied().unwrap_or(0.0);
            laws.activation = Activation::Exponential { constants, pulse };
        }
        ("path", "hinge", &[c1, c2, side]) if c1 > 0.0 && c2 > 0.0 && c1 != c2 && side.abs() == 1.0 => {
            laws.path = Path::Hinge { arms: [c1, c2], side }
        }
        _ => return None,
    }
    Some(())
}
