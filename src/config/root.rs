//! The whole configuration and its small sections.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::schema::{FieldType, Kind, Range, section};
use super::{AlgorithmConfig, NetworkConfig, PhaseConfig, TaskConfig, TaskOverlay};

section! {
    /// Complete configuration of one run.
    pub struct Config {
        /// Seed of every random number of the run.
        seed: u64 = 0, "", Range::Any;
        /// Generations to run unless a stop condition comes first.
        generations: u32 = 1000, "generations", Range::whole(1, u32::MAX as u64);
        /// What the network has to do.
        task: TaskConfig = TaskConfig::default(), "", Range::Any, true;
        /// Cap on the length of training episodes, growing with the frames so far; None trains on full episodes.
        curriculum: Option<CurriculumConfig> = None, "", Range::Any;
        /// Parts of the run, one after the other, that train with other rates, populations, caps or rewards.
        phases: Vec<PhaseConfig> = vec![], "", Range::Any;
        /// The controller that is evolved.
        network: NetworkConfig = NetworkConfig::default(), "", Range::Any, true;
        /// What does the evolving.
        algorithm: AlgorithmConfig = AlgorithmConfig::default(), "", Range::Any, true;
        /// Scaling of the observations.
        normaliser: NormaliserConfig = NormaliserConfig::default(), "", Range::Any;
        /// Evaluation of the deterministic network during training.
        evaluation: EvaluationConfig = EvaluationConfig::default(), "", Range::Any;
        /// Files from which a run goes on.
        checkpoint: CheckpointConfig = CheckpointConfig::default(), "", Range::Any;
        /// Conditions that end the run early; whichever comes first.
        stop: StopConfig = StopConfig::default(), "", Range::Any;
        /// Whether the metrics are written for TensorBoard too, beside metrics.jsonl.
        tensorboard: bool = true, "", Range::Any;
        /// How the device is used; never changes a result.
        device: DeviceConfig = DeviceConfig::default(), "", Range::Any;
    }
}

section! {
    /// Cap on the length of training episodes: `start_length` until `grow_from_frames`, then linearly up to the task's
    /// `episode_length` at `grow_to_frames`.
    pub struct CurriculumConfig {
        /// Cap at the start. Without one, hoppers and walkers learn to stand still.
        start_length: u32 = 200, "steps", Range::whole(1, 1_000_000);
        /// Frames of training after which the cap begins to grow.
        grow_from_frames: u64 = 700000, "frames", Range::whole(0, u64::MAX);
        /// Frames of training after which episodes have their full length.
        grow_to_frames: u64 = 2000000, "frames", Range::whole(0, u64::MAX);
    }
}

section! {
    /// Running mean and standard deviation of the observations, frozen within a generation.
    pub struct NormaliserConfig {
        /// How many of the first members of a population contribute the states they visit.
        members: u32 = 256, "members", Range::whole(1, 65536);
        /// Smallest standard deviation that is divided by.
        std_floor: f64 = 0.01, "", Range::POSITIVE;
        /// Normalised observations are clipped to [-clip, clip].
        clip: f64 = 10.0, "standard deviations", Range::POSITIVE;
    }
}

section! {
    /// Evaluation of the deterministic network (EC: connections with rho > 0.5, ES: the mean) over fresh starts.
    pub struct EvaluationConfig {
        /// Generations between two evaluations; the last generation of a run is evaluated besides, whatever ends it but
        /// a signal.
        every: u32 = 10, "generations", Range::whole(1, u32::MAX as u64);
        /// Episodes of one evaluation.
        episodes: u32 = 128, "episodes", Range::whole(1, 1 << 20);
        /// Fields of the task that evaluations take instead of the training's, such as `(healthy_reward: 5.0)`: their
        /// returns, the best checkpoint, stop.eval_return and `gpu-ec eval` go by it. None for the task of training.
        task: Option<TaskOverlay> = None, "", Range::Any;
    }
}

section! {
    /// Checkpoints; one is also written every 10 minutes, at the end, and on SIGINT and SIGTERM.
    pub struct CheckpointConfig {
        /// Generations between two checkpoints.
        every: u32 = 50, "generations", Range::whole(1, u32::MAX as u64);
        /// How many of the newest are kept; the best by evaluation is kept besides.
        keep: u32 = 3, "files", Range::whole(1, 1_000_000);
    }
}

section! {
    /// Conditions that end the run before `generations` are over, checked after each generation; the last one is
    /// evaluated.
    pub struct StopConfig {
        /// Training frames; None for no limit.
        frames: Option<u64> = None, "frames", Range::whole(1, u64::MAX);
        /// Wall-clock seconds since the program was started, its start-up included; one generation at least is done.
        /// None for no limit. In a comparison `budget.seconds` counts instead.
        seconds: Option<f64> = None, "s", Range::POSITIVE;
        /// Mean return of an evaluation that is good enough; None for no limit.
        eval_return: Option<f64> = None, "", Range::FINITE;
    }
}

section! {
    /// How the device is used. Changes speed and memory, never a result.
    pub struct DeviceConfig {
        /// Episodes that live at once, of as many members unless `algorithm.episodes` is above 1; Auto takes what suits
        /// the device.
        slab: Slab = Slab::Auto, "episodes", Range::whole(1, 1 << 20);
        /// Aimed length of one submission; shorter keeps a desktop responsive, longer wastes less.
        submission_ms: u32 = 100, "ms", Range::whole(1, 1000);
    }
}

/// Episodes that live at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slab {
    /// As many as suit the device.
    #[default]
    Auto,
    /// This many, or all of a generation if these are fewer.
    Members(u32),
}

impl FieldType for Slab {
    const KIND: Kind = Kind::AutoOrInteger;
}

impl Serialize for Slab {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Slab::Auto => serializer.serialize_unit_variant("Slab", 0, "Auto"),
            Slab::Members(members) => serializer.serialize_u32(*members),
        }
    }
}

impl<'de> Deserialize<'de> for Slab {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SlabVisitor)
    }
}

/// Visitor for `Auto`, which RON shows as a unit and JSON as a string, or a number.
struct SlabVisitor;

impl de::Visitor<'_> for SlabVisitor {
    type Value = Slab;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Auto or a whole number")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Slab, E> {
        Ok(Slab::Auto)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Slab, E> {
        if text == "Auto" { Ok(Slab::Auto) } else { Err(E::invalid_value(de::Unexpected::Str(text), &self)) }
    }

    fn visit_u64<E: de::Error>(self, members: u64) -> Result<Slab, E> {
        u32::try_from(members)
            .map(Slab::Members)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(members), &self))
    }
}
