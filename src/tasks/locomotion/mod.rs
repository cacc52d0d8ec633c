//! Robots that move by motors on their joints: Gymnasium's v5 semantics on the generated stepper.

mod cooperative;
mod describe;
mod entry;
mod presets;
mod spec;
mod text;

use crate::{
    physics::{
        cooperative::{LANES, assumptions as shared_assumptions},
        model::Model,
        stepper::{self, Observe, Options, StepperError, operations, physics_text, probe::probe_text},
    },
    plan::{
        cost::Assumptions,
        wgsl::{ComposeError, Constants, compose},
    },
    tasks::{Description, Shape, Sharing, Task, TaskKernels, Term},
};

pub use presets::{Preset, gymnasium};
pub use spec::{Bound, ContactCost, EVERYTHING, Part, Progress, Spec, StateIndex};

/// A locomotion task, its WGSL generated.
#[derive(Debug)]
pub struct Locomotion {
    spec: Spec,
    model: Model,
    /// One environment an invocation.
    straight: String,
    /// One environment a workgroup; where the robot has features that only straight-line code knows, why not.
    shared: Result<String, StepperError>,
    /// Whether real GPUs should run the shared one.
    large: bool,
}

/// Operations of a traced step beyond which straight-line code does not fit a GPU's registers. A compiler of a real GPU
/// spills some of its 256 registers a lane for Hopper (2,400 operations) and Walker2d (4,100); at 14 thousand (Ant) and 28
/// thousand (Humanoid) most values of a step live in spilled memory.
const LARGE_ROBOT: usize = 8000;

impl Locomotion {
    /// Generates the task's kernels for a robot.
    ///
    /// Errors: the robot uses a feature outside the stepper's subset.
    pub fn new(spec: Spec, model: Model) -> Result<Self, StepperError> {
        Self::generate(spec, model, false)
    }

    /// The same task with the tests' entry point `physics_probe` besides its own; nothing else in the code changes but
    /// stores to variables that only the probe reads.
    ///
    /// Errors: as [`Self::new`].
    pub fn with_probe(spec: Spec, model: Model) -> Result<Self, StepperError> {
        Self::generate(spec, model, true)
    }

    fn generate(spec: Spec, model: Model, probe: bool) -> Result<Self, StepperError> {
        if let Some(joint) = (0..model.sizes.nu).find(|&i| !model.actuator_ctrllimited[i]) {
            return Err(StepperError::Unsupported(format!("motor {joint} without a range: no map from [-1, 1]")));
        }
        let options = options(&spec, &model, probe);
        let mut straight = entry::IMPORTS.to_string();
        straight.push_str(&physics_text(&model, &options)?);
        straight.push_str(&entry::entries(&spec, &model));
        if probe {
            straight.push_str(&probe_text(&model, &options)?);
        }
        let shared = cooperative::text(&spec, &model, &options);
        let large = operations(&model, &options)? > LARGE_ROBOT;
        Ok(Self { spec, model, straight, shared, large })
    }

    /// The robot.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The task's parameters.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What the stepper of this task is generated for.
    pub fn options(&self) -> Options {
        options(&self.spec, &self.model, true)
    }
}

/// The stepper's options for a task: it observes what observation and reward need.
fn options(spec: &Spec, model: &Model, probe: bool) -> Options {
    let has = |part: fn(&Part) -> bool| spec.observation.iter().any(part);
    let observe = Observe {
        com: spec.progress == Some(Progress::CentreOfMass),
        position: spec
            .progress
            .and_then(|progress| if let Progress::Body(body) = progress { Some(body) } else { None }),
        inertia: has(|part| *part == Part::Inertias),
        velocity: has(|part| *part == Part::BodyVelocities),
        contact: feels_contacts(spec),
        probe,
    };
    Options { integrator: spec.integrator, newton_iterations: spec.newton_iterations, observe, ..Options::of(model) }
}

/// Whether observation or reward hold contact forces.
fn feels_contacts(spec: &Spec) -> bool {
    spec.contact_cost.is_some() || spec.observation.iter().any(|part| matches!(part, Part::ContactForces(_)))
}

impl Task for Locomotion {
    fn id(&self) -> &str {
        &self.spec.id
    }

    fn d_obs(&self) -> usize {
        describe::observation(&self.spec, &self.model).len()
    }

    fn d_act(&self) -> usize {
        self.model.sizes.nu
    }

    fn episode_length(&self) -> usize {
        self.spec.episode_length
    }

    fn state_fields(&self) -> usize {
        entry::state_fields(&self.spec, &self.model).len()
    }

    fn terms(&self) -> Vec<Term> {
        entry::terms(&self.spec)
    }

    fn kernels(&self, shape: &Shape) -> Result<TaskKernels, ComposeError> {
        let constants = Constants::default().uint("N_SLOTS", shape.n_slots);
        let label = format!("tasks/{}", self.spec.id);
        let share = match shape.sharing {
            Sharing::Never => false,
            Sharing::LargeRobots => self.large,
            Sharing::Always => true,
        };
        match &self.shared {
            Ok(shared) if share => {
                Ok(TaskKernels::of(&compose(&label, shared, &constants.uint("TASK_WORKGROUP", 1))?, 1, LANES))
            }
            _ => {
                let constants = constants.uint("TASK_WORKGROUP", shape.workgroup);
                Ok(TaskKernels::of(&compose(&label, &self.straight, &constants)?, shape.workgroup, 1))
            }
        }
    }

    fn assumptions(&self, shared: bool) -> Assumptions {
        let of = if shared { shared_assumptions } else { stepper::assumptions };
        of(&self.model, self.spec.frame_skip, self.spec.integrator).share("random_actions", 0.0)
    }

    fn describe(&self) -> Description {
        describe::description(&self.spec, &self.model)
    }
}
