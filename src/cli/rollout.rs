//! `gpu-ec rollout`: writes every step from given states and controls, or of a learnt network, to a file.

mod replay;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{ArgGroup, Args, ValueEnum};

use super::{Error, Ui, signals};
use super::{
    args::{Device, Output},
    inspect::is_robot,
};
use crate::{
    config::{self, Integrator, Settable},
    report::RunDir,
    run::{
        cancel::AtRisk,
        checkpoint::Checkpoint,
        rollout::{self, ActionFile, Begin, Body, Drive, Policy, Random, Request, StatesFile},
    },
    tasks,
};

/// Step a task or a robot from given states and write every step: to check the physics, or to export a motion.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("drive").required(true)))]
pub struct Arguments {
    /// Preset, configuration file (its task counts), or robot file (.xml) without a task.
    #[arg(value_name = "TASK|ROBOT.xml", required_unless_present_any = ["policy", "replay"], conflicts_with = "replay")]
    target: Option<String>,

    /// Start states: qpos [N, nq], qvel [N, nv], optionally act [N, na], qacc_warmstart [N, nv]. Without it: the task's
    /// own starts, or the robot's pose.
    #[arg(long, value_name = "FILE.npz")]
    states: Option<PathBuf>,

    /// Controls in the actuators' units, [T, N, nu], or [N, nu] held; in an .npz: its array `actions`.
    #[arg(long, value_name = "FILE.npy", group = "drive")]
    actions: Option<PathBuf>,

    /// Controls drawn uniformly from their ranges ([-1, 1] where there is none).
    #[arg(long, group = "drive")]
    random: bool,

    /// The deterministic network of a run (its best checkpoint, or its newest), or of one checkpoint.
    #[arg(long, value_name = "RUN_DIR|CHECKPOINT", group = "drive")]
    policy: Option<PathBuf>,

    /// Members of a run as they lived in training: the one whose state first ceased to be finite, or --member of
    /// --generation.
    #[arg(long, value_name = "RUN_DIR", group = "drive", conflicts_with_all = ["states", "sets", "reset", "seed"])]
    replay: Option<PathBuf>,

    /// The member in the first row; the other --rows are those after it.
    #[arg(long, value_name = "M", requires = "replay")]
    member: Option<u32>,

    /// The generation in which they lived, of which there must be a checkpoint.
    #[arg(long, value_name = "G", requires_all = ["replay", "member"])]
    generation: Option<u32>,

    /// Which of their episodes, from 0, where members have several [default: the one whose state ceased to be finite,
    /// else 0].
    #[arg(long, value_name = "K", requires = "replay")]
    episode: Option<u32>,

    /// Steps [default: those of --actions, else the task's episode length].
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,

    /// Rows where no file says how many: episodes side by side [default: 1].
    #[arg(long, visible_alias = "episodes", value_name = "N", conflicts_with = "states", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,

    /// Seed of starts, random controls and membranes.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// File for all steps; one that is there is replaced.
    #[arg(long, value_name = "FILE.npz")]
    out: PathBuf,

    /// Let a row whose episode ended begin anew: at its own state, or at a new start of the task.
    #[arg(long)]
    reset: bool,

    /// Replace one value of the task, such as task.integrator=Rk4, or device.submission_ms; later settings win.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    sets: Vec<String>,

    /// Time integration of a robot without a task (a task: --set task.integrator=...).
    #[arg(long, value_enum, default_value_t = IntegratorArgument::Model)]
    integrator: IntegratorArgument,

    #[command(flatten)]
    device: Device,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec rollout hopper --states starts.npz --actions controls.npy --out motion.npz
  gpu-ec rollout my.xml --random --rows 64 --steps 1000 --out motion.npz
  gpu-ec rollout --policy runs/hopper-0-0 --rows 8 --out motion.npz
  gpu-ec rollout --replay runs/hopper-0-0 --out broken.npz
  gpu-ec rollout --replay runs/hopper-0-0 --generation 100 --member 0 --rows 16 --out motion.npz

The file holds, in 32-bit floats, row t being what is there after step t: qpos [T, N, nq], qvel [T, N, nv], act [T, N, na] (the
activations of muscles; na is 0 without any); of a task also obs, reward and terminated (bytes); the controls as `actions` where
no file has them; and start_qpos, start_qvel, start_act [N, ...]. A step is an environment step of a task, one time step of a
robot. A row goes on after its episode ended, unless --reset.";

/// Time integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IntegratorArgument {
    /// What the robot file says.
    Model,
    /// Semi-implicit Euler.
    Euler,
    /// Runge-Kutta of fourth order.
    Rk4,
}

pub(super) const SETTABLE: Settable = Settable {
    what: "gpu-ec rollout",
    evaluates: true,
    fields: &["task", "device.submission_ms"],
    instead: &[
        ("seed", "take --seed S"),
        ("evaluation", "take --rows N"),
        ("device", "there are as many slots as rows: take device.submission_ms"),
        ("curriculum", "take --steps T"),
        ("network", "the network of --policy stays what it is"),
        ("normaliser", "it belongs to the network, which stays what it is"),
    ],
};

/// Time between two lines of progress.
const INTERVAL: Duration = Duration::from_secs(10);

/// Reads the inputs, rolls out, writes the file.
///
/// Errors: files or arguments that do not fit together, or whatever stops the rollout.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let request = request(&arguments, ui)?;
    let (gpu, _watch) = super::open_gpu(arguments.device.gpu.as_deref(), ui)?;
    let cancel = signals::listen();
    cancel.put_at_risk(Some(AtRisk::File(arguments.out.clone()))); // the file is written beside its name until it is whole
    let remarks = request.body.task().precision_remarks();
    remarks.iter().for_each(|remark| ui.say(&format!("warning: {remark}")));
    let (rows, steps) = (request.begin.rows(), request.steps);
    let mut last: Option<Instant> = None;
    let mut reached = 0;
    let mut progress = |done: usize| {
        reached = done;
        if last.get_or_insert_with(Instant::now).elapsed() >= INTERVAL {
            last = Some(Instant::now());
            ui.say(&format!("{done} of {steps} steps of {rows} rows"));
        }
    };
    let keep_going = || !cancel.is_cancelled();
    let Some(report) = rollout::run(&gpu, request, &arguments.out, &keep_going, &mut progress)? else {
        return Err(Error::Interrupted(format!("interrupted after {reached} of {steps} steps; nothing was written")));
    };
    report.warnings().iter().for_each(|line| ui.say(line));
    if arguments.output.json {
        ui.json(&report)?
    } else {
        ui.out(&report.table().to_string())?
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the files that `arguments` name, and checks all of them against each other.
fn request(arguments: &Arguments, ui: &Ui) -> Result<Request, Error> {
    if let Some(dir) = &arguments.replay {
        return replay::request(&RunDir::open(dir)?, arguments);
    }
    let target = target(arguments)?;
    let motion = target.body.task().motion();
    let states = arguments.states.as_deref().map(|path| StatesFile::open(path, &motion)).transpose()?;
    if let Some(unused) = states.as_ref().map(|states| &states.unused).filter(|unused| !unused.is_empty()) {
        let (shown, more) = unused.split_at(unused.len().min(8));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        ui.say(&format!("note: of the states these arrays are not used: {}{more}", shown.join(", ")));
    }
    let actions = arguments.actions.as_deref();
    let actions = actions.map(|path| ActionFile::open(path, motion.controls.len())).transpose()?;
    let rows = rows(arguments, states.as_ref(), actions.as_ref())?;
    let steps = steps(arguments, &target.body, actions.as_ref())?;
    let drive = match (actions, target.policy) {
        (Some(actions), _) => actions.drive,
        (None, Some(policy)) => Drive::Policy(Box::new(policy)),
        (None, None) => Drive::Random(Random::new(arguments.seed, &motion.controls)),
    };
    Ok(Request {
        body: target.body,
        begin: states.map_or(Begin::Drawn { rows, seed: arguments.seed }, Begin::File),
        drive,
        steps,
        reset: arguments.reset,
        submission_ms: target.submission_ms,
    })
}

/// Body to move and, if asked for, the network that drives it.
struct Target {
    body: Body,
    policy: Option<Policy>,
    submission_ms: u32,
}

fn target(arguments: &Arguments) -> Result<Target, Error> {
    let sets = &arguments.sets;
    if let Some(robot) = arguments.target.as_deref().filter(|name| is_robot(name)) {
        let needs_task = |what: &str| Error::Usage(format!("{what} needs a task, and {robot} is a robot without one"));
        if arguments.policy.is_some() {
            return Err(needs_task("--policy"));
        }
        if !sets.is_empty() {
            return Err(needs_task("--set"));
        }
        let integrator = match arguments.integrator {
            IntegratorArgument::Model => Integrator::Model,
            IntegratorArgument::Euler => Integrator::Euler,
            IntegratorArgument::Rk4 => Integrator::Rk4,
        };
        let body = Body::Bare(tasks::bare(Path::new(robot), integrator)?);
        return Ok(Target { body, policy: None, submission_ms: config::Config::default().device.submission_ms });
    }
    if arguments.integrator != IntegratorArgument::Model {
        return Err(Error::Usage("--integrator is for robots without a task; add --set task.integrator=...".into()));
    }
    let of_name = |name: &String| config::load_for(&SETTABLE, config::find(name)?, sets);
    let named = arguments.target.as_ref().map(of_name).transpose()?;
    let (mut config, checkpoint) = match (&arguments.policy, named) {
        (Some(path), named) => {
            let own = if named.is_some() { &[] } else { &sets[..] };
            let (checkpoint, mut config) = super::eval::checkpoint(&SETTABLE, path, own)?;
            if let Some(named) = named {
                (config.task, config.device) = (named.task, named.device);
            }
            (config, Some(Checkpoint::read(&checkpoint)?))
        }
        (None, Some(named)) => (named, None),
        (None, None) => return Err(Error::Usage("a task, a robot or --policy is needed".into())),
    };
    config.seed = arguments.seed;
    let body = Body::Task(tasks::build(&config.task)?);
    let submission_ms = config.device.submission_ms;
    Ok(Target { body, policy: checkpoint.map(|checkpoint| Policy::judged(checkpoint, config)), submission_ms })
}

/// Returns the number of rows, which all files must agree on.
fn rows(arguments: &Arguments, states: Option<&StatesFile>, actions: Option<&ActionFile>) -> Result<usize, Error> {
    let asked = arguments.rows.map(|rows| rows as usize);
    let (of_states, of_actions) = (states.map(|states| states.rows), actions.map(|actions| actions.rows));
    match (of_states.or(asked), of_actions) {
        (Some(rows), Some(actions)) if rows != actions => {
            let who = if of_states.is_some() { "--states" } else { "--rows" };
            Err(Error::Usage(format!(
                "--actions has {actions} rows, {who} {rows}: give as many of one as of the other"
            )))
        }
        (rows, actions) => Ok(rows.or(actions).unwrap_or(1)),
    }
}

fn steps(arguments: &Arguments, body: &Body, actions: Option<&ActionFile>) -> Result<usize, Error> {
    let of_file = actions.and_then(|actions| actions.steps);
    let asked = arguments.steps.map(|steps| steps as usize);
    match (asked, of_file, body) {
        (Some(asked), Some(there), _) if asked > there => {
            Err(Error::Usage(format!("--steps {asked} is more than the {there} steps of --actions")))
        }
        (Some(steps), _, _) | (None, Some(steps), _) => Ok(steps),
        (None, None, Body::Task(task)) => Ok(task.episode_length()),
        (None, None, Body::Bare(_)) => Err(Error::Usage("a robot without a task has no episode: add --steps T".into())),
    }
}
