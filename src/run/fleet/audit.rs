//! The audit: some of the workers' slices are lived once more and compared.

use super::{Leader, ledger::Ledger, open::Open};
use crate::{
    hub::{Slice, digest},
    run::{RunError, evolution::engine::Engine, observer::Observer},
};

impl Leader {
    /// Lives a sample of the workers' slices once more and compares. Returns true if all answers are taken; a worker
    /// whose answer is wrong loses all that it did in this round, and its place.
    pub(super) fn audit(
        &mut self,
        engine: &mut Engine,
        open: &mut Open,
        ledger: &mut dyn Ledger,
        keep_going: &dyn Fn() -> bool,
        observer: &mut dyn Observer,
    ) -> Result<bool, RunError> {
        let share = self.settings.audit;
        let is_sampled = |first: &u32| {
            let word = digest([open.round.id.as_bytes(), &first.to_le_bytes()]);
            let number = u32::from_str_radix(&word[..8], 16).unwrap_or(0);
            f64::from(number) < share * f64::from(u32::MAX)
        };
        let sample: Vec<u32> = open.held.keys().copied().filter(is_sampled).collect();
        for first in sample {
            let Some((worker, answer)) = open.held.get(&first).cloned() else { continue };
            let slice = Slice { first, count: answer.episodes.len() as u32 };
            let Some(own) = self.live_own(engine, open, &[slice], &[], keep_going)? else { return Ok(false) };
            if own[0].encode() == answer.encode() {
                continue;
            }
            let all = open.held.len();
            open.held.retain(|_, (other, _)| *other != worker);
            self.banned.insert(worker.clone());
            let banned = self.server.ban(&worker);
            self.reached(banned, observer)?;
            observer.say(&format!(
                "worker `{worker}` gave a wrong result for episodes {} to {} of generation {}: it may not take part any more, and \
                 {} slices of its are lived again; `gpu-ec doctor` on that machine may tell more",
                first,
                slice.lives().end - 1,
                open.round.generation,
                all - open.held.len()
            ));
        }
        for (_, (_, answer)) in std::mem::take(&mut open.held) {
            ledger.take(&answer);
        }
        if ledger.lived() == open.job.lives() {
            return Ok(true);
        }
        self.publish(open, ledger, observer)?;
        Ok(false)
    }
}
