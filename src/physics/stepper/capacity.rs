//! Number of contacts that are kept at once, in both shapes of the physics.
//!
//! A place costs memory whether it is taken or not. In straight-line code it takes three rows of 2 nv + 7 numbers of
//! each invocation's own memory. In the cooperative shape it takes 80 bytes of a workgroup's. Time depends only on
//! the contacts that occur.

use std::fmt;

use super::contact::Pair;

/// Most contacts between geoms that a configuration may ask for. At 32 degrees of freedom their rows take 107 KiB per
/// invocation. That is 0.8 MiB of the stack of a software renderer that runs eight at a time.
pub const MOST: usize = 128;

/// Most places between geoms that a robot gets by default: 27 KiB per invocation at 32 degrees of freedom. They also
/// cost compile time in software drivers. For a robot of 20 degrees of freedom the compiler took 3 s of CPU time with
/// 8 places, 9 s with 32, and 23 s with 64. Public robots were seen with up to 12 contacts between their geoms.
const UNASKED: usize = 32;

/// Most places, including the floor's, that the cooperative shape gives by default: 5 KiB. Robots whose feet are many
/// spheres have 20 to 38 contacts when they lie down.
const UNASKED_SHARED: usize = 64;

/// Places that the cooperative shape gives by default even if not every device has the memory.
const LEAST_SHARED: usize = 16;

/// Number of contacts that are kept at once. If there are more, the deepest are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// As many as the robot's geoms can make, up to a default limit.
    Derived,
    /// At most this many between geoms, plus all that the floor can make.
    Given(usize),
    /// Numbers known to be enough for a robot.
    Known {
        /// Contacts between geoms.
        between: usize,
        /// Contacts in the cooperative shape, including those with the floor.
        shared: usize,
    },
}

impl Capacity {
    /// Returns the number of places for contacts between geoms.
    pub fn between(self, pairs: &[Pair]) -> usize {
        match self {
            Self::Derived => possible(pairs).min(UNASKED),
            Self::Given(wanted) => possible(pairs).min(wanted),
            Self::Known { between, .. } => between,
        }
    }

    /// Returns the number of places in the cooperative shape. `points` can touch the floor, and `fit` places have
    /// room on every device.
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

/// Returns the most contacts that `pairs` can make, without those with planes.
pub fn possible(pairs: &[Pair]) -> usize {
    pairs.iter().filter(|pair| !pair.has_plane()).map(Pair::most_contacts).sum()
}

/// Contact places of one robot in one shape of the physics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Number of contacts that are kept at once.
    pub kept: usize,
    /// Most contacts with the floor, if they share these places; `None` if each of them has a place of its own.
    pub floor: Option<usize>,
    /// Contacts between geoms that are kept if the floor takes no place.
    pub between: usize,
    /// Most contacts between geoms that the robot can make.
    pub possible: usize,
    /// True if the configuration asks for this number.
    pub is_given: bool,
    /// Most workgroup memory that the kernels take, bytes.
    pub workgroup_bytes: usize,
}

impl Places {
    /// Returns the places of straight-line code for a robot with these pairs.
    pub fn straight(capacity: Capacity, pairs: &[Pair]) -> Self {
        let (possible, between) = (possible(pairs), capacity.between(pairs));
        let is_given = matches!(capacity, Capacity::Given(_));
        Self { kept: between.min(possible), floor: None, between, possible, is_given, workgroup_bytes: 0 }
    }

    /// Returns advice for a user who needs more.
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

    /// Returns the largest `task.max_contacts` that fits into `limit` bytes of workgroup memory.
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
