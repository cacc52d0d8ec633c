//! Places of the parameters of members with several lives, at the start of a rollout. Twin:
//! `shaders/rollout/places_shared.wgsl`.

use std::ops::Range;

/// Words before the free places: their number, and the place of the member opened last.
const HEAD: usize = 2;

/// Returns the words of the buffer `places` for `n_places` places.
pub fn words(n_places: usize) -> usize {
    HEAD + 2 * n_places
}

/// Places of the parameters of the first lives.
#[derive(Debug, PartialEq, Eq)]
pub struct Homes {
    /// For each of these lives twice its place, plus 1 if an earlier life has drawn the parameters.
    pub opening: Vec<u32>,
    /// Contents of the buffer `places` once these lives have their places.
    pub places: Vec<u32>,
}

impl Homes {
    /// Assigns the members of the lives `opening`, in ascending order, to the first of `n_places` places. The lives
    /// `waiting` follow; a member has `episodes` lives.
    pub fn new(opening: &[u32], waiting: &Range<u32>, episodes: u32, n_places: usize) -> Self {
        let mut homes = vec![];
        let mut left: Vec<u32> = vec![];
        let mut last = None;
        for member in opening.iter().map(|life| life / episodes) {
            let inherits = last == Some(member);
            if !inherits {
                let own = member * episodes..(member + 1) * episodes;
                left.push(waiting.end.min(own.end).saturating_sub(waiting.start.max(own.start)));
                last = Some(member);
            }
            let place = left.len() - 1;
            left[place] += 1;
            homes.push(2 * place as u32 + u32::from(inherits));
        }
        let taken = left.len();
        left.resize(n_places, 0);
        let mut places = vec![(n_places - taken) as u32, taken.saturating_sub(1) as u32];
        places.extend((taken as u32..n_places as u32).rev()); // the first free one is taken first
        places.resize(HEAD + n_places, 0);
        places.extend(left);
        Self { opening: homes, places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_of_a_member_have_one_place() {
        // Three lives per member: one of member 0, two of member 1, one of member 2, which has two more waiting.
        let homes = Homes::new(&[2, 3, 5, 6], &(7..15), 3, 5);
        assert_eq!(homes.opening, [0, 2, 3, 4], "the first of each member draws");
        let (head, rest) = homes.places.split_at(2);
        assert_eq!(head, [2, 2], "two are free, and member 2 was opened last");
        assert_eq!((&rest[..2], &rest[5..]), (&[4, 3][..], &[1, 2, 3, 0, 0][..]), "free places, and lives not over");
        assert_eq!(homes.places.len(), words(5), "as many words as the buffer has");
    }
}
