//! When a run ends: its own conditions, and signals.

use std::{
    io::Write,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, Once, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    config::Config,
    report::{progress::LogWriter, quoted},
};

/// Exit code of a process that a signal ended with a checkpoint written, or before there was anything to lose.
pub const INTERRUPTED_CODE: u8 = 130;
/// Exit code of a process that a later signal ended at once.
pub const STOPPED_AT_ONCE_CODE: u8 = 131;

/// Signals within this time count as one: a closed terminal, a job system and `timeout` send theirs twice.
const ONE_SIGNAL: Duration = Duration::from_secs(1);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static FIRST_SIGNAL: OnceLock<Instant> = OnceLock::new();
static AT_RISK: Mutex<Option<AtRisk>> = Mutex::new(None);
static LISTENING: Once = Once::new();

/// What would be lost if the process ended at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtRisk {
    /// What a run has learnt since its newest checkpoint.
    Run {
        /// The run directory.
        dir: PathBuf,
        /// Generations in its newest checkpoint, if it has one.
        kept: Option<u32>,
        /// Generations done.
        done: u32,
    },
    /// A file that gets its name once it is whole.
    File(PathBuf),
}

/// Whether SIGINT, SIGTERM or SIGHUP has come.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// From now on SIGINT, SIGTERM and SIGHUP end the process: at once as long as nothing is at risk, or at one that comes
/// more than a second after the first; else they ask the run to end. A process may run several runs: only the first
/// call does anything.
pub fn listen() {
    LISTENING.call_once(|| {
        if let Err(error) = ctrlc::set_handler(handle) {
            tracing::warn!("signals end the program without a checkpoint: {error}");
        }
    });
}

fn handle() {
    let at_risk = risk().clone();
    let first = *FIRST_SIGNAL.get_or_init(Instant::now);
    INTERRUPTED.store(true, Ordering::Relaxed);
    let (text, code) = match at_risk {
        None => ("interrupted before training went on; nothing is lost".into(), INTERRUPTED_CODE),
        Some(at_risk) if first.elapsed() >= ONE_SIGNAL => (at_risk.loss(), STOPPED_AT_ONCE_CODE),
        Some(_) => return,
    };
    // nothing is lost but a line on a terminal that is gone
    let _ = LogWriter.write_all(format!("{text}\n").as_bytes());
    std::process::exit(code.into());
}

/// From now on something is learnt or written that is not whole on the disk yet.
pub fn put_at_risk(what: AtRisk) {
    *risk() = Some(what);
}

/// Another run begins: nothing is learnt or written yet that is not whole on the disk.
pub fn nothing_at_risk() {
    *risk() = None;
}

/// Another generation is done.
pub fn risk_generation(generations: u32) {
    if let Some(AtRisk::Run { done, .. }) = risk().as_mut() {
        *done = generations;
    }
}

/// A checkpoint after `generation` generations is written.
pub fn risk_kept(generation: u32) {
    if let Some(AtRisk::Run { kept, .. }) = risk().as_mut() {
        *kept = Some(generation);
    }
}

fn risk() -> MutexGuard<'static, Option<AtRisk>> {
    AT_RISK.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AtRisk {
    /// The last words of a process that ends at once.
    fn loss(&self) -> String {
        let (dir, kept, done) = match self {
            AtRisk::Run { dir, kept, done } => (dir, kept, done),
            AtRisk::File(path) => {
                return format!("stopped at once by another signal: {} is not written", path.display());
            }
        };
        let from = kept.unwrap_or(0);
        let lost = match done.saturating_sub(from) {
            0 => "what its open generation has done is lost".into(),
            1 => format!("generation {done} is lost, and what the open one has done"),
            _ => format!("generations {} to {done} are lost, and what the open one has done", from + 1),
        };
        let newest = match kept {
            Some(kept) => format!("goes on from the checkpoint after generation {kept}"),
            None => "begins at the start".into(),
        };
        let dir = quoted(dir);
        format!("stopped at once by another signal, without a checkpoint: {lost}; `gpu-ec run --resume {dir}` {newest}")
    }
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

/// Counts `stop.seconds`. Time is up only after a generation that was evaluated, so that the last one of a run always
/// is.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    limit: Option<f64>,
    from: Instant,
    up: bool,
}

impl Clock {
    /// A clock that has run since `from`.
    pub fn new(config: &Config, from: Instant) -> Self {
        Self { limit: config.stop.seconds, from, up: false }
    }

    /// Whether so many seconds have passed that the generation under way is to be the last.
    pub fn has_run_out(&self) -> bool {
        self.limit.is_some_and(|seconds| self.from.elapsed().as_secs_f64() >= seconds)
    }

    /// A generation is over, and was evaluated or not.
    pub fn generation_over(&mut self, evaluated: bool) {
        self.up = evaluated && self.has_run_out();
    }
}

/// Whether the generation that leads to so many generations and frames is to be evaluated: every so many are, and the
/// last one.
pub fn evaluation_is_due(config: &Config, generations: u32, frames: u64, clock: &Clock) -> bool {
    generations.is_multiple_of(config.evaluation.every)
        || long_enough(config, generations, frames).is_some()
        || clock.has_run_out()
}

/// The condition that a run meets for good, whatever process looks at it.
pub fn finished(config: &Config, standing: &Standing) -> Option<Reason> {
    let good_enough =
        config.stop.eval_return.is_some_and(|wanted| standing.best_eval.is_some_and(|best| best >= wanted));
    long_enough(config, standing.generation, standing.frames).or(good_enough.then_some(Reason::EvalReturn))
}

/// The condition that so many generations and frames meet, whatever was learnt in them.
fn long_enough(config: &Config, generations: u32, frames: u64) -> Option<Reason> {
    if generations >= config.generations {
        Some(Reason::Generations)
    } else {
        config.stop.frames.is_some_and(|end| frames >= end).then_some(Reason::Frames)
    }
}

/// Any reason to end before another generation.
pub fn reached(config: &Config, standing: &Standing, clock: &Clock) -> Option<Reason> {
    if interrupted() {
        return Some(Reason::Interrupted);
    }
    finished(config, standing).or(clock.up.then_some(Reason::Seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_up_only_after_an_evaluated_generation() {
        let mut config = Config::default();
        config.stop.seconds = Some(5.0);
        let mut clock = Clock::new(&config, Instant::now());
        clock.generation_over(true);
        assert_eq!(reached(&config, &Standing::default(), &clock), None, "there is time left");
        let mut clock = Clock { from: Instant::now() - Duration::from_secs(6), ..clock };
        assert_eq!(reached(&config, &Standing::default(), &clock), None, "a run has a generation at least");
        assert!(evaluation_is_due(&config, 1, 1, &clock), "the generation under way is the last");
        clock.generation_over(false);
        assert_eq!(reached(&config, &Standing::default(), &clock), None, "it was not evaluated");
        clock.generation_over(true);
        assert_eq!(reached(&config, &Standing::default(), &clock), Some(Reason::Seconds), "it was");
    }

    #[test]
    fn what_is_lost_is_said() {
        let loss = |kept, done| AtRisk::Run { dir: "runs/a".into(), kept, done }.loss();
        for (kept, done, parts) in [
            (Some(5), 8, ["generations 6 to 8 are lost", "from the checkpoint after generation 5"]),
            (Some(5), 6, ["generation 6 is lost", "after generation 5"]),
            (Some(5), 5, ["what its open generation has done", "runs/a"]),
            (None, 3, ["generations 1 to 3 are lost", "begins at the start"]),
        ] {
            let loss = loss(kept, done);
            assert!(parts.iter().all(|part| loss.contains(part)), "{kept:?}, {done}: {loss}");
        }
    }
}
