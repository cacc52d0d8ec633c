//! A hub on a server of Valkey or Redis: streams with a group of those who take slices.

use std::time::Duration;

use redis::{
    Cmd, Connection, FromRedisValue, RedisResult, Script,
    streams::{StreamAutoClaimReply, StreamId, StreamReadReply},
};

use super::{
    Address, Charter, Claim, Hub, HubError, LEAST_SERVER, Posted, Round, Slice,
    keys::{GROUP, Keys},
    scripts::{HAND_OUT, LEAVE, PUBLISH, STAY, TAKEN_OVER, WRITE},
};

/// Longest time that one call waits on the server.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Answers that one call takes.
const ANSWERS: usize = 64;
/// Time after which a distribution that nobody removed is gone.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Largest entry that is believed to hold a round or a charter, bytes.
const LARGEST_TEXT: usize = 64 << 20;

/// Part that a machine has in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It owns the run.
    Leader,
    /// It lives slices.
    Worker,
}

/// Connection to a server on behalf of one run. A connection that fails is opened again by the next call.
pub struct Server {
    address: Address,
    run: String,
    keys: Keys,
    /// Name of this machine among those of the run; the leader's token.
    id: String,
    connection: Option<Connection>,
    /// Entry up to which answers are collected.
    collected: String,
    /// Rounds whose distributions are still on the server.
    kept: Vec<String>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({}, {}, {})", self.address, self.run, self.id)
    }
}

impl Server {
    /// Returns the place of `id` in `run` on the server at `address`, which is not asked yet.
    pub fn new(address: &Address, run: &str, id: &str) -> Self {
        Self {
            address: address.clone(),
            run: run.into(),
            keys: Keys::of(run),
            id: id.into(),
            connection: None,
            collected: "0".into(),
            kept: vec![],
        }
    }

    /// Returns another connection to the same place.
    pub fn another(&self) -> Self {
        Self::new(&self.address, &self.run, &self.id)
    }

    /// Returns the name of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    fn with<T>(&mut self, call: impl FnOnce(&mut Connection) -> RedisResult<T>) -> Result<T, HubError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.address.connect()?),
        };
        let result = call(connection);
        result.map_err(|error| {
            if error.code() == Some(TAKEN_OVER) {
                return HubError::TakenOver(self.run.clone());
            }
            let error = HubError::from(error);
            if error.may_pass() {
                self.connection = None;
            }
            error
        })
    }

    pub(super) fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, HubError> {
        self.with(|connection| command.query(connection))
    }

    /// Refuses a server that is too old, or that may drop keys when its memory is full. Returns what a user should
    /// know of it.
    pub fn check(&mut self) -> Result<Vec<String>, HubError> {
        let info: String = self.ask(&redis::cmd("INFO"))?;
        let field = |name: &str| info.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'));
        // Valkey calls itself the last Redis whose commands it has
        let version = field("redis_version").unwrap_or("0.0");
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        let number: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        if number < LEAST_SERVER {
            let (major, minor) = LEAST_SERVER;
            return Err(HubError::Refused(format!(
                "{}: the server is version {version}; take Valkey, or Redis {major}.{minor} or newer",
                self.address
            )));
        }
        if let Some(policy) = field("maxmemory_policy").filter(|policy| *policy != "noeviction") {
            return Err(HubError::Refused(format!(
                "{}: the server may drop parts of a run when its memory is full (maxmemory-policy is {policy}); \
                 `redis-cli CONFIG SET maxmemory-policy noeviction` mends it",
                self.address
            )));
        }
        let forgets = field("aof_enabled") == Some("0");
        let remark =
            "the hub keeps nothing over its own restart (appendonly is off); what is on its way then is done again";
        Ok(forgets.then(|| remark.to_string()).into_iter().collect())
    }

    /// Takes the leader's place for `life`, or keeps it.
    pub fn lead(&mut self, life: Duration) -> Result<(), HubError> {
        let (script, key) = (Script::new(STAY), self.keys.leader());
        let (id, life) = (self.id.clone(), life.as_millis() as u64);
        self.with(|connection| script.key(key).arg(id).arg(life).invoke::<redis::Value>(connection)).map(|_| ())
    }

    /// Leaves the leader's place, so that another one can take it at once.
    pub fn leave(&mut self) -> Result<(), HubError> {
        let (script, key, id) = (Script::new(LEAVE), self.keys.leader(), self.id.clone());
        self.with(|connection| script.key(key).arg(id).invoke::<redis::Value>(connection)).map(|_| ())
    }

    fn write_as_leader(&mut self, key: String, value: Vec<u8>) -> Result<(), HubError> {
        let (script, leader, id) = (Script::new(WRITE), self.keys.leader(), self.id.clone());
        self.with(|connection| script.key(leader).key(key).arg(id).arg(value).invoke::<redis::Value>(connection))
            .map(|_| ())
    }

    /// Writes what the run is.
    pub fn set_charter(&mut self, charter: &Charter) -> Result<(), HubError> {
        let text = serde_json::to_vec(charter).map_err(|error| HubError::Refused(error.to_string()))?;
        self.write_as_leader(self.keys.charter(), text)
    }

    /// Returns what the run is; `None` if there is no such run.
    pub fn charter(&mut self) -> Result<Option<Charter>, HubError> {
        let key = self.keys.charter();
        self.text(&key)
    }

    /// Writes the state of the run after or between its rounds.
    pub fn set_round(&mut self, round: &Round) -> Result<(), HubError> {
        let text = serde_json::to_vec(round).map_err(|error| HubError::Refused(error.to_string()))?;
        self.write_as_leader(self.keys.open(), text)
    }

    fn text<T: serde::de::DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, HubError> {
        let bytes: Option<Vec<u8>> = self.ask(redis::cmd("GET").arg(key))?;
        let Some(bytes) = bytes else { return Ok(None) };
        if bytes.len() > LARGEST_TEXT {
            return Err(HubError::Refused(format!(
                "`{key}` on the hub has {} bytes; nobody writes so many",
                bytes.len()
            )));
        }
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            HubError::Refused(format!(
                "`{key}` on the hub cannot be read: {error}; leader and worker need the same version of gpu-ec"
            ))
        })?;
        Ok(Some(value))
    }

    /// Prevents the worker `id` from taking part.
    pub fn ban(&mut self, id: &str) -> Result<(), HubError> {
        let key = self.keys.banned();
        self.ask::<redis::Value>(redis::cmd("SADD").arg(key).arg(id)).map(|_| ())
    }

    /// Returns true if this worker may not take part.
    pub fn is_banned(&mut self) -> Result<bool, HubError> {
        let key = self.keys.banned();
        let id = self.id.clone();
        self.ask(redis::cmd("SISMEMBER").arg(key).arg(id))
    }

    /// Makes the streams and their group, if they are not there.
    pub fn make_streams(&mut self) -> Result<(), HubError> {
        let key = self.keys.work();
        let mut command = redis::cmd("XGROUP");
        command.arg("CREATE").arg(key).arg(GROUP).arg("0").arg("MKSTREAM");
        self.with(|connection| match command.query::<redis::Value>(connection) {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            result => result.map(|_| ()),
        })
    }

    /// Says for 10 seconds that this machine is there.
    pub fn say_alive(&mut self, status: &str) -> Result<(), HubError> {
        let key = self.keys.worker(&self.id.clone());
        self.ask::<redis::Value>(redis::cmd("SET").arg(key).arg(status).arg("EX").arg(10)).map(|_| ())
    }

    /// Takes this machine out of the list of those that are there.
    pub fn say_gone(&mut self) -> Result<(), HubError> {
        let key = self.keys.worker(&self.id.clone());
        self.ask::<redis::Value>(redis::cmd("DEL").arg(key)).map(|_| ())
    }

    /// Keeps the slices `entries` for another lease.
    pub fn renew(&mut self, entries: &[String]) -> Result<(), HubError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut command = redis::cmd("XCLAIM");
        command.arg(self.keys.work()).arg(GROUP).arg(&self.id).arg(0).arg(entries).arg("JUSTID");
        self.ask::<redis::Value>(&command).map(|_| ())
    }

    fn claims(&mut self, entries: Vec<StreamId>) -> Result<Vec<Claim>, HubError> {
        let mut claims = vec![];
        for entry in entries {
            match read_claim(&entry) {
                Some(claim) => claims.push(claim),
                // nobody can live it, so it may go
                None => self.acknowledge(&entry.id)?,
            }
        }
        Ok(claims)
    }

    fn acknowledge(&mut self, entry: &str) -> Result<(), HubError> {
        let mut both = redis::pipe();
        both.atomic();
        self.remove(&mut both, entry);
        self.with(|connection| both.query::<()>(connection))
    }

    /// Removes an entry of the work, and its holder's claim to it.
    fn remove(&self, pipeline: &mut redis::Pipeline, entry: &str) {
        let work = self.keys.work();
        pipeline.cmd("XACK").arg(&work).arg(GROUP).arg(entry).ignore().cmd("XDEL").arg(&work).arg(entry).ignore();
    }
}

/// Turns the answer that there is no group, as after a restart of a server that keeps nothing, into nothing: the leader
/// makes it again.
fn or_no_group<T: Default>(result: Result<T, HubError>) -> Result<T, HubError> {
    match result {
        Err(HubError::Refused(text)) if text.contains("NOGROUP") => Ok(T::default()),
        result => result,
    }
}

fn read_claim(entry: &StreamId) -> Option<Claim> {
    let number = |field| entry.get::<String>(field)?.parse().ok();
    let slice = Slice { first: number("first")?, count: number("count")? };
    Some(Claim { entry: entry.id.clone(), round: entry.get("round")?, slice })
}

fn read_posted(entry: &StreamId) -> Option<Posted> {
    let Claim { entry: id, round, slice } = read_claim(entry)?;
    Some(Posted { entry: id, round, slice, worker: entry.get("worker")?, answer: entry.get("answer")? })
}

fn entries(reply: Option<StreamReadReply>) -> Vec<StreamId> {
    reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids).collect()
}

impl Hub for Server {
    fn publish(&mut self, round: &Round, distribution: &[u8], slices: &[Slice]) -> Result<(), HubError> {
        self.make_streams()?;
        let is_open = self.round().ok().flatten().is_some_and(|open| open.id == round.id);
        if !is_open {
            self.collected = "0".into();
        }
        let text = serde_json::to_vec(round).map_err(|error| HubError::Refused(error.to_string()))?;
        let script = Script::new(PUBLISH);
        let mut call = script.prepare_invoke();
        let keys = &self.keys;
        [keys.leader(), keys.open(), keys.distribution(&round.id), keys.work(), keys.done()].into_iter().for_each(
            |key| {
                call.key(key);
            },
        );
        call.arg(&self.id)
            .arg(text)
            .arg(u8::from(is_open))
            .arg(distribution)
            .arg(KEPT.as_millis() as u64)
            .arg(&round.id);
        for slice in slices {
            call.arg(slice.first).arg(slice.count);
        }
        self.with(|connection| call.invoke::<redis::Value>(connection))?;
        if self.kept.last() != Some(&round.id) {
            self.kept.push(round.id.clone());
        }
        // those of the last round may still be on their way to a worker
        while self.kept.len() > 2 {
            let key = self.keys.distribution(&self.kept.remove(0));
            self.ask::<redis::Value>(redis::cmd("DEL").arg(key))?;
        }
        Ok(())
    }

    fn hand_out(&mut self, round: &Round, slices: &[Slice]) -> Result<(), HubError> {
        let script = Script::new(HAND_OUT);
        let mut call = script.prepare_invoke();
        call.key(self.keys.leader()).key(self.keys.work()).arg(&self.id).arg(&round.id);
        for slice in slices {
            call.arg(slice.first).arg(slice.count);
        }
        self.with(|connection| call.invoke::<redis::Value>(connection)).map(|_| ())
    }

    fn round(&mut self) -> Result<Option<Round>, HubError> {
        let key = self.keys.open();
        self.text(&key)
    }

    fn distribution(&mut self, round: &Round) -> Result<Option<Vec<u8>>, HubError> {
        let key = self.keys.distribution(&round.id);
        self.ask(redis::cmd("GET").arg(key))
    }

    fn claim(&mut self, most: usize, lease: Duration, patience: Duration) -> Result<Vec<Claim>, HubError> {
        let wait = patience.min(LONGEST_WAIT).as_millis() as u64;
        let work = self.keys.work();
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.id).arg("COUNT").arg(most);
        let mut new = command.clone();
        new.arg("STREAMS").arg(&work).arg(">");
        let reply = self.ask::<Option<StreamReadReply>>(&new);
        let found = entries(or_no_group(reply)?);
        if !found.is_empty() {
            return self.claims(found);
        }
        let mut idle = redis::cmd("XAUTOCLAIM");
        idle.arg(&work).arg(GROUP).arg(&self.id).arg(lease.as_millis() as u64).arg("0").arg("COUNT").arg(most);
        let reply = self.ask::<Option<StreamAutoClaimReply>>(&idle);
        let found = or_no_group(reply)?.map(|reply| reply.claimed).unwrap_or_default();
        if !found.is_empty() || wait == 0 {
            return self.claims(found);
        }
        command.arg("BLOCK").arg(wait).arg("STREAMS").arg(&work).arg(">");
        let reply = self.ask::<Option<StreamReadReply>>(&command);
        let found = entries(or_no_group(reply)?);
        self.claims(found)
    }

    fn answer(&mut self, claim: &Claim, answer: Option<&[u8]>) -> Result<(), HubError> {
        let Some(answer) = answer else { return self.acknowledge(&claim.entry) };
        let mut both = redis::pipe();
        both.atomic();
        let mut add = redis::cmd("XADD");
        add.arg(self.keys.done()).arg("*").arg("round").arg(&claim.round);
        add.arg("first").arg(claim.slice.first).arg("count").arg(claim.slice.count);
        add.arg("worker").arg(&self.id).arg("answer").arg(answer);
        both.add_command(add).ignore();
        self.remove(&mut both, &claim.entry);
        self.with(|connection| both.query::<()>(connection))
    }

    fn collect(&mut self, patience: Duration) -> Result<Vec<Posted>, HubError> {
        let wait = patience.min(LONGEST_WAIT).as_millis() as u64;
        let done = self.keys.done();
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(ANSWERS);
        if wait > 0 {
            command.arg("BLOCK").arg(wait);
        }
        command.arg("STREAMS").arg(&done).arg(&self.collected);
        let found = entries(self.ask::<Option<StreamReadReply>>(&command)?);
        if let Some(last) = found.last() {
            self.collected.clone_from(&last.id);
        }
        let (read, unreadable): (Vec<_>, Vec<_>) =
            found.into_iter().map(|entry| read_posted(&entry).ok_or(entry.id)).partition(Result::is_ok);
        let unreadable: Vec<String> = unreadable.into_iter().filter_map(Result::err).collect();
        self.discard(&unreadable)?;
        Ok(read.into_iter().filter_map(Result::ok).collect())
    }

    fn discard(&mut self, posted: &[String]) -> Result<(), HubError> {
        if posted.is_empty() {
            return Ok(());
        }
        let mut command = redis::cmd("XDEL");
        command.arg(self.keys.done()).arg(posted);
        self.ask::<redis::Value>(&command).map(|_| ())
    }
}
