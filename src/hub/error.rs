//! Errors of a hub, by what can be done about them.

/// Error of a hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The server does not answer, or cannot work for now: it may come back.
    #[error("the hub does not answer: {0}")]
    Away(String),
    /// The server, the run or the arguments do not allow it.
    #[error("{0}")]
    Refused(String),
    /// Another leader has taken the run over.
    #[error(
        "another leader has taken over the run `{0}` on the hub, since this one was silent for too long; its \
         directory keeps what it has done"
    )]
    TakenOver(String),
}

impl HubError {
    /// Returns true if the same request may succeed later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

/// Replies of a server that is there but cannot work for now.
const PASSING: [&str; 8] = ["LOADING", "MISCONF", "OOM", "READONLY", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"];

impl From<redis::RedisError> for HubError {
    fn from(error: redis::RedisError) -> Self {
        let text = error.to_string();
        // a transaction that is refused names the codes of its parts in its text alone
        let named = PASSING.into_iter().find(|code| text.contains(&format!("\"{code}\"")));
        let code = error.code().filter(|code| PASSING.contains(code)).or(named).or(error.code()).unwrap_or_default();
        if code == "MISCONF" {
            return Self::Away(format!("it cannot write to its disk; make room there ({text})"));
        }
        if code == "OOM" {
            return Self::Away(format!("its memory is full; raise `maxmemory` ({text})"));
        }
        if code == "NOPERM" {
            return Self::Refused(format!(
                "the hub does not let this user do it: {text}; see docs/cloud.md for its users"
            ));
        }
        let is_wrong_password = error.kind() == redis::ErrorKind::AuthenticationFailed || code == "NOAUTH";
        if is_wrong_password || code == "WRONGPASS" {
            return Self::Refused(format!("the hub refuses the name or the password: {text}"));
        }
        if error.is_io_error() || error.is_timeout() || PASSING.contains(&code) || error.is_unrecoverable_error() {
            return Self::Away(text);
        }
        Self::Refused(format!("the hub answers with an error: {text}"))
    }
}
