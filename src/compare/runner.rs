//! Execution of the missing runs, one after the other.

use std::time::Instant;

use super::{Cell, CompareError, Stage, Standing, standing::keep_spent};
use crate::{
    gpu::{Cache, Gpu, GpuError, Selector},
    report::{GenerationMetrics, RunDir},
    run::{
        RunError,
        cancel::Cancel,
        observer::{Ending, Observer},
        session::{Origin, Session},
        stop::Reason,
    },
};

/// Observer of a comparison.
pub trait Watch: Observer {
    /// Receives run number `index` of `count`, which begins or continues. `seconds_left` is an estimate for all
    /// remaining runs, once there is one.
    fn cell(&mut self, cell: &Cell, index: usize, count: usize, seconds_left: Option<f64>);
    /// Receives a run that has ended.
    fn ended(&mut self, cell: &Cell, ending: &Ending);
    /// Receives a run that has failed; the others continue.
    fn failed(&mut self, cell: &Cell, error: &RunError);
}

/// Outcome of a comparison.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Number of runs that ended now.
    pub done: usize,
    /// Number of runs that were finished before.
    pub skipped: usize,
    /// Names of the runs that failed, with their errors.
    pub failed: Vec<(String, String)>,
    /// True if a signal ended the comparison.
    pub interrupted: bool,
}

/// Runs `cells` until each is finished or has failed, or until `cancel` is requested.
///
/// Errors: run directories of other configurations, before anything is run; a device that does not exist.
pub fn run(
    cells: &[Cell],
    gpu: &Selector,
    variants: Option<&Cache>,
    cancel: &Cancel,
    watch: &mut dyn Watch,
) -> Result<Outcome, CompareError> {
    let standings: Vec<Standing> = cells.iter().map(Standing::of).collect::<Result<_, _>>()?;
    let mut outcome = Outcome::default();
    let mut pace = Pace::new(&standings);
    for (index, (cell, standing)) in cells.iter().zip(&standings).enumerate() {
        if standing.stage == Stage::Finished {
            outcome.skipped += 1;
            continue;
        }
        if cancel.is_cancelled() {
            outcome.interrupted = true;
            break;
        }
        watch.cell(cell, index, cells.len(), pace.seconds_left());
        match run_cell(cell, standing, (gpu, variants, cancel), watch) {
            Ok(ending) if ending.reason == Reason::Interrupted => {
                outcome.interrupted = true;
                break;
            }
            Ok(ending) => {
                watch.ended(cell, &ending);
                outcome.done += 1;
            }
            Err(error @ RunError::Gpu(GpuError::NoSuchAdapter { .. })) => return Err(error.into()),
            Err(error) => {
                watch.failed(cell, &error);
                outcome.failed.push((cell.name.clone(), error.to_string()));
            }
        }
        pace.spent += 1.0 - standing.share;
    }
    Ok(outcome)
}

/// Runs one cell to its end; the seconds of earlier processes count.
fn run_cell(
    cell: &Cell,
    standing: &Standing,
    (gpu, variants, cancel): (&Selector, Option<&Cache>, &Cancel),
    watch: &mut dyn Watch,
) -> Result<Ending, RunError> {
    let mut config = cell.config.clone();
    // the session counts only its own seconds
    config.stop.seconds = config.stop.seconds.map(|limit| limit - standing.seconds);
    let (dir, origin) = match standing.stage {
        Stage::Missing => (RunDir::choose(Some(&cell.path), &config)?, Origin::New),
        _ => (RunDir::open(&cell.path)?, Origin::Resume),
    };
    let session = Session {
        config,
        dir,
        origin,
        gpu: gpu.clone(),
        variants: variants.cloned(),
        clock: None,
        cancel: cancel.clone(),
        #[cfg(feature = "hub")]
        fleet: None,
    };
    let mut clock = Clock { watch, begun: None };
    let result = session.run(&mut clock);
    let Some(begun) = clock.begun else { return result };
    let kept = keep_spent(&cell.path, standing.seconds + begun.elapsed().as_secs_f64());
    let ending = result?; // the first error is the cause of the other
    kept?;
    Ok(ending)
}

/// Observer that notes when training begins, from where `stop.seconds` counts.
struct Clock<'a> {
    watch: &'a mut dyn Watch,
    begun: Option<Instant>,
}

impl Observer for Clock<'_> {
    fn say(&mut self, text: &str) {
        self.watch.say(text);
    }

    fn begin(&mut self, generation: u32, frames: u64) {
        self.begun = Some(Instant::now());
        self.watch.begin(generation, frames);
    }

    fn within_generation(&mut self, generation: u32, done: usize, episodes: usize) {
        self.watch.within_generation(generation, done, episodes);
    }

    fn generation(&mut self, metrics: &GenerationMetrics) {
        self.watch.generation(metrics);
    }

    fn first_step(&mut self, task: &str) {
        self.watch.first_step(task);
    }

    fn device(&mut self, gpu: &Gpu) {
        self.watch.device(gpu);
    }
}

/// Pace at which the matrix is worked off, in budgets of a run.
struct Pace {
    begun: Instant,
    left_at_begin: f64,
    spent: f64,
}

impl Pace {
    fn new(standings: &[Standing]) -> Self {
        Self { begun: Instant::now(), left_at_begin: standings.iter().map(|s| 1.0 - s.share).sum(), spent: 0.0 }
    }

    /// Returns the seconds for what is left at the pace so far; `None` before the first run is done.
    fn seconds_left(&self) -> Option<f64> {
        let seconds = self.begun.elapsed().as_secs_f64();
        (self.spent > 0.0).then(|| seconds * (self.left_at_begin - self.spent) / self.spent)
    }
}
