//! A device that is lost in the middle of a run: it is opened again, and the run ends in the same bytes.

use std::{
    path::Path,
    sync::mpsc::{Sender, channel},
    time::Instant,
};

use gpu_ec::{
    config,
    gpu::{Breaker, Gpu, GpuError, Selector},
    kernel::random::{philox4x32, uniform01},
    report::{GenerationMetrics, RunDir, metrics},
    run::{
        RunError,
        cancel::Cancel,
        evolution::engine::Engine,
        observer::{Ending, Observer},
        session::{Origin, Session},
    },
};

/// A run whose every generation is evaluated.
fn session(folder: &Path, name: &str, origin: Origin) -> Session {
    let sets = [
        "network=Rsnn(neurons: 64)",
        "algorithm.population=900",
        "normaliser.members=20",
        "device=(slab: 100, submission_ms: 2)",
        "generations=3",
        "evaluation=(every: 1, episodes: 200)",
        "checkpoint.every=1",
    ];
    let config = config::load(config::find("cartpole").expect("a preset"), &sets.map(String::from)).expect("valid");
    let path = folder.join(name);
    let dir = match origin {
        Origin::Resume => RunDir::open(&path),
        _ => RunDir::choose(Some(&path), &config),
    };
    Session {
        config,
        dir: dir.expect("a folder"),
        origin,
        gpu: Selector::Best,
        variants: None,
        clock: None,
        cancel: Cancel::default(),
        fleet: None,
    }
}

/// When the device is taken away.
enum When<'a> {
    /// Once so many members of a generation have lived.
    Lived(u32, usize),
    /// Between two generations.
    After(u32),
    /// The first six devices, after members have ended in a few submissions on each.
    Often,
    /// Before anybody has lived on it, whatever device it is.
    AtOnce,
    /// When somebody else says so, who is given the device as training begins.
    Elsewhere(&'a Sender<Breaker>),
}

struct Thief<'a> {
    when: When<'a>,
    device: Option<Breaker>,
    devices: u32,
    heard: u32,
    begun: Instant,
    said: Vec<String>,
}

impl<'a> Thief<'a> {
    fn new(when: When<'a>) -> Self {
        Self { when, device: None, devices: 0, heard: 0, begun: Instant::now(), said: vec![] }
    }

    fn take(&mut self) {
        if let Some(device) = self.device.take() {
            device.lose();
        }
    }

    fn warnings(&self) -> Vec<&String> {
        self.said.iter().filter(|line| line.contains("the device was lost")).collect()
    }
}

impl Observer for Thief<'_> {
    fn say(&mut self, text: &str) {
        self.said.push(text.into());
    }
    fn begin(&mut self, _: u32, _: u64) {
        self.begun = Instant::now();
        match (&self.when, self.device.clone()) {
            (When::AtOnce, _) => self.take(),
            (When::Elsewhere(thief), Some(device)) => thief.send(device).expect("a thief"),
            _ => {}
        }
    }
    fn within_generation(&mut self, generation: u32, done: usize, _: usize) {
        match self.when {
            When::Lived(wanted, lived) if self.devices == 1 && generation == wanted && done >= lived => self.take(),
            When::Often => {
                self.heard += 1;
                if self.heard == 8 && self.devices <= 6 {
                    self.take();
                }
            }
            _ => {}
        }
    }
    fn generation(&mut self, metrics: &GenerationMetrics) {
        match self.when {
            When::After(generation) if metrics.generation == generation && self.devices == 1 => self.take(),
            _ => {}
        }
    }
    fn device(&mut self, gpu: &Gpu) {
        self.devices += 1;
        self.heard = 0;
        self.device = Some(gpu.breaker());
        if matches!(self.when, When::AtOnce) && self.devices > 1 {
            self.take();
        }
    }
}

/// Last checkpoint, best checkpoint, and metrics without what they cost.
fn left(session: &Session) -> (Vec<u8>, Vec<u8>, Vec<GenerationMetrics>) {
    let read = |path| std::fs::read(path).expect("there");
    let mut lines = metrics::read(&session.dir.metrics()).expect("metrics");
    lines.iter_mut().for_each(|line| line.timing = Default::default());
    (read(session.dir.checkpoint(3)), read(session.dir.best()), lines)
}

fn run(session: &Session, thief: &mut Thief) -> Ending {
    session.run(thief).unwrap_or_else(|error| panic!("{error}; {:?}", thief.said))
}

#[test]
fn a_lost_device_is_opened_again_and_changes_no_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = session(folder.path(), "whole", Origin::New);
    let mut nobody = Thief::new(When::Lived(9, 0));
    let undisturbed = run(&whole, &mut nobody);
    let length = nobody.begun.elapsed();
    let expected = left(&whole);
    assert_eq!(expected.2.len(), 3, "three generations");
    let mut other = session(folder.path(), "other", Origin::New);
    other.config.seed = 1;
    run(&other, &mut Thief::new(When::Lived(9, 0)));
    assert!(left(&other) != expected, "another seed is told apart");
    for (name, when, members) in [
        ("early", When::Lived(0, 1), "generation 0 goes on"),
        ("middle", When::Lived(1, 450), "generation 1 goes on with"),
        ("last member", When::Lived(1, 900), "generation 1 goes on with"),
        ("between", When::After(0), "generation 1 goes on with 0 episodes"),
        ("end", When::Lived(2, 800), "generation 2 goes on with"),
    ] {
        let session = session(folder.path(), name, Origin::New);
        let mut thief = Thief::new(when);
        assert_eq!(run(&session, &mut thief), undisturbed, "{name}");
        assert_eq!(thief.devices, 2, "{name}: a second device");
        let warnings = thief.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains(members), "{name}: {warnings:?}");
        assert!(left(&session) == expected, "{name}: other bytes");
    }
    let mut lost = 0;
    for trial in 0..8 {
        let session = session(folder.path(), &format!("random{trial}"), Origin::New);
        let moment = length.mul_f64(f64::from(uniform01(philox4x32([trial, 0, 0, 0], [5, 6])[0])));
        let (sender, receiver) = channel::<Breaker>();
        let thread = std::thread::spawn(move || {
            let device = receiver.recv().expect("a device");
            std::thread::sleep(moment);
            device.lose();
        });
        let mut thief = Thief::new(When::Elsewhere(&sender));
        assert_eq!(run(&session, &mut thief), undisturbed, "lost after {moment:?}");
        lost += u32::from(thief.devices > 1);
        thread.join().expect("it ends");
        assert!(left(&session) == expected, "lost after {moment:?} on another thread: other bytes");
    }
    eprintln!("{lost} of 8 losses at random moments met a run");
    assert!(lost > 0, "no loss met a run");
}

/// Arms that learn while they move lose the iteration under way and do it once more.
#[test]
fn arms_go_on_after_a_loss() {
    let folder = tempfile::tempdir().expect("a folder");
    let arms = |name: &str| {
        let sets = ["network=Reservoir(neurons: 64)", "generations=3", "task.episode_length=20", "checkpoint.every=1"];
        let preset = config::find("arm_balance_gradient").expect("a preset");
        let config = config::load(preset, &sets.map(String::from)).expect("valid");
        let dir = RunDir::choose(Some(&folder.path().join(name)), &config).expect("a folder");
        Session { config, dir, ..session(folder.path(), name, Origin::New) }
    };
    let whole = arms("whole");
    let undisturbed = run(&whole, &mut Thief::new(When::Lived(9, 0)));
    let cut = arms("cut");
    let mut thief = Thief::new(When::After(0));
    assert_eq!(run(&cut, &mut thief), undisturbed, "the same end");
    assert_eq!((thief.devices, thief.warnings().len()), (2, 1), "a second device, and a warning: {:?}", thief.said);
    let read = |session: &Session, file: &str| std::fs::read(session.dir.path().join(file)).expect("there");
    assert!(read(&cut, "arms.jsonl") == read(&whole, "arms.jsonl"), "other lines");
    let last = |session: &Session| std::fs::read(session.dir.checkpoint(3)).expect("there");
    assert!(last(&cut) == last(&whole), "other bytes");
}

#[test]
fn a_device_that_does_not_last_is_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = session(folder.path(), "whole", Origin::New);
    run(&whole, &mut Thief::new(When::Lived(9, 0)));
    // some members live on every device: it goes on
    let flaky = session(folder.path(), "flaky", Origin::New);
    let mut thief = Thief::new(When::Often);
    run(&flaky, &mut thief);
    assert_eq!(thief.devices, 7, "six are lost, more than without progress are taken");
    assert!(left(&flaky) == left(&whole), "other bytes");
    // nobody lives on any
    let dead = session(folder.path(), "dead", Origin::New);
    let mut thief = Thief::new(When::AtOnce);
    let error = dead.run(&mut thief).expect_err("given up");
    assert!(matches!(error, RunError::Lost { losses: 4, .. }), "{error}");
    assert_eq!(dead.dir.generations().expect("listed"), [0], "a checkpoint is left");
    let resumed = session(folder.path(), "dead", Origin::Resume);
    run(&resumed, &mut Thief::new(When::Lived(9, 0)));
    assert!(left(&resumed) == left(&whole), "resumed on a sound device");
}

/// Whatever follows from a loss is told as the loss, not as a mistake in a shader or a buffer.
#[test]
fn a_loss_is_told_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let session = session(folder.path(), "none", Origin::New);
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let mut engine = Engine::new(&gpu, &session.config).expect("a sound device");
    gpu.check().expect("a sound device");
    gpu.breaker().lose();
    let lost = |error: RunError| matches!(error, RunError::Gpu(GpuError::Lost(_)));
    assert!(lost(engine.warm_up().expect_err("lost")), "what was compiled before");
    assert!(lost(engine.moments(|_| ()).expect_err("lost")), "a read-back");
    assert!(lost(Engine::new(&gpu, &session.config).err().expect("lost")), "what is compiled after it");
}
