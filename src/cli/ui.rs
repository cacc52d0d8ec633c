//! The two output streams: results to standard output, everything else to standard error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::Error;
use super::compiling::CompilerWatch;
use crate::{
    cli::progress::{Goal, LogWriter, Mode, Progress},
    gpu::Gpu,
};

/// Level of logging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Nothing.
    Off,
    /// What went wrong.
    Error,
    /// What deserves attention.
    Warn,
    /// What happens.
    Info,
    /// For those who look for a mistake.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    fn filter(self) -> LevelFilter {
        match self {
            Level::Off => LevelFilter::OFF,
            Level::Error => LevelFilter::ERROR,
            Level::Warn => LevelFilter::WARN,
            Level::Info => LevelFilter::INFO,
            Level::Debug => LevelFilter::DEBUG,
            Level::Trace => LevelFilter::TRACE,
        }
    }
}

/// Output to the user, as verbose as the flags allow.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    quiet: bool,
}

impl Ui {
    /// Sets up logging; with `quiet`, only errors are logged.
    pub fn start(quiet: bool, level: Level) -> Self {
        let own = if quiet { level.filter().min(LevelFilter::ERROR) } else { level.filter() };
        // Graphics libraries log much at `info`, and warn about things that a user cannot change.
        let others = match level {
            Level::Debug | Level::Trace => own,
            _ => own.min(LevelFilter::ERROR),
        };
        let filter = Targets::new().with_target("gpu_ec", own).with_default(others);
        let format = tracing_subscriber::fmt::layer().with_writer(|| LogWriter).without_time().with_target(false);
        // A second start in one process keeps the first logger.
        let _ = tracing_subscriber::registry().with(format).with(filter).try_init();
        Self { quiet }
    }

    /// Writes a result to standard output.
    ///
    /// Errors: [`Error::OutputClosed`] if nobody reads any more, else [`Error::Failed`].
    pub fn out(&self, text: &str) -> Result<(), Error> {
        let mut stdout = anstream::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Error::OutputClosed,
            _ => Error::Failed(format!("cannot write the result: {error}")),
        })
    }

    /// Writes one JSON object to standard output.
    ///
    /// Errors: as [`Ui::out`].
    pub fn json(&self, value: &impl serde::Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).map_err(Error::failed)?;
        self.out(&(text + "\n"))
    }

    /// Prints a line for the user on standard error, above any display; nothing with `--quiet`.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            // Failure loses only a line on a terminal that is gone.
            let _ = LogWriter.write_all(format!("{}\n", wrapped(text)).as_bytes());
        }
    }

    /// Starts the display of a run that has already done `generation` generations and `frames` frames.
    pub fn progress(&self, goal: Goal, generation: u32, frames: u64) -> Progress {
        Progress::begin(Mode::choose(self.quiet), goal, generation, frames)
    }

    /// Watches the compiler of `gpu` and reports when it takes long.
    pub(super) fn watch(&self, gpu: &Gpu) -> CompilerWatch {
        CompilerWatch::begin(gpu, Mode::choose(self.quiet))
    }

    /// Writes the error to standard error and returns the exit code.
    pub fn fail(&self, error: &Error) -> ExitCode {
        let red = AnsiColor::Red.on_default().bold();
        let message = match error {
            Error::OutputClosed => String::new(),
            Error::Config(error) => error.to_ansi() + "\n",
            Error::Interrupted(text) => wrapped(text) + "\n",
            error => wrapped(&format!("{red}error{}: {error}", Style::new().render_reset())) + "\n",
        };
        // There is no other place to say that standard error is closed.
        let _ = LogWriter.write_all(message.as_bytes());
        ExitCode::from(error.exit_code())
    }
}

/// Breaks lines between words, where a terminal would break them within words; a word that is too long stays whole.
fn wrapped(text: &str) -> String {
    if !std::io::stderr().is_terminal() {
        return text.to_string();
    }
    fill(text, textwrap::termwidth())
}

fn fill(text: &str, width: usize) -> String {
    let options = textwrap::Options::new(width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let text = "error: go on with `gpu-ec run --resume runs/hopper-0-0`\n  a second line";
        let expected = "error: go on with `gpu-ec\nrun --resume\nruns/hopper-0-0`\n  a second line";
        assert_eq!(fill(text, 25), expected, "neither at a hyphen nor within a path");
    }
}
