//! `gpu-ec presets`: the configurations that come with the program, and the fields that one may set.

use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui};
use crate::{
    config::{self, Field, Preset},
    report::Table,
    run::{brain_export, brains},
};

/// List the embedded presets, print one, or explain every field of a configuration.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Preset to print.
    name: Option<String>,

    /// Explain every field: type, unit, default, range, effect.
    #[arg(long, conflicts_with = "name")]
    fields: bool,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec presets
  gpu-ec presets hopper > my.ron
  gpu-ec presets --fields";

/// Prints what was asked for.
///
/// Errors: an unknown preset.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let text = match &arguments.name {
        Some(name) => config::preset_named(name).ok_or_else(|| unknown(name))?.text.to_string(),
        None if arguments.fields => config::fields().iter().map(paragraph).collect(),
        None => list()?,
    };
    ui.out(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> Result<String, Error> {
    let table = |what: &str, presets: &[Preset]| {
        let mut table = Table::new([what, "what it is"]);
        for preset in presets {
            table.row([preset.name, preset.summary]);
        }
        table
    };
    let mut trained = Table::new(["trained network", "where it comes from"]);
    for name in brains::names() {
        let origin = brain_export::origin(&name)?;
        trained.row([name, origin]);
    }
    Ok(format!("{}\n{}\n{trained}", table("preset", config::presets()), table("experiment", config::experiments())))
}

/// Describes one field: a line of facts and a line of text.
fn paragraph(field: &Field) -> String {
    let mut facts = vec![field.kind.clone()];
    if !field.range.is_empty() {
        facts.push(field.range.clone());
    }
    if !field.unit.is_empty() {
        facts.push(format!("unit {}", field.unit));
    }
    facts.push(if field.default == "required" { "required".into() } else { format!("default {}", field.default) });
    let only = if field.variants.is_empty() { String::new() } else { format!(" [{}]", field.variants.join(", ")) };
    let choices: String = field.choices.iter().map(|(name, text)| format!("        {name}: {text}\n")).collect();
    format!("{}{only}\n    {}\n    {}\n{choices}", field.path, facts.join("; "), field.text)
}

fn unknown(name: &str) -> Error {
    let names = config::presets().iter().chain(config::experiments()).map(|preset| preset.name);
    let hint =
        config::did_you_mean(name, names.clone()).map_or(String::new(), |like| format!("; did you mean {like}?"));
    Error::Usage(format!("there is no preset `{name}`{hint}\npresets: {}", names.collect::<Vec<_>>().join(", ")))
}
