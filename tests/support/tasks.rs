//! The locomotion tasks as Gymnasium 1.4.0 defines them (`envs/mujoco/*_v5.py`), on top of the physics oracle.

use gpu_ec::physics::model::Model;

use super::physics::{
    Forward, State, Stepper,
    real::{add, norm, rotate, sub},
};

/// A Gymnasium v5 task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Hopper,
    Walker2d,
    Humanoid,
    InvertedPendulum,
    Ant,
    HalfCheetah,
    Swimmer,
    Reacher,
    InvertedDoublePendulum,
}

/// What one environment step gives.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub obs: Vec<f64>,
    pub reward: f64,
    /// The summands of the reward, under Gymnasium's names; costs are negative.
    pub terms: Vec<(&'static str, f64)>,
    pub terminated: bool,
    /// m/s.
    pub x_velocity: f64,
}

/// A robot in a task.
pub struct Env<'m> {
    task: Task,
    stepper: Stepper<'m, f64>,
    pub state: State<f64>,
    /// The last forward evaluation, which the observation and the velocity of Humanoid and Ant are read from.
    last: Forward<f64>,
}

impl Task {
    /// Physics steps per environment step.
    pub fn frame_skip(self) -> usize {
        match self {
            Self::Hopper | Self::Walker2d | Self::Swimmer => 4,
            Self::InvertedPendulum | Self::Reacher => 2,
            Self::Humanoid | Self::Ant | Self::HalfCheetah | Self::InvertedDoublePendulum => 5,
        }
    }

    /// How many coordinates, counted from the first, the observation leaves out.
    fn hidden_positions(self) -> usize {
        match self {
            Self::Hopper | Self::Walker2d | Self::HalfCheetah => 1,
            Self::Humanoid | Self::Ant | Self::Swimmer => 2,
            Self::InvertedPendulum | Self::Reacher | Self::InvertedDoublePendulum => 0,
        }
    }

    /// Whether the episode goes on in this state, `last` the last forward evaluation.
    pub fn is_healthy(self, state: &State<f64>, last: &Forward<f64>) -> bool {
        let (q, v) = (&state.qpos, &state.qvel);
        let between = |x: f64, low: f64, high: f64| low < x && x < high;
        let finite = || q.iter().chain(v).all(|x| x.is_finite());
        match self {
            Self::Hopper => {
                let bounded = q[2..].iter().chain(v).all(|x| between(*x, -100.0, 100.0));
                q[1] > 0.7 && between(q[2], -0.2, 0.2) && bounded
            }
            Self::Walker2d => between(q[1], 0.8, 2.0) && between(q[2], -1.0, 1.0),
            Self::Humanoid => between(q[2], 1.0, 2.0),
            // The only closed interval.
            Self::Ant => finite() && (0.2..=1.0).contains(&q[2]),
            Self::InvertedPendulum => finite() && q[1].abs() <= 0.2,
            Self::InvertedDoublePendulum => tip(last)[2] > 1.0,
            Self::HalfCheetah | Self::Swimmer | Self::Reacher => true,
        }
    }
}

/// The end of InvertedDoublePendulum's second pole.
fn tip(last: &Forward<f64>) -> [f64; 3] {
    add(last.kin.xpos[3], rotate(last.kin.xquat[3], [0.0, 0.0, 0.6]))
}

/// Reacher's fingertip as seen from the target.
fn reach(last: &Forward<f64>) -> [f64; 3] {
    sub(last.kin.xpos[3], last.kin.xpos[4])
}

impl<'m> Env<'m> {
    /// Puts a robot into a state with motors at rest, as `reset` does.
    pub fn new(task: Task, model: &'m Model, qpos: &[f64], qvel: &[f64]) -> Self {
        let (stepper, state) = (Stepper::new(model), State::new(qpos, qvel));
        let last = stepper.forward(&state, &vec![0.0; model.sizes.nu]);
        Self { task, stepper, state, last }
    }

    /// Replaces the state; unless `evaluate`, the quantities of the last evaluation stay as they are.
    pub fn set_state(&mut self, state: State<f64>, evaluate: bool) {
        self.state = state;
        if evaluate {
            self.last = self.stepper.forward(&self.state, &vec![0.0; self.stepper.model.sizes.nu]);
        }
    }

    /// The observation after a reset: as after a step, but contact forces are not computed yet.
    pub fn reset_obs(&self) -> Vec<f64> {
        self.observe(&vec![[0.0; 6]; self.stepper.model.sizes.nbody])
    }

    /// One environment step: `action` is given to the motors, which clamp it, for `frame_skip` physics steps.
    pub fn step(&mut self, action: &[f64]) -> Outcome {
        let before = self.x_position();
        for _ in 0..self.task.frame_skip() {
            self.last = self.stepper.step(&mut self.state, action);
        }
        let dt = self.stepper.model.opt.timestep * self.task.frame_skip() as f64;
        let x_velocity = (self.x_position() - before) / dt;
        let contact = self.last.external_forces(&self.stepper.pairs);
        let healthy = self.task.is_healthy(&self.state, &self.last);
        let terms = self.reward_terms(x_velocity, healthy, action, &contact);
        let reward = terms.iter().map(|(_, value)| value).sum();
        Outcome { obs: self.observe(&contact), reward, terms, terminated: !healthy, x_velocity }
    }

    /// The position whose change is the forward velocity: of the first coordinate, of the torso, or of the centre of
    /// mass; the last two as of the last forward evaluation.
    fn x_position(&self) -> f64 {
        match self.task {
            Task::Humanoid => self.last.kin.com[1][0],
            Task::Ant => self.last.kin.xpos[1][0],
            _ => self.state.qpos[0],
        }
    }

    fn reward_terms(
        &self,
        x_velocity: f64,
        healthy: bool,
        action: &[f64],
        contact: &[[f64; 6]],
    ) -> Vec<(&'static str, f64)> {
        let alive = |reward: f64| ("reward_survive", if healthy { reward } else { 0.0 });
        let forward = |weight: f64| ("reward_forward", weight * x_velocity);
        // The action as it is given, not as the motors clamp it.
        let control = |weight: f64| ("reward_ctrl", -weight * action.iter().map(|a| a * a).sum::<f64>());
        let squares = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
        match self.task {
            Task::Hopper | Task::Walker2d => vec![forward(1.0), alive(1.0), control(1e-3)],
            Task::HalfCheetah => vec![forward(1.0), control(0.1)],
            Task::Swimmer => vec![forward(1.0), control(1e-4)],
            Task::Reacher => vec![("reward_dist", -norm(&reach(&self.last))), control(1.0)],
            Task::InvertedDoublePendulum => {
                let ([x, _, z], v) = (tip(&self.last), &self.state.qvel);
                let distance = 0.01 * x * x + (z - 2.0) * (z - 2.0);
                let speed = 1e-3 * v[1] * v[1] + 5e-3 * v[2] * v[2];
                vec![alive(10.0), ("distance_penalty", -distance), ("velocity_penalty", -speed)]
            }
            Task::InvertedPendulum => vec![alive(1.0)],
            Task::Humanoid => {
                let cost = (5e-7 * squares(contact.as_flattened())).min(10.0);
                vec![forward(1.25), alive(5.0), control(0.1), ("reward_contact", -cost)]
            }
            Task::Ant => {
                let clipped: Vec<f64> = contact.as_flattened().iter().map(|x| x.clamp(-1.0, 1.0)).collect();
                vec![forward(1.0), alive(1.0), control(0.5), ("reward_contact", -5e-4 * squares(&clipped))]
            }
        }
    }

    fn observe(&self, contact: &[[f64; 6]]) -> Vec<f64> {
        let (q, v) = (&self.state.qpos, &self.state.qvel);
        if self.task == Task::Reacher {
            let turns = [q[0].cos(), q[1].cos(), q[0].sin(), q[1].sin()];
            return [&turns[..], &q[2..], &v[..2], &reach(&self.last)[..2]].concat();
        }
        if self.task == Task::InvertedDoublePendulum {
            let turns = [q[1].sin(), q[2].sin(), q[1].cos(), q[2].cos()];
            let speeds: Vec<f64> = v.iter().map(|v| v.clamp(-10.0, 10.0)).collect();
            let pull = self.last.constraint_forces()[0].clamp(-10.0, 10.0);
            return [&[q[0]], &turns[..], &speeds, &[pull]].concat();
        }
        let mut obs = self.state.qpos[self.task.hidden_positions()..].to_vec();
        match self.task {
            Task::Hopper | Task::Walker2d => obs.extend(self.state.qvel.iter().map(|v| v.clamp(-10.0, 10.0))),
            _ => obs.extend(&self.state.qvel),
        }
        match self.task {
            Task::Humanoid => {
                obs.extend(self.last.kin.cinert[1..].iter().flat_map(|inertia| inertia.packed()));
                obs.extend(self.last.cvel[1..].as_flattened());
                obs.extend(&self.last.qfrc_actuator[6..]);
                obs.extend(contact[1..].as_flattened());
            }
            Task::Ant => obs.extend(contact[1..].as_flattened().iter().map(|x| x.clamp(-1.0, 1.0))),
            _ => {}
        }
        obs
    }
}
