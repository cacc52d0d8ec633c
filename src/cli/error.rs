//! Errors of the commands, and the exit code of each.

use crate::{
    cli::signals::INTERRUPTED_CODE,
    config::{ConfigError, Difference},
    files,
    gpu::GpuError,
    npz::NpzError,
    plan::PlanError,
    report,
    run::RunError,
    tasks::TaskError,
};

/// Reason why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is wrong. Exit code 2.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The arguments do not fit together, or name something that is not there. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// `run --resume` was asked to change fields that decide the course of a run. Exit code 2.
    #[error("a resumed run may change only {}:{}", crate::config::RESUMABLE.join(", "), list(.0))]
    Resume(Vec<Difference>),
    /// Something failed while working. Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// A signal ended the run after a checkpoint was written. Exit code 130.
    #[error("{0}")]
    Interrupted(String),
    /// Nobody reads the output any more, as after `| head`. Exit code 0, no message.
    #[error("the output is closed")]
    OutputClosed,
}

impl Error {
    /// Turns `error` into a failure whose message holds the whole chain of causes.
    pub fn failed(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let message = inner.to_string();
            if !text.ends_with(&message) {
                text += &format!(": {message}");
            }
            cause = inner.source();
        }
        Error::Failed(text)
    }

    /// Returns the exit code that the program promises.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Config(_) | Error::Usage(_) | Error::Resume(_) => 2,
            Error::Failed(_) => 1,
            Error::Interrupted(_) => INTERRUPTED_CODE,
            Error::OutputClosed => 0,
        }
    }
}

impl From<report::Error> for Error {
    fn from(error: report::Error) -> Self {
        match error {
            report::Error::File(error) => error.into(),
            report::Error::Gone { .. } => Error::failed(error),
            error => Error::Usage(error.to_string()),
        }
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        match error {
            files::Error::Locked { .. } => Error::Usage(error.to_string()),
            error => Error::failed(error),
        }
    }
}

impl From<TaskError> for Error {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Robot(text) => Error::Usage(text),
            error => Error::failed(error),
        }
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Config(error) => Error::Config(error),
            RunError::Report(error) => error.into(),
            RunError::Files(error) => error.into(),
            error @ RunError::Checkpoint { .. } => Error::Usage(error.to_string()),
            RunError::Plan(error) => error.into(),
            RunError::Gpu(error) => error.into(),
            RunError::Arrays(error) => error.into(),
            RunError::Refused(text) => Error::Usage(text),
            #[cfg(feature = "hub")]
            RunError::Hub(error) => error.into(),
            error => Error::failed(error),
        }
    }
}

#[cfg(feature = "hub")]
impl From<crate::hub::HubError> for Error {
    fn from(error: crate::hub::HubError) -> Self {
        match error {
            crate::hub::HubError::Refused(text) => Error::Usage(text),
            error => Error::failed(error),
        }
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Task(error) => error.into(),
            PlanError::TooLarge { .. }
            | PlanError::TooManyRows { .. }
            | PlanError::Crowded { .. }
            | PlanError::Misfit(_)
            | PlanError::NotEvolved
            | PlanError::TooManyEnvironments { .. }
            | PlanError::Sums(_)
            | PlanError::Term { .. }
            | PlanError::Asymmetric(_) => Error::Usage(error.to_string()),
            error => Error::failed(error),
        }
    }
}

impl From<NpzError> for Error {
    fn from(error: NpzError) -> Self {
        match error {
            NpzError::Refused { .. } | NpzError::Read { .. } => Error::Usage(error.to_string()),
            error => Error::Failed(error.to_string()),
        }
    }
}

impl From<GpuError> for Error {
    fn from(error: GpuError) -> Self {
        match error {
            GpuError::NoSuchAdapter { .. }
            | GpuError::NoSuchBackend { .. }
            | GpuError::BufferTooLarge { .. }
            | GpuError::TooWeak { .. } => Error::Usage(error.to_string()),
            error => Error::failed(error),
        }
    }
}

fn list(differences: &[Difference]) -> String {
    differences.iter().map(|field| format!("\n  {}: {} -> {}", field.path, field.old, field.new)).collect()
}
