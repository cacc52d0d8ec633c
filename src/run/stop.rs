//! When a run ends: its own conditions, and signals.

use std::{
    io::Write,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use crate::{config::Config, report::progress::LogWriter};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static AT_RISK: AtomicBool = AtomicBool::new(false);
static LISTENING: Once = Once::new();

/// Whether SIGINT or SIGTERM has come.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// From now on SIGINT and SIGTERM end the process: at once as long as nothing is at risk, or at the second one; else they ask
/// the run to end. A process may run several runs: only the first call does anything.
pub fn listen() {
    LISTENING.call_once(handle_signals);
}

fn handle_signals() {
    let handler = || {
        let at_risk = AT_RISK.load(Ordering::Relaxed);
        if INTERRUPTED.swap(true, Ordering::Relaxed) || !at_risk {
            if !at_risk {
                // nothing is lost but a line on a terminal that is gone
                let _ = LogWriter.write_all(b"interrupted before training went on; nothing is lost\n");
            }
            std::process::exit(130);
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tracing::warn!("signals end the program without a checkpoint: {error}");
    }
}

/// From now on something is learnt or written that is not whole on the disk yet.
pub fn put_at_risk() {
    AT_RISK.store(true, Ordering::Relaxed);
}

/// Why a run has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// `generations` are done.
    Generations,
    /// `stop.frames` are lived.
    Frames,
    /// `stop.eval_return` is reached.
    EvalReturn,
    /// `stop.seconds` have passed in this process.
    Seconds,
    /// A signal.
    Interrupted,
}

impl Reason {
    /// The reason in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Generations => "all generations are done",
            Self::Frames => "stop.frames is reached",
            Self::EvalReturn => "stop.eval_return is reached",
            Self::Seconds => "stop.seconds have passed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Standing {
    /// The generation that comes next.
    pub generation: u32,
    /// Training frames so far.
    pub frames: u64,
    /// Best mean return of an evaluation so far.
    pub best_eval: Option<f64>,
}

/// The condition that a run meets for good, whatever process looks at it.
pub fn finished(config: &Config, standing: &Standing) -> Option<Reason> {
    let good_enough =
        config.stop.eval_return.is_some_and(|wanted| standing.best_eval.is_some_and(|best| best >= wanted));
    long_enough(config, standing.generation, standing.frames).or(good_enough.then_some(Reason::EvalReturn))
}

/// The condition that so many generations and frames meet, whatever was learnt in them.
pub fn long_enough(config: &Config, generations: u32, frames: u64) -> Option<Reason> {
    if generations >= config.generations {
        Some(Reason::Generations)
    } else {
        config.stop.frames.is_some_and(|end| frames >= end).then_some(Reason::Frames)
    }
}

/// Any reason to end, `started` being the start of training in this process.
pub fn reached(config: &Config, standing: &Standing, started: Instant) -> Option<Reason> {
    if interrupted() {
        return Some(Reason::Interrupted);
    }
    let out_of_time = config.stop.seconds.is_some_and(|seconds| started.elapsed().as_secs_f64() >= seconds);
    finished(config, standing).or(out_of_time.then_some(Reason::Seconds))
}
