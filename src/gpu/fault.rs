//! Errors that the device reports outside results, and its loss.

use std::{
    cell::Cell,
    panic,
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
};

use super::GpuError;

/// Errors that arrive in callbacks, kept until [`Faults::check`] takes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// First error since the last check.
    error: Option<String>,
    /// Reason for the loss of the device; permanent.
    lost: Option<String>,
}

impl Faults {
    /// Records an error of the device; only the first is kept.
    pub fn record(&self, message: String) {
        self.state().error.get_or_insert(message);
    }

    /// Records the loss of the device.
    pub fn lose(&self, reason: String) {
        self.state().lost.get_or_insert(reason);
    }

    /// Fails with the loss of the device, or else with the first error since the last call.
    pub fn check(&self) -> Result<(), GpuError> {
        let mut state = self.state();
        let error = state.error.take();
        match (&state.lost, error) {
            (Some(reason), _) => Err(GpuError::Lost(reason.clone())),
            (None, Some(message)) => Err(GpuError::Device(message)),
            (None, None) => Ok(()),
        }
    }

    /// Returns the loss of the device if there was one, since it causes later errors; otherwise returns `error`.
    pub fn blame(&self, error: GpuError) -> GpuError {
        match &self.state().lost {
            Some(reason) => GpuError::Lost(reason.clone()),
            None => error,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Destroys the device, as a driver reset does.
#[derive(Clone, Debug)]
pub struct Breaker {
    pub(super) device: wgpu::Device,
    pub(super) faults: Faults,
}

impl Breaker {
    /// Makes the device lost at once, whatever it is running.
    pub fn lose(&self) {
        self.device.destroy();
        self.faults.lose("taken away".into());
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Returns the result of `call`, or the message of its panic, which is not printed: wgpu panics when it waits for a
/// lost device.
pub(super) fn caught<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    QUIET.set(true);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(call));
    QUIET.set(false);
    result.map_err(|panic| match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (None, Some(text)) => (*text).into(),
        (None, None) => "it panicked".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_outlives_the_errors_that_follow_from_it() {
        let faults = Faults::default();
        faults.check().expect("nothing happened");
        faults.record("first".into());
        faults.record("second".into());
        assert_eq!(faults.check().expect_err("an error").to_string(), "the device failed: first", "the first counts");
        faults.check().expect("it is told once");
        let error = || GpuError::Device("follows from it".into());
        assert!(matches!(faults.blame(error()), GpuError::Device(_)), "no loss to blame");
        faults.lose("reset".into());
        faults.record("third".into());
        for _ in 0..2 {
            assert!(matches!(faults.check(), Err(GpuError::Lost(_))), "told whenever one asks");
        }
        assert!(matches!(faults.blame(error()), GpuError::Lost(_)), "the loss is to blame");
    }

    #[test]
    fn a_panic_becomes_its_words() {
        assert_eq!(caught(|| 7), Ok(7), "no panic");
        assert_eq!(caught(|| -> i32 { panic!("lost {}", 5) }), Err("lost 5".into()), "formatted");
        assert_eq!(caught(|| -> i32 { panic!("plain") }), Err("plain".into()), "plain");
    }
}
