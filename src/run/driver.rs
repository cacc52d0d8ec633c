//! Driver of a run from its first generation to its last, for any trainer: files, checkpoints, signals, lost
//! devices.

use std::time::{Duration, Instant};

use crate::run::{
    RunError,
    ground::{Ground, reopen, take_ground},
    observer::{Ending, Observer, announce, note},
    run_files::is_due,
    session::{Origin, Session},
    stop::{self, Clock, Reason, reached},
    trainer::{Running, Trainer},
};
use crate::{
    gpu::{AdapterSummary, Gpu, GpuError},
    report::{GenerationMetrics, Subject, metrics},
};

/// Maximum time between checkpoints, unless a generation takes longer.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(600);

/// Pauses before attempts to continue with no new finished episode. Drivers take a while to reset a device.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(5)];

/// Run in progress. It outlives the device on which it is computed.
struct Driver<'a, T> {
    session: &'a Session,
    trainer: T,
    ground: Ground,
    clock: Clock,
    /// Generations in the last checkpoint of this process, and finished episodes of the open one.
    saved: Option<(u32, usize)>,
    saved_at: Instant,
}

/// Runs `session` until it ends; the last state is then on disk.
///
/// Errors: whatever stops the run; completed work is on disk.
pub fn drive<T: Trainer>(session: &Session, observer: &mut dyn Observer) -> Result<Ending, RunError> {
    session.cancel.put_at_risk(None);
    let reopened = reopen(session, || T::lines(session))?;
    let gpu = Gpu::open(&session.gpu)?;
    let mut trainer = T::begin(session, &gpu)?;
    if let Some((_, history)) = &reopened {
        history.refuse_others(&session.dir, &trainer.standing())?;
        if let Some(reason) = stop::finished(&session.config, &trainer.standing()) {
            let totals = metrics::read_totals(&session.dir.metrics())?;
            return Ok(Ending::of(reason, &trainer.standing(), 0, totals));
        }
    }
    announce(&gpu, observer);
    observer.device(&gpu);
    let mut engine = trainer.open(session, &gpu)?;
    let mut ground = take_ground(session, reopened, (&trainer.standing(), &gpu.adapter), observer)?;
    trainer.open_files(&ground.dir)?;
    for (subject, text) in trainer.remarks(&engine) {
        note((&mut ground.notes, observer), subject, None, text)?;
    }
    trainer.warm_up(&mut engine)?;
    observer.first_step(trainer.task_id(&engine));
    let standing = trainer.standing();
    observer.begin(standing.generation, standing.frames);
    session.cancel.put_at_risk(Some(ground.at_risk(standing.generation)));
    let now = Instant::now();
    let clock = Clock::new(&session.config, session.clock.unwrap_or(now));
    let mut driver = Driver { session, trainer, ground, clock, saved: None, saved_at: now };
    if let Origin::From(..) = session.origin {
        driver.save(&engine)?; // the initial state is nowhere else in the folder
    }
    let reason = match driver.run(&mut engine, observer) {
        Err(RunError::Gpu(GpuError::Lost(reason))) => {
            drop(engine);
            let adapter = gpu.adapter.clone();
            drop(gpu);
            driver.recover(&adapter, reason, observer)?
        }
        result => result?,
    };
    driver.trainer.close(reason);
    Ok(Ending::of(reason, &driver.trainer.standing(), driver.progress().1, driver.ground.totals))
}

impl<T: Trainer> Driver<'_, T> {
    /// Returns the number of finished generations, and of finished episodes in the open one.
    fn progress(&self) -> (u32, usize) {
        (self.trainer.standing().generation, self.trainer.lived())
    }

    /// Runs generations until there is a reason to end. The last state is on disk when this returns, even if the
    /// device failed.
    ///
    /// After a device error the run can continue on a reopened device.
    fn run(&mut self, engine: &mut T::Engine<'_>, observer: &mut dyn Observer) -> Result<Reason, RunError> {
        let result = self.generations(engine, observer);
        // after any other error the disk cannot be trusted, or lacks a line of the metrics
        if let Ok(_) | Err(RunError::Gpu(_) | RunError::AllNonFinite { .. }) = result
            && self.saved != Some(self.progress())
        {
            self.save(engine)?;
        }
        result
    }

    fn generations(&mut self, engine: &mut T::Engine<'_>, observer: &mut dyn Observer) -> Result<Reason, RunError> {
        let Session { config, cancel, .. } = self.session;
        loop {
            if let Some(reason) = reached(config, &self.trainer.standing(), &self.clock, cancel) {
                return Ok(reason);
            }
            let Some(metrics) = self.generation(engine, observer)? else { continue };
            observer.generation(&metrics);
            let generation = self.trainer.standing().generation;
            cancel.risk_generation(generation);
            self.clock.generation_over(metrics.eval_return.is_some());
            if is_due(config, generation) || self.saved_at.elapsed() > CHECKPOINT_INTERVAL {
                self.save(engine)?;
            }
        }
    }

    /// Runs one generation and records its results; `None` if it was interrupted.
    fn generation(
        &mut self,
        engine: &mut T::Engine<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Option<GenerationMetrics>, RunError> {
        let Session { config, cancel, .. } = self.session;
        let Ground { dir, notes, metrics: lines, totals, .. } = &mut self.ground;
        let mut running = Running { config, dir, clock: &self.clock, cancel, notes, observer };
        let Some(metrics) = self.trainer.next(engine, &mut running)? else { return Ok(None) };
        if let Some(mean) = metrics.sound_evaluation()
            && self.trainer.standing().best_eval.is_none_or(|best| mean > best)
        {
            self.trainer.set_best(mean);
            self.trainer.save(engine, config, &dir.best(), false)?;
        }
        if let Some(text) = self.trainer.conclude(config, &metrics) {
            running.observer.say(&text);
        }
        lines.write(&metrics)?;
        self.trainer.record()?;
        for (subject, text) in self.trainer.warnings(engine, config, &metrics, totals) {
            running.note(subject, Some(metrics.generation), text)?;
        }
        totals.add(&metrics);
        Ok(Some(metrics))
    }

    /// Writes a checkpoint that includes the finished episodes of the open generation.
    fn save(&mut self, engine: &T::Engine<'_>) -> Result<(), RunError> {
        let Session { config, cancel, .. } = self.session;
        self.ground.metrics.sync()?;
        self.trainer.sync()?;
        let generation = self.trainer.standing().generation;
        let path = self.ground.dir.checkpoint(generation);
        self.trainer.save(engine, config, &path, true)?;
        self.ground.keeper.written(&self.ground.dir, config, generation)?;
        cancel.risk_kept(generation);
        tracing::info!("checkpoint {}", path.display());
        (self.saved, self.saved_at) = (Some(self.progress()), Instant::now());
        Ok(())
    }

    /// Continues after the loss of the device `adapter` for `reason`, and after any further loss.
    ///
    /// Errors: [`RunError::Lost`] if as many attempts as there are [`PAUSES`] end in a loss without a new finished
    /// episode; whatever else stops the run. Completed work is on disk.
    fn recover(
        &mut self,
        adapter: &AdapterSummary,
        mut reason: String,
        observer: &mut dyn Observer,
    ) -> Result<Reason, RunError> {
        let mut losses = 1;
        let mut before = self.progress();
        loop {
            let Some(pause) = PAUSES.get(losses - 1) else {
                return Err(RunError::Lost { losses: losses as u32, reason });
            };
            let text = format!(
                "the device was lost: {reason}; it is opened again, and generation {} goes on with {} episodes that are over",
                before.0, before.1
            );
            note((&mut self.ground.notes, observer), Subject::DeviceLost, Some(before.0), text)?;
            self.wait(*pause);
            reason = match self.go_on(adapter, observer) {
                Err(RunError::Gpu(GpuError::Lost(reason))) => reason,
                Err(RunError::Gpu(error)) if is_not_given_out(&error) => error.to_string(),
                result => return result,
            };
            let now = self.progress();
            losses = if now > before { 1 } else { losses + 1 };
            before = now;
        }
    }

    /// Reopens the same device and continues.
    fn go_on(&mut self, adapter: &AdapterSummary, observer: &mut dyn Observer) -> Result<Reason, RunError> {
        let gpu = Gpu::open(&self.session.gpu)?;
        let identity = |adapter: &AdapterSummary| (adapter.name.clone(), adapter.driver.clone(), adapter.pci.clone());
        if identity(&gpu.adapter) != identity(adapter) {
            let reason = format!("`{}` is not there any more, only `{}`", adapter.name, gpu.adapter.name);
            return Err(GpuError::Lost(reason).into());
        }
        observer.device(&gpu);
        let mut engine = self.trainer.open(self.session, &gpu)?;
        self.run(&mut engine, observer)
    }

    /// Waits for `pause` or until a request to end.
    fn wait(&self, pause: Duration) {
        let started = Instant::now();
        while started.elapsed() < pause && !self.session.cancel.is_cancelled() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Returns true if the driver does not offer the device yet.
fn is_not_given_out(error: &GpuError) -> bool {
    matches!(error, GpuError::NoAdapter | GpuError::NoSuchAdapter { .. } | GpuError::Open { .. })
}
