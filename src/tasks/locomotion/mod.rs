//! Robots with motors and muscles: Gymnasium's v5 semantics on the generated stepper.

mod cooperative;
mod custom;
mod describe;
mod mirror;
mod names;
mod presets;
mod score;
mod spec;
mod start_pose;
mod straight;
mod text;

use crate::{
    config::Integrator,
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        mirror::Mirror,
        wgsl::{ComposeError, Constants, compose},
    },
    physics::{
        cooperative::{LANES, assumptions as shared_assumptions, places as cooperative_places},
        mirror::Symmetry,
        model::{Model, joint},
        muscle::Muscle,
        stepper::{
            self, Observe, Options, StepperError, capacity::Places, operations, pairs, physics_text, precision,
            probe::probe_text,
        },
    },
    tasks::{Description, Motion, Sharing, Starts, Task, TaskKernels, TaskLaunch, Term},
};

pub use custom::spec as custom;
pub use mirror::mirror;
pub use presets::{Preset, gymnasium};
pub use spec::{Axis, Bound, Disc, EVERYTHING, Progress, Reward, Slice, Source, Spec, Square, Start, Value};

/// Locomotion task with its generated WGSL.
#[derive(Debug)]
pub struct Locomotion {
    spec: Spec,
    model: Model,
    /// Code for one environment per invocation: the physics, and what follows the entry points.
    straight: [String; 2],
    /// Code for one environment per workgroup, or the feature of the robot that only straight-line code supports.
    shared: Result<String, StepperError>,
    /// True if real GPUs should run the shared code.
    large: bool,
}

/// Operations of a traced step beyond which straight-line code does not fit a GPU's registers. A compiler of a real
/// GPU spills some of its 256 registers per lane for Hopper (2,400 operations) and Walker2d (4,100). At 14 thousand
/// (Ant) and 28 thousand (Humanoid), most values of a step live in spilled memory.
const LARGE_ROBOT: usize = 8000;

impl Locomotion {
    /// Generates the task's kernels for a robot.
    ///
    /// Errors: the robot uses a feature outside the stepper's subset.
    pub fn new(spec: Spec, model: Model) -> Result<Self, StepperError> {
        refuse_unlimited(&model)?;
        Self::generate(spec, model, false)
    }

    /// Generates a robot without a task: one step is one of its time steps, nothing is observed or rewarded, and
    /// motors need no range.
    ///
    /// Errors: as for [`Self::new`].
    /// Errors: as [`Self::new`].
    pub fn bare(name: &str, model: Model, integrator: Integrator) -> Result<Self, StepperError> {
        let spec = Spec {
            id: name.into(),
            episode_length: usize::MAX,
            frame_skip: 1,
            integrator: presets::integrator(integrator, &model),
            newton_iterations: Options::of(&model).newton_iterations,
            contacts: Options::of(&model).contacts,
            observation: vec![],
            rewards: vec![],
            progress: None,
            healthy: vec![],
            terminate_when_unhealthy: false,
            harness: false,
            factors: false,
            start: Start::uniform(0.0, &model),
            mirrored: vec![],
        };
        Self::generate(spec, model, false)
    }

    /// Generates the same task with the tests' entry point `physics_probe` in addition. Otherwise the code differs
    /// only in stores to variables that only the probe reads.
    ///
    /// Errors: as for [`Self::new`].
    pub fn with_probe(spec: Spec, model: Model) -> Result<Self, StepperError> {
        refuse_unlimited(&model)?;
        Self::generate(spec, model, true)
    }

    fn generate(spec: Spec, model: Model, probe: bool) -> Result<Self, StepperError> {
        let options = options(&spec, &model, probe);
        let probe = if probe { probe_text(&model, &options)? } else { String::new() };
        let straight = [physics_text(&model, &options)?, probe];
        let shared = cooperative::text(&spec, &model, &options);
        let large = operations(&model, &options)? > LARGE_ROBOT;
        Ok(Self { spec, model, straight, shared, large })
    }

    /// Composes the entry points with starts and controls from `origin`.
    fn compose(&self, shape: &TaskLaunch, origin: Origin) -> Result<TaskKernels, ComposeError> {
        let constants = Constants::default().uint("N_SLOTS", shape.n_slots);
        let constants = match origin.controls {
            Controls::Actions => constants,
            Controls::Given => constants.import_instead("tasks/locomotion/action", "tasks/locomotion/given"),
        };
        let label = format!("tasks/{}", self.spec.id);
        let share = match shape.sharing {
            Sharing::Never => false,
            Sharing::LargeRobots => self.large,
            Sharing::Always => true,
        };
        match &self.shared {
            Ok(shared) if share => {
                let text = cooperative::origin(&self.model, origin) + shared;
                Ok(TaskKernels::of(&compose(&label, &text, &constants.uint("TASK_WORKGROUP", 1))?, 1, LANES))
            }
            _ => {
                let [physics, probe] = &self.straight;
                let entries = straight::entries(&self.spec, &self.model, origin);
                let text = [straight::IMPORTS, physics, &entries, probe].concat();
                let constants = constants.uint("TASK_WORKGROUP", shape.workgroup);
                Ok(TaskKernels::of(&compose(&label, &text, &constants)?, shape.workgroup, 1))
            }
        }
    }

    /// Returns the robot.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the task's parameters.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Returns the options of the stepper for this task.
    pub fn options(&self) -> Options {
        options(&self.spec, &self.model, true)
    }
}

/// Origin of the entry points' starts and controls.
#[derive(Debug, Clone, Copy, Default)]
struct Origin {
    starts: Starts,
    controls: Controls,
}

/// Input of the motors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Controls {
    /// Actions in [-1, 1], which map linearly to the motors' ranges.
    #[default]
    Actions,
    /// Numbers in the motors' units.
    Given,
}

impl Controls {
    /// Returns the range that [-1, 1] maps to.
    fn range(self, model: &Model, motor: usize) -> [f64; 2] {
        match self {
            // muscles are stimulated between 0 and 1
            Self::Actions if !model.actuator_ctrllimited[motor] => [0.0, 1.0],
            Self::Actions => model.actuator_ctrlrange[motor],
            Self::Given => [-1.0, 1.0],
        }
    }
}

/// Refuses motors without a range, because actions in [-1, 1] need one to map to. Muscles need none.
fn refuse_unlimited(model: &Model) -> Result<(), StepperError> {
    let unlimited = |&motor: &usize| !model.actuator_ctrllimited[motor] && Muscle::of(model, motor).is_none();
    match (0..model.sizes.nu).find(unlimited) {
        Some(motor) => Err(StepperError::Unsupported(format!("motor {motor} without a range: no map from [-1, 1]"))),
        None => Ok(()),
    }
}

/// Returns the stepper's options for a task; it observes what observation, reward and bounds read.
fn options(spec: &Spec, model: &Model, probe: bool) -> Options {
    let observe = Observe {
        com: matches!(spec.progress, Some(Progress::CentreOfMass(_))),
        places: spec.places(),
        uprights: spec.uprights(),
        constraint: spec.reads(&Source::ConstraintForces),
        inertia: spec.reads(&Source::Inertias),
        velocity: spec.reads(&Source::BodyVelocities),
        contact: feels_contacts(spec),
        muscles: spec.feels_muscles(),
        driven: spec.feels_motors() && model.is_pulled(),
        probe,
    };
    Options {
        integrator: spec.integrator,
        newton_iterations: spec.newton_iterations,
        contacts: spec.contacts,
        harness: spec.harness,
        observe,
        ..Options::of(model)
    }
}

/// Returns true if the task reads contact forces.
fn feels_contacts(spec: &Spec) -> bool {
    spec.reads(&Source::ContactForces)
}

impl Task for Locomotion {
    fn id(&self) -> &str {
        &self.spec.id
    }

    fn d_obs(&self) -> usize {
        describe::length(&self.spec)
    }

    fn d_act(&self) -> usize {
        self.model.sizes.nu
    }

    fn episode_length(&self) -> usize {
        self.spec.episode_length
    }

    fn state_fields(&self) -> usize {
        straight::state_fields(&self.spec, &self.model).len()
    }

    fn terms(&self) -> Vec<Term> {
        score::terms(&self.spec)
    }

    fn take_reward_factors(&mut self) {
        self.spec.factors = true;
        self.shared = cooperative::text(&self.spec, &self.model, &options(&self.spec, &self.model, false));
    }

    fn kernels(&self, shape: &TaskLaunch) -> Result<TaskKernels, ComposeError> {
        self.compose(shape, Origin::default())
    }

    fn rollout_kernels(&self, shape: &TaskLaunch, starts: Starts) -> Result<TaskKernels, ComposeError> {
        self.compose(shape, Origin { starts, controls: Controls::Given })
    }

    fn control_kernel(&self, n_slots: usize) -> Result<Kernel, ComposeError> {
        let text = cooperative::motor_ranges(&self.model, Controls::Actions) + "#import tasks/locomotion/controls\n";
        let constants = Constants::default().uint("N_SLOTS", n_slots).uint("NU", self.model.sizes.nu);
        let label = format!("tasks/{}/controls", self.spec.id);
        Ok(Kernel::new(PassId::Controls, &compose(&label, &text, &constants)?, "controls"))
    }

    fn motion(&self) -> Motion {
        let (nq, nv) = (self.model.sizes.nq, self.model.sizes.nv);
        Motion {
            qpos: (0..nq).collect(),
            qvel: (nq..nq + nv).collect(),
            qacc_warmstart: (nq + nv..nq + 2 * nv).collect(),
            act: (nq + 2 * nv..nq + 2 * nv + self.model.sizes.na).collect(),
            quaternions: (0..self.model.sizes.njnt)
                .filter(|&j| self.model.jnt_type[j] == joint::FREE)
                .map(|j| self.model.jnt_qposadr[j] + 3)
                .collect(),
            controls: describe::controls(&self.model),
        }
    }

    fn assumptions(&self, shared: bool) -> Assumptions {
        let of = if shared { shared_assumptions } else { stepper::assumptions };
        of(&self.model, self.spec.frame_skip, self.spec.integrator).share("random_actions", 0.0)
    }

    fn contact_places(&self, shared: bool) -> Option<Places> {
        if shared && self.shared.is_ok() {
            return cooperative_places(&self.model, &self.options()).ok();
        }
        Some(Places::straight(self.spec.contacts, &pairs(&self.model).ok()?))
    }

    fn start_faults(&self) -> Vec<String> {
        start_pose::faults(&self.spec, &self.model)
    }

    fn precision_remarks(&self) -> Vec<String> {
        // the stepper itself refuses a robot that it does not support
        precision::remarks(&self.model)
    }

    fn mirror(&self) -> Result<Mirror, String> {
        mirror::mirror(&self.spec, &self.model)
    }

    fn mirror_differences(&self) -> Vec<String> {
        // `mirror` already reports a robot without a mirror image
        Symmetry::of(&self.model, &self.spec.mirrored).map(|symmetry| symmetry.differences).unwrap_or_default()
    }

    fn describe(&self) -> Description {
        describe::description(&self.spec, &self.model)
    }
}
