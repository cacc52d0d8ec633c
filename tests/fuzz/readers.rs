//! The readers, their sound files, the words of their formats, and the memory that they may hold.

use std::{cell::RefCell, fs, path::PathBuf};

use gpu_ec::{
    config::{self, Source},
    npz::{Element, Npy, Npz},
    physics::mjcf,
    run::{
        RunError,
        checkpoint::Checkpoint,
        evolution::train::training_job,
        rollout::{ActionFile, StatesFile},
    },
    tasks,
};
use zip::CompressionMethod::{Deflated, Stored};

use super::sound;

/// Reads a file; whether it was taken.
type Read = Box<dyn Fn(&[u8]) -> bool>;
/// Mends a file that once was the second one.
type Seal = fn(Vec<u8>, &[u8]) -> Vec<u8>;

/// A reader to be tried.
pub struct Reader {
    pub name: &'static str,
    pub seeds: Vec<Vec<u8>>,
    /// What is put in.
    pub words: Vec<&'static str>,
    /// Makes lengths and checksums right again of what once was this sound file.
    pub seal: Option<Seal>,
    pub read: Read,
    /// Most bytes that may be held for a file of that length.
    pub most_bytes: fn(usize) -> usize,
}

pub fn all() -> Vec<Reader> {
    vec![configurations(), settings(), robots(), arrays(), checkpoints()]
}

/// A file in a folder of its own, for readers that take a path.
fn at_path(name: &'static str, read: impl Fn(&PathBuf) -> bool + 'static) -> Read {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    let folder = RefCell::new(folder); // lives as long as the reader
    Box::new(move |bytes| {
        let _alive = folder.borrow();
        fs::write(&path, bytes).expect("writable");
        read(&path)
    })
}

/// Presets, the example and a robot's text beside them; messages are made, too.
fn configurations() -> Reader {
    const WORDS: &str = "( ) [ ] : , = \" Some( None Auto ( seed: 1) // /* */ #![enable(x)] Hopper( Rsnn( Ec( Locomotion(robot:\"r.xml\") \
        observation:[ Positions( Joint(joint:\"back\",range:(0,1)) inf -inf NaN true false \\ \u{1f600} stop:( curriculum: Adam(";
    let mut seeds = sound::texts("assets/runs", ".ron");
    seeds.extend(sound::texts("assets/examples", ".ron"));
    seeds.push(sound::CONFIG.into());
    let hound = String::from_utf8(sound::texts("assets/examples", "hound.xml").remove(0)).expect("text");
    let read = move |bytes: &[u8]| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        let source = Source { robot: Some(hound.clone()), ..Source::new("fuzz.ron", text) };
        match config::load(source, &[]) {
            Ok(config) => config == again(&config, &hound),
            Err(error) => {
                let (plain, coloured) = (error.to_string(), error.to_ansi());
                assert!(plain.contains("fuzz.ron:") && coloured.contains("fuzz.ron:"), "no place: {plain}");
                assert!(plain.len() < 100_000, "{} bytes of message", plain.len());
                false
            }
        }
    };
    Reader {
        name: "configuration",
        seeds,
        words: WORDS.split(' ').collect(),
        seal: None,
        read: Box::new(read),
        most_bytes: |length| 300 * length + (8 << 20),
    }
}

/// What is taken is written so that it is read as the same.
fn again(config: &config::Config, robot: &str) -> config::Config {
    let source = Source { robot: Some(robot.into()), ..Source::new("again.ron", &config.to_ron()) };
    config::load(source, &[]).unwrap_or_else(|error| panic!("what was taken is refused when written: {error}"))
}

/// A setting of `--set` a line.
fn settings() -> Reader {
    const WORDS: &str = "task network algorithm stop curriculum device [0] .0 . = ( ) [ ] : , \" seed= task.reward[1].weight= task.robot=\"r.xml\" None \
        Some( Hopper( CartPole Positions() inf NaN //";
    const SOUND: &str = "task.reward[0].weight=5\ntask.observation[1]=Positions(from: 3)\nnetwork.neurons=64\nstop.seconds=5\n\
        task=CartPole(episode_length: 9)\ncurriculum=None\nalgorithm.population=20\nevaluation=(every: 2)\nseed=3";
    let hound = String::from_utf8(sound::texts("assets/examples", "hound.xml").remove(0)).expect("text");
    let text = String::from_utf8(sound::texts("assets/examples", "hound.ron").remove(0)).expect("text");
    let read = move |bytes: &[u8]| {
        let Ok(sets) = std::str::from_utf8(bytes) else { return false };
        let sets: Vec<String> = sets.lines().map(String::from).collect();
        let source = Source { robot: Some(hound.clone()), ..Source::new("fuzz.ron", &text) };
        match config::load(source, &sets) {
            Ok(config) => config == again(&config, &hound),
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("--set:1:") || message.contains("fuzz.ron:"), "no place: {message}");
                assert!(message.len() < 100_000, "{} bytes of message", message.len());
                false
            }
        }
    };
    Reader {
        name: "settings",
        seeds: vec![SOUND.into(), "seed=1".into(), "task.reward=[Forward(), Healthy(weight: 2)]".into()],
        words: WORDS.split(' ').collect(),
        seal: None,
        read: Box::new(read),
        most_bytes: |length| 300 * length + (8 << 20),
    }
}

fn robots() -> Reader {
    const WORDS: &str = "< > </ /> = ' \" & &amp; <!-- --> <![CDATA[ <!DOCTYPE <?x?> <body> </body> <body><joint/><geom size='.1'/></body> <geom \
        <joint <freejoint/> <default> <default/> class='a' childclass='a' <inertial <include/> <worldbody> <motor type='free' type='capsule' \
        fromto='0 0 0 0 0 1' quat='0 0 0 0' euler='1 2 3' 0 -1 1e10 mass='0' size='0' range='1 0' xmlns='a' \u{1f600}";
    let seeds = ["assets/robots", "tests/physics/robots", "assets/examples"]
        .map(|folder| sound::texts(folder, ".xml"))
        .concat();
    let read = |bytes: &[u8]| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        match mjcf::compile("fuzz.xml", text) {
            Ok(robot) => {
                let weights = robot.model.body_invweight0.as_flattened();
                assert!(weights.iter().all(|weight| weight.is_finite()), "constants are numbers");
                true
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("fuzz.xml:") && message.len() < 10_000, "no place: {message}");
                false
            }
        }
    };
    Reader {
        name: "robot",
        seeds,
        words: WORDS.split(' ').collect(),
        seal: None,
        read: Box::new(read),
        most_bytes: |length| 200 * length + (4 << 20),
    }
}

/// Both kinds of files, each read as both.
fn arrays() -> Reader {
    const WORDS: &str = "\u{93}NUMPY {'descr': '<f8' '>f4' '|O' [('a','<f8')] 'fortran_order': True False 'shape': ( (2,2) 1L, , ' } \
        PK\u{1}\u{2} PK\u{3}\u{4} PK\u{5}\u{6} PK\u{6}\u{6} PK\u{6}\u{7} qpos.npy qvel.npy 99999999999";
    let lone = |element| sound::npy(element, &[4, 3], &[1.0; 12]);
    let seeds = vec![
        lone(Element::F64),
        lone(Element::F32),
        sound::states(Stored, 6),
        sound::states(Deflated, 6),
        sound::npz(Deflated, &[("actions", sound::npy(Element::F32, &[5, 2, 3], &[0.25; 30]))]),
    ];
    let hopper = config::load(config::find("hopper").expect("a preset"), &[]).expect("valid");
    let motion = tasks::build(&hopper.task).expect("it runs").motion();
    let read = at_path("fuzz.npz", move |path| {
        let whole = || {
            let mut file = Npz::open(path)?;
            file.names().iter().try_for_each(|name| file.array(name).map(|_| ()))
        };
        let lone = || {
            let mut file = Npy::open(path)?;
            let count: usize = file.shape().iter().product();
            file.read(&mut vec![0.0; count])
        };
        let said = |result: Result<(), gpu_ec::npz::NpzError>| match result {
            Ok(()) => true,
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("fuzz") && message.len() < 200_000, "no place: {message}");
                false
            }
        };
        let used = StatesFile::open(path, &motion)
            .and_then(|file| file.read(&motion))
            .map(|_| ())
            .or_else(|_| ActionFile::open(path, 3).map(|_| ()));
        said(whole()) | said(lone()) | said(used)
    });
    // The archive library makes room for as many members as a damaged count claims: 65,535 of 232 bytes.
    Reader {
        name: "arrays",
        seeds,
        words: WORDS.split(' ').collect(),
        seal: None,
        read,
        most_bytes: |length| 1032 * length + (16 << 20),
    }
}

/// All that `run --resume` and `eval` read of a checkpoint.
fn checkpoints() -> Reader {
    const WORDS: &str = "{ } [ ] , : \" \\ \"__metadata__\":{ \"crc32\":\"00000000\" \"dtype\":\"F64\" \"shape\":[ \"data_offsets\":[ \"open.member\" \
        \"robot\":\"<mujoco/>\" \"generation\":\"4294967295\" \"seed\" none null true 1e999 \\u0000 \\ud800 \"format_version\":\"4\" Ec( Rsnn( CartPole(";
    let (config, plan) = sound::plan();
    let read = at_path("fuzz.safetensors", move |path| {
        let read = || -> Result<(), RunError> {
            let checkpoint = Checkpoint::read(path)?;
            let text = checkpoint.config_text()?;
            let source =
                Source { robot: checkpoint.robot().map(String::from), ..Source::new("fuzz.safetensors", &text) };
            config::load(source, &[])?;
            checkpoint.refuse_others(&config, plan.task.id())?;
            let state = checkpoint.state(&config, &plan)?;
            checkpoint.open(&plan, &training_job(&config, &state, plan.task.as_ref())).map(|_| ())
        };
        match read() {
            Ok(()) => true,
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("fuzz.safetensors"), "no place: {message}");
                false
            }
        }
    });
    Reader {
        name: "checkpoint",
        seeds: vec![sound::checkpoint(false), sound::checkpoint(true)],
        words: WORDS.split(' ').collect(),
        seal: Some(resealed),
        read,
        most_bytes: |length| 100 * length + (8 << 20),
    }
}

/// The header's length, where it was the header that grew or shrank, and the checksum.
fn resealed(mut file: Vec<u8>, sound: &[u8]) -> Vec<u8> {
    if let (true, Some(was)) = (file.len() >= 8, sound.first_chunk::<8>()) {
        let grown = file.len().wrapping_sub(sound.len()) as u64;
        let now = u64::from_le_bytes(*was).wrapping_add(grown);
        file[..8].copy_from_slice(&now.to_le_bytes());
    }
    sound::sealed(file)
}
