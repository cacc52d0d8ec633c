//! What a hub, a leader and a worker refuse, and what they say.

use crate::support::{
    hub::{Hub, Machine, until},
    program::{Run, refuse, refused},
};

#[test]
fn a_hub_that_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    refused(&run.arguments(&["--hub", "redis://127.0.0.1:1"]), 1, &["the hub does not answer", "127.0.0.1:1"]);
    assert!(!run.0.exists(), "nothing is begun");
    refuse(&["hub", "redis://127.0.0.1:1"], 1, "the hub does not answer");
}

#[test]
fn arguments_that_do_not_fit() {
    let run = |more: &[&'static str]| [&["run", "cartpole"][..], more].concat();
    refuse(&run(&["--hub", "redis://me:secret@host"]), 2, "GPU_EC_HUB");
    refuse(&run(&["--hub", "host:6379"]), 2, "redis://HOST:PORT");
    refuse(&run(&["--hub", "file:/nowhere"]), 2, "/nowhere");
    refuse(&run(&["--hub", "redis://host", "--lease", "0"]), 2, "0.5 to 3600 seconds");
    refuse(&run(&["--hub", "redis://host", "--audit", "2"]), 2, "0 to 1");
    refuse(&run(&["--audit", "0.5"]), 2, "--hub");
    refuse(&["worker", "--hub", "redis://host", "--run", "a b"], 2, "letters, digits");
    refuse(&["worker", "--hub", "redis://host", "--hub-ca", "ca.pem"], 2, "rediss://");
}

#[test]
fn a_server_that_may_drop_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(folder.path(), &["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"]);
    let run = Run::in_folder(folder.path(), "run");
    refused(&run.arguments(&["--hub", &hub.url()]), 2, &["allkeys-lru", "CONFIG SET maxmemory-policy noeviction"]);
}

#[test]
fn learners_that_follow_gradients() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(folder.path(), &[]);
    let out = folder.path().join("run");
    let out = out.to_str().expect("a plain path");
    for preset in ["cartpole_ppo", "arm_balance_gradient"] {
        refuse(&["run", preset, "--quiet", "--hub", &hub.url(), "--out", out], 2, "only populations that evolve");
    }
}

/// One run has one leader; another one is refused after the first one's place has not become free.
#[test]
fn a_second_leader() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(folder.path(), &[]);
    let run = Run::in_folder(folder.path(), "run");
    let mut first = Machine::leader(
        &hub,
        &run,
        folder.path(),
        &["--set", "generations=100000", "--set", "stop.eval_return=None", "--lease", "1"],
    );
    until("a generation", || run.metrics_so_far() > 0);
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    let same = Run::in_folder(&elsewhere, "run");
    refuse(&same.arguments(&["--hub", &hub.url(), "--lease", "1"]), 2, "another leader runs `run`");
    assert!(first.child.try_wait().expect("a child").is_none(), "the first goes on: {}", first.words());
    first.kill();
    Machine::resumed(&hub, &same, &elsewhere, &["--lease", "1"]).succeed();
}

/// A leader whose place was taken while it slept writes nothing more.
#[test]
fn a_leader_whose_place_was_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(folder.path(), &[]);
    let run = Run::in_folder(folder.path(), "run");
    let mut leader =
        Machine::leader(&hub, &run, folder.path(), &["--set", "generations=100000", "--set", "stop.eval_return=None"]);
    until("a generation", || run.metrics_so_far() > 0);
    let _: String = hub.ask(&["SET", "ec:{run}:leader", "somebody"]);
    assert_eq!(leader.wait(), 1, "{}", leader.words());
    assert!(leader.words().contains("another leader has taken over"), "{}", leader.words());
}

/// Charters of another version, or of a machine whose results have other bytes.
#[test]
fn machines_that_do_not_fit() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(folder.path(), &[]);
    let run = Run::in_folder(folder.path(), "run");
    let mut leader = Machine::leader(&hub, &run, folder.path(), &[]);
    leader.succeed();
    let charter: String = hub.ask(&["GET", "ec:{run}:meta"]);
    let worker = |text: &str, part: &str| {
        let _: String = hub.ask(&["SET", "ec:{run}:meta", text]);
        refuse(&["worker", "--hub", &hub.url(), "--run", "run"], 2, part);
    };
    let with = |from: &str, to: &str| {
        assert!(charter.contains(from), "{from}: {charter}");
        charter.replace(from, to)
    };
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    worker(&with(&version, "\"version\":\"0.0.1\""), "the leader is gpu-ec 0.0.1");
    worker(&with("\"protocol\":1", "\"protocol\":7"), "protocol 7");
    worker(&with("[\"backend\",\"", "[\"backend\",\"other-"), "backend");
    worker("{", "cannot be read");
    worker(&with("seed: 0", "seed: x"), "the run on the hub");
}
