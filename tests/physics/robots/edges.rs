//! States at the edges of what can be computed (`tests/physics/robots/make_edges.py`): sites and centres at the same
//! place, contacts without friction, fast spins. Every row of every robot after a step, in both shapes where both know
//! the robot.

use super::*;

/// Robots whose kernels the cooperative shape has as well. It has those of `slippery_limb`, too, but eliminates from
/// the base to the leaves: two joints that slide almost in one direction at the end of a light base cost it digits,
/// with or without contacts.
pub const COOPERATIVE: [&str; 6] =
    ["coincident", "frictionless_feet", "frictionless_pair", "spin", "weak_chain", "wedged_rigid"];

/// Share of rows that must stay near MuJoCo over a hundred steps: frictionless contacts that open and close part in
/// some.
const NEAR: f64 = 0.75;

/// How far a row may be off, in units of what rounding of its start changes in MuJoCo.
const SENSITIVE: f64 = 30.0;

/// All rows after a step; where `hundred`, also over a hundred: not where 32 bits lose a spin's phase, nor where a
/// muscle pulls through a point at which its direction jumps.
fn edge(name: &'static str, hundred: bool) {
    let own = Own::open(name);
    let gpu = open();
    let [q, v, ctrl, sens] = ["qpos", "qvel", "ctrl", "sens"].map(|name| own.rows(name));
    let act = vec![vec![0.0; own.model.sizes.na]; q.len()];
    let states: [(&str, &crate::support::golden_gpu::Rows); 4] =
        [("qpos", &q), ("qvel", &v), ("act", &act), ("ctrl", &ctrl)];
    let states = &states[..];
    let mut failures = vec![];
    for (who, probe) in own.probes() {
        let mut workspace = probe.workspace(&gpu, q.len());
        let mut after = |steps| {
            let output = probe.run(&mut workspace, states, steps, 4);
            let field = |name: &str| (0..q.len()).map(|row| probe.field(&output, name, row)).collect::<Vec<_>>();
            own.errors_of(&field("qpos"), &field("qvel"), steps)
        };
        failures.extend(own.beyond(who, &after(1)));
        if hundred {
            // In the units of the errors. Without them, chance decides if enough rows of wedged_box stay near: 0.71 to
            // 0.83 of them, for starts that differ by rounding.
            let sens: Vec<_> = sens.iter().map(|row| row.iter().map(|x| x / own.length()).collect()).collect();
            let share = share_within(&after(100), &sens, [1e-5, 1e-4], SENSITIVE);
            eprintln!("  {name} after 100, {who}: {share:.3} of rows within the bar, {NEAR} wanted");
            failures.extend((share < NEAR).then(|| format!("{who}: only {share:.3} of the rows stay near")));
        }
    }
    if own.model.sizes.ntendon == 0 {
        // Rows of weight 1e11 cost f64 five more of its digits than ordinary ones, and movements nearly alike another.
        let exact = own.oracle(&q, &v, &ctrl, 1).who.remove(0).1;
        let over = exact.iter().filter(|error| !(error[0] <= 1e-10 && error[1] <= 1e-9));
        failures.extend(over.map(|error| format!("oracle: a row is {error:?} off after a step")));
    }
    assert_none(&failures);
}

impl Own {
    /// Rows beyond the bars of [`Own::failures`] after a step. That of positions grows with how far the step moves, for
    /// the rounding of velocities does; both grow by what rounding of the start changes in MuJoCo.
    fn beyond(&self, who: &str, errors: &[[f64; 2]]) -> Vec<String> {
        let [speeds, sens] = ["next1_qvel", "sens1"].map(|name| self.rows(name));
        let over = |(row, error): (usize, &[f64; 2])| {
            let speed = norm(&speeds[row]);
            let noise = [0, 1].map(|k| SENSITIVE * sens[row][k] / self.length());
            let bars = [2e-6 * (1.0 + self.model.opt.timestep * speed) + noise[0], 2e-5 + noise[1] / (1.0 + speed)];
            let within = (0..2).all(|k| error[k] <= bars[k]);
            (!within).then(|| format!("{who}: row {row} is {error:?} off after a step, {bars:?} allowed"))
        };
        errors.iter().enumerate().filter_map(over).collect()
    }
}

macro_rules! edges {
    ($($name:ident $hundred:literal;)*) => {
        $(#[test] fn $name() { edge(concat!("edges/", stringify!($name)), $hundred); })*
    };
}

edges! {
    coincident true;
    frictionless_box true;
    frictionless_feet true;
    frictionless_pair true;
    nearly_alike false;
    slippery_limb false;
    spin false;
    tendon_limit_meets false;
    tendon_limit_rigid true;
    tendon_sites_meet true;
    weak_chain false;
    wedged_box true;
    wedged_limit false;
    wedged_rigid false;
    wedged_still true;
    wide_step false;
    wrung_limits false;
}
