//! Entry point for tests, with the buffer layout of the straight-line stepper's probe.

use std::fmt::Write;

use super::tables::{Tables, literal};
use crate::physics::{
    model::Model,
    stepper::{Observe, Options, Place, StepperError, probe::Layout},
};

/// Returns the probe's entry point `physics_probe`, one workgroup per slot, to be appended to the text of
/// [`super::physics_text`]. It reads and writes the straight-line probe's [`Layout`].
///
/// Errors: the robot uses a feature outside the subset.
pub fn probe_text(model: &Model, options: &Options) -> Result<String, StepperError> {
    let layout = Layout::new(model, options)?;
    let mut tables = Tables::default();
    for (name, _) in layout.state.iter().chain(&layout.inside) {
        let _ = writeln!(tables.0, "const PROBE_{} = {}u;", name.to_uppercase(), layout.field(name).0);
    }
    let _ = writeln!(tables.0, "const PROBE_MASS_ENTRIES = {}u;", layout.mass.len());
    let _ = writeln!(tables.0, "const PROBE_SLOT_COUNT = {}u;", layout.field("slots").1 / 5);
    tables.uints("PROBE_MASS_ROW", layout.mass.iter().map(|(row, _)| *row));
    tables.uints("PROBE_MASS_COLUMN", layout.mass.iter().map(|(_, column)| *column));
    Ok(tables.0 + "#import physics/cooperative/probe\n\nfn probe_seen() {\n" + &seen(&options.observe, model) + "}\n")
}

/// Returns the statements that store the observed quantities.
fn seen(observe: &Observe, model: &Model) -> String {
    let mut text = String::new();
    let mut point = |field: String, value: String| {
        let _ = writeln!(text, "    probe_point({field}, {value});");
    };
    if observe.com {
        point("PROBE_COM".into(), "com".into());
    }
    for (k, place) in observe.places.iter().enumerate() {
        point(format!("PROBE_PLACES + {}u", 3 * k), place_text(place));
    }
    for (k, body) in observe.uprights.iter().enumerate() {
        let _ = writeln!(text, "    probe_set(PROBE_UPRIGHTS + {k}u, upright_of({body}u));");
    }
    for dof in (0..model.sizes.nv).filter(|_| observe.constraint) {
        let _ = writeln!(text, "    probe_set(PROBE_CONSTRAINT + {dof}u, excess[{dof}]);");
    }
    text
}

/// Returns a point that moves with a body, as a WGSL expression.
pub fn place_text(place: &Place) -> String {
    let [x, y, z] = place.offset.map(literal);
    format!("place_of({}u, vec3<f32>({x}, {y}, {z}))", place.body)
}
