//! Muscles traced: the curves of [`crate::physics::muscle`], activation, and the forces on the dofs.

use super::{
    path::{Line, transmission},
    trace::{Ex, Trace, Var},
};
use crate::physics::{
    model::{Model, transmission::TENDON},
    muscle::{Activation, ForceLength, ForceVelocity, Muscle, Passive, Path},
};

/// Source of the lengths of muscles and tendons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MuscleLengths {
    /// Literals of the model.
    #[default]
    Literal,
    /// Private variables `muscle_0_optimal` and `muscle_0_slack`, m, which the caller sets.
    Private,
}

/// State of a muscle.
pub struct Fibre<'t> {
    /// Normalised length; 1 is optimal.
    pub length: Ex<'t>,
    /// Normalised velocity, positive when it lengthens.
    pub velocity: Ex<'t>,
    /// Tension, N, not negative.
    pub force: Ex<'t>,
}

/// Returns the optimal length and slack length of muscle `m`.
fn lengths<'t>(trace: &'t Trace, m: usize, muscle: &Muscle, from: MuscleLengths) -> [Ex<'t>; 2] {
    match from {
        MuscleLengths::Literal => [trace.num(muscle.optimal), trace.num(muscle.slack)],
        MuscleLengths::Private => ["optimal", "slack"].map(|name| trace.read(&format!("muscle_{m}_{name}"))),
    }
}

/// Returns the state of muscle `m` along `line` with the activation `act`.
pub fn fibre<'t>(
    trace: &'t Trace,
    m: usize,
    muscle: &Muscle,
    from: MuscleLengths,
    line: &Line<'t>,
    act: Ex<'t>,
) -> Fibre<'t> {
    let [optimal, slack] = lengths(trace, m, muscle, from);
    let per_length = 1.0 / optimal;
    let length = ((line.length - slack) * per_length).named(&format!("muscle_{m}_length"));
    let velocity = ((1.0 / muscle.vmax) * (line.velocity * per_length)).named(&format!("muscle_{m}_velocity"));
    let active =
        force_length(trace, muscle.laws.length, length) * force_velocity(trace, muscle.laws.velocity, velocity);
    let force = muscle.peak * (active * act + passive(trace, muscle.laws.passive, length));
    Fibre { length, velocity, force: force.named(&format!("muscle_{m}_force")) }
}

/// Returns the active force-length factor f_L.
pub fn force_length<'t>(trace: &'t Trace, law: ForceLength, l: Ex<'t>) -> Ex<'t> {
    match law {
        ForceLength::Gaussian { width } => {
            let x = (1.0 / width) * (l - 1.0);
            trace.call("exp1", &[-(x * x)])
        }
        ForceLength::Parabolas { lmin, lmax } => {
            let (a, b) = (0.5 * (1.0 + lmin), 0.5 * (1.0 + lmax));
            let half_square = |x: Ex<'t>| 0.5 * (x * x);
            let rising = half_square((l - lmin) * (1.0 / (a - lmin)));
            let below = 1.0 - half_square((1.0 - l) * (1.0 / (1.0 - a)));
            let above = 1.0 - half_square((l - 1.0) * (1.0 / (b - 1.0)));
            let falling = half_square((lmax - l) * (1.0 / (lmax - b)));
            let zero = trace.num(0.0);
            let low = trace.select(l.less(a), trace.select(l.less(lmin), zero, rising), below);
            let high = trace.select(trace.num(b).less(l), trace.select(trace.num(lmax).less(l), zero, falling), above);
            trace.select(l.less(1.0), low, high)
        }
    }
}

/// Returns the active force-velocity factor f_V.
pub fn force_velocity<'t>(trace: &'t Trace, law: ForceVelocity, v: Ex<'t>) -> Ex<'t> {
    match law {
        ForceVelocity::Arctan { steepness, spread } => {
            (1.0 + (1.0 / spread) * trace.call("atan1", &[steepness * v])).max(0.0)
        }
        ForceVelocity::Parabolas { fvmax } => {
            let y = fvmax - 1.0;
            let shortening = (v + 1.0) * (v + 1.0);
            let rest = y - v;
            // if `fvmax` is 1, there is no rise
            let lengthening = if y > 0.0 { fvmax - (1.0 / y) * (rest * rest) } else { trace.num(fvmax) };
            let slow = trace.select(v.less(y), lengthening, trace.num(fvmax));
            let pulled = trace.select(v.less(0.0), shortening, slow);
            trace.select(v.less(-1.0), trace.num(0.0), pulled)
        }
    }
}

/// Returns the passive force factor f_P.
pub fn passive<'t>(trace: &'t Trace, law: Passive, l: Ex<'t>) -> Ex<'t> {
    let stretched = match law {
        Passive::Square { stiffness } => stiffness * ((l - 1.0) * (l - 1.0)),
        Passive::Exponential { shape, strain } => {
            (1.0 / shape.exp_m1()) * (trace.call("exp1", &[(shape / strain) * (l - 1.0)]) - 1.0)
        }
        Passive::Parabola { fpmax, lmax } => {
            let b = 0.5 * (1.0 + lmax);
            let x = (1.0 / (b - 1.0)) * (l - 1.0);
            let near = (0.5 * fpmax) * (x * x);
            let far = fpmax * (0.5 + (x - 1.0));
            trace.select(l.less(b), near, far)
        }
    };
    trace.select(trace.num(1.0).less(l), stretched, trace.num(0.0))
}

/// Returns da/dt of MuJoCo's dynamics, 1/s.
pub fn activation_rate<'t>(
    trace: &'t Trace,
    [rise, fall]: [f64; 2],
    smooth: f64,
    stimulation: Ex<'t>,
    act: Ex<'t>,
) -> Ex<'t> {
    let change = stimulation.clamp(0.0, 1.0) - act;
    let scale = 0.5 + 1.5 * act.clamp(0.0, 1.0);
    let (up, down) = (rise * scale, fall / scale);
    let constant = if smooth < 1e-15 {
        trace.select(trace.num(0.0).less(change), up, down)
    } else {
        let x = ((1.0 / smooth) * change + 0.5).clamp(0.0, 1.0);
        let s = x * x * x * (3.0 * x * (2.0 * x - 5.0) + 10.0);
        down + (up - down) * s
    };
    change / constant
}

/// Returns the activation after `h` seconds of constant stimulation, solved exactly for two time constants.
pub fn activation_after<'t>([rise, fall]: [f64; 2], h: f64, stimulation: Ex<'t>, act: Ex<'t>) -> Ex<'t> {
    let (kept_on, kept_off) = ((-h / rise).exp(), (-h / fall).exp());
    let on = 1.0 - kept_on * (1.0 - act);
    stimulation * on + (1.0 - stimulation) * (kept_off * act)
}

/// Actuators whose force varies within a step: muscles, and motors on tendons.
pub struct Pulls<'a, 't> {
    /// Trace that receives the code.
    pub trace: &'t Trace,
    /// The robot.
    pub model: &'a Model,
    /// The robot's muscles.
    pub muscles: &'a [Muscle],
    /// Source of their lengths.
    pub lengths: MuscleLengths,
}

impl<'t> Pulls<'_, 't> {
    /// Adds their joint forces to `total`, at the `state` (`qpos`, `qvel`), activations `act` and controls `ctrl`.
    /// Returns the muscles' states.
    pub fn add_forces(
        &self,
        tendons: &[Line<'t>],
        state: (&[Ex<'t>], &[Ex<'t>]),
        (act, ctrl): (&[Ex<'t>], &[Ex<'t>]),
        total: &mut [Ex<'t>],
    ) -> Vec<Fibre<'t>> {
        let (trace, model) = (self.trace, self.model);
        for k in (0..model.sizes.nu).filter(|k| pulls_tendon(model, *k)) {
            let line = transmission(trace, model, k, Path::Transmission, tendons, state);
            line.add_force(model.actuator_gainprm[k][0] * limited(model, k, ctrl[k]), total);
        }
        let pull = |(m, muscle): (usize, &Muscle)| {
            let line = transmission(trace, model, muscle.actuator, muscle.laws.path, tendons, state);
            let fibre = fibre(trace, m, muscle, self.lengths, &line, act[m]);
            line.add_force(-fibre.force, total);
            fibre
        };
        self.muscles.iter().enumerate().map(pull).collect()
    }

    /// Returns da/dt of each muscle at `act`; `None` if its activation is not integrated with the state.
    pub fn rates(&self, act: &[Ex<'t>], ctrl: &[Ex<'t>]) -> Vec<Option<Ex<'t>>> {
        let rate = |(m, muscle): (usize, &Muscle)| match muscle.laws.activation {
            Activation::Millard { constants, smooth } => {
                let stimulation = limited(self.model, muscle.actuator, ctrl[muscle.actuator]);
                Some(activation_rate(self.trace, constants, smooth, stimulation, act[m]))
            }
            Activation::Exponential { .. } => None,
        };
        self.muscles.iter().enumerate().map(rate).collect()
    }

    /// Advances the activations that are solved exactly over a step, and the pulses that drive them.
    pub fn hold(&self, act: &[Var], ctrl: &[Ex<'t>]) {
        let (trace, h) = (self.trace, self.model.opt.timestep);
        for (m, muscle) in self.muscles.iter().enumerate() {
            let Activation::Exponential { constants, .. } = muscle.laws.activation else { continue };
            let mut stimulation = limited(self.model, muscle.actuator, ctrl[muscle.actuator]).clamp(0.0, 1.0);
            let steps = muscle.pulse_steps(h);
            if steps > 0 {
                let pulse = Var(format!("pulse_{m}"));
                let spike = trace.num(0.5).less(stimulation);
                let left = trace.select(spike, trace.num(f64::from(steps)), (trace.get(&pulse) - 1.0).max(0.0));
                trace.set(&pulse, left);
                stimulation = trace.select(trace.num(0.0).less(trace.get(&pulse)), trace.num(1.0), trace.num(0.0));
            }
            trace.set(&act[m], activation_after(constants, h, stimulation, trace.get(&act[m])));
        }
    }
}

/// Returns whether actuator `k` is a motor on a tendon.
pub fn pulls_tendon(model: &Model, k: usize) -> bool {
    model.actuator_trntype.get(k) == Some(&TENDON) && Muscle::of(model, k).is_none()
}

/// Returns a control clamped to its range, if it has one.
pub fn limited<'t>(model: &Model, k: usize, ctrl: Ex<'t>) -> Ex<'t> {
    let [low, high] = model.actuator_ctrlrange[k];
    if model.actuator_ctrllimited[k] { ctrl.clamp(low, high) } else { ctrl }
}
