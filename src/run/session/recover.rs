//! After a device was lost: another one is opened, and the generation goes on where it was.

use std::time::{Duration, Instant};

use super::{Audience, Session};
use crate::{
    gpu::{AdapterSummary, Gpu, GpuError},
    plan::build::Plan,
    report::Subject,
    run::{
        RunError,
        stop::{Reason, interrupted},
        train::Training,
        tune,
    },
};

/// Pauses before the tries to go on without an episode more being over: a driver that resets its device takes a while.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(5)];

/// Goes on with `training`, whose device `adapter` was lost for `reason`, however often that happens.
///
/// Errors: [`RunError::Lost`] if no episode more is over after as many losses as there are [`PAUSES`]; whatever else stops the
/// run. What was done is on disk.
pub(super) fn recover(
    session: &Session,
    adapter: &AdapterSummary,
    training: &mut Training,
    mut reason: String,
    audience: &mut dyn Audience,
) -> Result<Reason, RunError> {
    let mut losses = 1;
    let mut before = training.progress();
    loop {
        let Some(pause) = PAUSES.get(losses - 1) else {
            return Err(RunError::Lost { losses: losses as u32, reason });
        };
        let text = format!(
            "the device was lost: {reason}; it is opened again, and generation {} goes on with {} episodes that are over",
            before.0, before.1
        );
        training.note(Subject::DeviceLost, Some(before.0), text, audience)?;
        wait(*pause);
        reason = match go_on(session, adapter, training, audience) {
            Err(RunError::Gpu(GpuError::Lost(reason))) => reason,
            Err(RunError::Gpu(error)) if is_not_given_out(&error) => error.to_string(),
            result => return result,
        };
        let now = training.progress();
        losses = if now > before { 1 } else { losses + 1 };
        before = now;
    }
}

fn go_on(
    session: &Session,
    adapter: &AdapterSummary,
    training: &mut Training,
    audience: &mut dyn Audience,
) -> Result<Reason, RunError> {
    let gpu = Gpu::open(&session.gpu)?;
    let identity = |adapter: &AdapterSummary| (adapter.name.clone(), adapter.driver.clone(), adapter.pci.clone());
    if identity(&gpu.adapter) != identity(adapter) {
        let reason = format!("`{}` is not there any more, only `{}`", adapter.name, gpu.adapter.name);
        return Err(GpuError::Lost(reason).into());
    }
    audience.device(&gpu);
    let plan = Plan::new(&session.config, gpu.adapter.traits())?;
    let mut engine = tune::engine_of_run(&gpu, &session.config, plan, session.variants.as_ref())?;
    training.run(&mut engine, audience)
}

/// Whether the driver does not give the device out yet.
fn is_not_given_out(error: &GpuError) -> bool {
    matches!(error, GpuError::NoAdapter | GpuError::NoSuchAdapter { .. } | GpuError::Open { .. })
}

/// Waits, but not after a signal.
fn wait(pause: Duration) {
    let started = Instant::now();
    while started.elapsed() < pause && !interrupted() {
        std::thread::sleep(Duration::from_millis(20));
    }
}
