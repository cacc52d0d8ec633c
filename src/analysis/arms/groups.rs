//! Groups of arms that differ only in seeds and start angles.

use crate::run::arms::ArmEntry;

/// Arms that are reported together.
pub struct Group {
    /// Settings that distinguish the group from others.
    pub name: String,
    /// Indices of its arms.
    pub arms: Vec<usize>,
}

/// All groups, ordered by their first arms.
pub struct Groups(pub Vec<Group>);

impl Groups {
    /// Groups arms by weight range and tendon ratio.
    pub fn of(entries: &[ArmEntry]) -> Self {
        let varies = |of: fn(&ArmEntry) -> f64| entries.iter().any(|entry| of(entry) != of(&entries[0]));
        let (ranges, ratios) = (varies(|entry| entry.weight_range), varies(|entry| entry.tendon_ratio));
        let name = |entry: &ArmEntry| {
            let range = ranges.then(|| format!("weights +-{}", entry.weight_range));
            let ratio = ratios.then(|| format!("tendon ratio {}", entry.tendon_ratio));
            let parts: Vec<String> = range.into_iter().chain(ratio).collect();
            if parts.is_empty() { "all arms".into() } else { parts.join(", ") }
        };
        let mut groups: Vec<Group> = vec![];
        for (arm, entry) in entries.iter().enumerate() {
            let name = name(entry);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.arms.push(arm),
                None => groups.push(Group { name, arms: vec![arm] }),
            }
        }
        Self(groups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let arm = |weight_range, tendon_ratio| ArmEntry { seed: 0, weight_range, tendon_ratio, start_angle: None };
        let names = |entries: &[ArmEntry]| -> Vec<(String, usize)> {
            Groups::of(entries).0.into_iter().map(|group| (group.name, group.arms.len())).collect()
        };
        assert_eq!(names(&[arm(0.1, 0.5), arm(0.1, 0.5)]), [("all arms".into(), 2)], "nothing differs");
        let two = [("weights +-0.1".to_string(), 2), ("weights +-2".into(), 1)];
        assert_eq!(names(&[arm(0.1, 0.5), arm(2.0, 0.5), arm(0.1, 0.5)]), two, "ranges differ");
    }
}
