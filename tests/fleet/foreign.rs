//! Answers that nobody should trust: forged ones, wrong ones, and a server whose memory is full.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use gpu_ec::{
    Cancel, Gpu, Selector,
    hub::{Address, Answer, Certificates},
    run::fleet::{Worker, WorkerSettings},
};

use crate::support::{
    hub::{Hub, Machine, until},
    program::{Run, succeed},
};

const LONG: &[&str] = &["--set", "generations=8", "--set", "algorithm.population=256"];

/// Forged answers are refused and removed, however many there are.
#[test]
fn a_flood_of_forged_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alone, shared) = (Run::in_folder(folder.path(), "alone"), Run::in_folder(folder.path(), "shared"));
    succeed(&alone.arguments(LONG));
    let hub = Hub::start(folder.path(), &[]);
    let mut leader = Machine::leader(&hub, &shared, folder.path(), LONG);
    let mut connection = hub.connect();
    let garbage = vec![7u8; 4000];
    let mut posted = 0u64;
    while leader.child.try_wait().expect("a child").is_none() {
        let open: Option<String> = redis::cmd("GET").arg("ec:{shared}:open").query(&mut connection).expect("an answer");
        let round = open.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        let round = round.and_then(|round| round["id"].as_str().map(String::from)).unwrap_or("none".into());
        let mut pipe = redis::pipe();
        for k in 0..50u64 {
            let mut add = redis::cmd("XADD");
            add.arg("ec:{shared}:done").arg("*");
            match k % 5 {
                0 => add.arg("nonsense").arg("x"),
                1 => add
                    .arg("round")
                    .arg(&round)
                    .arg("first")
                    .arg(0)
                    .arg("count")
                    .arg(u64::from(u32::MAX))
                    .arg("worker")
                    .arg("m")
                    .arg("answer")
                    .arg(&garbage),
                2 => add
                    .arg("round")
                    .arg(&round)
                    .arg("first")
                    .arg(16 * k)
                    .arg("count")
                    .arg(16)
                    .arg("worker")
                    .arg("m")
                    .arg("answer")
                    .arg(&garbage),
                3 => add
                    .arg("round")
                    .arg("old")
                    .arg("first")
                    .arg(0)
                    .arg("count")
                    .arg(16)
                    .arg("worker")
                    .arg("m")
                    .arg("answer")
                    .arg("a"),
                _ => add
                    .arg("round")
                    .arg(&round)
                    .arg("first")
                    .arg("-1")
                    .arg("count")
                    .arg("x")
                    .arg("worker")
                    .arg("m")
                    .arg("answer")
                    .arg("a"),
            };
            pipe.add_command(add).ignore();
        }
        pipe.query::<()>(&mut connection).expect("posted");
        posted += 50;
        std::thread::sleep(Duration::from_millis(5));
    }
    leader.succeed();
    let words = leader.words();
    assert!(posted > 1000 && words.contains("an answer of `m` is refused"), "{posted} posted: {words}");
    shared.assert_same(&alone, "a flood");
    let left: u64 = hub.ask(&["XLEN", "ec:{shared}:done"]);
    assert!(left < posted / 4, "{left} of {posted} forged answers are still there");
}

/// A worker whose results are wrong is found by the audit, named and sent away, and what it did is done again.
#[test]
fn a_worker_with_a_wrong_result() {
    static ANSWERS: AtomicUsize = AtomicUsize::new(0);
    fn falsify(answer: &mut Answer) {
        ANSWERS.fetch_add(1, Ordering::Relaxed);
        answer.episodes[0].return_sum += 1.0;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (alone, shared) = (Run::in_folder(folder.path(), "alone"), Run::in_folder(folder.path(), "shared"));
    succeed(&alone.arguments(LONG));
    let hub = Hub::start(folder.path(), &[]);
    let address = Address::new(&hub.url(), &Certificates::default()).expect("an address");
    let liar = std::thread::spawn(move || {
        let gpu = Gpu::open(&Selector::Best).expect("a device");
        let settings =
            WorkerSettings { address, run: None, variants: None, cancel: Cancel::default(), falsify: Some(falsify) };
        let mut said = String::new();
        let result = Worker::new(&gpu, &settings, &mut |text| said += text).work();
        result.map_err(|error| error.to_string())
    });
    let mut honest = Machine::worker(&hub, folder.path(), "honest");
    let mut leader = Machine::leader(&hub, &shared, folder.path(), &[LONG, &["--audit", "1"]].concat());
    leader.succeed();
    let words = leader.words();
    shared.assert_same(&alone, "a run with a liar");
    honest.succeed();
    let liar = liar.join().expect("no panic");
    assert!(ANSWERS.load(Ordering::Relaxed) > 0, "it answered: {words}");
    assert!(words.contains("gave a wrong result"), "{words}");
    assert!(liar.as_ref().is_err_and(|text| text.contains("found a wrong result of this machine")), "{liar:?}");
}

/// A server whose memory is full stops nothing: the leader goes on alone.
#[test]
fn a_server_that_is_full() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alone, shared) = (Run::in_folder(folder.path(), "alone"), Run::in_folder(folder.path(), "shared"));
    let more = ["--set", "generations=30", "--set", "algorithm.population=256"];
    succeed(&alone.arguments(&more));
    let hub = Hub::start(folder.path(), &[]);
    let mut leader = Machine::leader(&hub, &shared, folder.path(), &more);
    until("a generation", || shared.metrics_so_far() > 0);
    let _: String = hub.ask(&["CONFIG", "SET", "maxmemory", "1kb"]);
    leader.succeed();
    let words = leader.words();
    assert!(words.contains("raise `maxmemory`") && words.contains("goes on alone"), "{words}");
    shared.assert_same(&alone, "a full server");
}
