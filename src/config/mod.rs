//! What the user asked for: a RON file, a preset or either with `--set`, read into plain structs.
//!
//! [`load`] refuses unknown, duplicate, missing and out-of-range fields with file, line, column and caret.
//! Every field is described once, where its struct is declared; [`fields`] lists them.

mod check;
mod error;
mod excerpt;
mod fields;
mod learner;
mod network;
mod overrides;
mod pairs;
mod presets;
mod range;
mod resume;
mod robot;
mod root;
mod schema;
mod syntax;
pub mod task;
mod write;

use codespan_reporting::diagnostic::{Diagnostic, Label};

pub use error::{ConfigError, Source, did_you_mean};
pub use fields::{Field, fields};
pub use learner::{AlgorithmConfig, EcConfig, EsConfig, Optimizer};
pub use network::{GruConfig, LstmConfig, MlpConfig, NetworkConfig, Precision, RnnConfig, RsnnConfig, RsnnF32Config};
pub use presets::{Preset, find, preset_named, presets, read};
pub use resume::{Difference, RESUMABLE, diff, diff_for_resume};
pub use robot::Robot;
pub use root::{
    CheckpointConfig, Config, CurriculumConfig, DeviceConfig, EvaluationConfig, NormaliserConfig, Slab, StopConfig,
};
pub use schema::{Choice, FieldSpec, FieldType, Kind, Range, VariantSpec};
pub use task::{
    AntConfig, CartPoleConfig, HalfCheetahConfig, HopperConfig, HumanoidConfig, Integrator,
    InvertedDoublePendulumConfig, InvertedPendulumConfig, LocomotionConfig, Part, ReacherConfig, SwimmerConfig,
    TaskConfig, Walker2dConfig,
};

/// Reads a configuration and the `key.path=value` settings that replace parts of it; later settings win.
///
/// Errors: everything that is wrong, each at its place in the file or in the setting.
pub fn load(source: Source, sets: &[String]) -> Result<Config, ConfigError> {
    let mut sources = vec![source];
    sources.extend(sets.iter().map(|set| Source::new("--set", set)));
    resolve(&sources, sets).map_err(|mistakes| ConfigError::new(&sources, mistakes))
}

/// Text, settings, names and ranges, conversion, pairs, robot: in this order, stopping where going on makes no sense.
fn resolve(sources: &[Source], sets: &[String]) -> Result<Config, Vec<Diagnostic<usize>>> {
    let mut tree = syntax::parse(0, &sources[0].text, 0).map_err(|error| vec![syntax_mistake(error)])?;
    let mut checker = check::Checker { mistakes: Vec::new() };
    for (k, set) in sets.iter().enumerate() {
        checker.mistakes.extend(overrides::apply(Config::FIELDS, &mut tree, k + 1, set).err());
    }
    checker.section(Config::FIELDS, &mut tree, "the configuration", "");
    if !checker.mistakes.is_empty() {
        return Err(checker.mistakes);
    }
    let mut config: Config = write::options().from_str(&write::inline(&tree)).map_err(|error| {
        let message = format!("the configuration cannot be converted: {}", error.code);
        vec![error::mistake(message, tree.span, "in here")]
    })?;
    let mut mistakes = pairs::check(&config, &tree);
    mistakes.extend(robot::load(&mut config, &tree, sources));
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

/// A syntax error at its place.
fn syntax_mistake(error: syntax::SyntaxError) -> Diagnostic<usize> {
    let mistake = error::mistake(error.message, error.span, error.label);
    match error.related {
        Some((span, text)) => {
            mistake.with_label(Label::secondary(span.source, span.start..span.end).with_message(text))
        }
        None => mistake,
    }
}
