//! The machine around the adapter: device nodes, folders, memory and watchdogs, healthy and not.

use super::{Machine, adapter, expect};
use gpu_ec::{
    doctor::{Verdict, adapters, disk, drivers, memory, nodes, watchdog},
    gpu::Selector,
};
use std::io::ErrorKind;

#[test]
fn a_healthy_machine_has_nothing_to_mend() {
    let (host, gpu) = (Machine::healthy(), [adapter("discrete")]);
    let mut checks = adapters(&gpu, &Selector::Best);
    checks.extend(drivers(&host, &gpu));
    checks.extend(nodes(&host, &gpu));
    checks.extend(disk(&host));
    checks.push(watchdog(&host, &gpu[0]));
    assert!(checks.len() >= 7, "{checks:#?}");
    assert!(checks.iter().all(|check| check.verdict == Verdict::Ok), "{checks:#?}");
}

#[test]
fn closed_device_nodes_are_opened_by_a_group() {
    let closed = Machine::healthy().with(|machine| {
        machine.closed.insert("/dev/dri/renderD128".into(), ErrorKind::PermissionDenied);
    });
    expect(&nodes(&closed, &[]), Verdict::Warn, "/dev/dri/renderD128 must not be opened", "usermod -aG render");
    let container = closed.with(|machine| machine.file("/.dockerenv", ""));
    expect(&nodes(&container, &[]), Verdict::Warn, "must not be opened", "--group-add");
    let gone = Machine::healthy().with(|machine| {
        machine.closed.insert("/dev/dri/renderD128".into(), ErrorKind::NotFound);
    });
    expect(&nodes(&gone, &[]), Verdict::Warn, "/dev/dri/renderD128:", "kernel driver");
    let none = Machine::healthy().without("/dev/dri/renderD128");
    expect(&nodes(&none, &[adapter("software")]), Verdict::Warn, "no GPU", "lspci");
    let container = none.clone().with(|machine| machine.file("/.dockerenv", ""));
    expect(&nodes(&container, &[]), Verdict::Warn, "no GPU", "--device /dev/dri");
    assert_eq!(nodes(&none, &[adapter("discrete")]), [], "a GPU that answers needs no node");
}

#[test]
fn full_and_closed_folders_are_named() {
    let with = |change: fn(&mut Machine)| disk(&Machine::healthy().with(change));
    let full = with(|machine| {
        machine.closed.insert("/home/me".into(), ErrorKind::StorageFull);
    });
    expect(&full, Verdict::Fail, "/home/me cannot be written", "--out");
    let little = with(|machine| {
        machine.free.insert("/home/me".into(), 10 << 20);
    });
    expect(&little, Verdict::Fail, "10.00 MiB are free", "64.00 MiB");
    let some = with(|machine| {
        machine.free.insert("/home/me".into(), 200 << 20);
    });
    expect(&some, Verdict::Warn, "200.00 MiB are free", "may fill");
    let closed = with(|machine| {
        machine.closed.insert("/home/me/.cache".into(), ErrorKind::ReadOnlyFilesystem);
    });
    expect(&closed, Verdict::Warn, "/home/me/.cache/gpu-ec cannot be written", "XDG_CACHE_HOME");
    let unknown = with(|machine| machine.free.clear());
    expect(&unknown, Verdict::Warn, "its free space is unknown", "df");
}

#[test]
fn memory_and_watchdogs_are_read() {
    let told = |text: &str| memory(&Machine::healthy().with(|machine| machine.file("/proc/meminfo", text)));
    let plenty = told("MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n");
    expect(&[plenty], Verdict::Ok, "8.00 GiB of 16.00 GiB", "");
    expect(
        &[told("MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n")],
        Verdict::Warn,
        "512.00 MiB of 1.00 GiB",
        "smaller",
    );
    expect(&[told("nonsense")], Verdict::Ok, "does not tell", "");

    let dog = |text: &str| {
        let host = Machine::healthy().with(|m| m.file("/sys/module/amdgpu/parameters/lockup_timeout", text));
        watchdog(&host, &adapter("discrete"))
    };
    expect(&[dog("10000,60000\n")], Verdict::Ok, "10000,60000 ms", "");
    expect(&[dog("500\n")], Verdict::Warn, "500 ms", "lockup_timeout to 10000");
    expect(&[dog("\n")], Verdict::Ok, "10 s", "");
    let windows = Machine::healthy().with(|machine| machine.system = "windows");
    expect(&[watchdog(&windows, &adapter("integrated"))], Verdict::Ok, "2 s (TDR); submissions aim at 100 ms", "");
}
