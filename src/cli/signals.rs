//! Signals that ask a run to end.

use std::{
    io::Write,
    sync::{LazyLock, Once, OnceLock},
    time::{Duration, Instant},
};

use crate::{cli::progress::LogWriter, run::cancel::Cancel};

/// Exit code of a process that a signal ended with a checkpoint written, or before there was anything to lose.
pub const INTERRUPTED_CODE: u8 = 130;
/// Exit code of a process that a later signal ended at once.
const STOPPED_AT_ONCE_CODE: u8 = 131;

/// Signals within this time count as one: a closed terminal, a job system and `timeout` send theirs twice.
const ONE_SIGNAL: Duration = Duration::from_secs(1);

static CANCEL: LazyLock<Cancel> = LazyLock::new(Cancel::default);
static FIRST_SIGNAL: OnceLock<Instant> = OnceLock::new();
static LISTENING: Once = Once::new();

/// Installs the handler of SIGINT, SIGTERM and SIGHUP, and returns the request that a signal makes.
///
/// A signal ends the process at once if nothing is at risk, or if it comes a second or more after the first.
pub fn listen() -> Cancel {
    LISTENING.call_once(|| {
        if let Err(error) = ctrlc::set_handler(handle) {
            tracing::warn!("signals end the program without a checkpoint: {error}");
        }
    });
    CANCEL.clone()
}

fn handle() {
    let at_risk = CANCEL.at_risk();
    let first = *FIRST_SIGNAL.get_or_init(Instant::now);
    CANCEL.cancel();
    let (text, code) = match at_risk {
        None => ("interrupted before training went on; nothing is lost".into(), INTERRUPTED_CODE),
        Some(at_risk) if first.elapsed() >= ONE_SIGNAL => (at_risk.loss(), STOPPED_AT_ONCE_CODE),
        Some(_) => return,
    };
    // failure loses only a line on a terminal that is gone
    let _ = LogWriter.write_all(format!("{text}\n").as_bytes());
    end(code);
}

/// Asks the process `id`, a child of this one, to end.
#[cfg(feature = "hub")]
pub fn ask(id: u32) {
    #[cfg(unix)]
    // SAFETY: it takes numbers; a child that is gone already is not asked
    unsafe {
        libc::kill(id.cast_signed(), libc::SIGTERM);
    }
    // elsewhere the console sends its signal to the children itself
    #[cfg(not(unix))]
    let _ = id;
}

/// Ends the process without exit handlers: those of a driver would destroy what its own threads, or the main thread, are
/// using, and crash.
fn end(code: u8) -> ! {
    #[cfg(unix)]
    // SAFETY: it takes a number and returns to nothing
    unsafe {
        libc::_exit(code.into())
    }
    #[cfg(not(unix))]
    std::process::exit(code.into())
}
