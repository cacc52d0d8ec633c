//! Names of a run's keys on a server. All share the tag `{NAME}`, so that a cluster keeps them together.

use super::HubError;

/// Group of those who take slices.
pub const GROUP: &str = "w";

/// Characters of the longest name.
const LONGEST: usize = 100;

/// Keys of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    pub fn of(run: &str) -> Self {
        Self { prefix: format!("ec:{{{run}}}:") }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Returns the key of the charter.
    pub fn charter(&self) -> String {
        self.key("meta")
    }

    /// Returns the key of the open round.
    pub fn open(&self) -> String {
        self.key("open")
    }

    /// Returns the key of the distribution of a round.
    pub fn distribution(&self, round: &str) -> String {
        self.key(&format!("dist:{round}"))
    }

    /// Returns the key of the slices to live.
    pub fn work(&self) -> String {
        self.key("work")
    }

    /// Returns the key of the answers.
    pub fn done(&self) -> String {
        self.key("done")
    }

    /// Returns the key of the leader's token.
    pub fn leader(&self) -> String {
        self.key("leader")
    }

    /// Returns the key of the workers that may not take part any more.
    pub fn banned(&self) -> String {
        self.key("banned")
    }

    /// Returns the key of a worker's account of itself.
    pub fn worker(&self, id: &str) -> String {
        self.key(&format!("worker:{id}"))
    }
}

/// Returns the run to whose charter `key` belongs.
pub fn run_of(key: &str) -> Option<&str> {
    key.strip_prefix("ec:{")?.strip_suffix("}:meta")
}

/// Refuses a name of a run that keys cannot hold.
pub fn check_name(run: &str) -> Result<(), HubError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if run.is_empty() || run.len() > LONGEST || !run.chars().all(is_plain) {
        return Err(HubError::Refused(format!(
            "`{run}` cannot be the name of a run on a hub: take 1 to {LONGEST} letters, digits, `-`, `_` and `.`, as in --out \
             runs/NAME"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_by_its_charter() {
        assert_eq!(run_of(&Keys::of("hopper-0-0").charter()), Some("hopper-0-0"), "there and back");
        assert_eq!(run_of(&Keys::of("hopper-0-0").work()), None, "another key");
    }

    #[test]
    fn names_that_would_leave_their_tag_are_refused() {
        for name in ["", "a}b", "a:b", "a b", "é", &"a".repeat(101)] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert_eq!(check_name("hopper_fast-0.1"), Ok(()), "a plain one");
    }
}
