//! Fields that have no effect because of other fields: any value but the default is refused at its place.

use codespan_reporting::diagnostic::Diagnostic;

use super::error::mistake;
use super::schema::{FieldSpec, Kind};
use super::syntax::{Node, Value};
use super::write::inline;
use super::{AlgorithmConfig, Config, DqsnConfig, Family, NetworkConfig, Optimizer};
use crate::config::path::find;

/// Fields without effect, and the reason.
struct Idle {
    paths: &'static [&'static str],
    reason: &'static str,
}

/// Returns the fields that have no effect in `config`.
fn idle(config: &Config) -> Vec<Idle> {
    let mut list = vec![];
    let mut add = |idle: bool, paths, reason| {
        if idle {
            list.push(Idle { paths, reason });
        }
    };
    let reservoir = matches!(config.network, NetworkConfig::Reservoir(_));
    add(reservoir, &["normaliser.members", "normaliser.std_floor", "normaliser.clip"], HEARS_RAD);
    let unit = config.network.unit().is_some();
    add(unit, &["normaliser.members", "normaliser.std_floor", "normaliser.clip"], HEARS_AS_IT_IS);
    add(reservoir, &["task.proprioception"], "`Reservoir` hears the angle alone, whatever else is observed");
    let rate = config.network.precision().is_some() && !config.network.is_one_bit();
    add(
        rate,
        &["network.gain_in", "network.gain_hidden", "network.gain_out"],
        "weights of 32 bits have no gains; `weights: OneBit` has",
    );
    let steps = |rule| matches!(rule, Optimizer::Adam | Optimizer::AdamW);
    let rules = config.phases.iter().filter_map(|phase| phase.optimizer).chain(config.algorithm.optimizer());
    let adam = rules.into_iter().any(steps);
    add(!adam, &["algorithm.noise_floor"], "it is added to the second moment of Adam and AdamW");
    let policy = config.algorithm.family() == Family::Policy;
    add(policy, &["normaliser.members"], "every step of a policy's environments feeds the normaliser");
    add(
        policy && !matches!(config.network, NetworkConfig::RsnnF32(_) | NetworkConfig::Rsnn(_)),
        &["algorithm.surrogate", "algorithm.surrogate_height", "algorithm.surrogate_slope", "algorithm.detach_reset"],
        "this network does not spike",
    );
    add(
        policy && matches!(config.network, NetworkConfig::Rsnn(_)),
        &["algorithm.readout_scale"],
        "a connection exists where its parameter is above 0, however small that is",
    );
    let learners = config.algorithm.family() == Family::QLearners;
    add(
        learners,
        &["normaliser.members", "normaliser.std_floor", "normaliser.clip"],
        "learners see the observation as it is, whatever the normaliser",
    );
    add(learners, &["device.slab"], "every learner lives all the time");
    if let AlgorithmConfig::Dqsn(DqsnConfig { target_rate: Some(_), .. }) = &config.algorithm {
        add(true, &["algorithm.target_episodes"], "`algorithm.target_rate` moves the target in every step");
    }
    let widths = match &config.algorithm {
        AlgorithmConfig::Dqsn(dqsn) => &dqsn.widths[..],
        AlgorithmConfig::SynapseAgents(agents) => &agents.widths[..],
        _ => &[],
    };
    add(!widths.is_empty(), &["network.units"], "`algorithm.widths` says how many neurons each learner has");
    if let AlgorithmConfig::ForwardSensitivity(learning) = &config.algorithm {
        add(
            !learning.weight_ranges.is_empty(),
            &["network.weight_range"],
            "`algorithm.weight_ranges` says what the weights of each arm begin within",
        );
        add(
            !learning.tendon_ratios.is_empty(),
            &["task.tendon_ratio"],
            "`algorithm.tendon_ratios` says what the tendons of each arm are",
        );
        add(
            !learning.start_angles.is_empty(),
            &["task.reset_angle_from", "task.reset_angle_to", "task.reset_velocity"],
            "`algorithm.start_angles` says where each arm starts, at rest",
        );
        add(
            true,
            &["device.slab", "device.submission_ms"],
            "ForwardSensitivity steps all arms at once, and cuts their \
            episodes by windows",
        );
    }
    list
}

const HEARS_AS_IT_IS: &str = "evolvable units hear the observation as it is, whatever the normaliser";
const HEARS_RAD: &str = "`Reservoir` hears the angle alone, in rad, whatever the normaliser";

/// Refuses fields of `tree`, which was read, that have no effect in `config` and are not at their defaults.
pub(super) fn check(config: &Config, tree: &Node) -> Vec<Diagnostic<usize>> {
    let resolved = config.tree();
    let mut mistakes = vec![];
    for Idle { paths, reason } in idle(config) {
        for path in paths {
            let (Some(node), Some(value)) = (find(tree, path), find(&resolved, path)) else { continue };
            let (value, default) = (inline(value), default_of(&resolved, path));
            if default.as_ref().is_some_and(|default| *default != value) {
                let message = format!("`{path}` = {value} would have no effect");
                let label = format!("leave it out, or at {}", default.unwrap_or_default());
                mistakes.push(mistake(message, node.span, label).with_notes(vec![reason.into()]));
            }
        }
    }
    mistakes
}

/// Returns the default of a field, as a resolved configuration writes it.
pub(super) fn default_of(resolved: &Node, path: &str) -> Option<String> {
    let (parent, name) = path.rsplit_once('.')?;
    let section = find(resolved, parent)?;
    let fields = match (Config::FIELDS.iter().find(|field| field.name == parent)?.kind, &section.value) {
        (Kind::Section(fields), _) => fields,
        (Kind::Variants(variants), Value::Fields(Some(chosen), _)) => {
            variants.iter().find(|variant| variant.name == chosen)?.fields
        }
        _ => return None,
    };
    let field: &FieldSpec = fields.iter().find(|field| field.name == name)?;
    Some((field.default)())
}
