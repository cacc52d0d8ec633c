//! Structs of host and kernels agree in names, order, offsets, types and size; a wrong one is found out.

use gpu_ec::kernel::{
    arm_records::{ArmOutcome, ArmRecord, ArmRun},
    ppo_records::{PpoEnvironment, PpoFrame, PpoLearning},
    q_records::{QLearner, QProgress, QRun},
    records::{EndedHeader, EpisodeRecord, Field, RunParams},
    wgsl::{Constants, compose},
};
use naga::{Module, ScalarKind, TypeInner};

fn module(imports: &str) -> Module {
    let composed = compose("layout", imports, &Constants::default()).expect("composes");
    naga::front::wgsl::parse_str(&composed.wgsl).expect("parses")
}

fn spelling(module: &Module, inner: &TypeInner) -> String {
    let scalar = |kind| match kind {
        ScalarKind::Float => "f32",
        ScalarKind::Uint => "u32",
        _ => "other",
    };
    match inner {
        TypeInner::Scalar(s) => scalar(s.kind).into(),
        TypeInner::Vector { size, scalar: s } => format!("vec{}<{}>", *size as u8, scalar(s.kind)),
        TypeInner::Matrix { columns, rows, scalar: s } => {
            format!("mat{}x{}<{}>", *columns as u8, *rows as u8, scalar(s.kind))
        }
        other => format!("{other:?} of {}", module.types.len()),
    }
}

/// What differs between the WGSL struct `name` and the host's fields and size.
fn difference(module: &Module, name: &str, fields: &[Field], size: usize) -> Option<String> {
    let found = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name));
    let Some((_, ty)) = found else { return Some(format!("no struct {name}")) };
    let TypeInner::Struct { members, span } = &ty.inner else { return Some(format!("{name} is not a struct")) };
    let wgsl: Vec<(String, usize, String)> = members
        .iter()
        .map(|m| (m.name.clone().unwrap_or_default(), m.offset as usize, spelling(module, &module.types[m.ty].inner)))
        .collect();
    let host: Vec<_> = fields.iter().map(|(n, o, t)| ((*n).to_string(), *o, (*t).to_string())).collect();
    (wgsl != host || *span as usize != size)
        .then(|| format!("{name}: WGSL {wgsl:?} ({span} bytes), host {host:?} ({size} bytes)"))
}

#[test]
fn shared_structs_have_one_layout() {
    let text =
        "#import rollout/run\n#import rollout/ended\n@compute @workgroup_size(1) fn main() { _ = run.population; }";
    let module = module(text);
    let run = difference(&module, RunParams::WGSL, RunParams::FIELDS, size_of::<RunParams>());
    let episode = difference(&module, EpisodeRecord::WGSL, EpisodeRecord::FIELDS, size_of::<EpisodeRecord>());
    let header = difference(&module, EndedHeader::WGSL, EndedHeader::FIELDS, size_of::<EndedHeader>());
    assert_eq!((run, episode, header), (None, None, None), "host and kernel differ");
}

#[test]
fn policies_have_one_layout() {
    let module = module("#import structs/PpoEnvironment\n#import structs/PpoFrame\n#import structs/PpoLearning");
    let environment = difference(&module, PpoEnvironment::WGSL, PpoEnvironment::FIELDS, size_of::<PpoEnvironment>());
    let frame = difference(&module, PpoFrame::WGSL, PpoFrame::FIELDS, size_of::<PpoFrame>());
    let learning = difference(&module, PpoLearning::WGSL, PpoLearning::FIELDS, size_of::<PpoLearning>());
    assert_eq!((environment, frame, learning), (None, None, None), "host and kernel differ");
}

#[test]
fn learners_have_one_layout() {
    let module = module("#import structs/QRun\n#import structs/QLearner\n#import structs/QProgress");
    let run = difference(&module, QRun::WGSL, QRun::FIELDS, size_of::<QRun>());
    let learner = difference(&module, QLearner::WGSL, QLearner::FIELDS, size_of::<QLearner>());
    let progress = difference(&module, QProgress::WGSL, QProgress::FIELDS, size_of::<QProgress>());
    assert_eq!((run, learner, progress), (None, None, None), "host and kernel differ");
}

#[test]
fn arms_have_one_layout() {
    let module = module("#import structs/ArmRun\n#import structs/Arm\n#import structs/ArmOutcome");
    let run = difference(&module, ArmRun::WGSL, ArmRun::FIELDS, size_of::<ArmRun>());
    let arm = difference(&module, ArmRecord::WGSL, ArmRecord::FIELDS, size_of::<ArmRecord>());
    let outcome = difference(&module, ArmOutcome::WGSL, ArmOutcome::FIELDS, size_of::<ArmOutcome>());
    assert_eq!((run, arm, outcome), (None, None, None), "host and kernel differ");
}

#[test]
fn a_swapped_field_is_found_out() {
    let module = module("#import rollout/episode");
    let mut fields = EpisodeRecord::FIELDS.to_vec();
    fields.swap(0, 1);
    assert!(difference(&module, "Episode", &fields, 32).is_some(), "swapped fields");
    assert!(difference(&module, "Episode", EpisodeRecord::FIELDS, 36).is_some(), "another size");
    assert!(difference(&module, "Epoch", EpisodeRecord::FIELDS, 32).is_some(), "another name");
}
