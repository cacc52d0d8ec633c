//! Whether kernels are being compiled just now. Some drivers compile a kernel when it is first dispatched.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// What a device compiles, for a display that asks now and then.
#[derive(Debug, Default)]
pub struct Compiling {
    kernels: AtomicUsize,
    lines: AtomicUsize,
    pending: AtomicBool,
    since: Mutex<Option<Instant>>,
}

impl Compiling {
    /// Returns how many kernels were handed to the compiler so far, and their lines of WGSL.
    pub fn size(&self) -> (usize, usize) {
        (self.kernels.load(Ordering::Relaxed), self.lines.load(Ordering::Relaxed))
    }

    /// Returns for how long the compiler has been at work; `None` if it is not.
    pub fn elapsed(&self) -> Option<Duration> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner).map(|since| since.elapsed())
    }

    /// Notes that so many kernels and lines go to the compiler.
    pub(super) fn hand_over(&self, kernels: usize, lines: usize) {
        self.kernels.fetch_add(kernels, Ordering::Relaxed);
        self.lines.fetch_add(lines, Ordering::Relaxed);
        self.start();
    }

    /// Notes that what is submitted next may wait for the compiler.
    pub(super) fn start(&self) {
        if !self.pending.swap(true, Ordering::Relaxed) {
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    /// Notes that the compiler is done.
    pub(super) fn end(&self) {
        if self.pending.swap(false, Ordering::Relaxed) {
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}
