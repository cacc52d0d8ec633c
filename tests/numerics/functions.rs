//! Functions of `shaders/numerics/` against f64, on a dense grid, and the law of contacts (`shaders/physics/grip.wgsl`)
//! against bisection.

use gpu_ec::{
    gpu::{Gpu, Selector, Workspace},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        wgsl::{Constants, compose},
    },
};

/// Values of the WGSL expression of `x` at each of `points`.
fn values(import: &str, expression: &str, points: &[f32]) -> Vec<f32> {
    run(
        &format!("numerics/{import}"),
        &format!("    let x = probe_inout[id.x];\n    probe_inout[id.x] = {expression};\n"),
        points,
        4,
    )
}

/// What `body`, invocation `id.x` of which has `width` of the numbers, leaves of the buffer `probe`.
fn run(import: &str, body: &str, numbers: &[f32], width: usize) -> Vec<f32> {
    let text = format!(
        "#import {import}\nvar<storage, read_write> probe_inout: array<vec4<f32>>;\n@compute @workgroup_size(64)\n\
         fn main(@builtin(global_invocation_id) id: vec3<u32>) {{\n{body}}}\n"
    );
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let module = compose("functions", &text, &Constants::default()).expect("composes");
    let mut workspace =
        Workspace::new(&gpu, &[Kernel::new(PassId::Other("functions"), &module, "main")]).expect("compiles");
    let group = 64 * width;
    let mut padded = numbers.to_vec();
    padded.resize(numbers.len().next_multiple_of(group), 0.0);
    workspace.alloc(BufferId::Probe, 4 * padded.len() as u64).expect("fits");
    workspace.write(BufferId::Probe, &padded);
    workspace.dispatch(PassId::Other("functions"), [(padded.len() / group) as u32, 1, 1]).expect("runs");
    let mut values: Vec<f32> = workspace.read(BufferId::Probe).expect("reads");
    values.truncate(numbers.len());
    values
}

/// `count` points between -`end` and `end`, many of them near 0.
fn grid(end: f32, count: usize) -> Vec<f32> {
    let even = (0..=count).map(|k| end * (2.0 * k as f32 / count as f32 - 1.0));
    let close = (0..=count).map(|k| 2.0 * k as f32 / count as f32 - 1.0).map(|x| x * x * x);
    even.chain(close).collect()
}

/// The largest of `error(x, value)`, with its x.
fn worst(points: &[f32], values: &[f32], error: impl Fn(f64, f64) -> f64) -> (f64, f32) {
    assert_eq!(points.len(), values.len(), "a value a point");
    let mut worst = (0.0, 0.0);
    for (x, value) in points.iter().zip(values) {
        let error = error(f64::from(*x), f64::from(*value));
        if error.is_nan() || error > worst.0 {
            worst = (error, *x);
        }
    }
    worst
}

#[test]
#[expect(clippy::print_stdout, reason = "the errors belong in the log")]
fn functions_are_as_accurate_as_they_say() {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let relative = |got: f64, want: f64| if want == 0.0 { got.abs() } else { ((got - want) / want).abs() };
    let points = grid(80.0, 200_000);
    let exp = worst(&points, &values("exp", "exp4(x)", &points), |x, y| relative(y, x.exp()));
    let points = grid(30.0, 200_000);
    let logistic = worst(&points, &values("sigmoid", "sigmoid4(x)", &points), |x, y| (y - sigmoid(x)).abs());
    let tanh_values = values("tanh", "tanh4(x)", &points);
    let tanh = worst(&points, &tanh_values, |x, y| (y - x.tanh()).abs());
    let near: Vec<usize> = (0..points.len()).filter(|k| (1e-30..0.6).contains(&points[*k].abs())).collect();
    let pick = |from: &[f32]| near.iter().map(|k| from[*k]).collect::<Vec<f32>>();
    let small = worst(&pick(&points), &pick(&tanh_values), |x, y| relative(y, x.tanh()));
    println!("exp {exp:?}, sigmoid {logistic:?}, tanh {tanh:?}, tanh near 0, relative {small:?}");
    for (name, (error, x)) in [("exp", exp), ("sigmoid", logistic), ("tanh", tanh), ("tanh near 0", small)] {
        assert!(error < 3e-7, "{name}: {error:e} at {x}");
    }
}

#[test]
fn far_out_they_reach_their_limits() {
    let points = [-1e30, -200.0, -90.0, 90.0, 200.0, 1e30];
    assert_eq!(values("tanh", "tanh4(x)", &points), [-1.0, -1.0, -1.0, 1.0, 1.0, 1.0], "tanh");
    let sigmoid = values("sigmoid", "sigmoid4(x)", &points);
    assert!(sigmoid[..3].iter().all(|y| (0.0..1e-35).contains(y)), "sigmoid: {sigmoid:?}");
    assert_eq!(sigmoid[3..], [1.0; 3], "sigmoid");
}

/// The comparison finds a function that is off by 5e-7, and one that is no number.
#[test]
fn a_less_accurate_function_is_found() {
    let points = grid(5.0, 100);
    let off = values("tanh", "tanh4(x) + 5e-7", &points);
    assert!(worst(&points, &off, |x, y| (y - x.tanh()).abs()).0 > 3e-7, "5e-7 off");
    assert!(worst(&[1.0], &[f32::NAN], |x, y| (y - x).abs()).0.is_nan(), "not a number");
}

/// A contact: D of an edge, friction, what its spring gives way by, and its residual.
type Contact = [f32; 6];

/// Contacts of any stiffness on any side of any of the places where an edge begins to pull.
fn contacts() -> Vec<Contact> {
    let mut state = 1u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let contact = |_| {
        let weight = 10f32.powf(13.0 * uniform() - 2.0);
        let friction = if uniform() < 0.1 { 0.0 } else { 10f32.powf(5.0 * uniform() - 5.0) };
        let give = if uniform() < 0.3 { 0.0 } else { 10f32.powf(4.0 * uniform() - 6.0) };
        let [x, y] = [0, 1].map(|_| if uniform() < 0.1 { 0.0 } else { 200.0 * (uniform() - 0.5) });
        // near the edges' own places, or near those that the spring moves them to
        let edge = friction * if uniform() < 0.5 { x.abs() } else { y.abs() };
        let moved = if uniform() < 0.5 { 1.0 } else { 1.0 + 4.0 * give * weight };
        [weight, friction, give, 3.0 * (uniform() - 0.7) * edge.max(1e-3) * moved, x, y]
    };
    (0..20_000).map(contact).collect()
}

/// The gradient of a contact's cost: the normal force with which its spring gives way just as far as that force asks
/// for, by bisection.
fn gradient([weight, friction, give, normal, x, y]: [f64; 6]) -> [f64; 3] {
    let edges = [x, -x, y, -y].map(|side| friction * side);
    let pulls = |force: f64| edges.map(|edge| weight * (normal + give * force + edge).min(0.0));
    let [mut low, mut high] = [0.0, -pulls(0.0).iter().sum::<f64>()];
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        let pulled: f64 = -pulls(middle).iter().sum::<f64>();
        if pulled > middle { low = middle } else { high = middle }
    }
    let [a, b, c, d] = pulls(high);
    [-high, friction * (a - b), friction * (c - d)]
}

/// How far gradients are off, in units of what 1e-6 of the residual changes, with the contact that is off most.
fn off(contacts: &[Contact], found: &[[f32; 3]]) -> (f64, Contact) {
    let mut worst = (0.0, contacts[0]);
    for (contact, found) in contacts.iter().zip(found) {
        let [weight, friction, give, normal, x, y] = contact.map(f64::from);
        let sides = friction * (x.abs() + y.abs());
        let along = (4.0 * weight / (1.0 + 4.0 * weight * give)) * (normal.abs() + sides);
        let across = friction * (along + weight * sides);
        let wanted = gradient([weight, friction, give, normal, x, y]);
        for (k, scale) in [along, across, across].into_iter().enumerate() {
            let error = (f64::from(found[k]) - wanted[k]).abs() / (1e-6 * scale + 1e-30);
            if error.is_nan() || error > worst.0 {
                worst = (error, *contact);
            }
        }
    }
    worst
}

#[test]
fn contacts_hold_as_their_springs_and_edges_say() {
    let contacts = contacts();
    let numbers: Vec<f32> = contacts.iter().flat_map(|&[w, f, g, n, x, y]| [w, f, g, 0.0, n, x, y, 0.0]).collect();
    let law = |weight: &str| {
        let body = format!(
            "    let is = probe_inout[2u * id.x];\n    let u = probe_inout[2u * id.x + 1u].xyz;\n    \
             let grip = grip_of({weight}, is.y, is.z, u);\n    \
             probe_inout[2u * id.x] = vec4<f32>(grip_times(grip, u), grip.count);\n"
        );
        run("physics/grip", &body, &numbers, 8)
    };
    let found = |values: &[f32]| values.chunks_exact(8).map(|of| [of[0], of[1], of[2]]).collect::<Vec<_>>();
    let values = law("is.x");
    let worst = off(&contacts, &found(&values));
    assert!(worst.0 < 1.0, "{worst:?}");
    for count in 0..=4 {
        let with = values.chunks_exact(8).filter(|of| of[3] == count as f32).count();
        assert!(with > 500, "{with} contacts of {count} edges");
    }
    assert!(off(&contacts, &found(&law("1.00002 * is.x"))).0 > 1.0, "a D that is off by 2e-5 is found");
}
