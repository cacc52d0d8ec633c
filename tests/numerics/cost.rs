//! What a plan says a pass costs, against counts that take another way.

use gpu_ec::{
    algorithms::Draw,
    config::{self, Source, presets},
    gpu::{Gpu, Selector, Workspace},
    kernel::{
        buffers::BufferId,
        cost::{Assumptions, Cost, Counter, Operations, peak},
        device::DeviceTraits,
        entry::{Kernel, PassId},
        wgsl::{Constants, compose},
    },
    physics::{
        mjcf,
        model::Model,
        stepper::{Options, assumptions, physics_text},
    },
    plan::Plan,
    run::evolution::engine::{Engine, Job, Queue},
};

fn plan(preset: &str, software: bool) -> Plan {
    let config = config::load(config::find(preset).expect("a preset"), &[]).expect("a valid preset");
    Plan::new(&config, DeviceTraits { software, ..Default::default() }).expect("plans")
}

fn cost_of(plan: &Plan, pass: PassId, firing_rate_hz: f64) -> Cost {
    let costs = plan.costs(firing_rate_hz).expect("every pass is counted");
    costs.into_iter().find(|cost| cost.id == pass).expect("a pass of the plan").cost
}

/// What `main` of `text` costs.
fn count(text: &str, assumptions: &Assumptions) -> Result<Cost, String> {
    let module = compose("test", text, &Constants::default()).expect("composes");
    Counter::default()
        .count(&Kernel::new(PassId::Other("test"), &module, "main"), assumptions)
        .map_err(|error| error.to_string())
}

/// A mass on a slide with a motor: short enough to count by hand.
const SLIDER: &str = r#"<mujoco><compiler autolimits="true"/><option timestep="0.01"/><worldbody>
<body name="cart"><joint name="slide" type="slide" axis="1 0 0"/><geom type="sphere" size="0.1" mass="2"/></body>
</worldbody><actuator><motor joint="slide" gear="3" ctrlrange="-1 1"/></actuator></mujoco>"#;

fn slider() -> Model {
    mjcf::compile("slider.xml", SLIDER).expect("a valid robot").model
}

#[test]
fn a_slider_counted_by_hand() {
    let model = slider();
    let options = Options::of(&model);
    let text = physics_text(&model, &options).expect("generates")
        + "@compute @workgroup_size(1) fn main() { physics_step(1u, 1u); }";
    let assumed = assumptions(&model, 1, options.integrator).trips("iteration", 2.0).share("iteration", 0.5);
    let cost = count(&text, &assumed).expect("counts");
    // Motor: 3 clamp(u). Solver, both iterations: 2 x, |x| < 100, settled, done, iteration + 1. Newton: -(0.5 excess).
    // Search: slope and curvature at the start and at alpha, two brackets, the next alpha; both states move.
    // Else-part: excess. Integration: two products and sums. Loops: a comparison and an increment a trip.
    let by_hand = Operations {
        multiply: 1.0 + 2.0 + 1.0 + (2.0 + 1.0 + 1.0 + 2.0) + 2.0,
        add: (1.0 + 1.0 + 1.0 + 2.0) + 1.0 + 2.0,
        divide: 1.0,
        special: 0.0,
        select: 2.0 + 2.0 + (3.0 + 3.0 + 2.0 + 3.0),
        integer: 2.0 + 2.0 + 2.0 * (2.0 + 2.0 + 4.0 + 1.0) + (3.0 + 1.0 + 1.0),
        popcount: 0.0,
    };
    assert_eq!(cost.operations, by_hand, "of\n{text}");
    let four = text.replace("physics_step(1u, 1u)", "physics_step(4u, 1u)");
    let once = 4.0 * (by_hand.multiply - 1.0) + 1.0;
    let four = count(&four, &assumed).expect("counts").operations.multiply;
    assert_eq!(four, once, "four steps, and the motors' forces once");
}

/// Operators that the text of straight-line code writes: products, sums and differences, quotients.
fn operators(body: &str) -> [f64; 3] {
    let code: String = body.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let count = |operator: &str| code.matches(operator).count() as f64;
    [count(" * "), count(" + ") + count(" - ") + count(" += "), count(" / ")]
}

/// The text between the braces of the function `name`.
fn body<'a>(text: &'a str, name: &str) -> &'a str {
    let start = text.find(&format!("fn {name}(")).expect("the function exists");
    let end = text[start..].find("\n}").expect("the function ends");
    &text[start..start + end]
}

#[test]
fn straight_line_code_has_the_operators_of_its_text() {
    let plan = plan("humanoid_paper", true);
    let kernel = plan.kernels().into_iter().find(|kernel| kernel.id == PassId::TaskStep).expect("a task");
    let text = kernel.module.wgsl.clone();
    let observe = body(&text, "physics_observe");
    assert!(!["if (", "for (", "loop"].iter().any(|word| observe.contains(word)), "no branches, no loops");
    let cost = count(
        &(text.clone() + "@compute @workgroup_size(1) fn main() { physics_observe(); }"),
        &Assumptions::default(),
    );
    let operations = cost.expect("counts").operations;
    let mut expected = operators(observe);
    for function in ["sincos", "inverse_sqrt"] {
        let calls = observe.matches(&format!("{function}(")).count() as f64;
        let own = operators(body(&text, function));
        (0..3).for_each(|kind| expected[kind] += calls * own[kind]);
    }
    // In `sincos`, one sum is of integers and one rounding counts as a sum.
    assert!(expected[0] > 500.0, "a long function: {expected:?}");
    assert_eq!([operations.multiply, operations.add, operations.divide], expected, "of\n{observe}");
}

#[test]
fn the_operator_counter_sees_a_difference() {
    assert_eq!(
        operators("x = a * b + c;\n// d * e\ny = (-a) / b - 1.0;"),
        [1.0, 2.0, 1.0],
        "comments and signs do not count"
    );
    assert_ne!(operators("a * b"), operators("a * b * c"), "one product more");
}

#[test]
fn sampling_counts_its_rounds() {
    let text =
        "#import numerics/philox\n@compute @workgroup_size(1) fn main() { philox4x32(vec4<u32>(), vec2<u32>()); }";
    let module = compose("test", text, &Constants::default()).expect("composes");
    let rounds: f64 = {
        let text = &module.wgsl;
        let at = text.find("round < ").expect("rounds") + "round < ".len();
        text[at..].split('u').next().and_then(|digits| digits.parse().ok()).expect("a number of rounds")
    };
    // mul_high: 4 halves, 3 products with a sum, a shift, mask and sums: 16. A round: two of them, two products, four
    // exclusive ors, two sums of the key, and the loop's comparison and increment.
    let philox = rounds * (2.0 * 16.0 + 2.0 + 4.0 + 2.0 + 2.0);
    let counted = count(text, &Assumptions::default()).expect("counts").operations;
    assert_eq!(counted.integer, philox, "integer operations of a draw");
    let plan = plan("hopper", true);
    let draws = 4.0 * plan.n_words() as f64;
    let sample = cost_of(&plan, PassId::Sample, 0.0).operations;
    assert!((1.0..1.5).contains(&(sample.integer / (philox * draws))), "sampling is drawing: {sample:?}");
    assert_eq!(sample.f32(), 0.0, "no float decides about a connection");
}

/// The traffic of a pass is the buffers' sizes: what it reads or writes whole, it reads or writes once.
#[test]
fn traffic_is_the_size_of_the_buffers() {
    for preset in ["hopper", "walker2d", "humanoid_paper"] {
        let plan = plan(preset, true);
        let slot = |name: BufferId| {
            let buffer = plan.buffers.iter().find(|buffer| buffer.id == name).expect("a buffer");
            assert!(buffer.per_slot, "`{name}` grows with the slots");
            buffer.bytes as f64 / plan.n_slots as f64
        };
        let task = cost_of(&plan, PassId::TaskStep, 0.0).buffers;
        for name in [BufferId::TaskState, BufferId::Terms, BufferId::Episode] {
            assert_eq!([task[&name].read, task[&name].written], [slot(name); 2], "{preset}: task.step on {name}");
        }
        assert_eq!(task[&BufferId::Obs].written, slot(BufferId::Obs), "{preset}: observations");
        assert_eq!(task[&BufferId::Action].read, slot(BufferId::Action), "{preset}: actions");
        let network = cost_of(&plan, PassId::NetworkStep, 0.0).buffers;
        assert_eq!(
            network[&BufferId::NetworkState].written,
            slot(BufferId::NetworkState),
            "{preset}: the network's state"
        );
        assert_eq!(
            [network[&BufferId::Obs].read, network[&BufferId::Action].written],
            [slot(BufferId::Obs), slot(BufferId::Action)],
            "{preset}: in and out"
        );
        assert_eq!(
            cost_of(&plan, PassId::Sample, 0.0).buffers[&BufferId::Theta].written,
            slot(BufferId::Theta),
            "{preset}: connections"
        );
    }
}

#[test]
fn every_pass_of_every_preset_is_counted() {
    // independent learners have no such plan
    let learners = ["ForwardSensitivity", "Dqsn", "SynapseAgents"];
    for preset in presets().iter().filter(|preset| !learners.iter().any(|name| preset.text.contains(name))) {
        for software in [true, false] {
            let costs = plan(preset.name, software).costs(50.0);
            let costs = costs.unwrap_or_else(|error| panic!("{}: {error}", preset.name));
            for pass in costs {
                let total = pass.cost.operations.total() * pass.cost.bytes();
                assert!(total.is_finite() && total > 0.0, "{}: {}: {:?}", preset.name, pass.id, pass.cost);
            }
        }
    }
}

#[test]
fn every_pass_of_tasks_without_a_body_is_counted() {
    let found = ["IntegrateAndFire()", "Stdp()", "ComplexStdp()", "TMaze()", "DoubleTMaze()"].map(|task| {
        let text = format!("(task: {task}, network: Gru(), algorithm: Es())");
        let config = config::load(Source::new("task.ron", &text), &[]).expect("valid");
        let plan = Plan::new(&config, DeviceTraits::default()).expect("plans");
        cost_of(&plan, PassId::TaskStep, 0.0)
    });
    for cost in &found {
        assert!(cost.operations.total() > 0.0 && cost.buffers[&BufferId::Obs].written > 0.0, "{cost:?}");
    }
    let [simple, complex] = [&found[1], &found[2]].map(|cost| cost.operations.f32());
    assert!(complex > simple + 20.0, "two cosines more: {complex} and {simple}");
}

#[test]
fn the_network_pays_for_spikes() {
    let plan = plan("hopper", true);
    let [silent, quiet, loud] = [0.0, 200.0, 400.0].map(|rate| cost_of(&plan, PassId::NetworkStep, rate));
    let [first, second] =
        [quiet.operations.integer - silent.operations.integer, loud.operations.integer - quiet.operations.integer];
    assert!(first > 0.0 && (first - second).abs() < 1e-6 * first, "as much for every spike: {first}, {second}");
    let rows = (quiet.buffers[&BufferId::Theta].read - silent.buffers[&BufferId::Theta].read) / (256.0 / 8.0);
    assert!((rows - 0.1 * 256.0 * 33.0).abs() < 1e-6, "a row of 256 bits a spike: {rows}");
}

#[test]
fn four_evaluations_cost_more_than_two_and_a_half() {
    let [euler, rk4] = ["humanoid_fast", "humanoid_paper"]
        .map(|preset| cost_of(&plan(preset, true), PassId::TaskStep, 0.0).operations.f32());
    assert!((2.5..4.0).contains(&(rk4 / euler)), "RK4 {rk4}, Euler {euler}, which solves once more to end a step");
}

#[test]
fn loops_and_branches_follow_the_assumptions() {
    let main = |body: &str| {
        format!("var<private> x: f32;\nvar<private> n: u32;\n@compute @workgroup_size(1) fn main() {{ {body} }}")
    };
    let adds = |body: &str, assumed: Assumptions| count(&main(body), &assumed).map(|cost| cost.operations.add);
    let none = Assumptions::default;
    assert_eq!(adds("for (var i = 2u; i < 12u; i += 5u) { x += 1.0; }", none()), Ok(2.0), "a known length");
    let open = "for (var i = 0u; i < n; i++) { x += 1.0; }";
    let error = adds(open, none()).expect_err("nobody knows n");
    assert_eq!(error, "main: nobody states how often the loop over `i` runs", "which loop");
    assert_eq!(adds(open, none().trips("i", 2.5)), Ok(2.5), "an assumed length");
    let branch = "let near = n > 3u; if (near) { x += 1.0; } else { x += 1.0; x += 1.0; x += 1.0; }";
    assert_eq!(adds(branch, none()), Ok(3.0), "the dearer branch");
    assert_eq!(adds(branch, none().share("near", 0.5)), Ok(2.0), "half of each");
    assert_eq!(adds(branch, none().share("ne*", 1.0)), Ok(1.0), "a name by its beginning");
    let vectors = "var v = vec3<f32>(x); v += v; x = dot(v, v);";
    assert_eq!(adds(vectors, none()), Ok(5.0), "a component each, and two sums of a dot product");
}

#[test]
fn the_peak_is_measured_with_what_it_counts() {
    let [multiply_add, stream] = peak::kernels().expect("composes");
    let arithmetic = peak::cost(&multiply_add).expect("counts").operations;
    let text = &multiply_add.module.wgsl;
    let chain_steps = text.matches(" * factor + term").count() as f64 * 4.0;
    assert!(arithmetic.f32() >= 128.0 * 2.0 * chain_steps, "128 rounds: {arithmetic:?}");
    assert!(arithmetic.f32() <= 1.01 * 128.0 * 2.0 * chain_steps, "and hardly anything else: {arithmetic:?}");
    let traffic = peak::cost(&stream).expect("counts").buffers[&BufferId::Bench];
    assert_eq!([traffic.read, traffic.written], [256.0; 2], "16 vectors of 16 bytes");

    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver");
    let mut workspace = Workspace::new(&gpu, std::slice::from_ref(&stream)).expect("compiles");
    let groups = 3;
    let floats = (groups * peak::WORKGROUP * peak::TILE * 4) as usize;
    workspace.alloc(BufferId::Bench, 4 * floats as u64 + 16).expect("fits");
    workspace.write(BufferId::Bench, &vec![1.0f32; floats + 4]);
    workspace.dispatch(stream.id, [groups, 1, 1]).expect("runs");
    let values: Vec<f32> = workspace.read(BufferId::Bench).expect("reads");
    assert!(values[..floats].iter().all(|value| *value == 0.5), "every vector once");
    assert_eq!(values[floats..], [1.0; 4], "and none beyond");
}

/// The mean of what `line` adds to a counter in every forward evaluation of random episodes, put after `place` in the
/// text of `task.step`.
fn mean_an_evaluation(preset: &str, place: &str, line: &str) -> f64 {
    let config = config::load(config::find(preset).expect("a preset"), &[]).expect("a valid preset");
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver");
    let mut plan = Plan::new(&config, gpu.adapter.traits()).expect("plans");
    let evaluations = 1.0 / plan.task_assumptions().share_of("last_evaluation").expect("a robot");
    for pass in &mut plan.passes {
        let text = pass.kernel.module.wgsl.replace(place, &format!("{place} contact_overflow += {line};"));
        pass.kernel.module = compose("counted", &text, &Constants::default()).expect("composes");
    }
    let mut engine = Engine::of_plan(&gpu, &config, plan).expect("compiles");
    let params = vec![0.5; engine.plan.n_params()];
    engine.prepare(&params, Draw::Members, &vec![0.0; 2 * engine.plan.io.d_obs]).expect("uploads");
    let job = Job { physics_only: true, ..Job::training(0, 64, 100) };
    let (mut counted, mut frames) = (0.0, 0.0);
    engine
        .rollout(&job, Queue::whole(job.population), false, &|| true, &mut |episodes, _| {
            counted += episodes.iter().map(|episode| f64::from(episode.contact_overflow)).sum::<f64>();
            frames += episodes.iter().map(|episode| f64::from(episode.length)).sum::<f64>();
        })
        .expect("runs");
    counted / (frames * evaluations)
}

/// The loop counts its first pass, which only evaluates the warm start, and with implicit damping one more.
#[test]
fn newton_takes_as_many_iterations_as_assumed() {
    for (preset, not_counted) in [("hopper", 1.0), ("walker2d", 1.0), ("walker2d_fast", 1.0)] {
        let assumed = plan(preset, true).task_assumptions().trips_of("iteration").expect("a robot") - not_counted;
        let run = mean_an_evaluation(preset, "iteration += 1u;", "1u");
        assert!((run - assumed).abs() < 0.4, "{preset}: {run} iterations, assumed {assumed}");
    }
    let pairs = mean_an_evaluation("hopper", "var iteration = 0u;", "slots_used");
    assert!(pairs < 0.1, "contacts of pairs are assumed absent: {pairs} an evaluation");
}
