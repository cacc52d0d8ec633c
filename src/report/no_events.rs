//! Stands in for the event files of TensorBoard where the program is built without the feature `tensorboard`.

use super::{Error, GenerationMetrics, RunDir};

/// Cannot be made.
#[derive(Debug)]
pub enum EventWriter {}

impl EventWriter {
    /// Refuses.
    ///
    /// Errors: [`Error::NoTensorboard`].
    pub fn renew(_: &RunDir) -> Result<Self, Error> {
        Err(Error::NoTensorboard)
    }

    /// Does nothing: there is no such writer.
    ///
    /// Errors: none.
    pub fn write(&mut self, _: &GenerationMetrics) -> Result<(), Error> {
        match *self {}
    }
}
