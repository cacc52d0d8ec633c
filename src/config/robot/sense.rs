//! Checks that a configuration makes sense for its robot: motors to control, numbers that exist, contacts that can
//! occur.

use codespan_reporting::diagnostic::Diagnostic;

use super::Robot;
use crate::{
    config::{
        LocomotionConfig,
        error::mistake,
        path::find,
        syntax::{Node, Span},
        task::{
            Joint,
            locomotion::{HealthyRange, ObservationPart, RewardTerm, Traveller},
        },
    },
    physics::{
        mirror::Symmetry,
        model::{Model, joint},
        stepper::can_touch,
    },
};

/// Refuses a robot without motors, and motors without a range.
pub fn drivable(robot: &Robot, model: &Model, place: Span) -> Vec<Diagnostic<usize>> {
    if model.sizes.nu == 0 {
        let label = "the network would have nothing to control";
        let note = "give it motors: <actuator><motor joint=\"NAME\" gear=\"100\" ctrlrange=\"-1 1\"/></actuator>";
        return vec![mistake("the robot has no motors", place, label).with_notes(vec![note.into()])];
    }
    let unlimited = (0..model.sizes.nu).find(|&motor| !model.actuator_ctrllimited[motor]);
    unlimited.map_or(vec![], |motor| {
        let line = robot.motor_place(motor).map_or(String::new(), |line| format!(" ({line})"));
        let name = Some(&model.names.actuator[motor]).filter(|name| !name.is_empty());
        let name = name.map_or(format!("motor {motor}"), |name| format!("motor `{name}`"));
        let message = format!("{name} of the robot{line} has no range");
        let label = "outputs of the network in [-1, 1] are mapped to the motors' ranges";
        let note = "give the <motor> a range, such as ctrlrange=\"-1 1\" (with autolimits=\"false\", ctrllimited=\"true\" besides)";
        vec![mistake(message, place, label).with_notes(vec![note.into()])]
    })
}

/// Refuses everything that this robot does not have; `place` is the path of the task.
pub fn check((task, place): (&LocomotionConfig, &str), model: &Model, tree: &Node) -> Vec<Diagnostic<usize>> {
    let mut sense = Sense { model, tree, touches: can_touch(model), mistakes: vec![] };
    for (k, part) in task.observation.iter().enumerate() {
        sense.observation(part, &format!("{place}.observation[{k}]"));
    }
    for (k, term) in task.reward.iter().enumerate() {
        let earlier = task.reward[..k].iter().any(|other| matches!(other, RewardTerm::Forward(_)));
        sense.reward(term, earlier, &format!("{place}.reward[{k}]"));
    }
    for (k, range) in task.healthy.iter().enumerate() {
        sense.healthy(range, &format!("{place}.healthy[{k}]"));
    }
    for (k, disc) in task.reset_discs.iter().enumerate() {
        let joint = disc.joint.0.find(&model.names.joint).unwrap_or_default();
        let slides = [joint, joint + 1].iter().all(|id| model.jnt_type.get(*id) == Some(&joint::SLIDE));
        let label = "this joint and the next one of the robot must both be slides";
        sense.refuse(!slides, &format!("{place}.reset_discs[{k}].joint"), "a disc needs two slide joints", label);
    }
    for (empty, field, label) in [
        (task.observation.is_empty(), "observation", "the network would see nothing"),
        (task.reward.is_empty(), "reward", "every return would be 0"),
    ] {
        let field = format!("{place}.{field}");
        sense.refuse(empty, &field, &format!("`{field}` is empty"), label);
    }
    if !task.mirrored_joints.is_empty() && sense.mistakes.is_empty() {
        let message = "the robot has no mirror image with these joints for pairs";
        let asymmetry = asymmetry(task, model);
        sense.refuse(asymmetry.is_some(), &format!("{place}.mirrored_joints"), message, &asymmetry.unwrap_or_default());
    }
    let path = format!("{place}.observation");
    let blind = !task.observation.is_empty() && task.observation.iter().all(|part| is_nothing(part, model));
    sense.refuse(blind, &path, &format!("`{path}` has no number in it"), "the network would see nothing");
    sense.mistakes
}

/// Returns the reason why the robot has no mirror image with the joints that the task names; `None` if it has one.
fn asymmetry(task: &LocomotionConfig, model: &Model) -> Option<String> {
    let id = |joint: &Joint| joint.0.find(&model.names.joint);
    let pairs: Option<Vec<[usize; 2]>> =
        task.mirrored_joints.iter().map(|pair| Some([id(&pair.joint)?, id(&pair.image)?])).collect();
    Symmetry::of(model, &pairs?).err()
}

/// Returns whether a part of the observation is empty: positions may be, if all of them say where the body is.
fn is_nothing(part: &ObservationPart, model: &Model) -> bool {
    let ObservationPart::Positions(part) = part else { return false };
    let to = part.to.map_or(model.sizes.nq, |to| to as usize);
    part.from.unwrap_or_else(|| model.place_coordinates()) as usize >= to
}

struct Sense<'a> {
    model: &'a Model,
    tree: &'a Node,
    touches: bool,
    mistakes: Vec<Diagnostic<usize>>,
}

impl Sense<'_> {
    fn refuse(&mut self, wrong: bool, path: &str, message: &str, label: &str) {
        if wrong {
            let deepest = [path, path.rsplit_once(['.', '[']).map_or("task", |(above, _)| above), "task"];
            let node = deepest.iter().find_map(|path| find(self.tree, path)).unwrap_or(self.tree);
            self.mistakes.push(mistake(message, node.span, label));
        }
    }

    fn contacts(&mut self, path: &str) {
        let label = "no two geoms of this robot can touch, so all contact forces are 0";
        self.refuse(!self.touches, path, "the robot has no contacts", label);
    }

    /// Checks a slice of `total` numbers.
    fn slice(&mut self, path: &str, from: u32, to: Option<u32>, total: usize, what: &str) {
        let end = to.map_or(total, |to| to as usize);
        let counted = format!("the robot has {total} {what}, numbered from 0");
        self.refuse(end > total, &format!("{path}.to"), &format!("`{path}.to` is beyond the last one"), &counted);
        let empty = from as usize >= end && end <= total;
        let bound =
            [format!("{path}.from"), format!("{path}.to")].into_iter().find(|bound| find(self.tree, bound).is_some());
        self.refuse(empty, bound.as_deref().unwrap_or(path), &format!("`{path}` has no number in it"), &counted);
    }

    fn observation(&mut self, part: &ObservationPart, path: &str) {
        let sizes = &self.model.sizes;
        let (nq, nv, nu) = (sizes.nq, sizes.nv, sizes.nu);
        match part {
            // Without bounds the part may be empty; only an observation without any number is refused.
            ObservationPart::Positions(part) if part.from.is_none() && part.to.is_none() => {}
            ObservationPart::Positions(part) => {
                self.slice(path, part.from.unwrap_or(0), part.to, nq, "positions");
            }
            ObservationPart::Sines(part) | ObservationPart::Cosines(part) => {
                self.slice(path, part.from, part.to, nq, "positions");
            }
            ObservationPart::Velocities(part) => self.slice(path, part.from, part.to, nv, "velocities"),
            ObservationPart::Controls(part) => self.slice(path, part.from, part.to, nu, "motors"),
            ObservationPart::MotorForces(part) | ObservationPart::ConstraintForces(part) => {
                self.slice(path, part.from, part.to, nv, "degrees of freedom");
            }
            ObservationPart::MuscleLengths(part)
            | ObservationPart::MuscleVelocities(part)
            | ObservationPart::MuscleForces(part)
            | ObservationPart::Activations(part) => {
                self.slice(path, part.from, part.to, self.model.sizes.na, "muscles");
            }
            ObservationPart::ContactForces(_) => self.contacts(path),
            ObservationPart::Place(part) => self.slice(path, part.from, part.to, 3, "axes"),
            ObservationPart::Inertias(_) | ObservationPart::BodyVelocities(_) | ObservationPart::Upright(_) => {}
        }
    }

    fn reward(&mut self, term: &RewardTerm, earlier: bool, path: &str) {
        match term {
            RewardTerm::Forward(forward) => {
                let label = "one velocity is rewarded: of which body, and along which axis, is up to you";
                self.refuse(earlier, path, "`Forward` is given twice", label);
                let turns = matches!(forward.of, Traveller::FirstPosition(_)) && self.model.jnt_type[0] == joint::HINGE;
                let label = "the robot's first joint is a hinge; did you mean `Root`?";
                self.refuse(turns, &format!("{path}.of"), "the first position is an angle", label);
            }
            RewardTerm::ActivationCost(_) => {
                let label = "give a robot with <muscle> actuators, or leave the term out";
                self.refuse(self.model.sizes.na == 0, path, "the robot has no muscles", label);
            }
            RewardTerm::ContactCost(_) => self.contacts(path),
            _ => {}
        }
    }

    fn healthy(&mut self, range: &HealthyRange, path: &str) {
        let nq = self.model.sizes.nq;
        let counted = format!("the robot has {nq} positions, numbered from 0");
        let (field, number) = match range {
            HealthyRange::Position(position) => ("index", position.index as usize),
            HealthyRange::State(state) => ("from", state.from as usize),
            _ => return,
        };
        let path = format!("{path}.{field}");
        self.refuse(number >= nq, &path, &format!("`{path}` is beyond the last one: {number}"), &counted);
    }
}
