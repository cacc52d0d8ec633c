//! Mazes on the device against the plain ones, bit for bit.

use gpu_ec::{
    kernel::{
        random::{CounterRng, Stream, stream_key},
        records::{RunParams, status},
    },
    tasks::maze::{self, FloorPlan, Maze},
};
use rand::RngExt;

use crate::{
    maze_reference::{DOUBLE_T, PERMUTATIONS, Reference, Shape, T},
    world::{World, gpu},
};

const N: usize = 512;
const STEPS: usize = 400;

/// Outputs that are often equal, or too small to act.
fn outputs(random: &mut CounterRng) -> [f32; 3] {
    std::array::from_fn(|_| [-0.5, 0.05, 0.1, 0.15, 1.0, 3.0][random.random_range(0..6)])
}

fn assert_same(task: &str, shape: Shape, swap_after: u32) {
    let gpu = gpu();
    // nobody dies, so that all live through many swaps
    for no_termination in [1, 0] {
        let params = RunParams { episode_cap: STEPS as u32, no_termination, ..RunParams::default() };
        let mut world = World::with(&gpu, task, N, params);
        let mut agents: Vec<Reference> = (0..N).map(|slot| Reference::new(shape, slot, swap_after)).collect();
        let (mut sums, mut lengths) = (vec![0.0; N], vec![0; N]);
        let mut dead = vec![false; N];
        let mut random = CounterRng::new([no_termination, 0, 0], stream_key(7, Stream::Action));
        let first = world.obs();
        for (slot, agent) in agents.iter().enumerate() {
            assert_eq!(first[5 * slot..][..5], agent.observe(None), "{task}, slot {slot}: at the start");
        }
        let mut swaps = 0;
        for step in 0..STEPS {
            let all: Vec<[f32; 3]> = (0..N).map(|_| outputs(&mut random)).collect();
            world.step(all.as_flattened());
            let (obs, state) = (world.obs(), world.state());
            for slot in 0..N {
                if dead[slot] {
                    continue;
                }
                let agent = &mut agents[slot];
                let before = (agent.food, agent.poison);
                let action = agent.action(&all[slot]);
                let seen = agent.step(action);
                assert_eq!(obs[5 * slot..][..5], seen.obs, "{task}, slot {slot}, step {step}: observation");
                let field = |field: usize| state[field * N + slot];
                assert_eq!(field(9) as usize, action, "{task}, slot {slot}, step {step}: action");
                let own = [
                    agent.cell.0,
                    agent.cell.1,
                    agent.heading as i32,
                    agent.energy,
                    agent.food as i32,
                    agent.poison as i32,
                ];
                let there: Vec<i32> = (0..6).map(|k| field(k) as i32).collect();
                assert_eq!(there, own, "{task}, slot {slot}, step {step}: state");
                swaps += usize::from(before != (agent.food, agent.poison));
                sums[slot] += seen.reward;
                lengths[slot] += 1;
                dead[slot] = seen.is_dead && no_termination == 0;
            }
        }
        for (slot, episode) in world.episodes().iter().enumerate() {
            let bits = status::DONE | if dead[slot] { status::TERMINATED } else { 0 };
            let found = (episode.return_sum, episode.length, episode.status);
            assert_eq!(found, (sums[slot], lengths[slot], bits), "{task}, slot {slot}: record");
        }
        let (food, poison) = (world.term(0), world.term(1));
        assert!((0..N).all(|slot| food[slot] + poison[slot] == sums[slot]), "{task}: terms");
        let deaths = dead.iter().filter(|dead| **dead).count();
        assert!(swaps > 20 && (deaths > N / 2) == (no_termination == 0), "{task}: {swaps} swaps, {deaths} deaths");
    }
}

#[test]
fn a_t_maze_is_the_reference() {
    assert_same("TMaze()", T, 3);
}

#[test]
fn a_double_t_maze_is_the_reference() {
    assert_same("DoubleTMaze()", DOUBLE_T, 1);
}

#[test]
fn floor_plans_are_those_described() {
    for (plan, shape) in [(&maze::T, T), (&maze::DOUBLE_T, DOUBLE_T)] {
        let plan: &FloorPlan = plan;
        let (width, height) = (plan.width() as i32, plan.height() as i32);
        let cells = (-1..=height).flat_map(|y| (-1..=width).map(move |x| (x, y)));
        let free: Vec<(usize, usize)> = plan.free();
        for (x, y) in cells {
            let there = free.contains(&(x as usize, y as usize));
            assert_eq!(there, (shape.is_free)(x, y), "cell {x}, {y}");
        }
        let cells = |list: &[(i32, i32)]| list.iter().map(|(x, y)| (*x as usize, *y as usize)).collect::<Vec<_>>();
        assert_eq!(plan.places(), cells(shape.places), "places");
        assert_eq!(vec![plan.start()], cells(&[shape.start]), "start");
    }
    for (permutation, order) in PERMUTATIONS.iter().enumerate() {
        assert_eq!([0, 1, 2].map(|i| Maze::permuted(permutation, i)), *order, "permutation {permutation}");
    }
}

/// Fields of the configuration act: no shuffle, no swap, less energy.
#[test]
fn a_maze_can_be_made_easier() {
    let gpu = gpu();
    let task = "TMaze(shuffle_sensors: false, shuffle_outputs: false, swap_probability: 0.0, energy: 4)";
    let mut world = World::open(&gpu, task, 64);
    let state = world.state();
    assert!(state[7 * 64..9 * 64].iter().all(|field| *field == 0.0), "nothing is shuffled");
    for _ in 0..4 {
        world.step(&[1.0, 0.0, 0.0].repeat(64));
    }
    assert!(world.episodes().iter().all(|episode| episode.length == 4), "no energy for a fifth step");
    let shuffled = World::open(&gpu, "TMaze()", 512).state();
    for field in [7, 8] {
        for permutation in 0..6 {
            let count = shuffled[field * 512..][..512].iter().filter(|entry| **entry == permutation as f32).count();
            assert!((50..130).contains(&count), "permutation {permutation} of field {field}: {count} of 512");
        }
    }
}
