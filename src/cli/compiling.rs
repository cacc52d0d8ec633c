//! Reports that kernels are being compiled once that takes long enough for the program to seem hung.

use std::{
    sync::{
        Arc, Once,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use crate::{
    cli::{progress::Mode, wait::Wait},
    gpu::{Compiling, Gpu},
    report::summary::duration,
};

/// Longest compilation that is not reported.
const PATIENCE: Duration = Duration::from_secs(1);
/// Polling interval.
const INTERVAL: Duration = Duration::from_millis(100);

/// Watches the compiler of a device until it is dropped.
pub struct CompilerWatch {
    /// Channel on which nothing is sent; dropping it ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl CompilerWatch {
    /// Watches `gpu` until the result is dropped, and shows compilations as `mode` says.
    pub fn begin(gpu: &Gpu, mode: Mode) -> Self {
        let (stop, stopped) = channel();
        let compiling = gpu.compiling().clone();
        let watch = move || {
            let mut wait = None;
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                show(&compiling, mode, &mut wait);
            }
        };
        let thread = (mode != Mode::Off).then(|| std::thread::spawn(watch));
        Self { stop: Some(stop), thread }
    }
}

impl Drop for CompilerWatch {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // a panic in the thread is printed already, and nothing depends on the thread's result
            let _ = thread.join();
        }
    }
}

/// Starts, updates or ends the display.
fn show(compiling: &Arc<Compiling>, mode: Mode, wait: &mut Option<Wait>) {
    /// Guard that prints the note once per process, however many devices or kernels follow.
    static SAID: Once = Once::new();
    let Some(elapsed) = compiling.elapsed().filter(|elapsed| *elapsed > PATIENCE) else {
        *wait = None;
        return;
    };
    let wait = wait.get_or_insert_with(|| Wait::begin(mode));
    SAID.call_once(|| {
        let (kernels, lines) = compiling.size();
        wait.note(&format!("compiling {kernels} kernels, {lines} lines of WGSL: once for this driver and robot"));
    });
    wait.renew(&format!("compiling, {}", duration(elapsed.as_secs_f64())));
}
