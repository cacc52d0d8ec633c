//! Functions of `shaders/numerics/` against f64, on a dense grid.

use gpu_ec::gpu::{Gpu, Selector, Workspace};
use gpu_ec::plan::{
    kernel::Kernel,
    wgsl::{Constants, compose},
};

/// Values of the WGSL expression of `x` at each of `points`.
fn values(import: &str, expression: &str, points: &[f32]) -> Vec<f32> {
    let text = format!(
        "#import numerics/{import}\n#buffer probe_inout: array<vec4<f32>>\n@compute @workgroup_size(64)\n\
         fn main(@builtin(global_invocation_id) id: vec3<u32>) {{\n    let x = probe_inout[id.x];\n    \
         probe_inout[id.x] = {expression};\n}}\n"
    );
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let module = compose("functions", &text, &Constants::default()).expect("composes");
    let mut workspace = Workspace::new(&gpu, &[Kernel::new("functions", &module, "main")]).expect("compiles");
    let padded: Vec<f32> = points.iter().copied().chain([0.0; 256]).take(points.len().next_multiple_of(256)).collect();
    workspace.alloc("probe", 4 * padded.len() as u64).expect("fits");
    workspace.write("probe", &padded);
    workspace.dispatch("functions", [padded.len() as u32 / 256, 1, 1]).expect("runs");
    let mut values: Vec<f32> = workspace.read("probe").expect("reads");
    values.truncate(points.len());
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
