//! Why a plan cannot be made.

use crate::{kernel::wgsl::ComposeError, tasks::TaskError};

/// A plan that cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A shader that cannot be composed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A task that cannot be built.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// A network or an arm that cannot be built.
    #[error("{0}")]
    Part(String),
    /// Two hemispheres for a body that is not symmetric; why it is not.
    #[error(
        "network.bilateral: {0}; two hemispheres need a symmetric body (`gpu-ec inspect` shows how bodies are): set it to false"
    )]
    Asymmetric(String),
    /// A phase whose task needs other buffers than the run's.
    #[error(
        "phases[{0}].task: its reward keeps other sums than that of `task`: give both the same terms, with a weight of 0 where one is \
         not to count"
    )]
    Sums(usize),
    /// A phase that names a term of the reward that its task has not.
    #[error("phases[{phase}].rewards[{index}].term: {what}; the task has {known}")]
    Term {
        /// Number of the phase.
        phase: usize,
        /// Number in its list.
        index: usize,
        /// What is wrong.
        what: String,
        /// The terms that there are.
        known: String,
    },
    /// Arms that learn by themselves have no population, no common parameters and no rollout.
    #[error("forward sensitivities evolve nothing: `run`, `plot` and `compare` take such arms, this command does not")]
    NotEvolved,
    /// More places for contacts than the device's workgroups can hold.
    #[error(
        "plan: `task.max_contacts` of {wanted} makes {kept} contacts that lanes share, the floor's included, which takes {bytes} \
         bytes of workgroup memory; this device gives {limit}; {}", crowded(.fits)
    )]
    Crowded {
        /// What the configuration asks for.
        wanted: usize,
        /// Places in all.
        kept: usize,
        /// Bytes that the kernel takes.
        bytes: usize,
        /// The device's limit.
        limit: u32,
        /// What would fit.
        fits: usize,
    },
    /// More rows of a rollout than the device binds.
    #[error(
        "{rows} rows need {bytes} bytes for the buffer `{name}`; this device binds at most {limit}: give at most {fits} rows \
         at a time"
    )]
    TooManyRows {
        /// Wanted.
        rows: usize,
        /// Buffer.
        name: String,
        /// Its bytes.
        bytes: u64,
        /// The device's limit.
        limit: u64,
        /// Rows that would fit.
        fits: u64,
    },
    /// More memory than the device binds.
    #[error(
        "plan: buffer `{name}` needs {bytes} bytes with {n_slots} slots; this device binds at most {limit}; \
         set `{field}` to {fits} or less"
    )]
    TooLarge {
        /// Buffer.
        name: String,
        /// Wanted.
        bytes: u64,
        /// Slots.
        n_slots: usize,
        /// The device's limit.
        limit: u64,
        /// What makes it smaller.
        field: &'static str,
        /// How much of that would fit.
        fits: u64,
    },
}

fn crowded(fits: &usize) -> String {
    match fits {
        0 => "leave it out, or let fewer geoms touch the floor".into(),
        fits => format!("set it to {fits} or less, or leave it out"),
    }
}
