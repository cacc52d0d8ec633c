//! How many contacts are kept at once, in both shapes of the physics.
//!
//! A place costs memory whether it is taken or not: three rows of 2 nv + 7 numbers of each invocation's own in
//! straight-line code, 80 bytes of a workgroup's in the cooperative shape. Time goes with the contacts that there are.

use std::fmt;

use super::contact::Pair;

/// Most contacts between geoms that may be asked for. At 32 degrees of freedom their rows take 107 KiB an invocation:
/// 0.8 MiB of the stack of a software renderer that runs eight at a time.
pub const MOST: usize = 128;

/// Most places between geoms that a robot is given unasked: 27 KiB an invocation at 32 degrees of freedom. The compiler
/// of a software driver feels them, too: a robot of 20 degrees of freedom took 3 s of its CPU time with 8 places, 9
/// with 32, 23 with 64. Public robots were seen with up to 12 contacts between their geoms.
const UNASKED: usize = 32;

/// Most places, the floor's among them, that the cooperative shape gives unasked: 5 KiB. Robots whose feet are many
/// spheres lie down with 20 to 38 contacts.
const UNASKED_SHARED: usize = 64;

/// Places that the cooperative shape gives unasked even where not every device has the memory.
const LEAST_SHARED: usize = 16;

/// How many contacts are kept at once. Beyond that the deepest are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// As many as the robot's geoms can make, within what is sensible.
    Derived,
    /// So many between geoms, or as many as these can make; all that the floor can make besides.
    Given(usize),
    /// Known to be enough for a robot.
    Known {
        /// Between geoms.
        between: usize,
        /// In the cooperative shape, the floor's included.
        shared: usize,
    },
}

impl Capacity {
    /// Places for contacts between geoms.
    pub fn between(self, pairs: &[Pair]) -> usize {
        match self {
            Self::Derived => possible(pairs).min(UNASKED),
            Self::Given(wanted) => possible(pairs).min(wanted),
            Self::Known { between, .. } => between,
        }
    }

    /// Places in the cooperative shape, where `points` can meet the floor and `fit` places have room on every device.
    pub fn shared(self, pairs: &[Pair], points: usize, fit: usize) -> usize {
        let between = if possible(pairs) == 0 { 0 } else { self.between(pairs) };
        let all = points + between;
        match self {
            Self::Derived => all.min(UNASKED_SHARED).min(fit.max(LEAST_SHARED)),
            Self::Given(_) => all,
            Self::Known { shared, .. } => all.min(shared),
        }
    }
}

/// Contacts that the pairs of geoms among `pairs` can make at most, those with planes left out.
pub fn possible(pairs: &[Pair]) -> usize {
    pairs.iter().filter(|pair| !pair.has_plane()).map(Pair::most_contacts).sum()
}

/// The places for contacts of one robot in one shape of the physics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Contacts that are kept at once.
    pub kept: usize,
    /// Whether those with the floor are among them, and how many of these there can be; else each of them has a place.
    pub floor: Option<usize>,
    /// Contacts between geoms that are kept where the floor takes no place.
    pub between: usize,
    /// Contacts between geoms that the robot can make at most.
    pub possible: usize,
    /// Whether the configuration asks for so many.
    pub is_given: bool,
    /// Bytes of workgroup memory that the kernels take at most.
    pub workgroup_bytes: usize,
}

impl Places {
    /// Makes the places of straight-line code for a robot with these pairs.
    pub fn straight(capacity: Capacity, pairs: &[Pair]) -> Self {
        let (possible, between) = (possible(pairs), capacity.between(pairs));
        let is_given = matches!(capacity, Capacity::Given(_));
        Self { kept: between.min(possible), floor: None, between, possible, is_given, workgroup_bytes: 0 }
    }

    /// Returns what a user can do who needs more.
    pub fn advice(&self) -> String {
        let most = self.possible.min(MOST);
        match self.floor {
            Some(points) if self.kept < points + most => format!(
                "set `task.max_contacts`: so many between geoms are then kept, and all {points} with the floor; {most} between \
                 geoms {}",
                self.reach()
            ),
            None if self.between < most => {
                format!("set `task.max_contacts` above {}: {most} {}", self.between, self.reach())
            }
            _ => "no more can be kept: join geoms, or <exclude> pairs of bodies that need not touch".into(),
        }
    }

    fn reach(&self) -> &'static str {
        if self.possible <= MOST { "are all that can occur" } else { "is the most" }
    }

    /// Returns the largest `task.max_contacts` that `limit` bytes of workgroup memory hold.
    pub fn fitting(&self, limit: usize, contact_bytes: usize) -> usize {
        self.between.saturating_sub(self.workgroup_bytes.saturating_sub(limit).div_ceil(contact_bytes))
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.floor, self.possible) {
            (Some(points), possible) => {
                write!(f, "{} at once, of {points} with the floor and {possible} between geoms", self.kept)
            }
            (None, 0) => f.write_str("with the floor alone, all of them"),
            (None, possible) => write!(f, "{} of {possible} between geoms at once, and all with the floor", self.kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_ends_where_no_more_can_be_kept() {
        let own = Places { kept: 32, floor: None, between: 32, possible: 40, is_given: false, workgroup_bytes: 0 };
        assert_eq!(own.advice(), "set `task.max_contacts` above 32: 40 are all that can occur", "straight-line");
        assert!(
            Places { possible: 500, ..own }.advice().ends_with("above 32: 128 is the most"),
            "as many as there are"
        );
        assert!(Places { between: 128, possible: 500, ..own }.advice().starts_with("no more"), "the most");
        let shared = Places { kept: 16, floor: Some(30), between: 8, possible: 20, workgroup_bytes: 9_000, ..own };
        let advice = shared.advice();
        assert!(advice.contains("all 30 with the floor; 20 between geoms are all"), "{advice}");
        assert_eq!((shared.fitting(9_000, 80), shared.fitting(8_919, 80), shared.fitting(0, 80)), (8, 6, 0), "room");
    }
}
