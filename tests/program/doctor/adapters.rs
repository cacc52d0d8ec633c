//! Adapters: which one is taken, which have too little, and drivers that compute wrongly.

use super::{adapter, expect};
use gpu_ec::{
    config,
    doctor::{Verdict, adapters, limits},
    gpu::{AdapterSummary, Gpu, Limits, Selector},
    run::evolution::engine::Engine,
};

#[test]
fn a_driver_that_computes_wrongly_fails() {
    let software = |driver: &str| AdapterSummary { driver: driver.into(), ..adapter("software") };
    let check = |driver: &str| adapters(&[software(driver)], &Selector::Best);
    let old = "llvmpipe Mesa 22.3.6 (LLVM 15.0.6)";
    expect(
        &check(old),
        Verdict::Fail,
        old,
        "the software driver of Mesa 22.3.6 computes steps of robots and of arms wrongly",
    );
    let new = "llvmpipe Mesa 25.0.7-2 (LLVM 15.0.6)";
    expect(&check(new), Verdict::Warn, new, "correct but slower than a GPU");
    assert_eq!(AdapterSummary { driver: "radv Mesa 22.3.6".into(), ..adapter("discrete") }.distrust(), None, "a GPU's");
}

#[test]
fn adapters_are_chosen_and_measured_against_the_presets() {
    let one = |kind: &str| adapters(&[adapter(kind)], &Selector::Best);
    expect(&one("discrete"), Verdict::Ok, "0: Some GPU (discrete, vulkan, a driver), taken for runs", "");
    expect(&one("software"), Verdict::Warn, "0: Some GPU (software", "on the CPU");
    expect(&adapters(&[], &Selector::Best), Verdict::Fail, "no GPU adapter found", "drivers and device nodes");
    expect(&adapters(&[adapter("discrete")], &Selector::Index(7)), Verdict::Fail, "index 7", "gpu-ec devices");

    for kind in ["software", "discrete"] {
        let checks = limits(&adapter(kind));
        assert!(
            checks.iter().all(|check| check.verdict == Verdict::Ok),
            "every adapter's limits are enough: {checks:#?}"
        );
        assert!(checks[1].found.contains("humanoid: 8 of 8 storage buffers"), "{checks:#?}");
    }
    let weak = |change: fn(&mut Limits)| {
        let mut adapter = adapter("discrete");
        change(&mut adapter.limits);
        limits(&adapter)
    };
    expect(
        &weak(|l| l.storage_buffers = 4),
        Verdict::Fail,
        "hopper needs 8 storage buffers; the adapter has 4",
        "--gpu",
    );
    expect(&weak(|l| l.invocations = 128), Verdict::Fail, "256 invocations a workgroup; the adapter has 128", "--gpu");
    let memory = weak(|l| l.workgroup_bytes = 4096);
    expect(&memory, Verdict::Warn, "humanoid needs", "smaller network or robot");
    expect(&memory, Verdict::Ok, "hopper:", "");
    let bindings = weak(|l| l.binding_bytes = 1 << 10);
    expect(&bindings, Verdict::Fail, "binds at most 1024", "");
}

/// `run` itself refuses an adapter that has too little, with the numbers.
#[test]
fn a_weak_adapter_is_refused_with_the_numbers() {
    let mut gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver is installed");
    let config = config::load(config::find("cartpole").expect("a preset"), &[]).expect("a configuration");
    gpu.adapter.limits.storage_buffers = 5;
    let message = Engine::new(&gpu, &config).err().expect("refused").to_string();
    for part in ["kernel `", "storage buffers; adapter `", "has 5: take another device with --gpu"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}
