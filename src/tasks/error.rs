//! Error of a task that cannot be built.

/// Task that cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// Embedded robot that does not compile, or that the stepper cannot turn into code: a bug.
    #[error("{0}")]
    Refused(String),
    /// User-supplied robot file that cannot be compiled, or that the stepper cannot turn into code.
    #[error("{0}")]
    Robot(String),
}
