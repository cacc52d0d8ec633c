//! Bodies of a tree that are each other's images.

use super::{
    layout::{Layout, joints, reflected},
    parts::{Difference, bodies, name, touching},
};
use crate::physics::mjcf::rotation::{dot, sub};

/// Results, per body `a` and body `b`, of comparing `b` with its descendants to the image of `a` with its
/// descendants.
pub struct Table<'a> {
    layout: &'a Layout<'a>,
    children: Vec<Vec<usize>>,
    entries: Vec<Vec<Result<usize, Difference>>>,
}

impl<'a> Table<'a> {
    /// Compares all bodies. Joints in `pairs` are each other's images, whatever else is possible.
    pub fn new(layout: &'a Layout, pairs: &[[usize; 2]]) -> Self {
        let model = layout.model;
        let count = model.sizes.nbody;
        let mut children = vec![vec![]; count];
        (1..count).for_each(|body| children[model.body_parentid[body]].push(body));
        let partner = partners(layout, pairs);
        let touching = touching(layout);
        let undecided = Err(Difference { passed: 0, what: String::new() });
        let mut table = Self { layout, children, entries: vec![vec![undecided; count]; count] };
        // children have higher indices than their parents
        for a in (0..count).rev() {
            for b in (0..count).rev() {
                let named = [(a, b), (b, a)].iter().all(|(a, b)| partner[*a].is_none_or(|partner| partner == *b));
                table.entries[a][b] = match named {
                    false => Err(Difference { passed: 0, what: "the configuration pairs its joints otherwise".into() }),
                    true => bodies(layout, &touching, a, b).map_err(|difference| table.of(a, b, difference)),
                };
                if let Ok(passed) = table.entries[a][b] {
                    table.entries[a][b] = table.carried(passed, a, b);
                }
            }
        }
        table
    }

    /// Returns the same difference with the names of two bodies.
    fn of(&self, a: usize, b: usize, Difference { passed, what }: Difference) -> Difference {
        let name = |body: usize| self.name(body);
        let what = match a == b {
            true => format!("{} is not its own image: {what}", name(a)),
            false => format!("{} is not the image of {}: {what}", name(b), name(a)),
        };
        Difference { passed, what }
    }

    /// Returns the checks passed by `a` and `b` including their descendants.
    fn carried(&self, passed: usize, a: usize, b: usize) -> Result<usize, Difference> {
        let [wanted, found] = [a, b].map(|body| &self.children[body]);
        if wanted.len() != found.len() {
            let what = format!("it carries {} bodies, not {}", found.len(), wanted.len());
            return Err(self.of(a, b, Difference { passed, what }));
        }
        let mut free = found.clone();
        let mut total = passed;
        for child in wanted {
            let Some(at) = free.iter().position(|other| self.entries[*child][*other].is_ok()) else {
                let Difference { passed, what } = self.nearest(*child, found);
                return Err(Difference { passed: total + passed, what });
            };
            let other = free.remove(at);
            total += self.entries[*child][other].as_ref().map_or(0, |passed| *passed);
        }
        Ok(total)
    }

    /// Returns the difference between the image of `body` and the likeliest of `candidates`: the one that passes most
    /// checks, then the nearest.
    fn nearest(&self, body: usize, candidates: &[usize]) -> Difference {
        let image = reflected(self.layout.centre_of_mass(body));
        let distance = |other: usize| {
            let way = sub(self.layout.centre_of_mass(other), image);
            dot(way, way)
        };
        let differences =
            candidates.iter().filter_map(|other| Some((*other, self.entries[body][*other].as_ref().err()?)));
        let likeliest = differences
            .min_by(|(a, one), (b, other)| other.passed.cmp(&one.passed).then(distance(*a).total_cmp(&distance(*b))));
        let none = || Difference { passed: 0, what: format!("{} has no image", self.name(body)) };
        likeliest.map_or_else(none, |(_, difference)| difference.clone())
    }

    /// Returns the image of every body. A body that could be its own image or a sibling's is the sibling's: planar
    /// robots have both legs in the plane.
    ///
    /// Errors: the body whose likeliest image differs, and the difference.
    pub fn images(&self) -> Result<Vec<usize>, String> {
        let mut images: Vec<Option<usize>> = vec![None; self.entries.len()];
        self.pair(0, 0, &mut images)?;
        Ok(images.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn pair(&self, a: usize, b: usize, images: &mut [Option<usize>]) -> Result<(), String> {
        if a == b
            && let Err(difference) = &self.entries[a][b]
        {
            return Err(difference.what.clone());
        }
        (images[a], images[b]) = (Some(b), Some(a));
        for &child in &self.children[a] {
            if images[child].is_some() {
                continue;
            }
            let is_image = |other: &&usize| images[**other].is_none() && self.entries[child][**other].is_ok();
            let others = self.children[b].iter().filter(|other| **other != child);
            match others.chain(self.children[b].iter().filter(|other| **other == child)).find(is_image) {
                Some(&other) => self.pair(child, other, images)?,
                None => return Err(self.nearest(child, &self.children[b]).what),
            }
        }
        Ok(())
    }

    /// Returns the reason why no two bodies swap.
    pub fn nothing_swaps(&self) -> String {
        let siblings = |children: &Vec<usize>| match children[..] {
            [first, ref others @ ..] if !others.is_empty() => Some(self.nearest(first, others).what),
            _ => None,
        };
        let why = self.children.iter().find_map(siblings).unwrap_or_else(|| "it has no two limbs side by side".into());
        format!("its mirror image in the plane y = 0 moves as it does itself: {why}")
    }

    fn name(&self, body: usize) -> String {
        name(&self.layout.model.names.body, "body", body)
    }
}

/// Returns for each body the body of its joints' named partners; `None` if none is named.
fn partners(layout: &Layout, pairs: &[[usize; 2]]) -> Vec<Option<usize>> {
    let model = layout.model;
    let partner = |body: usize| {
        let of = |id: usize| {
            pairs.iter().find_map(|[a, b]| match id {
                id if id == *a => Some(*b),
                id if id == *b => Some(*a),
                _ => None,
            })
        };
        joints(model, body).find_map(of).map(|id| model.jnt_bodyid[id])
    };
    (0..model.sizes.nbody).map(partner).collect()
}
