//! Slices: how a round is cut, and how a machine lives some of it.

use crate::{
    hub::{Answer, Sizes, Slice},
    kernel::records::EpisodeRecord,
    run::{
        RunError,
        evolution::{
            engine::{Engine, Job, Queue},
            fitness::is_non_finite,
            terms::units,
        },
        fleet::ledger::Ledger,
    },
};

/// Number of slices into which a population is cut, if they are neither too small nor too large.
const WANTED: usize = 128;
/// Fewest members of a slice: below, its costs on the hub count.
const FEWEST: usize = 16;
/// Most members of a slice.
const MOST: usize = 512;
/// Most members of a slice whose sums for the normaliser travel, too.
const MOST_SUMMED: usize = 64;

/// Returns the slices of a round of `lives` episodes, `episodes` of each member, the first `summed` of which send sums.
/// The cut depends on nothing else, so that a leader that comes back cuts in the same places.
pub fn cut(lives: usize, episodes: usize, summed: usize) -> Vec<Slice> {
    let members = lives / episodes.max(1);
    let usual = (members / WANTED).clamp(FEWEST, MOST);
    let (mut all, mut first) = (vec![], 0);
    while first < lives {
        let most = if first < summed { usual.min(MOST_SUMMED) } else { usual };
        let count = (most * episodes).min(lives - first);
        all.push(Slice { first: first as u32, count: count as u32 });
        first += count;
    }
    all
}

/// Splits what is missing of `slices` into slices that nobody has begun, and runs of episodes in the others.
pub fn missing(slices: &[Slice], ledger: &dyn Ledger) -> (Vec<Slice>, Vec<Slice>) {
    let (mut whole, mut rests): (Vec<Slice>, Vec<Slice>) = (vec![], vec![]);
    for slice in slices {
        if !ledger.has_any(*slice) {
            whole.push(*slice);
            continue;
        }
        let mut end = None;
        for life in slice.lives().filter(|life| !ledger.is_over(*life)) {
            match rests.last_mut().filter(|_| end == Some(life)) {
                Some(run) => run.count += 1,
                None => rests.push(Slice { first: life, count: 1 }),
            }
            end = Some(life + 1);
        }
    }
    (whole, rests)
}

/// Lives `slices` on an engine that is prepared for their round. Returns an answer each, or `None` once `keep_going`
/// returned false.
pub fn live(
    engine: &mut Engine,
    job: &Job,
    slices: &[Slice],
    sizes: &Sizes,
    keep_going: &dyn Fn() -> bool,
) -> Result<Option<Vec<Answer>>, RunError> {
    let mut sorted = slices.to_vec();
    sorted.sort();
    let (offsets, lives) = offsets(&sorted);
    let mut records = vec![EpisodeRecord::default(); lives];
    let mut terms = vec![0.0; lives * sizes.terms];
    let has_sums = sorted.iter().any(|slice| (slice.first as usize) < sizes.summed);
    if has_sums {
        // a slice that is lived once more, or that was cut off before, would add to its own sums
        engine.clear_moments()?;
    }
    let whole = engine.rollout(job, queue(&sorted), true, keep_going, &mut |ended, ended_terms| {
        for (k, record) in ended.iter().enumerate() {
            let at = place(&sorted, &offsets, record.life);
            // the place of its parameters is of no use any more
            records[at] = EpisodeRecord { to_theta: 0, inherits: 0, ..*record };
            terms[at * sizes.terms..][..sizes.terms].copy_from_slice(&ended_terms[k * sizes.terms..][..sizes.terms]);
        }
    })?;
    if !whole {
        return Ok(None);
    }
    let mut moments: Vec<f32> = vec![];
    if has_sums {
        engine.moments(|all| moments.extend_from_slice(all))?;
    }
    let answer = |slice: &Slice| {
        let from = place(&sorted, &offsets, slice.first);
        let count = slice.count as usize;
        let terms = &terms[from * sizes.terms..][..count * sizes.terms];
        answer(*slice, &records[from..from + count], terms, &moments, sizes)
    };
    Ok(Some(slices.iter().map(answer).collect()))
}

fn answer(slice: Slice, records: &[EpisodeRecord], terms: &[f32], moments: &[f32], sizes: &Sizes) -> Answer {
    let first = slice.first as usize;
    let summed = sizes.summed.saturating_sub(first).min(records.len());
    let in_rows = sizes.in_rows.saturating_sub(first).min(records.len());
    let (rows, rest) = terms.split_at(in_rows * sizes.terms);
    let mut others = vec![0i128; sizes.terms];
    for (record, terms) in records[in_rows..].iter().zip(rest.chunks(sizes.terms.max(1))) {
        if !is_non_finite(std::slice::from_ref(record)) {
            others.iter_mut().zip(terms).for_each(|(sum, term)| *sum = sum.saturating_add(units(*term)));
        }
    }
    let sums = if summed > 0 { &moments[first * sizes.width..][..summed * sizes.width] } else { &[] };
    Answer { episodes: records.to_vec(), sums: sums.to_vec(), rows: rows.to_vec(), others }
}

/// Returns where the episodes of each slice begin among those of all, and the number of all.
fn offsets(slices: &[Slice]) -> (Vec<usize>, usize) {
    let mut end = 0;
    let starts = slices.iter().map(|slice| {
        let start = end;
        end += slice.count as usize;
        start
    });
    (starts.collect(), end)
}

fn place(slices: &[Slice], offsets: &[usize], life: u32) -> usize {
    let k = slices.partition_point(|slice| slice.first <= life) - 1;
    offsets[k] + (life - slices[k].first) as usize
}

/// Returns the episodes of sorted slices: as a range as far as they are neighbours at the end, one by one before.
fn queue(slices: &[Slice]) -> Queue {
    let mut at = slices.len() - 1;
    while at > 0 && slices[at - 1].lives().end == slices[at].first {
        at -= 1;
    }
    let rest = slices[at].first..slices[slices.len() - 1].lives().end;
    Queue { first: slices[..at].iter().flat_map(Slice::lives).collect(), rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::records::status;

    struct Lived(Vec<EpisodeRecord>);

    impl Ledger for Lived {
        fn records(&self) -> &[EpisodeRecord] {
            &self.0
        }
        fn take(&mut self, _: &Answer) {}
    }

    #[test]
    fn slices_cover_a_round_once() {
        for (lives, episodes, summed) in [(300, 1, 256), (10_240, 1, 256), (800_000, 8, 2048), (7, 1, 7), (40, 1, 0)] {
            let slices = cut(lives, episodes, summed);
            let mut next = 0;
            for slice in &slices {
                assert_eq!(slice.first, next, "{lives}: neighbours");
                assert_eq!(slice.count as usize % episodes, 0, "{lives}: whole members");
                let few = slice.first as usize >= summed || slice.count as usize <= MOST_SUMMED * episodes;
                assert!(few, "{lives}: {slice:?} sends too many sums");
                next += slice.count;
            }
            assert_eq!(next as usize, lives, "all of them");
        }
    }

    #[test]
    fn what_is_missing_of_a_slice_stays_with_the_leader() {
        let done = EpisodeRecord { status: status::DONE, ..Default::default() };
        let mut lived = Lived(vec![EpisodeRecord::default(); 48]);
        [16, 17, 20].into_iter().for_each(|life| lived.0[life] = done);
        let (whole, rests) = missing(&cut(48, 1, 0), &lived);
        let slice = |first, count| Slice { first, count };
        assert_eq!(whole, [slice(0, 16), slice(32, 16)], "nobody began these");
        assert_eq!(rests, [slice(18, 2), slice(21, 11)], "the others go on");
        (0..48).for_each(|life| lived.0[life] = done);
        assert_eq!(missing(&cut(48, 1, 0), &lived), (vec![], vec![]), "all are over");
    }

    #[test]
    fn neighbours_at_the_end_are_a_range() {
        let slice = |first, count| Slice { first, count };
        let queue_of = |slices: &[Slice]| queue(slices);
        assert_eq!(queue_of(&[slice(4, 2), slice(6, 3)]), Queue { first: vec![], rest: 4..9 }, "all are neighbours");
        let apart = [slice(0, 2), slice(6, 3), slice(9, 1)];
        assert_eq!(queue_of(&apart), Queue { first: vec![0, 1], rest: 6..10 }, "the last two are");
        let (offsets, lives) = offsets(&apart);
        assert_eq!((place(&apart, &offsets, 7), place(&apart, &offsets, 9), lives), (3, 5, 6), "places");
    }
}
