//! The embodied arm of Brand (2024) in f64, written from the equations: spikes or smooth ones, and tangents of the
//! whole state.
#![expect(clippy::needless_range_loop, reason = "the equations run over neurons of several arrays at once")]

/// Step of the body, s; ticks of it.
pub const STEP: f64 = 1.25e-3;
pub const TICKS: usize = 5;
const DT: f64 = 0.25;
const HOLD: f64 = 120.0;
const INERTIA: f64 = 3.3333333e-8 + 1e-3 * 1e-4 + 1e-6; // about the hinge: rod, parallel axis, armature
const DAMPING: f64 = 4.3e-5;
const ARMS: [f64; 2] = [2e-3, 12e-3];
const PEAK: f64 = 0.1;

/// Weights: inputs `[2][n]`, recurrent `[n][n]` by presynaptic neuron, readout `[n][2]`.
#[derive(Debug, Clone)]
pub struct Weights {
    pub input: Vec<Vec<f64>>,
    pub recurrent: Vec<Vec<f64>>,
    pub readout: Vec<[f64; 2]>,
}

/// The state, or a tangent of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub u_in: [f64; 2],
    pub i_in: [f64; 2],
    pub u: Vec<f64>,
    pub i: Vec<f64>,
    pub u_out: [f64; 2],
    pub i_out: [f64; 2],
    pub held: [f64; 2],
    pub act: [f64; 2],
    pub angle: f64,
    pub velocity: f64,
    /// Spikes of the outputs so far.
    pub spent: f64,
}

/// The model.
#[derive(Debug, Clone, Copy)]
pub struct Arm {
    /// Spikes are `0.5 + x / (1 + |x|)`, whose derivative the surrogate is.
    pub smooth: bool,
    /// Whether the way from the angle to the input neurons counts for tangents.
    pub loops: bool,
    pub tendon_ratio: f64,
    /// Loss of squared activation, and of a spike of an output.
    pub energy: [f64; 2],
}

impl State {
    pub fn rest(n: usize) -> Self {
        Self { u: vec![0.0; n], i: vec![0.0; n], held: [-1.0; 2], ..Self::default() }
    }

    pub fn zero(n: usize) -> Self {
        Self { held: [0.0; 2], ..Self::rest(n) }
    }
}

fn alpha() -> f64 {
    (-DT / 5.0f64).exp()
}

fn beta() -> f64 {
    (-DT / 10.0f64).exp()
}

fn current_of(rate: f64) -> f64 {
    (1.0 - beta()) / DT / (1.0 - (-1000.0 / (10.0 * rate)).exp()) * (1.0 - alpha())
}

impl Arm {
    fn spike(&self, x: f64) -> f64 {
        if self.smooth { 0.5 + x / (1.0 + x.abs()) } else { f64::from(u8::from(x >= 0.0)) }
    }

    fn slope(x: f64) -> f64 {
        1.0 / (1.0 + x.abs()).powi(2)
    }

    /// Input current, and its derivative by the angle.
    fn input(&self, angle: f64) -> [(f64, f64); 2] {
        let (low, high) = (current_of(10.0), current_of(100.0));
        [angle, -angle].map(|p| {
            let rise = (high - low) / 0.6;
            let slope = if p > 0.01 && p < 0.6 { rise } else { 0.0 };
            (if p > 0.01 { low + rise * p.min(0.6) } else { 0.0 }, slope)
        })
    }

    /// One tick, and with `tangents` (state, readout) the same of each.
    pub fn tick(&self, w: &Weights, s: &State, tangents: &mut [(State, Option<(usize, usize)>)]) -> State {
        let n = s.u.len();
        let (al, be) = (alpha(), beta());
        let fire = |u: f64| self.spike(u - 1.0);
        let (s1, s2, s3) = (s.u_in.map(fire), s.u.iter().map(|u| fire(*u)).collect::<Vec<_>>(), s.u_out.map(fire));
        let membrane = |u: f64, i: f64, spike: f64| (1.0 - spike) * (be * u + i * DT);
        let input = self.input(s.angle);
        let mut next = s.clone();
        for k in 0..2 {
            next.u_in[k] = membrane(s.u_in[k], s.i_in[k], s1[k]);
            next.i_in[k] = al * s.i_in[k] + input[k].0;
            next.u_out[k] = membrane(s.u_out[k], s.i_out[k], s3[k]);
            next.i_out[k] = al * s.i_out[k] + (0..n).map(|j| s2[j] * w.readout[j][k]).sum::<f64>();
            next.spent += s3[k];
            next.held[k] = (1.0 - s3[k]) * (s.held[k] - 1.0).max(-1.0) + s3[k] * HOLD;
        }
        for to in 0..n {
            next.u[to] = membrane(s.u[to], s.i[to], s2[to]);
            next.i[to] = al * s.i[to];
        }
        for (from, spike) in s2.iter().enumerate().filter(|(_, spike)| **spike != 0.0) {
            next.i.iter_mut().zip(&w.recurrent[from]).for_each(|(i, weight)| *i += spike * weight);
        }
        for (from, spike) in s1.iter().enumerate() {
            next.i.iter_mut().zip(&w.input[from]).for_each(|(i, weight)| *i += spike * weight);
        }
        let (ea, ed) = ((-DT / 10.0f64).exp(), (-DT / 40.0f64).exp());
        let stim = next.held.map(|held| self.spike(held));
        for k in 0..2 {
            next.act[k] = stim[k] * (1.0 - (1.0 - s.act[k]) * ea) + (1.0 - stim[k]) * s.act[k] * ed;
        }
        for (d, weight) in tangents {
            let before = d.clone();
            let d_membrane = |u: f64, i: f64, spike: f64, du: f64, di: f64| {
                (1.0 - spike) * (be * du + di * DT) - Self::slope(u - 1.0) * du * (be * u + i * DT)
            };
            let d_spike = |u: f64, du: f64| Self::slope(u - 1.0) * du;
            let d1 = [0, 1].map(|k| d_spike(s.u_in[k], before.u_in[k]));
            let d2: Vec<f64> = (0..n).map(|j| d_spike(s.u[j], before.u[j])).collect();
            for k in 0..2 {
                d.u_in[k] = d_membrane(s.u_in[k], s.i_in[k], s1[k], before.u_in[k], before.i_in[k]);
                d.i_in[k] = al * before.i_in[k];
                if self.loops {
                    d.i_in[k] += input[k].1 * if k == 0 { before.angle } else { -before.angle };
                }
                d.u_out[k] = d_membrane(s.u_out[k], s.i_out[k], s3[k], before.u_out[k], before.i_out[k]);
                d.i_out[k] = al * before.i_out[k] + (0..n).map(|j| d2[j] * w.readout[j][k]).sum::<f64>();
                let d3 = d_spike(s.u_out[k], before.u_out[k]);
                d.spent += d3;
                let open = if s.held[k] > 0.0 { 1.0 - s3[k] } else { 0.0 };
                d.held[k] = open * before.held[k] + (HOLD - (s.held[k] - 1.0).max(-1.0)) * d3;
                let d_stim = Self::slope(next.held[k]) * d.held[k];
                d.act[k] = d_stim * ((1.0 - (1.0 - s.act[k]) * ea) - s.act[k] * ed)
                    + (stim[k] * ea + (1.0 - stim[k]) * ed) * before.act[k];
            }
            if let Some((from, to)) = weight {
                d.i_out[*to] += s2[*from];
            }
            for to in 0..n {
                d.u[to] = d_membrane(s.u[to], s.i[to], s2[to], before.u[to], before.i[to]);
                d.i[to] = al * before.i[to];
            }
            if d2.iter().chain(&d1).any(|d| *d != 0.0) {
                for from in 0..n {
                    d.i.iter_mut().zip(&w.recurrent[from]).for_each(|(i, weight)| *i += d2[from] * weight);
                }
                for from in 0..2 {
                    d.i.iter_mut().zip(&w.input[from]).for_each(|(i, weight)| *i += d1[from] * weight);
                }
            }
        }
        next
    }

    /// Torque of both muscles, and its derivatives by angle, velocity and activations.
    pub fn torque(&self, s: &State) -> (f64, f64, f64, [f64; 2]) {
        let [c1, c2] = ARMS;
        let whole = c1.hypot(c2);
        let (slack, optimal) = (self.tendon_ratio * whole, (1.0 - self.tendon_ratio) * whole);
        let (mut torque, mut by_angle, mut by_velocity, mut by_act) = (0.0, 0.0, 0.0, [0.0; 2]);
        for (k, side) in [1.0, -1.0].into_iter().enumerate() {
            let q = side * s.angle;
            let length = (c1 * c1 + c2 * c2 + 2.0 * c1 * c2 * q.sin()).sqrt();
            let arm = c1 * c2 * q.cos() / length; // d length / d q
            let d_arm = -c1 * c2 * q.sin() / length - arm * arm / length; // d arm / d q
            let l = (length - slack) / optimal;
            let v = arm * side * s.velocity / (10.0 * optimal); // lengthening
            let f_l = (-((l - 1.0) / 0.5).powi(2)).exp();
            let d_f_l = f_l * -2.0 * (l - 1.0) / 0.25;
            let f_v = (1.0 + (10.0 * v).atan() / 1.5).max(0.0);
            let d_f_v = if f_v > 0.0 { 10.0 / 1.5 / (1.0 + 100.0 * v * v) } else { 0.0 };
            let (f_p, d_f_p) = if l > 1.0 { ((l - 1.0).powi(2), 2.0 * (l - 1.0)) } else { (0.0, 0.0) };
            let force = PEAK * (f_l * f_v * s.act[k] + f_p);
            let dl = arm / optimal;
            let dv = d_arm * side * s.velocity / (10.0 * optimal);
            let d_force_q = PEAK * ((d_f_l * dl * f_v + f_l * d_f_v * dv) * s.act[k] + d_f_p * dl);
            let d_force_v = PEAK * f_l * d_f_v * arm * side / (10.0 * optimal) * s.act[k];
            torque -= side * arm * force;
            by_angle -= side * (d_arm * force + arm * d_force_q) * side;
            by_velocity -= side * arm * d_force_v;
            by_act[k] = -side * arm * PEAK * f_l * f_v;
        }
        (torque, by_angle, by_velocity, by_act)
    }

    /// A macro step: ticks, then the body by Euler's method with implicit damping.
    pub fn step(&self, w: &Weights, s: &State, tangents: &mut [(State, Option<(usize, usize)>)]) -> State {
        let mut s = s.clone();
        for _ in 0..TICKS {
            s = self.tick(w, &s, tangents);
        }
        let weight = 1e-3 * 9.81 * 0.01;
        let (torque, by_angle, by_velocity, by_act) = self.torque(&s);
        let gain = STEP / (INERTIA + STEP * DAMPING);
        let force = torque + weight * s.angle.sin() - DAMPING * s.velocity;
        for (d, _) in tangents.iter_mut() {
            let d_force = (by_angle + weight * s.angle.cos()) * d.angle
                + (by_velocity - DAMPING) * d.velocity
                + by_act[0] * d.act[0]
                + by_act[1] * d.act[1];
            d.velocity += gain * d_force;
            d.angle += STEP * d.velocity;
        }
        s.velocity += gain * force;
        s.angle += STEP * s.velocity;
        s
    }

    /// Loss (summed squared angles) of `steps` macro steps from `start`, the last state, and the gradient `[n][2]`.
    pub fn gradient(&self, w: &Weights, start: &State, steps: usize) -> (f64, State, Vec<[f64; 2]>) {
        let n = start.u.len();
        let mut tangents: Vec<_> = (0..2 * n).map(|p| (State::zero(n), Some((p / 2, p % 2)))).collect();
        let (mut s, mut loss, mut gradient) = (start.clone(), 0.0, vec![[0.0; 2]; n]);
        for _ in 0..steps {
            s = self.step(w, &s, &mut tangents);
            loss += s.angle * s.angle + self.energy[0] * (s.act[0] * s.act[0] + s.act[1] * s.act[1]);
            for (p, (d, _)) in tangents.iter().enumerate() {
                let effort = s.act[0] * d.act[0] + s.act[1] * d.act[1];
                gradient[p / 2][p % 2] += 2.0 * s.angle * d.angle + 2.0 * self.energy[0] * effort;
            }
        }
        for (p, (d, _)) in tangents.iter().enumerate() {
            gradient[p / 2][p % 2] += self.energy[1] * d.spent;
        }
        (loss + self.energy[1] * (s.spent - start.spent), s, gradient)
    }

    /// The loss alone.
    pub fn loss(&self, w: &Weights, start: &State, steps: usize) -> f64 {
        let (mut s, mut loss) = (start.clone(), 0.0);
        for _ in 0..steps {
            s = self.step(w, &s, &mut []);
            loss += s.angle * s.angle + self.energy[0] * (s.act[0] * s.act[0] + s.act[1] * s.act[1]);
        }
        loss + self.energy[1] * (s.spent - start.spent)
    }
}

/// `(cosine, ratio of norms, norm of the difference over that of the second)`.
pub fn compare(a: &[[f64; 2]], b: &[[f64; 2]]) -> (f64, f64, f64) {
    let (a, b) = (a.as_flattened(), b.as_flattened());
    let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    (dot / (norm(a) * norm(b)), norm(a) / norm(b), norm(&difference) / norm(b))
}
