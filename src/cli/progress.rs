//! The live display of a run: two lines redrawn in place in a terminal, an occasional line elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::{
    GenerationMetrics,
    summary::{duration, short},
};

/// Time between two lines where there is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);
/// Steps of the bar.
const BAR: u64 = 1000;
/// Largest number of characters in the small curve.
const CURVE: usize = 24;

/// Bar on the screen, so that log lines are written above it.
static ON_SCREEN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Display of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Redrawn in place.
    Live,
    /// A plain line at most every ten seconds.
    Plain,
    /// Not at all.
    Off,
}

impl Mode {
    /// Chooses `Off` if `quiet`, `Live` in a terminal, `Plain` elsewhere.
    pub fn choose(quiet: bool) -> Self {
        match quiet {
            true => Mode::Off,
            false if io::stderr().is_terminal() => Mode::Live,
            false => Mode::Plain,
        }
    }
}

/// Limits of a run; the first one reached ends it.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// Number of generations.
    pub generations: u32,
    /// Number of training frames.
    pub frames: Option<u64>,
    /// Seconds from the start of the display.
    pub seconds: Option<f64>,
}

impl Goal {
    /// Returns the share of the run that is done, 0 to 1.
    fn share(&self, generations: f64, frames: u64, seconds: f64) -> f64 {
        let by_generations = generations / f64::from(self.generations);
        let by_frames = self.frames.map_or(0.0, |goal| frames as f64 / goal as f64);
        let by_seconds = self.seconds.map_or(0.0, |goal| seconds / goal);
        by_generations.max(by_frames).max(by_seconds).clamp(0.0, 1.0)
    }
}

/// Display of a run; dropping it ends the display.
#[derive(Debug)]
pub struct Progress {
    mode: Mode,
    goal: Goal,
    bar: ProgressBar,
    begun: Instant,
    /// Instant from which the remaining time is estimated, and the share that was done then.
    measured_from: (Instant, f64),
    last_line: Option<Instant>,
    evaluation: Option<f64>,
    curve: Vec<f64>,
    /// The two lines of the display: progress and return.
    state: [String; 2],
}

impl Progress {
    /// Starts the display of a run that has already done `generation` generations and `frames` frames.
    pub fn begin(mode: Mode, goal: Goal, generation: u32, frames: u64) -> Self {
        let target = if mode == Mode::Live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(BAR), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:20.green/dim} {prefix}\n{wide_msg}") {
            bar.set_style(style.progress_chars("━━╌"));
        }
        on_screen(Some(&bar));
        let share_at_begin = goal.share(f64::from(generation), frames, 0.0);
        let begun = Instant::now();
        let state = ["starting".to_string(), String::new()];
        let measured_from = (begun, share_at_begin);
        let progress =
            Self { mode, goal, bar, begun, measured_from, last_line: None, evaluation: None, curve: vec![], state };
        progress.show(share_at_begin, "");
        progress
    }

    /// Shows the state after a generation.
    pub fn generation(&mut self, metrics: &GenerationMetrics) {
        self.evaluation = metrics.eval_return.or(self.evaluation);
        self.curve.push(metrics.return_mean);
        let done = f64::from(metrics.generation) + 1.0;
        let seconds = self.begun.elapsed().as_secs_f64();
        let share = self.goal.share(done, metrics.frames, seconds);
        let left = self.seconds_left(share, metrics.timing.frames_per_second);
        let evaluation = self.evaluation.map_or(String::new(), |value| format!("  eval {value:.0}"));
        let frames = short(metrics.frames as f64);
        let speed = match metrics.timing.frames_per_second {
            0.0 => "-".into(),
            speed => format!("{}/s", short(speed)),
        };
        let left = duration(left);
        let phase = metrics.phase.map_or(String::new(), |phase| format!("  phase {}", phase + 1));
        self.state = [
            format!("gen {done}/{}{phase}  {frames} frames  {speed}  ETA {left}", self.goal.generations),
            format!("return {:.0} (best {:.0}){evaluation}", metrics.return_mean, metrics.return_best),
        ];
        self.show(share, "");
        self.plain_line();
    }

    /// Estimates the seconds left from the speed so far. A generation that was resumed after all its episodes had
    /// ended took no time, so the estimate starts anew behind it.
    fn seconds_left(&mut self, share: f64, speed: f64) -> f64 {
        if speed == 0.0 {
            self.measured_from = (Instant::now(), share);
        }
        let (from, share_before) = self.measured_from;
        from.elapsed().as_secs_f64() * (1.0 - share) / (share - share_before)
    }

    /// Shows the progress of the current generation: `done` of its `episodes` are over.
    pub fn within_generation(&mut self, generation: u32, done: u32, episodes: u32) {
        let part = f64::from(done) / f64::from(episodes.max(1));
        let share = f64::from(generation) + part;
        let share = self.goal.share(share, 0, self.begun.elapsed().as_secs_f64());
        let share = share.max(self.bar.position() as f64 / BAR as f64);
        self.show(share, &format!("  {:.0} % of gen {}", 100.0 * part, generation + 1));
    }

    /// Writes a line above the display; without a terminal, among the other lines; with `--quiet`, not at all.
    pub fn note(&self, text: &str) {
        if self.mode != Mode::Off {
            // Failure loses only a line on a terminal that is gone.
            let _ = LogWriter.write_all(format!("{text}\n").as_bytes());
        }
    }

    /// Ends the display; a terminal keeps its last state.
    pub fn finish(self) {
        self.bar.abandon();
    }

    fn show(&self, share: f64, more: &str) {
        self.bar.set_position((share * BAR as f64) as u64);
        self.bar.set_prefix(self.state[0].clone());
        self.bar.set_message(format!("{}  {}{more}", self.state[1], curve(&self.curve)));
    }

    /// Writes a line for a log file: the first at once, then at most one per ten seconds.
    fn plain_line(&mut self) {
        let due = self.last_line.is_none_or(|last| last.elapsed() >= PLAIN_INTERVAL);
        if self.mode == Mode::Plain && due {
            self.last_line = Some(Instant::now());
            self.note(&self.state.join("  "));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        on_screen(None);
        if !self.bar.is_finished() {
            self.bar.abandon();
        }
    }
}

/// Draws `values` as at most `CURVE` block characters, each the mean of as many values.
fn curve(values: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let stride = values.len().div_ceil(CURVE).max(1);
    let points: Vec<f64> = values.chunks(stride).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect();
    let finite = || points.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if points.len() < 3 || low >= high {
        return String::new();
    }
    let block = |value: f64| BLOCKS[(7.0 * (value - low) / (high - low)).round() as usize];
    points.into_iter().map(|value| if value.is_finite() { block(value) } else { ' ' }).collect()
}

/// Standard error for log lines, which appear above a display on the screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bar = lock().clone();
        match bar {
            Some(bar) => bar.suspend(|| anstream::stderr().write(bytes)),
            None => anstream::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        anstream::stderr().flush()
    }
}

/// Sets the bar above which log lines are written.
pub(super) fn on_screen(bar: Option<&ProgressBar>) {
    *lock() = bar.cloned();
}

fn lock() -> std::sync::MutexGuard<'static, Option<ProgressBar>> {
    ON_SCREEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_that_of_the_goal_that_comes_first() {
        let goal = Goal { generations: 100, frames: Some(1000), seconds: None };
        assert_eq!(goal.share(10.0, 500, 1e9), 0.5, "frames lead");
        assert_eq!(goal.share(90.0, 500, 1e9), 0.9, "generations lead");
        assert_eq!(Goal { seconds: Some(10.0), ..goal }.share(0.0, 0, 20.0), 1.0, "never above 1");
    }

    #[test]
    fn curve_spans_its_values() {
        assert_eq!(curve(&[1.0, 1.0, 1.0]), "", "nothing to see");
        assert_eq!(curve(&[0.0, f64::NAN, 7.0, 3.5]), "▁ █▅", "lowest to highest");
        assert!(
            curve(&vec![1.0; 999].into_iter().enumerate().map(|(k, v)| v * k as f64).collect::<Vec<_>>())
                .chars()
                .count()
                <= CURVE,
            "bounded"
        );
    }
}
