//! Task of a user-supplied robot, from its configuration.

use super::{
    Axis, Bound, Disc, EVERYTHING, Progress, Reward, Slice, Source, Spec, Square, Start, Value,
    presets::{body, contacts, forward},
    score::driven,
};
use crate::{
    config::{
        LocomotionConfig,
        task::{
            Body, Joint,
            locomotion::{HealthyRange, ObservationPart, RewardTerm, Traveller, WorldAxis},
        },
    },
    physics::{
        mjcf::start_place,
        model::Model,
        stepper::{Capacity, Place},
    },
};

/// Part that the robot does not have. Loading the configuration should have found that.
#[derive(Debug, thiserror::Error)]
#[error("the robot has no {kind} {name}")]
pub struct Missing {
    kind: &'static str,
    name: String,
}

/// Returns the task for the compiled robot.
///
/// Errors: a name or number of a body or joint that the robot does not have.
pub fn spec(task: &LocomotionConfig, model: &Model) -> Result<Spec, Missing> {
    let robot = Robot { model };
    let each = |items: Vec<Slice>| items.into_iter().filter(|slice| !slice.range.is_empty()).collect();
    Ok(Spec {
        observation: each(task.observation.iter().map(|part| robot.observed(part)).collect::<Result<_, _>>()?),
        rewards: task.reward.iter().map(|term| robot.reward(term)).collect::<Result<_, _>>()?,
        progress: robot.progress(task)?,
        healthy: task.healthy.iter().map(|range| robot.bound(range)).collect::<Result<_, _>>()?,
        terminate_when_unhealthy: task.terminate_when_unhealthy,
        harness: task.harness.is_some(),
        start: robot.start(task)?,
        contacts: contacts(task.max_contacts, Capacity::Derived),
        mirrored: robot.mirrored(task)?,
        ..body!(task, "locomotion@1", model)
    })
}

/// Lookup of parts of a robot.
struct Robot<'a> {
    model: &'a Model,
}

impl Robot<'_> {
    fn body(&self, body: &Body) -> Result<usize, Missing> {
        let missing = || Missing { kind: "body", name: body.0.to_string() };
        body.0.find(&self.model.names.body).ok_or_else(missing)
    }

    /// Returns the body, or the first one of the robot if it is `None`.
    fn body_or_root(&self, body: &Option<Body>) -> Result<usize, Missing> {
        body.as_ref().map_or(Ok(1), |body| self.body(body))
    }

    fn joint(&self, joint: &Joint) -> Result<usize, Missing> {
        let missing = || Missing { kind: "joint", name: joint.0.to_string() };
        joint.0.find(&self.model.names.joint).ok_or_else(missing)
    }

    fn place(&self, body: &Body, (x, y, z): (f64, f64, f64)) -> Result<Place, Missing> {
        Ok(Place { body: self.body(body)?, offset: [x, y, z] })
    }

    fn slice(&self, source: Source, from: u32, to: Option<u32>) -> Slice {
        let count = source.count(self.model);
        source.slice(from as usize..to.map_or(count, |to| to as usize))
    }

    fn observed(&self, part: &ObservationPart) -> Result<Slice, Missing> {
        let model = self.model;
        Ok(match part {
            ObservationPart::Positions(part) => {
                let from = part.from.unwrap_or_else(|| model.place_coordinates());
                clip(self.slice(Source::Positions, from, part.to), part.clip)
            }
            ObservationPart::Sines(part) => self.slice(Source::Sines, part.from, part.to),
            ObservationPart::Cosines(part) => self.slice(Source::Cosines, part.from, part.to),
            ObservationPart::Velocities(part) => clip(self.slice(Source::Velocities, part.from, part.to), part.clip),
            ObservationPart::Controls(part) => self.slice(Source::Controls, part.from, part.to),
            ObservationPart::MotorForces(part) => clip(self.slice(Source::MotorForces, part.from, part.to), part.clip),
            ObservationPart::ConstraintForces(part) => {
                clip(self.slice(Source::ConstraintForces, part.from, part.to), part.clip)
            }
            ObservationPart::MuscleLengths(part) => {
                clip(self.slice(Source::MuscleLengths, part.from, part.to), part.clip)
            }
            ObservationPart::MuscleVelocities(part) => {
                clip(self.slice(Source::MuscleVelocities, part.from, part.to), part.clip)
            }
            ObservationPart::MuscleForces(part) => {
                clip(self.slice(Source::MuscleForces, part.from, part.to), part.clip)
            }
            ObservationPart::Activations(part) => clip(self.slice(Source::Activations, part.from, part.to), part.clip),
            ObservationPart::Inertias(_) => Source::Inertias.all(model),
            ObservationPart::BodyVelocities(part) => clip(Source::BodyVelocities.all(model), part.clip),
            ObservationPart::ContactForces(part) => clip(Source::ContactForces.all(model), part.clip),
            ObservationPart::Place(part) => {
                let place = self.place(&part.body, part.offset)?;
                let source = match &part.seen_from {
                    Some(body) => Source::Between(Place::origin(self.body(body)?), place),
                    None => Source::Place(place),
                };
                self.slice(source, part.from, part.to)
            }
            ObservationPart::Upright(part) => Source::Upright(self.body_or_root(&part.body)?).all(model),
        })
    }

    fn progress(&self, task: &LocomotionConfig) -> Result<Option<Progress>, Missing> {
        let forward = task.reward.iter().find_map(|term| match term {
            RewardTerm::Forward(forward) => Some(forward),
            _ => None,
        });
        let Some(forward) = forward else { return Ok(None) };
        let axis = match forward.axis {
            WorldAxis::X => Axis::X,
            WorldAxis::Y => Axis::Y,
            WorldAxis::Z => Axis::Z,
        };
        Ok(Some(match &forward.of {
            Traveller::Root(_) => Progress::Place(Place::origin(1), axis),
            Traveller::CentreOfMass(_) => Progress::CentreOfMass(axis),
            Traveller::Body(of) => Progress::Place(Place::origin(self.body(&of.body)?), axis),
            Traveller::FirstPosition(_) => Progress::Position(0),
        }))
    }

    fn reward(&self, term: &RewardTerm) -> Result<Reward, Missing> {
        let model = self.model;
        Ok(match term {
            RewardTerm::Forward(term) => forward(term.weight, term.most_velocity),
            RewardTerm::Healthy(term) => Reward::gain("reward_survive", term.weight, Value::Healthy),
            RewardTerm::ControlCost(term) => {
                Reward::cost("reward_ctrl", term.weight, Value::squares(Source::Controls.all(model)))
            }
            RewardTerm::ActivationCost(term) => {
                Reward::cost("reward_effort", term.weight, Value::squares(Source::Activations.all(model)))
            }
            RewardTerm::ContactCost(term) => {
                let forces = clip(Source::ContactForces.all(model), term.clip);
                let cost = Reward::cost("reward_contact", term.weight, Value::squares(forces));
                Reward { limits: term.limits, ..cost }
            }
            RewardTerm::EnergyCost(term) => Reward::cost("reward_energy", term.weight, Value::Power),
            RewardTerm::TiltCost(term) => {
                let of = Source::Upright(self.body_or_root(&term.body)?).all(model);
                Reward::cost("reward_tilt", term.weight, Value::Lack { of, full: 1.0 })
            }
            RewardTerm::HeightCost(term) => {
                let body = self.body_or_root(&term.body)?;
                let height = term.height.unwrap_or_else(|| start_place(model, body)[2]);
                let of = Source::Place(Place::origin(body)).slice(2..3);
                let square = Square { of, about: vec![height], weight: 1.0 };
                Reward::cost("reward_height", term.weight, Value::Squares(vec![square]))
            }
            RewardTerm::PoseCost(term) => {
                let motors = || driven(model).into_iter().map(|dof| model.dof_jntid[dof]).collect();
                let joints = self.joints(&term.joints, motors)?;
                let of = |id: usize| Square {
                    of: Source::Positions.slice(model.jnt_qposadr[id]..model.jnt_qposadr[id] + 1),
                    about: vec![model.qpos0[model.jnt_qposadr[id]]],
                    weight: 1.0,
                };
                Reward::cost("reward_pose", term.weight, Value::Squares(joints.into_iter().map(of).collect()))
            }
            RewardTerm::VelocityCost(term) if term.joints.is_empty() => {
                Reward::cost("reward_velocity", term.weight, Value::squares(Source::Velocities.all(model)))
            }
            RewardTerm::VelocityCost(term) => {
                let of = |id: usize| Square {
                    of: Source::Velocities.slice(model.jnt_dofadr[id]..model.jnt_dofadr[id] + 1),
                    about: vec![],
                    weight: 1.0,
                };
                let joints = self.joints(&term.joints, Vec::new)?;
                Reward::cost("reward_velocity", term.weight, Value::Squares(joints.into_iter().map(of).collect()))
            }
            RewardTerm::DistanceCost(term) => {
                let aim = Place::origin(self.body(&term.to)?);
                let way = Source::Between(aim, self.place(&term.body, term.offset)?).all(model);
                Reward::cost("reward_dist", term.weight, Value::Length(way))
            }
        })
    }

    fn mirrored(&self, task: &LocomotionConfig) -> Result<Vec<[usize; 2]>, Missing> {
        task.mirrored_joints.iter().map(|pair| Ok([self.joint(&pair.joint)?, self.joint(&pair.image)?])).collect()
    }

    fn joints(&self, joints: &[Joint], usual: impl Fn() -> Vec<usize>) -> Result<Vec<usize>, Missing> {
        if joints.is_empty() { Ok(usual()) } else { joints.iter().map(|joint| self.joint(joint)).collect() }
    }

    fn bound(&self, range: &HealthyRange) -> Result<Bound, Missing> {
        let model = self.model;
        Ok(match range {
            HealthyRange::Position(position) => Bound::position("position", position.index as usize, position.range),
            HealthyRange::Joint(one) => {
                let id = self.joint(&one.joint)?;
                Bound::position(&format!("joint {}", one.joint.0), model.jnt_qposadr[id], one.range)
            }
            HealthyRange::Height(height) => {
                let (x, y, z) = height.offset;
                let place = Place { body: self.body_or_root(&height.body)?, offset: [x, y, z] };
                Bound::new("height", Source::Place(place), 2, height.range)
            }
            HealthyRange::Upright(upright) => {
                Bound::new("uprightness", Source::Upright(self.body_or_root(&upright.body)?), 0, upright.range)
            }
            HealthyRange::State(state) => Bound {
                name: "state".into(),
                of: vec![Source::Positions.from(state.from as usize, model), Source::Velocities.all(model)],
                range: state.range,
            },
        })
    }

    fn start(&self, task: &LocomotionConfig) -> Result<Start, Missing> {
        let model = self.model;
        let speed = task.reset_velocity_noise_scale.unwrap_or(task.reset_noise_scale);
        let mut start = Start {
            velocities: vec![speed; model.sizes.nv],
            normal_velocities: task.reset_normal_velocities,
            ..Start::uniform(task.reset_noise_scale, model)
        };
        for noise in &task.reset_joints {
            let id = self.joint(&noise.joint)?;
            start.positions[model.jnt_qposadr[id]] = noise.positions;
            start.velocities[model.jnt_dofadr[id]] = noise.velocities;
        }
        for disc in &task.reset_discs {
            start.discs.push(Disc { first: model.jnt_qposadr[self.joint(&disc.joint)?], radius: disc.radius });
        }
        Ok(start)
    }
}

fn clip(slice: Slice, clip: Option<f64>) -> Slice {
    let (low, high) = clip.map_or(EVERYTHING, |clip| (-clip, clip));
    slice.clipped(low, high)
}
