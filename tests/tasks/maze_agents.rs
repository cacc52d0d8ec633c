//! Scripted agents in the mazes score what was measured before with another program.

use gpu_ec::{
    kernel::{
        random::{CounterRng, Stream, stream_key},
        records::RunParams,
    },
    tasks::maze::Maze,
};
use rand::RngExt;

use crate::{
    maze_reference::{FORWARD, LEFT, NONE, RIGHT},
    world::{World, assert_mean, gpu, mean_and_deviation},
};

/// Episodes of each agent.
const EACH: usize = 2400;
/// Episodes over which random agents were measured before, and the others.
const RANDOM_EPISODES: usize = 2400;
const SCRIPTED_EPISODES: usize = 64;

/// What an agent may know.
struct View {
    cell: (usize, usize),
    heading: usize,
    sees_red: bool,
    /// Whether the third input is on, whatever it shows in this life.
    third_input: bool,
    food_at_left: bool,
    ate: Option<bool>,
}

/// What an agent remembers.
#[derive(Clone, Default)]
struct Memory {
    to_right: bool,
    poisons: usize,
}

type Agent = fn(&View, &mut Memory, &mut CounterRng) -> usize;

fn random(_: &View, _: &mut Memory, random: &mut CounterRng) -> usize {
    random.random_range(0..3)
}

fn idle(_: &View, _: &mut Memory, random: &mut CounterRng) -> usize {
    random.random_range(0..4)
}

/// Turns towards `wanted`, and goes on.
fn towards(view: &View, wanted: usize) -> usize {
    match (wanted + 4 - view.heading) % 4 {
        0 => FORWARD,
        1 => RIGHT,
        _ => LEFT,
    }
}

/// Goes up the stem, then to one end of the bar.
fn go(view: &View, to_right: bool) -> usize {
    towards(
        view,
        if view.cell.1 < 3 {
            0
        } else if to_right {
            1
        } else {
            3
        },
    )
}

fn same_arm(view: &View, _: &mut Memory, _: &mut CounterRng) -> usize {
    go(view, false)
}

fn stops(view: &View, memory: &mut Memory, _: &mut CounterRng) -> usize {
    if memory.poisons > 0 { NONE } else { go(view, false) }
}

fn win_stay_lose_shift(view: &View, memory: &mut Memory, _: &mut CounterRng) -> usize {
    memory.to_right ^= view.ate == Some(false);
    go(view, memory.to_right)
}

fn turns_away(view: &View, memory: &mut Memory, _: &mut CounterRng) -> usize {
    let avoids = memory.poisons > 0 && view.sees_red;
    memory.to_right ^= view.ate == Some(false) || avoids;
    go(view, memory.to_right)
}

/// Takes the third input for red in every life, and hears of no meal.
fn superstitious(view: &View, memory: &mut Memory, _: &mut CounterRng) -> usize {
    memory.to_right ^= view.third_input && view.cell.1 == 3;
    go(view, memory.to_right)
}

fn knows(view: &View, _: &mut Memory, _: &mut CounterRng) -> usize {
    go(view, !view.food_at_left)
}

/// Returns, meals of food and poison, and steps lived, of every episode.
struct Lives {
    returns: Vec<f64>,
    food: Vec<f64>,
    poison: Vec<f64>,
    steps: Vec<f64>,
}

/// Lets every agent live its episodes, all of them side by side.
fn live(task: &str, agents: &[Agent]) -> Vec<Lives> {
    let gpu = gpu();
    let n = EACH * agents.len();
    let mut world = World::with(&gpu, task, n, RunParams { episode_cap: 400, ..RunParams::default() });
    let mut memories = vec![Memory::default(); n];
    let mut chance = CounterRng::new([0; 3], stream_key(9, Stream::Action));
    for _ in 0..400 {
        let (obs, state) = (world.obs(), world.state());
        let mut outputs = vec![0.0; 3 * n];
        for slot in 0..n {
            let field = |field: usize| state[field * n + slot] as usize;
            let shown = |sensor: usize| {
                let input = (0..3).find(|input| Maze::permuted(field(7), *input) == sensor).expect("shown somewhere");
                obs[5 * slot + input] == 1.0
            };
            let meals = [obs[5 * slot + 3] == 1.0, obs[5 * slot + 4] == 1.0];
            let view = View {
                cell: (field(0), field(1)),
                heading: field(2),
                sees_red: shown(2),
                third_input: obs[5 * slot + 2] == 1.0,
                food_at_left: field(4) == 0,
                ate: if meals[0] { Some(true) } else { meals[1].then_some(false) },
            };
            memories[slot].poisons += usize::from(meals[1]);
            let action = agents[slot / EACH](&view, &mut memories[slot], &mut chance);
            if let Some(output) = (0..3).find(|output| Maze::permuted(field(8), *output) == action) {
                outputs[3 * slot + output] = 1.0;
            }
        }
        world.step(&outputs);
    }
    assert!(world.is_over(), "400 steps end an episode");
    let (returns, food, poison) = (world.returns(), world.term(0), world.term(1));
    let steps: Vec<f64> = world.episodes().iter().map(|episode| f64::from(episode.length)).collect();
    let part = |k: usize| k * EACH..(k + 1) * EACH;
    let wide = |values: &[f32]| values.iter().map(|value| f64::from(value.abs())).collect();
    (0..agents.len())
        .map(|k| Lives {
            returns: returns[part(k)].to_vec(),
            food: wide(&food[part(k)]),
            poison: wide(&poison[part(k)]),
            steps: steps[part(k)].to_vec(),
        })
        .collect()
}

/// Fitness, food, poison and steps that were measured before, and over how many episodes.
struct Measured(&'static str, f64, [f64; 2], f64, usize);

#[test]
fn agents_of_a_t_maze() {
    let agents: [(Agent, Measured); 7] = [
        (random, Measured("random of three actions", -0.04, [1.08, 1.12], 63.0, RANDOM_EPISODES)),
        (idle, Measured("random with none", 0.04, [0.74, 0.70], 57.0, RANDOM_EPISODES)),
        (same_arm, Measured("always the same arm", -6.20, [1.8, 8.0], 49.0, SCRIPTED_EPISODES)),
        (stops, Measured("same arm, stops after poison", 0.80, [1.8, 1.0], 49.0, SCRIPTED_EPISODES)),
        (win_stay_lose_shift, Measured("win-stay, lose-shift", 47.9, [63.9, 16.1], 400.0, SCRIPTED_EPISODES)),
        (turns_away, Measured("turns away on sight", 67.8, [68.8, 1.0], 400.0, SCRIPTED_EPISODES)),
        (knows, Measured("knows the place", 80.0, [80.0, 0.0], 400.0, SCRIPTED_EPISODES)),
    ];
    let lives = live("TMaze()", &agents.each_ref().map(|(agent, _)| *agent));
    for (lives, (_, Measured(name, fitness, [food, poison], steps, episodes))) in lives.iter().zip(&agents) {
        let check = |values: &[f64], measured: f64, digit: f64, what: &str| {
            assert_mean(values, (measured, digit), *episodes, &format!("{name}, {what}"));
        };
        check(&lives.returns, *fitness, 0.1, "fitness");
        check(&lives.food, *food, 0.1, "food");
        check(&lives.poison, *poison, 0.1, "poison");
        check(&lives.steps, *steps, 1.0, "steps");
    }
    // Half of all lives begin with poison in the arm: 8 meals of it fit into the energy. The others have
    // 2 + geometric(1/2) = 4 meals of food, on average, before the change.
    for (k, expected) in [(2, -6.0), (3, 1.0)] {
        let (mean, deviation) = mean_and_deviation(&lives[k].returns);
        let error = deviation / (EACH as f64).sqrt();
        assert!((mean - expected).abs() < 3.0 * error, "{}: {mean} instead of {expected}", agents[k].1.0);
    }
    let means: Vec<f64> = lives[0].returns.chunks_exact(8).map(|eight| eight.iter().sum::<f64>() / 8.0).collect();
    let deviation = mean_and_deviation(&means).1;
    assert!((deviation - 0.50).abs() < 0.08, "deviation of means over eight lives of random agents: {deviation}");
}

/// An agent that learns nothing is right about red in a third of all lives, and lives those to their end: luck is worth far
/// more than misfortune costs. So a fitness above that of the same arm alone does not show that an agent learns.
#[test]
fn luck_pays_without_learning() {
    let lives = live("TMaze(shuffle_outputs: false)", &[superstitious]);
    let (mean, deviation) = mean_and_deviation(&lives[0].returns);
    eprintln!("takes the third input for red: {mean:.2} +- {:.2}", deviation / (EACH as f64).sqrt());
    let lucky = lives[0].returns.iter().filter(|fitness| **fitness > 50.0).count() as f64 / EACH as f64;
    assert!((lucky - 1.0 / 3.0).abs() < 0.04, "lives in which it is right: {lucky}");
    assert!(mean > 10.0, "its mean: {mean}");
}

/// The kernel's own random actions do as well as those of a script; a factor leaves one of both terms out.
#[test]
fn actions_by_chance_and_factors_of_rewards() {
    let gpu = gpu();
    let mut reward_factors = [1.0; 8];
    reward_factors[1] = 0.0;
    for (factors, with_poison) in [([1.0; 8], true), (reward_factors, false)] {
        let params = RunParams {
            episode_cap: 400,
            random_actions: 1,
            key_action: stream_key(4, Stream::Action),
            reward_factors: factors,
            ..RunParams::default()
        };
        let mut world = World::with(&gpu, "TMaze()", EACH, params);
        for _ in 0..400 {
            world.step(&vec![0.0; 3 * EACH]);
        }
        let steps: Vec<f64> = world.episodes().iter().map(|episode| f64::from(episode.length)).collect();
        assert_mean(&steps, (63.0, 1.0), RANDOM_EPISODES, "random actions of the kernel, steps");
        let (returns, food, poison) = (world.returns(), world.term(0), world.term(1));
        assert!(food.iter().sum::<f32>() > 1000.0, "food is found");
        assert_eq!(poison.iter().any(|poison| *poison < 0.0), with_poison, "poison is eaten, or weighted with 0");
        assert!((0..EACH).all(|slot| f64::from(food[slot] + poison[slot]) == returns[slot]), "the return is the sum");
    }
}

#[test]
fn random_agents_of_a_double_t_maze() {
    let lives = live("DoubleTMaze()", &[random]);
    assert_mean(&lives[0].returns, (-0.02, 0.01), RANDOM_EPISODES, "double maze, random, fitness");
    assert_mean(&lives[0].steps, (46.0, 1.0), RANDOM_EPISODES, "double maze, random, steps");
}
