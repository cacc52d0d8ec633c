//! A thread that keeps a machine's places on a hub while the machine computes: the leader's, its slices', and its name
//! in the list of machines.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use super::{HubError, Role, Server, WorkerStatus};

/// Slices that a machine holds, and its account of itself.
#[derive(Debug, Clone, Default)]
pub struct Presence {
    /// Entries of the slices that it lives.
    pub entries: Vec<String>,
    /// Account that others see.
    pub status: WorkerStatus,
}

/// The thread. It ends when this is dropped.
pub struct Heart {
    presence: Arc<Mutex<Presence>>,
    fault: Arc<Mutex<Option<HubError>>>,
    /// Ends the thread when it is dropped. Nobody waits, since the server may be away.
    _stop: Sender<()>,
}

impl Heart {
    /// Starts the thread, with a connection of its own. Places are renewed three times per `lease`.
    pub fn start(mut server: Server, role: Role, lease: Duration, presence: Presence) -> Self {
        let presence = Arc::new(Mutex::new(presence));
        let fault = Arc::new(Mutex::new(None));
        let (stop, stopped) = mpsc::channel();
        let (shared, noted) = (Arc::clone(&presence), Arc::clone(&fault));
        let beat = (lease / 3).min(Duration::from_secs(3));
        std::thread::spawn(move || {
            loop {
                let now = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Err(error) = renew(&mut server, role, lease, &now) {
                    tracing::debug!("{error}");
                    if !error.may_pass() {
                        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    }
                }
                if !matches!(stopped.recv_timeout(beat), Err(RecvTimeoutError::Timeout)) {
                    break;
                }
            }
        });
        Self { presence, fault, _stop: stop }
    }

    /// Changes what the machine holds and says.
    pub fn change(&self, change: impl FnOnce(&mut Presence)) {
        change(&mut self.presence.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns what made the machine lose its places for good, if anything did.
    pub fn fault(&self) -> Option<HubError> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Longest time that a leader may be silent before another can take its place.
fn leader_life(lease: Duration) -> Duration {
    lease.max(Duration::from_secs(10))
}

fn renew(server: &mut Server, role: Role, lease: Duration, presence: &Presence) -> Result<(), HubError> {
    if role == Role::Leader {
        server.lead(leader_life(lease))?;
    }
    server.renew(&presence.entries)?;
    server.say_alive(&serde_json::to_string(&presence.status).unwrap_or_default())
}
