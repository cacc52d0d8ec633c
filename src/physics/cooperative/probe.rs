//! The entry point for tests, with the buffer layout of the straight-line stepper's probe.

use std::fmt::Write;

use super::tables::Tables;
use crate::physics::{
    model::Model,
    stepper::{Options, StepperError, probe::Layout},
};

/// The probe's text: entry point `physics_probe`, one workgroup a slot, to follow the text of [`super::physics_text`].
/// What it reads and writes is the straight-line probe's [`Layout`].
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
    let mut seen = String::new();
    if options.observe.com {
        seen.push_str("    probe_set(PROBE_COM_X, com.x);\n");
    }
    if let Some(body) = options.observe.position {
        let _ = writeln!(seen, "    probe_set(PROBE_POSITION_X, body_pos[{}]);", 3 * body);
    }
    Ok(tables.0 + "#import physics/cooperative/probe\n\nfn probe_seen() {\n" + &seen + "}\n")
}
