//! The mirror of observations and actions: which robots have one, what it is, and that states which are each other's
//! images stay so, on the GPU by the task's own kernels and in f64 by the oracle.

mod moving;
mod robots;

use gpu_ec::{
    physics::{
        mjcf,
        model::Model,
        stepper::{Capacity, Integrator, Place},
    },
    tasks::locomotion::{Slice, Source, Spec, Start},
};

const BIPED: &str = include_str!("mirror/biped.xml");

/// Compiles a robot's text.
fn compile(xml: &str) -> Model {
    mjcf::compile("test.xml", xml).unwrap_or_else(|error| panic!("{error}")).model
}

/// Gymnasium's Humanoid, with the armature and stiffness of its right leg on the left as well.
fn even_humanoid() -> Model {
    let text = include_str!("../../assets/robots/humanoid.xml");
    let hip = (r#""-110 20" stiffness="20"/>"#, r#""-110 20" stiffness="20" armature="0.008"/>"#);
    let knee = (r#" armature="0.006" stiffness="1"/>"#, r#" armature="0.006"/>"#);
    let count = |(from, _): (&str, &str)| text.matches(from).count();
    assert_eq!([hip, knee].map(count), [1, 1], "what is uneven of the robot");
    compile(&text.replace(hip.0, hip.1).replace(knee.0, knee.1))
}

/// A task that only observes.
fn watching(model: &Model, observation: Vec<Slice>) -> Spec {
    Spec {
        id: "watching@1".into(),
        episode_length: 100,
        frame_skip: 3,
        integrator: Integrator::of(model),
        newton_iterations: 30,
        contacts: Capacity::Derived,
        observation,
        rewards: vec![],
        progress: None,
        healthy: vec![],
        terminate_when_unhealthy: false,
        harness: false,
        factors: false,
        start: Start::uniform(0.0, model),
        mirrored: vec![],
    }
}

/// Everything that can be observed of the biped, each number with its image.
fn everything(model: &Model) -> Vec<Slice> {
    let body = |name: &str| model.names.body.iter().position(|body| body == name).expect("a body");
    let [torso, left, right] = ["torso", "left_shin", "right_shin"].map(body);
    let place = |body, offset| Place { body, offset };
    // the frame of the right leg is turned by half about z
    let (toe, other) = (place(left, [0.05, 0.01, -0.3]), place(right, [-0.05, 0.01, -0.3]));
    let plain = [
        Source::Positions,
        Source::Sines,
        Source::Cosines,
        Source::Controls,
        Source::MotorForces,
        Source::MuscleLengths,
        Source::MuscleVelocities,
        Source::MuscleForces,
        Source::Activations,
        Source::ConstraintForces,
        Source::Inertias,
        Source::BodyVelocities,
        Source::ContactForces,
        Source::Place(toe),
        Source::Place(Place::origin(torso)),
        Source::Place(other),
        Source::Between(Place::origin(torso), other),
        Source::Between(Place::origin(torso), toe),
        Source::Upright(torso),
        Source::Upright(right),
        Source::Upright(left),
    ];
    let velocities = Source::Velocities.all(model).clipped(-2.0, 2.0);
    std::iter::once(velocities).chain(plain.into_iter().map(|source| source.all(model))).collect()
}
