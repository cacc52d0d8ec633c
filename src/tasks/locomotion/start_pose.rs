//! Check for episodes that start at an unhealthy pose.

use super::spec::{Bound, Source, Spec};
use crate::physics::{
    mjcf::at_start,
    model::{Model, joint},
};

/// Returns the faults of the start, one line per bound: the start pose is outside of it, and no noise reaches the
/// inside. Returns nothing if an unhealthy body does not end the episode.
pub fn faults(spec: &Spec, model: &Model) -> Vec<String> {
    let bounds = spec.healthy.iter().filter(|_| spec.terminate_when_unhealthy);
    bounds.filter_map(|bound| fault(bound, spec, model)).collect()
}

fn fault(bound: &Bound, spec: &Spec, model: &Model) -> Option<String> {
    let (low, high) = bound.range;
    let all = bound.of.iter().flat_map(|slice| slice.range.clone().map(|index| (&slice.source, index)));
    let (value, unit) = all.filter_map(|(source, index)| start(source, index, spec, model)).find_map(|seen| {
        let Seen { value, reach, unit } = seen;
        (value + reach <= low || value - reach >= high).then_some((value, unit))
    })?;
    let value = (value * 1e6).round() / 1e6;
    Some(format!("{}: {value}{unit} is not within {low} to {high}", bound.name))
}

/// Number at the start, the largest change of it by noise, and its unit.
struct Seen {
    value: f64,
    reach: f64,
    unit: &'static str,
}

/// Returns a number at the start; `None` if it is not known before anything has moved.
fn start(source: &Source, index: usize, spec: &Spec, model: &Model) -> Option<Seen> {
    let noise = &spec.start;
    match source {
        Source::Positions => {
            let disc = noise.discs.iter().find(|disc| (disc.first..disc.first + 2).contains(&index));
            let (value, reach) = match disc {
                Some(disc) => (0.0, disc.radius),
                None => (model.qpos0[index], noise.positions[index]),
            };
            Some(Seen { value, reach, unit: unit(model, index) })
        }
        Source::Velocities => {
            let reach = if noise.normal_velocities { f64::INFINITY } else { noise.velocities[index] };
            Some(Seen { value: 0.0, reach, unit: "" })
        }
        Source::Place(place) => {
            Some(Seen { value: at_start(model, place.body, place.offset).0[index], reach: 0.0, unit: " m" })
        }
        Source::Upright(body) => Some(Seen { value: at_start(model, *body, [0.0; 3]).1, reach: 0.0, unit: "" }),
        _ => None,
    }
}

fn unit(model: &Model, index: usize) -> &'static str {
    let of = (0..model.sizes.njnt).rev().find(|&id| model.jnt_qposadr[id] <= index).unwrap_or(0);
    match model.jnt_type[of] {
        joint::SLIDE => " m",
        joint::FREE if index < model.jnt_qposadr[of] + 3 => " m",
        joint::FREE => "",
        _ => " rad",
    }
}
