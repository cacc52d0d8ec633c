//! A worker: joins a run on a hub, and lives slices of it until the run is over.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use super::{
    fingerprint::{differences, fingerprint},
    leader::most,
    ledger::sizes,
    machine_id,
    payload::read_payload,
    slices::live,
};
use crate::{
    config::{self, Config, Source},
    gpu::{AdapterSummary, Cache, Gpu},
    hub::{
        Address, Charter, Claim, Heart, Hub, HubError, PROTOCOL, Presence, Role, Round, RoundKind, RunState, Server,
        Slice, WorkerStatus, names,
    },
    plan::Plan,
    run::{
        RunError,
        cancel::Cancel,
        evolution::{
            engine::{Engine, Job},
            evaluate::evaluation_job,
            phase::Phase,
            train::job_at,
            tune,
        },
    },
};

/// Time that a worker that was asked to end may still take to finish its slices.
const NOTICE: Duration = Duration::from_secs(5);
/// Time between looks at a run that has no work, or at a hub that is away.
const PAUSE: Duration = Duration::from_secs(1);

/// How a worker works.
#[derive(Debug)]
pub struct WorkerSettings {
    /// Address of the hub.
    pub address: Address,
    /// Name of the run; the only one on the hub if that is `None`.
    pub run: Option<String>,
    /// Cache of choices between kernel variants.
    pub variants: Option<Cache>,
    /// Request to end.
    pub cancel: Cancel,
    /// Changes answers before they are sent. For tests of those who check them.
    pub falsify: Option<fn(&mut crate::hub::Answer)>,
}

/// Reason why a worker went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// The run is over.
    Finished,
    /// It was asked to end.
    Asked,
}

/// A worker on its device.
pub struct Worker<'a> {
    gpu: &'a Gpu,
    settings: &'a WorkerSettings,
    say: &'a mut dyn FnMut(&str),
    status: WorkerStatus,
    /// True while the hub is away.
    away: bool,
}

/// Reason to leave a run.
enum Left {
    Gone(Gone),
    /// The run has another charter now.
    Changed,
}

impl<'a> Worker<'a> {
    /// Returns a worker on `gpu`. `say` receives messages worth a line.
    pub fn new(gpu: &'a Gpu, settings: &'a WorkerSettings, say: &'a mut dyn FnMut(&str)) -> Self {
        let status = WorkerStatus { role: "worker".into(), adapter: gpu.adapter.name.clone(), ..Default::default() };
        Self { gpu, settings, say, status, away: false }
    }

    /// Works until the run is over or the request to end comes.
    ///
    /// Errors: a hub or a run that does not allow it; a lost device.
    pub fn work(&mut self) -> Result<Gone, RunError> {
        loop {
            let Some((mut server, charter)) = self.join()? else { return Ok(Gone::Asked) };
            match self.serve(&mut server, &charter)? {
                Left::Gone(gone) => return Ok(gone),
                Left::Changed => (self.say)("the run has changed; joining it again"),
            }
        }
    }

    fn is_asked(&self) -> bool {
        self.settings.cancel.is_cancelled()
    }

    /// Turns the failure of a hub that may come back into `None`, says so once, and waits a moment.
    fn reached<T>(&mut self, result: Result<T, HubError>) -> Result<Option<T>, RunError> {
        match result {
            Ok(value) => {
                if std::mem::take(&mut self.away) {
                    (self.say)("the hub is back");
                }
                Ok(Some(value))
            }
            Err(error) if error.may_pass() => {
                if !std::mem::replace(&mut self.away, true) {
                    (self.say)(&format!("{error}; waiting for it"));
                }
                self.pause();
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn pause(&self) {
        let begun = Instant::now();
        while begun.elapsed() < PAUSE && !self.is_asked() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the run and reads its charter; `None` once the worker is asked to end.
    fn join(&mut self) -> Result<Option<(Server, Charter)>, RunError> {
        let mut said = false;
        while !self.is_asked() {
            let found = self.find();
            if let Some(Some(found)) = self.reached(found)? {
                return Ok(Some(found));
            }
            if !self.away && !std::mem::replace(&mut said, true) {
                let name = self.settings.run.as_ref().map_or("a run".into(), |run| format!("the run `{run}`"));
                (self.say)(&format!("waiting for {name} on {}", self.settings.address));
            }
            self.pause();
        }
        Ok(None)
    }

    fn find(&self) -> Result<Option<(Server, Charter)>, HubError> {
        let address = &self.settings.address;
        let name = match &self.settings.run {
            Some(run) => run.clone(),
            None => match &open_runs(address)?[..] {
                [] => return Ok(None),
                [only] => only.clone(),
                several => {
                    return Err(HubError::Refused(format!(
                        "{address}: there are {} runs: choose one with --run {}",
                        several.len(),
                        several.join(" or ")
                    )));
                }
            },
        };
        let id = format!("{}-{}", machine_id(), self.gpu.adapter.index);
        let mut server = Server::new(address, &name, &id);
        Ok(server.charter()?.map(|charter| (server, charter)))
    }

    /// Lives slices of the run `charter` until it is over, or has changed.
    fn serve(&mut self, server: &mut Server, charter: &Charter) -> Result<Left, RunError> {
        let config = admitted(charter)?;
        let plan = Plan::new(&config, self.gpu.adapter.traits())?;
        refuse_others(charter, &self.gpu.adapter, &plan)?;
        let mut engine = tune::engine_of_run(self.gpu, &config, plan, self.settings.variants.as_ref())?;
        engine.warm_up()?;
        let lease =
            Duration::from_millis(charter.lease_ms).clamp(Duration::from_millis(100), Duration::from_secs(3600));
        let presence = Presence { status: self.status.clone(), ..Default::default() };
        let heart = Heart::start(server.another(), Role::Worker, lease, presence);
        (self.say)(&format!("joined the run `{}`: {}", server.run(), config.task.run_name()));
        let name = charter.digest();
        let mut seat = Seat { config: &config, engine: &mut engine, heart: &heart, round: None };
        loop {
            if self.is_asked() {
                let _ = server.say_gone();
                return Ok(Left::Gone(Gone::Asked));
            }
            let most = seat.round.as_ref().map_or(1, |(round, _)| most(seat.engine, round));
            let banned = server.is_banned();
            let Some(banned) = self.reached(banned)? else { continue };
            refuse_banned(banned, server.run())?;
            let claims = server.claim(most, lease, PAUSE);
            let Some(claims) = self.reached(claims)? else { continue };
            let round = if claims.is_empty() || seat.is_other(&claims) { Some(server.round()) } else { None };
            if let Some(round) = round {
                let Some(round) = self.reached(round)? else { continue };
                if let Some(left) = self.consider(server, round.as_ref(), &name)? {
                    return Ok(left);
                }
                if let Some(round) = round.filter(|_| !claims.is_empty()) {
                    let distribution = server.distribution(&round);
                    let Some(distribution) = self.reached(distribution)? else { continue };
                    seat.sit(round, distribution.as_deref())?;
                }
            }
            self.live(server, &mut seat, claims)?;
        }
    }

    /// Decides if the worker stays in a run whose open round is `round`.
    fn consider(
        &mut self,
        server: &mut Server,
        round: Option<&Round>,
        charter: &str,
    ) -> Result<Option<Left>, RunError> {
        Ok(match round {
            Some(round) if round.charter != charter => Some(Left::Changed),
            Some(round) if round.state == RunState::Finished => {
                let _ = server.say_gone();
                Some(Left::Gone(Gone::Finished))
            }
            _ => None,
        })
    }

    /// Lives the slices `claims` and answers.
    fn live(&mut self, server: &mut Server, seat: &mut Seat, claims: Vec<Claim>) -> Result<(), RunError> {
        let (mine, others): (Vec<Claim>, Vec<Claim>) = claims.into_iter().partition(|claim| seat.is_of(claim));
        for claim in others {
            let gone = server.answer(&claim, None);
            self.reached(gone)?;
        }
        if mine.is_empty() {
            return Ok(());
        }
        let slices: Vec<Slice> = mine.iter().map(|claim| claim.slice).collect();
        let entries = mine.iter().map(|claim| claim.entry.clone()).collect();
        seat.heart.change(|presence| presence.entries = entries);
        let begun = Instant::now();
        let asked: Cell<Option<Instant>> = Cell::new(None);
        let keep_going = || match asked.get() {
            Some(since) => since.elapsed() < NOTICE,
            None => {
                if self.settings.cancel.is_cancelled() {
                    asked.set(Some(Instant::now()));
                }
                true
            }
        };
        let answers = seat.live(&slices, &keep_going)?;
        if let Some(answers) = &answers {
            self.status.note(answers, begun.elapsed());
        }
        for (claim, mut answer) in mine.iter().zip(answers.into_iter().flatten()) {
            if let Some(falsify) = self.settings.falsify {
                falsify(&mut answer);
            }
            let bytes = answer.encode();
            // what cannot be handed in is lived again by others
            while !self.is_asked() {
                let given = server.answer(claim, Some(&bytes));
                if self.reached(given)?.is_some() {
                    break;
                }
            }
        }
        let status = self.status.clone();
        seat.heart.change(|presence| *presence = Presence { entries: vec![], status });
        Ok(())
    }
}

/// A worker's engine in a run, and the round for which it is prepared.
struct Seat<'a, 'gpu> {
    config: &'a Config,
    engine: &'a mut Engine<'gpu>,
    heart: &'a Heart,
    round: Option<(Round, Job)>,
}

impl Seat<'_, '_> {
    fn is_of(&self, claim: &Claim) -> bool {
        let fits = |round: &Round| claim.round == round.id && claim.slice.lives().end as usize <= round.lives;
        claim.slice.count > 0 && self.round.as_ref().is_some_and(|(round, _)| fits(round))
    }

    fn is_other(&self, claims: &[Claim]) -> bool {
        claims.iter().any(|claim| self.round.as_ref().is_none_or(|(round, _)| round.id != claim.round))
    }

    /// Prepares the engine for `round`; without its distribution, for none.
    fn sit(&mut self, round: Round, distribution: Option<&[u8]>) -> Result<(), RunError> {
        self.round = None;
        let Some(distribution) = distribution else { return Ok(()) };
        let (distribution, normaliser) = read_payload(distribution)?;
        let (index, generation, frames) = round.phase;
        let phase = Phase { index, generation, frames };
        if index > 0 && index >= self.config.phases.len() {
            return Err(
                HubError::Refused(format!("the hub speaks of phase {index}, which the run does not have")).into()
            );
        }
        let job = match round.kind {
            RoundKind::Training => {
                self.engine.follow(self.config, &phase.config(self.config, round.frames))?;
                let job = job_at(self.config, (&phase, round.generation, round.frames), self.engine.plan.task.as_ref());
                self.engine.prepare_encoded(&distribution, &normaliser)?;
                job
            }
            RoundKind::Evaluation => {
                let engine = self.engine.for_evaluation();
                let job = evaluation_job(engine, round.generation, self.config.evaluation.episodes as usize);
                engine.prepare_encoded(&distribution, &normaliser)?;
                job
            }
        };
        if job.lives() != round.lives {
            let text = format!("the hub speaks of {} episodes in a round that has {}", round.lives, job.lives());
            return Err(HubError::Refused(text).into());
        }
        self.round = Some((round, job));
        Ok(())
    }

    fn live(
        &mut self,
        slices: &[Slice],
        keep_going: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<crate::hub::Answer>>, RunError> {
        let Some((_, job)) = &self.round else { return Ok(None) };
        let engine = if job.evaluation { self.engine.for_evaluation() } else { &mut *self.engine };
        let sizes = sizes(job.lives(), engine.plan.open_sizes(), job.evaluation);
        live(engine, job, slices, &sizes, keep_going)
    }
}

/// Refuses to go on in a run whose leader found a wrong result of this machine.
fn refuse_banned(is_banned: bool, run: &str) -> Result<(), HubError> {
    if !is_banned {
        return Ok(());
    }
    Err(HubError::Refused(format!(
        "the leader of `{run}` found a wrong result of this machine and does without it: `gpu-ec doctor` may tell more"
    )))
}

/// Returns the runs on a hub that are not over.
fn open_runs(address: &Address) -> Result<Vec<String>, HubError> {
    let all = names(&mut Server::new(address, "none", "visitor"))?;
    let mut open = vec![];
    for name in all {
        let round = Server::new(address, &name, "visitor").round()?;
        if round.is_none_or(|round| round.state != RunState::Finished) {
            open.push(name);
        }
    }
    Ok(open)
}

/// Returns the configuration of a run, refusing one that this program does not understand.
fn admitted(charter: &Charter) -> Result<Config, RunError> {
    let version = env!("CARGO_PKG_VERSION");
    if charter.protocol != PROTOCOL || charter.version != version {
        return Err(HubError::Refused(format!(
            "the leader is gpu-ec {} (protocol {}), this worker is {version} (protocol {PROTOCOL}): install the same version on both",
            charter.version, charter.protocol
        ))
        .into());
    }
    let source = Source { robot: charter.robot.clone(), ..Source::new("the run on the hub", &charter.config) };
    Ok(config::load(source, &[])?)
}

/// Refuses to compute what would not have the bytes of the leader's own results.
fn refuse_others(charter: &Charter, adapter: &AdapterSummary, plan: &Plan) -> Result<(), RunError> {
    let differences = differences(&fingerprint(adapter, plan), &charter.fingerprint);
    if !charter.same || differences.is_empty() {
        return Ok(());
    }
    Err(HubError::Refused(format!(
        "this machine would not give the bytes of the leader's: {differences}. Take the same adapter, driver and version, or start \
         the run with --fleet any, which gives up equal bytes"
    ))
    .into())
}
