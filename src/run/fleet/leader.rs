//! The leader: owns the run, hands out its episodes, and lives those that nobody else does.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::{
    FleetSettings,
    fingerprint::fingerprint,
    ledger::{self, Ledger},
    machine_id,
    open::Open,
    payload::payload,
    slices::{cut, live},
};
use crate::{
    config::{Config, Robot},
    gpu::AdapterSummary,
    hub::{
        Answer, Charter, Claim, Heart, Hub, HubError, PROTOCOL, Posted, Presence, Role, Round, RoundKind, RunState,
        Server, Slice, WorkerStatus, check_name, digest,
    },
    plan::Plan,
    run::{
        RunError,
        evolution::{
            engine::{Engine, Job},
            phase::Phase,
        },
        observer::Observer,
    },
};

/// Time between attempts to reach a hub that is away.
const PAUSE: Duration = Duration::from_secs(2);
/// Longest wait for answers before the leader looks after its work again.
const WAIT: Duration = Duration::from_millis(250);
/// Shortest time without an answer after which slices are handed out again.
const QUIET: Duration = Duration::from_secs(2);
/// Time that a former leader's place may still be taken.
const FORMER: Duration = Duration::from_secs(30);
/// Time between looks at who is there.
const LOOK: Duration = Duration::from_secs(5);

/// Subject of a round.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// Job of the episodes.
    pub job: &'a Job,
    /// Phase of the run.
    pub phase: &'a Phase,
    /// Frames of the run so far.
    pub frames: u64,
    /// Normaliser that the engine has, `[2][d_obs]`.
    pub normaliser: &'a [f32],
}

/// The leader of a run.
pub struct Leader {
    pub(super) server: Server,
    heart: Heart,
    pub(super) settings: FleetSettings,
    charter: Charter,
    /// Last attempt to reach a hub that is away.
    away: Option<Instant>,
    machines: usize,
    looked: Option<Instant>,
    /// Workers whose answers count no more.
    pub(super) banned: BTreeSet<String>,
    /// Answers that were refused so far.
    refused: u64,
    /// Longest time that slices of its own took.
    longest: Duration,
    status: WorkerStatus,
    last: Option<Round>,
}

impl Leader {
    /// Takes the lead of the run `name` of `config`, which is planned for `adapter`. `say` receives what a user should
    /// know.
    ///
    /// Errors: a hub that does not answer or may not be used; a run that another leader has.
    pub fn begin(
        settings: &FleetSettings,
        name: &str,
        config: &Config,
        (plan, adapter): (&Plan, &AdapterSummary),
        say: &mut dyn FnMut(&str),
    ) -> Result<Self, RunError> {
        check_name(name)?;
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let id = format!("leader-{}-{:x}", machine_id(), since.as_micros());
        let mut server = Server::new(&settings.address, name, &id);
        server.check()?.iter().for_each(|remark| say(remark));
        take_lead(&mut server, settings.lease, say)?;
        let charter = Charter {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            config: config.to_ron(),
            generations: config.generations,
            robot: config.task.robot().and_then(Robot::text).map(String::from),
            same: !settings.any,
            fingerprint: fingerprint(adapter, plan),
            lease_ms: settings.lease.as_millis() as u64,
        };
        server.set_charter(&charter)?;
        server.make_streams()?;
        let status = WorkerStatus { role: "leader".into(), adapter: adapter.name.clone(), ..Default::default() };
        let presence = Presence { status: status.clone(), ..Default::default() };
        let heart = Heart::start(server.another(), Role::Leader, settings.lease, presence);
        say(&format!(
            "leads the run `{name}` on {}; join with `gpu-ec worker --hub ... --run {name}`",
            settings.address
        ));
        let settings = settings.clone();
        let (away, looked, last) = (None, None, None);
        let longest = Duration::ZERO;
        Ok(Self {
            server,
            heart,
            settings,
            charter,
            away,
            machines: 1,
            looked,
            banned: BTreeSet::new(),
            refused: 0,
            longest,
            status,
            last,
        })
    }

    /// Lives what is missing in `ledger`, together with whoever has joined. Returns `false` if `keep_going` did; the
    /// ledger then holds what is over.
    ///
    /// `engine` is prepared for the round.
    pub fn live(
        &mut self,
        engine: &mut Engine,
        task: &Task,
        ledger: &mut dyn Ledger,
        keep_going: &dyn Fn() -> bool,
        observer: &mut dyn Observer,
    ) -> Result<bool, RunError> {
        let job = task.job;
        let sizes = ledger::sizes(job.lives(), engine.plan.open_sizes(), job.evaluation);
        let slices = cut(job.lives(), job.episodes, sizes.summed);
        let payload = payload(engine.distribution(), task.normaliser);
        let round = self.round(task, &payload, slices.len());
        let patience = QUIET.max(2 * self.longest);
        let held = BTreeMap::new();
        let mut open = Open { round, payload, slices, sizes, job, held, quiet_since: Instant::now(), patience };
        self.publish(&open, ledger, observer)?;
        loop {
            if let Some(fault) = self.heart.fault() {
                return Err(fault.into());
            }
            if !keep_going() {
                return Ok(false);
            }
            self.look(observer)?;
            self.collect(&mut open, ledger, Duration::ZERO, observer)?;
            if !job.evaluation {
                observer.within_generation(job.generation, open.done(ledger), job.lives());
            }
            if open.done(ledger) == job.lives() {
                if self.audit(engine, &mut open, ledger, keep_going, observer)? {
                    return Ok(true);
                }
                continue;
            }
            if !self.live_some(engine, &mut open, ledger, keep_going, observer)? {
                self.wait(&mut open, ledger, observer)?;
            }
        }
    }

    fn round(&self, task: &Task, payload: &[u8], slices: usize) -> Round {
        let Task { job, phase, frames, .. } = *task;
        let (kind, word) = if job.evaluation { (RoundKind::Evaluation, "e") } else { (RoundKind::Training, "g") };
        let charter = self.charter.digest();
        let mut round = Round {
            id: String::new(),
            state: RunState::Open,
            kind,
            generation: job.generation,
            phase: (phase.index, phase.generation, phase.frames),
            frames,
            lives: job.lives(),
            slices,
            charter,
            machines: 1,
        };
        let about = serde_json::to_vec(&round).unwrap_or_default();
        round.id = format!("{word}{}-{}", job.generation, digest([&about[..], payload]));
        round.machines = self.machines;
        round
    }

    /// Hands out what nobody has begun of a round.
    pub(super) fn publish(
        &mut self,
        open: &Open,
        ledger: &dyn Ledger,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        if self.away.is_some() {
            return self.publish_anew(open, ledger, observer);
        }
        self.last = Some(open.round.clone());
        let (whole, _) = open.missing(ledger);
        let result = self.server.publish(&open.round, &open.payload, &whole);
        self.reached(result, observer).map(|_| ())
    }

    /// Does the same on a server that may have lost what it knew, the charter included.
    fn publish_anew(&mut self, open: &Open, ledger: &dyn Ledger, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.last = Some(open.round.clone());
        let charter = self.server.set_charter(&self.charter);
        match self.reached(charter, observer)? {
            Some(()) => self.publish(open, ledger, observer),
            None => Ok(()),
        }
    }

    /// Turns the failure of a hub that may come back into `None`, and says so once.
    pub(super) fn reached<T>(
        &mut self,
        result: Result<T, HubError>,
        observer: &mut dyn Observer,
    ) -> Result<Option<T>, RunError> {
        match result {
            Ok(value) => {
                if self.away.take().is_some() {
                    observer.say("the hub is back");
                }
                Ok(Some(value))
            }
            Err(error) if error.may_pass() => {
                if self.away.replace(Instant::now()).is_none() {
                    observer.say(&format!(
                        "{error}; this machine goes on alone, and tries again every {} s",
                        PAUSE.as_secs()
                    ));
                }
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tries to reach a hub that is away, and hands out what is missing once it is back.
    fn try_again(&mut self, open: &Open, ledger: &dyn Ledger, observer: &mut dyn Observer) -> Result<(), RunError> {
        if self.away.is_none_or(|last| last.elapsed() < PAUSE) {
            return Ok(());
        }
        self.publish(open, ledger, observer)
    }

    /// Counts the machines from time to time.
    fn look(&mut self, observer: &mut dyn Observer) -> Result<(), RunError> {
        if self.away.is_some() || self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        let count = self.server.machines();
        let Some(count) = self.reached(count, observer)? else { return Ok(()) };
        let count = count.max(1);
        if count != self.machines {
            let workers = count - 1;
            observer.say(&format!("{workers} {} in the fleet", if workers == 1 { "worker is" } else { "workers are" }));
            self.machines = count;
        }
        Ok(())
    }

    /// Takes the answers that have come, waiting for `patience` if there is none.
    fn collect(
        &mut self,
        open: &mut Open,
        ledger: &mut dyn Ledger,
        patience: Duration,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let mut patience = patience;
        while self.away.is_none() {
            let posted = self.server.collect(patience);
            let Some(posted) = self.reached(posted, observer)?.filter(|posted| !posted.is_empty()) else { break };
            let mut useless = vec![];
            for posted in posted {
                let entry = posted.entry.clone();
                if !self.take(open, ledger, posted, observer) {
                    useless.push(entry);
                }
            }
            let discarded = self.server.discard(&useless);
            self.reached(discarded, observer)?;
            patience = Duration::ZERO;
        }
        Ok(())
    }

    /// Takes an answer; returns `false` if it is of no use.
    fn take(&mut self, open: &mut Open, ledger: &mut dyn Ledger, posted: Posted, observer: &mut dyn Observer) -> bool {
        let Posted { round, slice, worker, answer, .. } = posted;
        if round != open.round.id || self.banned.contains(&worker) {
            return false;
        }
        let answer = match open.slices.binary_search(&slice) {
            Ok(_) => Answer::decode(&answer, slice, &open.sizes),
            Err(_) => Err(format!("episodes {} to {} are no slice", slice.first, slice.lives().end)),
        };
        match answer {
            Err(reason) => {
                self.refused += 1;
                if self.refused.is_power_of_two() {
                    observer.say(&format!("an answer of `{worker}` is refused: {reason} ({} so far)", self.refused));
                }
                false
            }
            Ok(_) if open.has(slice, ledger) => false,
            Ok(answer) => {
                open.quiet_since = Instant::now();
                if self.settings.audit > 0.0 {
                    open.held.insert(slice.first, (worker, answer));
                } else {
                    ledger.take(&answer);
                }
                true
            }
        }
    }

    /// Lives some of what is missing; returns `false` if there was nothing to take.
    fn live_some(
        &mut self,
        engine: &mut Engine,
        open: &mut Open,
        ledger: &mut dyn Ledger,
        keep_going: &dyn Fn() -> bool,
        observer: &mut dyn Observer,
    ) -> Result<bool, RunError> {
        let (whole, rests) = open.missing(ledger);
        let most = most(engine, &open.round);
        let claims = if !rests.is_empty() {
            rests.iter().map(|rest| own(*rest)).collect()
        } else if self.away.is_some() {
            self.try_again(open, ledger, observer)?;
            // workers have begun at the other end
            whole.iter().rev().take(most).map(|slice| own(*slice)).collect()
        } else {
            let claims = self.server.claim(most, self.settings.lease, Duration::ZERO);
            self.reached(claims, observer)?.unwrap_or_default()
        };
        let is_missing = |claim: &&Claim| {
            let is_this = claim.round == open.round.id || claim.entry.is_empty();
            is_this && (whole.contains(&claim.slice) || rests.contains(&claim.slice))
        };
        let (useful, useless): (Vec<&Claim>, Vec<&Claim>) = claims.iter().partition(is_missing);
        for claim in useless {
            self.give_back(claim, observer)?;
        }
        if useful.is_empty() {
            return Ok(!claims.is_empty());
        }
        let slices: Vec<Slice> = useful.iter().map(|claim| claim.slice).collect();
        let Some(answers) = self.live_own(engine, open, &slices, &useful, keep_going)? else { return Ok(true) };
        for (claim, answer) in useful.iter().zip(answers) {
            if !open.has(claim.slice, ledger) {
                ledger.take(&answer);
            }
            self.give_back(claim, observer)?;
        }
        open.quiet_since = Instant::now();
        Ok(true)
    }

    fn give_back(&mut self, claim: &Claim, observer: &mut dyn Observer) -> Result<(), RunError> {
        if claim.entry.is_empty() || self.away.is_some() {
            return Ok(());
        }
        let given = self.server.answer(claim, None);
        self.reached(given, observer).map(|_| ())
    }

    /// Lives slices on this machine, whether they are its own or another's.
    pub(super) fn live_own(
        &mut self,
        engine: &mut Engine,
        open: &Open,
        slices: &[Slice],
        claims: &[&Claim],
        keep_going: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<Answer>>, RunError> {
        let entries = claims.iter().map(|claim| claim.entry.clone()).filter(|entry| !entry.is_empty());
        let entries: Vec<String> = entries.collect();
        self.heart.change(|presence| presence.entries = entries);
        let begun = Instant::now();
        let going = || keep_going() && self.heart.fault().is_none();
        let lived = live(engine, open.job, slices, &open.sizes, &going);
        let took = begun.elapsed();
        self.longest = self.longest.max(took);
        if let Ok(Some(answers)) = &lived {
            self.status.note(answers, took);
        }
        let status = self.status.clone();
        self.heart.change(|presence| *presence = Presence { entries: vec![], status });
        lived
    }

    /// Waits for others. If nothing comes for long, hands out what is missing once more.
    fn wait(&mut self, open: &mut Open, ledger: &mut dyn Ledger, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.collect(open, ledger, WAIT, observer)?;
        if self.away.is_some() || open.quiet_since.elapsed() < open.patience {
            return Ok(());
        }
        let there = self.server.round();
        let Some(there) = self.reached(there, observer)? else { return Ok(()) };
        if there.is_none_or(|there| there.id != open.round.id) {
            self.publish_anew(open, ledger, observer)?;
        } else {
            let (whole, _) = open.missing(ledger);
            let handed = self.server.hand_out(&open.round, &whole);
            self.reached(handed, observer)?;
        }
        open.quiet_since = Instant::now();
        open.patience *= 2;
        Ok(())
    }

    /// Tells the hub that the run has ended, for good or until it is resumed.
    pub fn close(&mut self, finished: bool) {
        let state = if finished { RunState::Finished } else { RunState::Paused };
        if let Some(round) = self.last.take() {
            // if the hub is away, workers see that the leader is gone
            let _ = self.server.set_round(&Round { state, ..round });
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.close(false);
        let _ = self.server.say_gone();
        let _ = self.server.leave();
    }
}

/// Takes the leader's place, which a leader that was killed keeps for some seconds.
fn take_lead(server: &mut Server, lease: Duration, say: &mut dyn FnMut(&str)) -> Result<(), RunError> {
    let begun = Instant::now();
    let patience = FORMER.min(lease + Duration::from_secs(12));
    let mut said = false;
    loop {
        match server.lead(lease) {
            Err(HubError::TakenOver(run)) if begun.elapsed() < patience => {
                if !said {
                    say(&format!("the run `{run}` still has a leader on the hub; waiting for its place"));
                    said = true;
                }
                std::thread::sleep(Duration::from_millis(300));
            }
            Err(HubError::TakenOver(run)) => {
                return Err(HubError::Refused(format!(
                    "another leader runs `{run}` on this hub: end it first, or give this run another name with --out"
                ))
                .into());
            }
            result => return Ok(result?),
        }
    }
}

/// Returns the number of slices that a machine takes at a time: as many as fill its slots, but not more than a fair
/// share of a round, so that no machine waits for another at the end.
pub(super) fn most(engine: &Engine, round: &Round) -> usize {
    if engine.adapter().is_software() {
        return 1;
    }
    let fill = engine.plan.n_slots * round.slices / round.lives.max(1);
    fill.min(round.slices / (2 * round.machines.max(1))).max(1)
}

fn own(slice: Slice) -> Claim {
    Claim { entry: String::new(), round: String::new(), slice }
}
