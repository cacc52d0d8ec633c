//! Shows that the program is at work while there is nothing to count.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::progress::{LogWriter, Mode, on_screen};

/// Time between two lines where there is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Status line that lasts until it is dropped: a spinner in a terminal, an occasional new line elsewhere.
pub struct Wait {
    mode: Mode,
    spinner: ProgressBar,
    last_line: Instant,
}

impl Wait {
    /// Starts the display.
    pub fn begin(mode: Mode) -> Self {
        let target = if mode == Mode::Live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let spinner = ProgressBar::with_draw_target(None, target).with_style(ProgressStyle::default_spinner());
        on_screen(Some(&spinner));
        Self { mode, spinner, last_line: Instant::now() }
    }

    /// Writes a line that stays.
    pub fn note(&self, text: &str) {
        if self.mode != Mode::Off {
            // Failure loses only a line on a terminal that is gone.
            let _ = LogWriter.write_all(format!("{text}\n").as_bytes());
        }
    }

    /// Shows `text` beside the spinner, or from time to time as a line.
    pub fn renew(&mut self, text: &str) {
        self.spinner.set_message(text.to_string());
        self.spinner.tick();
        if self.mode == Mode::Plain && self.last_line.elapsed() >= PLAIN_INTERVAL {
            self.last_line = Instant::now();
            self.note(text);
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        on_screen(None);
        self.spinner.finish_and_clear();
    }
}
