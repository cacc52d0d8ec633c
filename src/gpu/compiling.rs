//! Tracks compilation of kernels. Some drivers compile a kernel only when it is first dispatched.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Compilation progress of a device, for a display that polls it.
#[derive(Debug, Default)]
pub struct Compiling {
    kernels: AtomicUsize,
    lines: AtomicUsize,
    pending: AtomicBool,
    since: Mutex<Option<Instant>>,
}

impl Compiling {
    /// Returns the number of kernels handed to the compiler so far, and their lines of WGSL.
    pub fn size(&self) -> (usize, usize) {
        (self.kernels.load(Ordering::Relaxed), self.lines.load(Ordering::Relaxed))
    }

    /// Returns the time that the compiler has been working, or `None` if it is idle.
    pub fn elapsed(&self) -> Option<Duration> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner).map(|since| since.elapsed())
    }

    /// Records that `kernels` kernels with `lines` lines go to the compiler.
    pub(super) fn hand_over(&self, kernels: usize, lines: usize) {
        self.kernels.fetch_add(kernels, Ordering::Relaxed);
        self.lines.fetch_add(lines, Ordering::Relaxed);
        self.start();
    }

    /// Records that the next submission may wait for the compiler.
    pub(super) fn start(&self) {
        if !self.pending.swap(true, Ordering::Relaxed) {
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    /// Records that the compiler has finished.
    pub(super) fn end(&self) {
        if self.pending.swap(false, Ordering::Relaxed) {
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}
