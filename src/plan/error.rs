//! Errors in making a plan.

use crate::{kernel::wgsl::ComposeError, tasks::TaskError};

/// An error in making a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A shader that does not compose.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A task that cannot be built.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// A network or an arm that cannot be built.
    #[error("{0}")]
    Refused(String),
    /// A task whose observations or actions have no place in the network, with what has none.
    #[error("{0}")]
    Misfit(String),
    /// Two hemispheres for an asymmetric body, with the reason.
    #[error(
        "network.bilateral: {0}; two hemispheres need a symmetric body (`gpu-ec inspect` shows how bodies are): set it to false"
    )]
    Asymmetric(String),
    /// A phase whose task needs other buffers than the task of the run.
    #[error(
        "phases[{0}].task: its reward keeps other sums than that of `task`: give both the same terms, with a weight of 0 where one is \
         not to count"
    )]
    Sums(usize),
    /// A phase that names a missing or fixed term of the reward.
    #[error("phases[{phase}].rewards[{index}].term: {what}; the task has {known}")]
    Term {
        /// Index of the phase.
        phase: usize,
        /// Index in the list of rewards.
        index: usize,
        /// Description of the error.
        what: String,
        /// Terms of the task.
        known: String,
    },
    /// Algorithm without a common network: its learners are independent.
    #[error("this command takes no independent learners, who share no network: `run`, `eval`, `plot` and `compare` do")]
    NotEvolved,
    /// More environments or sequences of a policy than the device binds.
    #[error(
        "plan: the buffer `{name}` would have {bytes} bytes; this device binds {limit}: take fewer `algorithm.environments` or a \
         shorter `algorithm.horizon`, or more `algorithm.minibatches`"
    )]
    TooManyEnvironments {
        /// Name of the buffer.
        name: String,
        /// Its size, in bytes.
        bytes: u64,
        /// Limit of the device, in bytes.
        limit: u64,
    },
    /// More learners than the device binds.
    #[error(
        "plan: the buffer `{name}` of {learners} learners would have {bytes} bytes; this device binds {limit}: take at most {fits} \
         learners, by fewer `algorithm.seeds` or shorter lists, or a smaller `algorithm.replay`"
    )]
    TooManyLearners {
        /// Name of the buffer.
        name: String,
        /// Its size, in bytes.
        bytes: u64,
        /// Limit of the device, in bytes.
        limit: u64,
        /// Learners of the configuration.
        learners: usize,
        /// Learners that would fit.
        fits: usize,
    },
    /// More contact slots than the device's workgroup memory can hold.
    #[error(
        "plan: `task.max_contacts` of {wanted} makes {kept} contacts that lanes share, the floor's included, which takes {bytes} \
         bytes of workgroup memory; this device gives {limit}; {}", crowded(.fits)
    )]
    Crowded {
        /// Number in the configuration.
        wanted: usize,
        /// Total number of contact slots.
        kept: usize,
        /// Workgroup memory of the kernel, in bytes.
        bytes: usize,
        /// Limit of the device, in bytes.
        limit: u32,
        /// Largest number that fits.
        fits: usize,
    },
    /// More rows of a rollout than the device can bind.
    #[error(
        "{rows} rows need {bytes} bytes for the buffer `{name}`; this device binds at most {limit}: give at most {fits} rows \
         at a time"
    )]
    TooManyRows {
        /// Number of rows.
        rows: usize,
        /// Name of the buffer.
        name: String,
        /// Size of the buffer, in bytes.
        bytes: u64,
        /// Limit of the device, in bytes.
        limit: u64,
        /// Largest number of rows that fits.
        fits: u64,
    },
    /// More memory than the device can bind.
    #[error(
        "plan: buffer `{name}` needs {bytes} bytes with {n_slots} slots; this device binds at most {limit}; \
         set `{field}` to {fits} or less"
    )]
    TooLarge {
        /// Name of the buffer.
        name: String,
        /// Size of the buffer, in bytes.
        bytes: u64,
        /// Number of slots.
        n_slots: usize,
        /// Limit of the device, in bytes.
        limit: u64,
        /// Setting that makes the buffer smaller.
        field: &'static str,
        /// Largest value of that setting that fits.
        fits: u64,
    },
}

fn crowded(fits: &usize) -> String {
    match fits {
        0 => "leave it out, or let fewer geoms touch the floor".into(),
        fits => format!("set it to {fits} or less, or leave it out"),
    }
}
