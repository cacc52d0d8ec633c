//! The configuration: a RON file, a preset or either with `--set`, read into plain structs.
//!
//! [`load`] refuses unknown, duplicate, missing and out-of-range fields with file, line, column and caret.
//! Every field is described once, where its struct is declared; [`fields`] lists them.

mod check;
mod cross_checks;
mod error;
mod excerpt;
mod experiment;
mod fields;
mod idle;
mod learner;
mod network;
mod overlay;
mod overrides;
mod path;
mod phases;
mod presets;
mod q_learner;
mod range;
mod resume;
mod robot;
mod root;
mod schema;
mod settable;
mod syntax;
pub mod task;
mod text;
mod write;

use codespan_reporting::diagnostic::{Diagnostic, Label};

use syntax::Node;

pub use error::{ConfigError, Source, did_you_mean};
#[cfg(feature = "plot")]
pub(crate) use experiment::folder_name;
pub use experiment::{BudgetConfig, EntryConfig, Experiment, ExperimentConfig, TaskSource};
pub use fields::{Field, fields};
pub use learner::{
    AlgorithmConfig, EcConfig, EsConfig, Family, ForwardSensitivityConfig, Optimizer, PpoConfig, Surrogate,
};
pub use network::{
    EnuConfig, EnuNetworkConfig, GruConfig, HiddenNeuron, LstmConfig, MlpConfig, NetworkConfig, Precision,
    ReservoirConfig, RnnConfig, RsnnConfig, RsnnF32Config, TickNetConfig, UnitCell,
};
pub use overlay::TaskOverlay;
pub use phases::{Curve, PhaseConfig, Ramp, Schedule, TermConfig, UntilConfig};
pub use presets::{Preset, experiments, find, find_experiment, preset_named, presets, read};
pub use q_learner::{AgentModel, AgentStep, DqsnConfig, SynapseAgentsConfig};
pub use resume::{Difference, RESUMABLE, diff, diff_for_resume};
pub use robot::Robot;
pub use root::{
    CheckpointConfig, Config, CurriculumConfig, DeviceConfig, EvaluationConfig, NormaliserConfig, Slab, StopConfig,
};
pub use schema::{Choice, FieldSpec, FieldType, Kind, Range, VariantSpec};
pub use settable::{Settable, load_for};
pub use task::{
    AntConfig, ArmBalanceConfig, ArmReachConfig, CartPoleConfig, ComplexStdpConfig, DoubleTMazeConfig,
    HalfCheetahConfig, HarnessConfig, HopperConfig, HumanoidConfig, IntegrateAndFireConfig, Integrator,
    InvertedDoublePendulumConfig, InvertedPendulumConfig, LocomotionConfig, Part, ReacherConfig, StdpConfig,
    SwimmerConfig, TMazeConfig, TaskConfig, Walker2dConfig,
};

/// Reads a configuration and the `key.path=value` settings that replace parts of it; later settings win.
///
/// Errors: everything that is wrong, each at its place in the file or in the setting.
pub fn load(source: Source, sets: &[String]) -> Result<Config, ConfigError> {
    load_over(source, sets.iter().map(|set| Source::new("--set", set)))
}

/// Reads a configuration with settings that do not come from the command line. Each is a source of its own, with the
/// text `key.path=value`.
pub(crate) fn load_over(source: Source, settings: impl IntoIterator<Item = Source>) -> Result<Config, ConfigError> {
    let sources: Vec<Source> = std::iter::once(source).chain(settings).collect();
    resolve(&sources).map_err(|mistakes| ConfigError::new(&sources, mistakes))
}

/// Returns whether `text` is the RON of a single value, and nothing besides.
pub(crate) fn is_one_value(text: &str) -> bool {
    syntax::parse(0, text, 0).is_ok()
}

/// Parses the first source, applies the others as settings, and checks names, types and ranges against `fields`.
fn checked_tree(fields: &'static [FieldSpec], sources: &[Source], what: &str) -> Result<Node, Vec<Diagnostic<usize>>> {
    let mut tree = syntax::parse(0, &sources[0].text, 0).map_err(|error| vec![syntax_mistake(error)])?;
    let mut checker = check::Checker { mistakes: Vec::new() };
    for (k, setting) in sources.iter().enumerate().skip(1) {
        checker.mistakes.extend(overrides::apply(fields, &mut tree, k, &setting.text).err());
    }
    overlay::name(&mut tree);
    checker.section(fields, &mut tree, what, "");
    overlay::complete(&mut tree);
    if checker.mistakes.is_empty() { Ok(tree) } else { Err(checker.mistakes) }
}

/// Returns the Rust value of a checked tree.
fn convert<T: serde::de::DeserializeOwned>(tree: &Node, what: &str) -> Result<T, Vec<Diagnostic<usize>>> {
    write::options().from_str(&write::inline(tree)).map_err(|error| {
        let message = format!("{what} cannot be converted: {}", error.code);
        vec![error::mistake(message, tree.span, "in here")]
    })
}

/// Checks the tree, converts it, checks pairs of fields, loads the robot. Stops early only where the next step would
/// make no sense.
fn resolve(sources: &[Source]) -> Result<Config, Vec<Diagnostic<usize>>> {
    let tree = checked_tree(Config::FIELDS, sources, "the configuration")?;
    let mut config: Config = convert(&tree, "the configuration")?;
    let mut mistakes = cross_checks::check(&config, &tree);
    mistakes.extend(idle::check(&config, &tree));
    mistakes.extend(overlay::check(&config, &tree));
    mistakes.extend(phases::check(&config, &tree));
    mistakes.extend(robot::load(&mut config, &tree, sources));
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

/// Turns a syntax error into a diagnostic at its place.
fn syntax_mistake(error: syntax::SyntaxError) -> Diagnostic<usize> {
    let mistake = error::mistake(error.message, error.span, error.label);
    match error.related {
        Some((span, text)) => {
            mistake.with_label(Label::secondary(span.source, span.start..span.end).with_message(text))
        }
        None => mistake,
    }
}
