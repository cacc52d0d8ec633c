//! Counts over a whole run that must not go unnoticed.

use super::GenerationMetrics;
use crate::physics::stepper::capacity::Places;

/// Totals over all generations of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Number of members whose state or return became NaN or infinite.
    pub nonfinite: u64,
    /// Number of times that a robot had more contacts than it has places for.
    pub contact_overflow: u64,
}

impl Totals {
    /// Adds one generation.
    pub fn add(&mut self, metrics: &GenerationMetrics) {
        self.nonfinite = self.nonfinite.saturating_add(metrics.nonfinite.into());
        self.contact_overflow = self.contact_overflow.saturating_add(metrics.contact_overflow);
    }

    /// Returns a warning if the generation of `metrics` is the first of the run in which contacts had no place. The
    /// remedy depends on the robot and its places.
    pub fn first_overflow(&self, metrics: &GenerationMetrics, robot: &str, places: Option<&Places>) -> Option<String> {
        (self.contact_overflow == 0 && metrics.contact_overflow > 0).then(|| {
            format!(
                "generation {}: {} (`contact_overflow` in metrics.jsonl counts on)",
                metrics.generation,
                left_out(metrics.contact_overflow, robot, places)
            )
        })
    }

    /// Returns the final remarks of a run about them; empty if nothing happened.
    pub fn remarks(&self) -> Vec<String> {
        let nonfinite = format!(
            "{} members whose state ceased to be finite ranked last; nonfinite.json keeps the first",
            self.nonfinite
        );
        let overflow = format!(
            "{} times a contact found no place and was left out; `task.max_contacts` gives more places",
            self.contact_overflow
        );
        let remarks = [(self.nonfinite > 0, nonfinite), (self.contact_overflow > 0, overflow)];
        remarks.into_iter().filter(|(said, _)| *said).map(|(_, remark)| remark).collect()
    }
}

/// Returns a message about contacts without a place: their number, those that are kept, and a remedy.
pub fn left_out(count: u64, robot: &str, places: Option<&Places>) -> String {
    let told = places.map_or(String::new(), |places| format!(": places for {places}; {}", places.advice()));
    format!("{count} times a contact of {robot} found no place and was left out, the deepest being kept{told}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overflow_is_told_once_and_at_the_end() {
        let quiet = GenerationMetrics { generation: 4, ..GenerationMetrics::default() };
        let crowded = GenerationMetrics { contact_overflow: 12, nonfinite: 3, ..quiet.clone() };
        let mut totals = Totals::default();
        totals.add(&quiet);
        assert_eq!((totals.first_overflow(&quiet, "ant", None), totals.remarks()), (None, vec![]), "nothing happened");
        let places = Places { kept: 8, floor: None, between: 8, possible: 20, is_given: false, workgroup_bytes: 0 };
        let warning = totals.first_overflow(&crowded, "ant", Some(&places)).expect("the first");
        for part in ["generation 4: 12 times a contact of ant", "8 of 20 between geoms", "`task.max_contacts` above 8"]
        {
            assert!(warning.contains(part), "{part} in {warning}");
        }
        totals.add(&crowded);
        totals.add(&crowded);
        assert_eq!(totals.first_overflow(&crowded, "ant", None), None, "told already");
        let remarks = totals.remarks();
        assert!(remarks[0].starts_with("6 members") && remarks[1].starts_with("24 times"), "{remarks:?}");
    }
}
