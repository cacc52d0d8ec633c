//! A network with an agent at every synapse, in f64: agents act one after the other, the network lives tick by tick. Only
//! what is drawn comes from the program's random numbers, and weights move in f32, as they are kept.

use super::gradients::ticks::TickNet;
use super::q_learning::{falls, push, start};
use gpu_ec::kernel::random::{Key, philox4x32, uniform01};

/// Transitions in a minibatch.
const BATCH: u32 = 128;
/// Rectified units of the Q function.
const UNITS: usize = 32;
/// What agents may know: the two last actions, the two last rewards, weight, place within the layer, layer.
const INPUTS: usize = 7;

/// Settings of the agents.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Which of the seven inputs agents know.
    pub knows: [bool; INPUTS],
    pub alpha: f32,
    pub multiplies: bool,
    pub learning_rate: f64,
    pub discount: f64,
    pub epsilon: [f64; 2],
    pub epsilon_iterations: f64,
    pub minibatches: u32,
    pub target_iterations: usize,
    pub cap: u32,
}

/// The Q function: per unit the weights of the inputs, a bias, weights to the three values; then three biases.
type Critic = Vec<f64>;

/// One network and its agents.
#[derive(Debug, Clone)]
pub struct Network {
    pub settings: Settings,
    pub net: TickNet,
    pub key: Key,
    pub critic: Critic,
    target: Critic,
    moments: [Vec<f64>; 2],
    updates: i32,
    /// Weights before each iteration: four rows of inputs, biases, two rows of the read-out, two biases.
    pub weights: Vec<Vec<f32>>,
    /// Actions of each iteration, -1, 0 or 1.
    pub actions: Vec<Vec<i32>>,
    /// Rewards of each iteration.
    pub rewards: Vec<f64>,
    /// Frames that it lived in each iteration.
    pub frames: Vec<u32>,
}

fn unit(critic: &Critic, u: usize, x: &[f64; INPUTS]) -> f64 {
    let row = &critic[u * (INPUTS + 4)..][..INPUTS + 1];
    let sum: f64 = row.iter().zip(x).map(|(w, x)| w * x).sum();
    (sum + row[INPUTS]).max(0.0)
}

fn values(critic: &Critic, x: &[f64; INPUTS]) -> [f64; 3] {
    std::array::from_fn(|a| {
        let units = (0..UNITS).map(|u| critic[u * (INPUTS + 4) + INPUTS + 1 + a] * unit(critic, u, x));
        critic[UNITS * (INPUTS + 4) + a] + units.sum::<f64>()
    })
}

/// Returns the best of three values, the first of equally good ones.
fn best(values: [f64; 3]) -> usize {
    (1..3).fold(0, |best, a| if values[a] > values[best] { a } else { best })
}

impl Network {
    /// Begins with the Q function `critic` and the network's first `weights`.
    pub fn new(settings: Settings, net: TickNet, key: Key, critic: Critic, weights: Vec<f32>) -> Self {
        let none = vec![0.0; critic.len()];
        let moments = [none.clone(), none];
        let (actions, rewards, frames) = (vec![], vec![], vec![]);
        let target = critic.clone();
        let weights = vec![weights];
        Self { settings, net, key, critic, target, moments, updates: 0, weights, actions, rewards, frames }
    }

    /// Returns what an agent knows before iteration `k`.
    fn state(&self, k: usize, agent: usize) -> [f64; INPUTS] {
        let width = self.net.neurons;
        let before = |ago: usize| k.checked_sub(ago);
        let action = |ago| before(ago).map_or(0.0, |k| f64::from(self.actions[k][agent]));
        let reward = |ago| before(ago).map_or(0.0, |k| self.rewards[k]);
        // an inner synapse lies at its neuron, an outer one at its output
        let (place, outer) = match agent {
            agent if agent < 5 * width => ((agent % width) as f64 / width as f64, 0.0),
            agent if agent < 7 * width => ((agent / width - 5) as f64 / 2.0, 1.0),
            agent => ((agent - 7 * width) as f64 / 2.0, 1.0),
        };
        let all = [action(1), action(2), reward(1), reward(2), f64::from(self.weights[k][agent]), place, outer];
        std::array::from_fn(|i| if self.settings.knows[i] { all[i] } else { 0.0 })
    }

    /// Lives iteration `k` and learns from it.
    pub fn iterate(&mut self) {
        let k = self.rewards.len();
        self.act(k);
        let frames = self.live(k);
        let rose = frames > self.frames.last().copied().unwrap_or_default();
        self.rewards.push(if rose { 1.0 } else { -1.0 });
        self.frames.push(frames);
        for minibatch in 0..self.settings.minibatches {
            self.learn(k, minibatch);
        }
        if k.is_multiple_of(self.settings.target_iterations) {
            self.target = self.critic.clone();
        }
    }

    fn act(&mut self, k: usize) {
        let Settings { alpha, multiplies, epsilon: [from, to], epsilon_iterations, .. } = self.settings;
        let epsilon = to + (from - to) * (-(k as f64) / epsilon_iterations).exp();
        let choose = |agent: usize| {
            let bits = philox4x32([agent as u32, k as u32, 0, 0], self.key);
            let at_random = f64::from(uniform01(bits[0])) < epsilon;
            let action =
                if at_random { (bits[1] % 3) as usize } else { best(values(&self.critic, &self.state(k, agent))) };
            action as i32 - 1
        };
        let actions: Vec<i32> = (0..self.weights[k].len()).map(choose).collect();
        let moved = |(weight, action): (&f32, &i32)| {
            let size = alpha * *action as f32;
            if multiplies { weight + weight * size } else { weight + size }
        };
        self.weights.push(self.weights[k].iter().zip(&actions).map(moved).collect());
        self.actions.push(actions);
    }

    /// Returns the frames of a greedy episode with the weights that the agents have chosen.
    fn live(&self, k: usize) -> u32 {
        let (width, weights) = (self.net.neurons, &self.weights[k + 1]);
        let outputs = (0..width).flat_map(|n| [weights[5 * width + n], weights[6 * width + n]]);
        let theta = weights[..5 * width].iter().copied().chain(outputs).chain(weights[7 * width..].iter().copied());
        let theta: Vec<f64> = theta.map(f64::from).collect();
        let mut state = start([k as u32, 0, 2, 0], self.key);
        for frames in 1..self.settings.cap {
            let q = self.net.by_ticks(&theta, &state);
            state = push(state, q[1] > q[0]);
            if falls(state) {
                return frames;
            }
        }
        self.settings.cap
    }

    fn learn(&mut self, k: usize, minibatch: u32) {
        let agents = self.weights[0].len();
        let count = ((k + 1) * agents) as u32;
        let mut gradient = vec![0.0; self.critic.len()];
        for n in 0..BATCH {
            let bits = philox4x32([n, k as u32, 1, minibatch], self.key);
            let transition = count - 1 - bits[0] % count;
            let (at, agent) = (transition as usize / agents, transition as usize % agents);
            let x = self.state(at, agent);
            let ahead = values(&self.target, &self.state(at + 1, agent)).into_iter().fold(f64::MIN, f64::max);
            let action = (self.actions[at][agent] + 1) as usize;
            let error = values(&self.critic, &x)[action] - (self.rewards[at] + self.settings.discount * ahead);
            self.add_gradient(&mut gradient, &x, action, error.clamp(-1.0, 1.0) / f64::from(BATCH));
        }
        self.step(&gradient);
    }

    /// Adds the gradient of value `action` times its adjoint `g`.
    fn add_gradient(&self, gradient: &mut [f64], x: &[f64; INPUTS], action: usize, g: f64) {
        gradient[UNITS * (INPUTS + 4) + action] += g;
        for u in 0..UNITS {
            let (at, h) = (u * (INPUTS + 4), unit(&self.critic, u, x));
            gradient[at + INPUTS + 1 + action] += g * h;
            if h > 0.0 {
                let back = g * self.critic[at + INPUTS + 1 + action];
                x.iter().enumerate().for_each(|(i, x)| gradient[at + i] += back * x);
                gradient[at + INPUTS] += back;
            }
        }
    }

    /// Takes a step of Adam along `gradient`, each of whose entries is clipped.
    fn step(&mut self, gradient: &[f64]) {
        self.updates += 1;
        let [m, v] = &mut self.moments;
        let [first, second] = [0.9f64, 0.999].map(|beta| 1.0 - beta.powi(self.updates));
        for (i, g) in gradient.iter().map(|g| g.clamp(-1.0, 1.0)).enumerate() {
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            self.critic[i] -= self.settings.learning_rate * (m[i] / first) / ((v[i] / second).sqrt() + 1e-8);
        }
    }
}
