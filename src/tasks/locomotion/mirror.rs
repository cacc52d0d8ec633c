//! Mirror image of a task's observations and actions, from that of its robot's coordinates.

use super::{
    describe,
    spec::{Slice, Source, Spec},
};
use crate::{
    kernel::mirror::{Image, Mirror},
    physics::{
        mirror::{AXIAL, Symmetry, VECTOR},
        model::Model,
    },
};

/// Sign changes of a body's ten numbers. Of Ixx Iyy Izz Ixy Ixz Iyz the products with one y change; of m x, m y, m z
/// the second does.
const INERTIA: [bool; 10] = [false, false, false, true, false, true, false, true, false, false];

/// Number of a source, clipped to a range.
#[derive(Clone, PartialEq)]
struct Number {
    source: Source,
    index: usize,
    clip: (f64, f64),
}

/// Returns the images of observations and actions in the plane y = 0; see [`Symmetry`].
///
/// Errors: the reason why the robot has no such plane; an observed number whose image is not observed.
pub fn mirror(spec: &Spec, model: &Model) -> Result<Mirror, String> {
    let symmetry = Symmetry::of(model, &spec.mirrored)?;
    let observation = observation(&spec.observation, &symmetry, model)?;
    Ok(Mirror { observation, action: symmetry.ctrl })
}

fn observation(slices: &[Slice], symmetry: &Symmetry, model: &Model) -> Result<Image, String> {
    let each = |slice: &Slice| {
        let Slice { source, range, clip } = slice.clone();
        range.map(move |index| Number { source: source.clone(), index, clip })
    };
    let numbers: Vec<Number> = slices.iter().flat_map(each).collect();
    let mut image = Image::identity(numbers.len());
    for (i, number) in numbers.iter().enumerate() {
        let (wanted, negated) = reflected(number, symmetry)
            .ok_or_else(|| format!("{} has no image that could be observed", number.name(model)))?;
        // if a number is observed twice, its first occurrence has the first image
        let places = |wanted: &Number| -> Vec<usize> {
            (0..numbers.len()).filter(|at| numbers[*at].is(wanted, symmetry)).collect()
        };
        let nth = places(number).iter().position(|at| *at == i).unwrap_or_default();
        match places(&wanted).get(nth) {
            Some(of) => image.set(i, *of, negated),
            None => return Err(missing(number, &wanted, &numbers, symmetry, model)),
        }
    }
    Ok(image)
}

/// Returns the reason why the image of an observed number is not observed.
fn missing(number: &Number, wanted: &Number, numbers: &[Number], symmetry: &Symmetry, model: &Model) -> String {
    let (own, other) = (number.name(model), wanted.name(model));
    let (low, high) = wanted.clip;
    match numbers.iter().find(|found| Number { clip: wanted.clip, ..(*found).clone() }.is(wanted, symmetry)) {
        Some(found) if found.clip != wanted.clip => {
            let (found_low, found_high) = found.clip;
            format!(
                "`{other}` is clipped to [{found_low}, {found_high}], and as the image of `{own}` to [{low}, {high}]"
            )
        }
        _ => format!("`{own}` is observed, and its image `{other}` is not, or not as often"),
    }
}

impl Number {
    fn name(&self, model: &Model) -> String {
        describe::name(&self.source, self.index, model)
    }

    /// Returns true if two numbers are the same, up to rounding of points.
    fn is(&self, other: &Number, symmetry: &Symmetry) -> bool {
        let same_source = match (&self.source, &other.source) {
            (Source::Place(a), Source::Place(b)) => symmetry.is_same(a, b),
            (Source::Between(a, b), Source::Between(c, d)) => symmetry.is_same(a, c) && symmetry.is_same(b, d),
            (a, b) => a == b,
        };
        same_source && self.index == other.index && self.clip == other.clip
    }
}

/// Returns the number whose value the image of `number` has, and true if it changes sign. `None` stands for the axis
/// of a body whose image has another one.
fn reflected(number: &Number, symmetry: &Symmetry) -> Option<(Number, bool)> {
    let k = number.index;
    let of = |image: &Image| (number.source.clone(), image.of[k], image.negated[k]);
    let of_body = |count: usize, negated: &[bool]| {
        let image = symmetry.bodies[k / count + 1] - 1;
        (number.source.clone(), image * count + k % count, negated[k % count])
    };
    let (source, index, negated) = match &number.source {
        Source::Positions | Source::Sines => of(&symmetry.qpos),
        Source::Cosines => {
            let (source, index, _) = of(&symmetry.qpos);
            (source, index, false)
        }
        Source::Velocities | Source::MotorForces | Source::ConstraintForces => of(&symmetry.qvel),
        Source::Controls => of(&symmetry.ctrl),
        Source::MuscleLengths | Source::MuscleVelocities | Source::MuscleForces | Source::Activations => {
            of(&symmetry.act)
        }
        Source::Inertias => of_body(10, &INERTIA),
        Source::BodyVelocities | Source::ContactForces => of_body(6, &[AXIAL, VECTOR].concat()),
        Source::Place(place) => (Source::Place(symmetry.place(place)), k, VECTOR[k]),
        Source::Between(from, to) => (Source::Between(symmetry.place(from), symmetry.place(to)), k, VECTOR[k]),
        Source::Upright(body) => (Source::Upright(symmetry.bodies[*body]), k, symmetry.turns_over(*body)?),
    };
    let (low, high) = number.clip;
    let clip = if negated { (0.0 - high, 0.0 - low) } else { number.clip };
    Some((Number { source, index, clip }, negated))
}
