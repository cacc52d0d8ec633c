//! Answers: what the episodes of a slice gave. Encoded as plain little-endian numbers under a digest.

use super::{Slice, digest};
use crate::kernel::records::{EpisodeRecord, status};

/// Bytes of the digest before the numbers.
const DIGEST: usize = 32;

/// Sizes by which answers of a round are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Number of first episodes whose sums feed the normaliser.
    pub summed: usize,
    /// Numbers of such an episode.
    pub width: usize,
    /// Number of first episodes whose reward terms stand in rows of their own.
    pub in_rows: usize,
    /// Number of reward terms.
    pub terms: usize,
}

/// Results of neighbouring episodes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Records, in ascending order of life.
    pub episodes: Vec<EpisodeRecord>,
    /// Sums for the normaliser of those among the first episodes, `[episodes][width]`.
    pub sums: Vec<f32>,
    /// Reward terms of those among the first episodes, `[episodes][terms]`.
    pub rows: Vec<f32>,
    /// Sums of the terms of all others, `[terms]`.
    pub others: Vec<i128>,
}

impl Sizes {
    /// Returns how many episodes of `slice` are among the first `among`.
    fn early(slice: Slice, among: usize) -> usize {
        among.saturating_sub(slice.first as usize).min(slice.count as usize)
    }

    /// Returns the numbers of sums, of terms in rows, and of sums of terms, in an answer about `slice`.
    fn lengths(&self, slice: Slice) -> [usize; 3] {
        [Self::early(slice, self.summed) * self.width, Self::early(slice, self.in_rows) * self.terms, self.terms]
    }

    /// Returns the bytes of an answer about `slice`.
    pub fn bytes(&self, slice: Slice) -> usize {
        let [sums, rows, others] = self.lengths(slice);
        DIGEST + slice.count as usize * size_of::<EpisodeRecord>() + 4 * (sums + rows) + 16 * others
    }
}

impl Answer {
    /// Returns the bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let mut body: Vec<u8> = bytemuck::cast_slice(&self.episodes).to_vec();
        body.extend_from_slice(bytemuck::cast_slice(&self.sums));
        body.extend_from_slice(bytemuck::cast_slice(&self.rows));
        body.extend(self.others.iter().flat_map(|sum| sum.to_le_bytes()));
        let mut bytes = digest([&body[..]]).into_bytes();
        bytes.append(&mut body);
        bytes
    }

    /// Reads the answer about `slice`, which may come from anyone.
    ///
    /// Errors: what is wrong with it.
    pub fn decode(bytes: &[u8], slice: Slice, sizes: &Sizes) -> Result<Self, String> {
        let expected = sizes.bytes(slice);
        if bytes.len() != expected {
            return Err(format!("it has {} bytes instead of {expected}", bytes.len()));
        }
        let (head, body) = bytes.split_at(DIGEST);
        if head != digest([body]).as_bytes() {
            return Err("its digest does not match".into());
        }
        let [sums, rows, _] = sizes.lengths(slice);
        let (episodes, rest) = body.split_at(slice.count as usize * size_of::<EpisodeRecord>());
        let (sums, rest) = rest.split_at(4 * sums);
        let (rows, others) = rest.split_at(4 * rows);
        let answer = Self {
            episodes: bytemuck::pod_collect_to_vec(episodes),
            sums: bytemuck::pod_collect_to_vec(sums),
            rows: bytemuck::pod_collect_to_vec(rows),
            others: others.as_chunks().0.iter().map(|bytes| i128::from_le_bytes(*bytes)).collect(),
        };
        answer.check(slice)?;
        Ok(answer)
    }

    /// Refuses records that no kernel writes.
    fn check(&self, slice: Slice) -> Result<(), String> {
        let known = status::DONE | status::TERMINATED | status::NON_FINITE;
        for (record, life) in self.episodes.iter().zip(slice.lives()) {
            if record.life != life {
                return Err(format!("episode {} stands in the place of {life}", record.life));
            }
            if record.status & status::DONE == 0 || record.status & !known != 0 {
                return Err(format!("episode {life} has the status {}", record.status));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { summed: 6, width: 2, in_rows: 5, terms: 3 };
    const SLICE: Slice = Slice { first: 4, count: 3 };

    fn answer() -> Answer {
        let record = |life| EpisodeRecord { life, status: status::DONE, return_sum: 1.5, ..Default::default() };
        Answer {
            episodes: (4..7).map(record).collect(),
            sums: vec![1.0, 2.0, 3.0, 4.0],
            rows: vec![5.0, 6.0, 7.0],
            others: vec![-1, 0, i128::MAX],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = answer().encode();
        assert_eq!(bytes.len(), SIZES.bytes(SLICE), "as many bytes as are announced");
        assert_eq!(Answer::decode(&bytes, SLICE, &SIZES), Ok(answer()), "there and back");
    }

    #[test]
    fn foreign_bytes_are_refused() {
        let bytes = answer().encode();
        for k in 0..bytes.len() {
            let mut other = bytes.clone();
            other[k] ^= 1;
            assert!(Answer::decode(&other, SLICE, &SIZES).is_err(), "byte {k} is another one");
        }
        assert!(Answer::decode(&bytes[1..], SLICE, &SIZES).is_err(), "cut");
        let elsewhere = Slice { first: 3, count: 3 };
        assert!(Answer::decode(&bytes, elsewhere, &SIZES).is_err(), "of another slice");
        let with = |change: &dyn Fn(&mut EpisodeRecord)| {
            let mut answer = answer();
            change(&mut answer.episodes[1]);
            Answer::decode(&answer.encode(), SLICE, &SIZES)
        };
        assert!(with(&|record| record.life = 4).is_err(), "an episode twice");
        assert!(with(&|record| record.status = 0).is_err(), "not over");
        assert!(with(&|record| record.status = 129).is_err(), "an unknown status");
        assert!(with(&|record| record.length = 9).is_ok(), "another length may be");
    }
}
