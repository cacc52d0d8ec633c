//! Stand-in for TensorBoard's event files in programs built without the feature `tensorboard`.

use super::{Error, GenerationMetrics, RunDir};

/// Writer that cannot be made.
#[derive(Debug)]
pub enum EventWriter {}

impl EventWriter {
    /// Refuses to make a writer.
    ///
    /// Errors: [`Error::NoTensorboard`].
    pub fn renew(_: &RunDir) -> Result<Self, Error> {
        Err(Error::NoTensorboard)
    }

    /// Does nothing, because there is no such writer.
    ///
    /// Errors: none.
    pub fn write(&mut self, _: &GenerationMetrics) -> Result<(), Error> {
        match *self {}
    }
}
