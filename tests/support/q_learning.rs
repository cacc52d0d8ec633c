//! A learner of action values in f64: its network goes tick by tick, its gradient back through the ticks. Only what is
//! drawn comes from the program's random numbers.

use super::gradients::ticks::TickNet;
use gpu_ec::kernel::random::{Key, philox4x32, uniform01};

/// Transitions in a minibatch.
const BATCH: u32 = 128;

/// A pole on a cart (Barto, Sutton, Anderson, 1983): position, velocity, angle, angular velocity.
pub fn push(s: [f64; 4], right: bool) -> [f64; 4] {
    let (mass_pole, mass, half) = (0.1, 1.1, 0.5);
    let force = if right { 10.0 } else { -10.0 };
    let (sine, cosine) = s[2].sin_cos();
    let push = (force + mass_pole * half * s[3] * s[3] * sine) / mass;
    let angular = (9.8 * sine - cosine * push) / (half * (4.0 / 3.0 - mass_pole * cosine * cosine / mass));
    let linear = push - mass_pole * half * angular * cosine / mass;
    let rates = [s[1], linear, s[3], angular];
    std::array::from_fn(|i| s[i] + 0.02 * rates[i])
}

pub fn falls(s: [f64; 4]) -> bool {
    s[0].abs() > 2.4 || s[2].abs() > 12f64.to_radians()
}

/// Returns a start whose fields are uniform in [-0.05, 0.05).
pub fn start(counter: [u32; 4], key: Key) -> [f64; 4] {
    philox4x32(counter, key).map(|bits| f64::from(uniform01(bits)) * 0.1 - 0.05)
}

/// Settings of deep Q-learning.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub discount: f64,
    pub learning_rate: f64,
    pub epsilon: [f64; 2],
    pub epsilon_steps: f64,
    pub target_episodes: u32,
    pub cap: u32,
    /// Learners see zeros in place of the first observation.
    pub zero_first: bool,
}

/// A deep Q-learner.
#[derive(Debug, Clone)]
pub struct Learner {
    pub net: TickNet,
    pub settings: Settings,
    pub key: Key,
    /// Parameters in the order of [`TickNet::layout`], and those of the target.
    pub theta: Vec<f64>,
    pub target: Vec<f64>,
    moments: [Vec<f64>; 2],
    updates: i32,
    /// Observation, action, observation after it, whether the episode ended with it.
    replay: Vec<([f64; 4], usize, [f64; 4], bool)>,
}

impl Learner {
    pub fn new(net: TickNet, settings: Settings, key: Key, theta: Vec<f64>) -> Self {
        let none = vec![0.0; theta.len()];
        Self {
            net,
            settings,
            key,
            target: theta.clone(),
            moments: [none.clone(), none],
            theta,
            updates: 0,
            replay: vec![],
        }
    }

    /// Lives an episode and learns in every step; returns its frames.
    pub fn live(&mut self, episode: u32) -> u32 {
        let mut state = start([episode, 0, 2, 0], self.key);
        let mut seen = if self.settings.zero_first { [0.0; 4] } else { state };
        let mut frames = 0;
        loop {
            let action = self.choose(episode, &seen);
            state = push(state, action == 1);
            frames += 1;
            let over = falls(state);
            if over || frames < self.settings.cap {
                self.replay.push((seen, action, state, over));
            }
            seen = state;
            self.learn();
            if over || frames == self.settings.cap {
                break;
            }
        }
        if episode.is_multiple_of(self.settings.target_episodes) {
            self.target = self.theta.clone();
        }
        frames
    }

    fn choose(&self, episode: u32, seen: &[f64; 4]) -> usize {
        let steps = self.replay.len() as u32;
        let bits = philox4x32([steps, episode, 0, 0], self.key);
        let [from, to] = self.settings.epsilon;
        let epsilon = to + (from - to) * (-f64::from(steps) / self.settings.epsilon_steps).exp();
        if f64::from(uniform01(bits[0])) < epsilon {
            return (bits[1] & 1) as usize;
        }
        let q = self.net.by_ticks(&self.theta, seen);
        usize::from(q[1] > q[0])
    }

    fn learn(&mut self) {
        let steps = self.replay.len() as u32;
        if steps < BATCH {
            return;
        }
        let mut gradient = vec![0.0; self.theta.len()];
        for k in 0..BATCH {
            let bits = philox4x32([k, steps, 1, 0], self.key);
            let (seen, action, next, over) = self.replay[(steps - 1 - bits[0] % steps) as usize];
            let ahead = self.net.by_ticks(&self.target, &next).into_iter().fold(f64::MIN, f64::max);
            let wanted = 1.0 + if over { 0.0 } else { self.settings.discount * ahead };
            let mut adjoint = vec![0.0; 2];
            adjoint[action] =
                (self.net.by_ticks(&self.theta, &seen)[action] - wanted).clamp(-1.0, 1.0) / f64::from(BATCH);
            let own = self.net.gradient_by_ticks(&self.theta, &seen, &adjoint);
            gradient.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
        self.step(&gradient);
    }

    /// Takes a step of Adam along `gradient`, each of whose entries is clipped.
    fn step(&mut self, gradient: &[f64]) {
        self.updates += 1;
        let [m, v] = &mut self.moments;
        let [first, second] = [0.9f64, 0.999].map(|beta| 1.0 - beta.powi(self.updates));
        for (i, g) in gradient.iter().map(|g| g.clamp(-1.0, 1.0)).enumerate() {
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            self.theta[i] -= self.settings.learning_rate * (m[i] / first) / ((v[i] / second).sqrt() + 1e-8);
        }
    }
}
