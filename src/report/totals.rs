//! What is counted over a whole run and must not go unnoticed.

use super::GenerationMetrics;

/// What must be told of all generations of a run together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Members whose state or return became NaN or infinite.
    pub nonfinite: u64,
    /// Times that a robot had more contacts than it has places for.
    pub contact_overflow: u64,
}

impl Totals {
    /// Takes in one more generation.
    pub fn add(&mut self, metrics: &GenerationMetrics) {
        self.nonfinite += u64::from(metrics.nonfinite);
        self.contact_overflow += metrics.contact_overflow;
    }

    /// The warning due if contacts found no place for the first time in the run, in the generation of `metrics`.
    pub fn first_overflow(&self, metrics: &GenerationMetrics) -> Option<String> {
        (self.contact_overflow == 0 && metrics.contact_overflow > 0).then(|| {
            format!(
                "warning: generation {}: {} times a contact between bodies found no place and was left out; the deepest are \
                 kept (`contact_overflow` in metrics.jsonl counts on)",
                metrics.generation, metrics.contact_overflow
            )
        })
    }

    /// The last words of a run about them; empty if nothing happened.
    pub fn remarks(&self) -> Vec<String> {
        let nonfinite = format!(
            "{} members whose state ceased to be finite ranked last; nonfinite.json keeps the first",
            self.nonfinite
        );
        let overflow =
            format!("{} times a contact between bodies found no place and was left out", self.contact_overflow);
        let remarks = [(self.nonfinite > 0, nonfinite), (self.contact_overflow > 0, overflow)];
        remarks.into_iter().filter(|(said, _)| *said).map(|(_, remark)| remark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overflow_is_told_once_and_at_the_end() {
        let quiet = GenerationMetrics { generation: 4, ..GenerationMetrics::default() };
        let crowded = GenerationMetrics { contact_overflow: 12, nonfinite: 3, ..quiet };
        let mut totals = Totals::default();
        totals.add(&quiet);
        assert_eq!((totals.first_overflow(&quiet), totals.remarks()), (None, vec![]), "nothing happened");
        let warning = totals.first_overflow(&crowded).expect("the first");
        assert!(warning.contains("generation 4: 12 times a contact"), "{warning}");
        totals.add(&crowded);
        totals.add(&crowded);
        assert_eq!(totals.first_overflow(&crowded), None, "told already");
        let remarks = totals.remarks();
        assert!(remarks[0].starts_with("6 members") && remarks[1].starts_with("24 times"), "{remarks:?}");
    }
}
