//! Why a task cannot be built.

/// A task that cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// A robot of ours that does not compile, or that the stepper cannot turn into code: a bug.
    #[error("{0}")]
    Part(String),
    /// A user-supplied robot file that cannot be compiled, or that the stepper cannot turn into code.
    #[error("{0}")]
    Robot(String),
}
