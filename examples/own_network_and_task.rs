//! Evolves a custom network on a custom task: `cargo run --release --example own_network_and_task`.
//!
//! Task: a point on a line must follow a target that jumps. Network: leaky integrators of the observation, read out
//! linearly.

#![allow(clippy::print_stdout, reason = "examples print")]

use gpu_ec::{
    Gpu, Plan, Population, Selector, config,
    kernel::{
        cost::Operations,
        entry::Kernel,
        wgsl::{ComposeError, Constants, compose},
    },
    networks::rate::{Cell, Part, RateSpec},
    tasks::{Description, DescriptionRow, Motion, Starts, Task, TaskKernels, TaskLaunch, Term},
};

/// Leaky integrators: `h' = 0.9 h + 0.1 (W x + b)`. The frame around a cell provides the sums, and reads out
/// `outputs`.
static LEAKY: Cell = Cell {
    name: "leaky",
    shader: "leaky",
    text: Some(
        "
#import networks/rate/frame

fn cell() {
    clear_sums();
    add_layer(ROW_INPUT, 0u, INPUT_LINES);
    for (var q = 0u; q < OWN_QUADS; q++) {
        outputs[q] = 0.9 * carried(0u, q) + 0.1 * sums[q];
        carry(0u, q, outputs[q]);
    }
}
",
    ),
    parts: &[("input", Part::Input), ("bias", Part::Bias)],
    n_carried: 1,
    adjoint: None,
    unit: Operations { add: 1.0, multiply: 2.0, divide: 0.0, special: 0.0, select: 0.0, integer: 0.0, popcount: 0.0 },
};

/// A point, moved by the action, that must be at the target: 1 or -1, drawn anew every 20 steps.
struct Follow;

const FOLLOW: &str = "
#import numerics/philox
#import rollout/run
#import rollout/episode
#import rollout/task_slot
var<storage, read> action_in: array<f32>;
var<storage, read_write> obs_out: array<f32>;
var<storage, read_write> task_state_inout: array<f32>;
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> terms_inout: array<f32>;

fn target_of(life: u32, step: u32) -> f32 {
    let bits = philox4x32(vec4<u32>(step / 20u, life, run.generation, 0u), run.key_start).x;
    return select(-1.0, 1.0, (bits & 1u) == 1u);
}

fn put(slot: u32, place: f32, aim: f32) {
    task_state_inout[slot] = place;
    obs_out[2u * slot] = place;
    obs_out[2u * slot + 1u] = aim;
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_reset(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = fresh_slot(gid, groups);
    if (slot != NO_SLOT) {
        put(slot, 0.0, target_of(episode_inout[slot].life, 0u));
    }
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_step(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = living_slot(gid, groups);
    if (slot == NO_SLOT || (episode_inout[slot].status & DONE) != 0u) {
        return;
    }
    var episode = episode_inout[slot];
    let aim = target_of(episode.life, episode.length);
    let place = clamp(task_state_inout[slot] + 0.2 * action_in[slot], -2.0, 2.0);
    let reward = 1.0 - abs(place - aim);
    episode.return_sum += reward;
    terms_inout[slot] += reward;
    episode.length += 1u;
    if (episode.length >= run.episode_cap) {
        episode.status |= DONE;
    }
    episode_inout[slot] = episode;
    put(slot, place, target_of(episode.life, episode.length));
}
";

impl Task for Follow {
    fn id(&self) -> &str {
        "follow@1"
    }

    fn d_obs(&self) -> usize {
        2
    }

    fn d_act(&self) -> usize {
        1
    }

    fn episode_length(&self) -> usize {
        100
    }

    fn state_fields(&self) -> usize {
        1
    }

    fn terms(&self) -> Vec<Term> {
        vec![Term::reward("reward_near")]
    }

    fn kernels(&self, shape: &TaskLaunch) -> Result<TaskKernels, ComposeError> {
        let constants = Constants::default().uint("N_SLOTS", shape.n_slots).uint("TASK_WORKGROUP", shape.workgroup);
        Ok(TaskKernels::of(&compose("follow", FOLLOW, &constants)?, shape.workgroup, 1))
    }

    fn rollout_kernels(&self, shape: &TaskLaunch, _starts: Starts) -> Result<TaskKernels, ComposeError> {
        self.kernels(shape)
    }

    fn control_kernel(&self, _n_slots: usize) -> Result<Kernel, ComposeError> {
        let (file, message) = ("follow".into(), "this task is not rolled out to files".into());
        Err(ComposeError { file, line: 1, message })
    }

    fn motion(&self) -> Motion {
        Motion::default()
    }

    fn describe(&self) -> Description {
        Description {
            observation: vec![DescriptionRow::new("place", "m"), DescriptionRow::new("target", "m")],
            action: vec![DescriptionRow::new("velocity", "0.2 m a step")],
            reward: vec!["1 - |place - target|".into()],
            start: "place 0".into(),
            end: "100 steps truncate".into(),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gpu = Gpu::open(&Selector::Best)?;
    // task and network of the configuration are not used: those below replace them
    let sets = [
        "network=Rnn(units: 32)",
        "algorithm=Es(population: 64, sigma: 0.1, weight_decay: 0)",
        "task.episode_length=100",
    ]
    .map(String::from);
    let config = config::load(config::find("cartpole")?, &sets)?;
    let network = RateSpec { cell: &LEAKY, ..RateSpec::from(&config::RnnConfig { units: 32, ..Default::default() }) };
    let plan = Plan::of_parts(&config, gpu.adapter.traits(), Box::new(Follow), Box::new(network))?;
    let mut population = Population::new(&gpu, &config, plan)?;
    println!("untrained: {:.1} of 100", population.evaluate(64)?.mean);
    for _ in 0..40 {
        population.generation()?;
    }
    println!("after 40 generations: {:.1}", population.evaluate(64)?.mean);
    Ok(())
}
