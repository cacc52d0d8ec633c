//! One evolvable unit as a network: its kernels against the paper's equations in f64, for every law and layout, and for
//! members that stand side by side in any order.

use crate::support::{
    enu::{Flaw, Law, State, Unit},
    network::{gpu, randoms},
};
use gpu_ec::{
    config::UnitCell,
    gpu::{Gpu, Workspace, fold},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        genome::Genome,
        records::{EpisodeRecord, RunParams, status},
    },
    networks::{
        BOUNDED, IoDims, Network, NetworkLaunch,
        enu::{UnitSpec, single::EnuSpec},
    },
};

const SHAPE: IoDims = IoDims { d_obs: 3, d_act: 2 };
const STEPS: usize = 25;
/// What the specification asks for.
const BAR: f64 = 1e-5;
const LAWS: [(UnitCell, Law); 4] =
    [(UnitCell::Enu, Law::Enu), (UnitCell::Nfenu, Law::Nfenu), (UnitCell::Gru, Law::Gru), (UnitCell::Lstm, Law::Lstm)];

fn spec((memory, outputs, inputs): (usize, usize, usize), cell: UnitCell) -> EnuSpec {
    EnuSpec { unit: UnitSpec { memory, outputs, inputs, cell }, initial_std: 0.2 }
}

/// Which slots live, and whose member each is.
struct Crowd {
    live: Vec<u32>,
    member_of: Vec<usize>,
    /// Slots whose episodes are over.
    over: Vec<usize>,
}

impl Crowd {
    /// `members` of `episodes` each in order.
    fn even(members: usize, episodes: usize) -> Self {
        let slots = members * episodes;
        let member_of = (0..slots).map(|slot| slot / episodes).collect();
        Self { live: (0..slots as u32).collect(), member_of, over: vec![] }
    }

    /// 61 slots of 7 members in no order, of which some do not live and some are over.
    fn mixed() -> Self {
        let member_of: Vec<usize> = (0..61).map(|slot| slot * 5 / 7 % 7).collect();
        let live = (0..61).filter(|slot| slot % 9 != 4).map(|slot| slot * 60 % 61).collect();
        Self { live, member_of, over: vec![3, 17, 40] }
    }

    fn steps(&self, slot: usize) -> bool {
        self.live.contains(&(slot as u32)) && !self.over.contains(&slot)
    }
}

/// Weights of some members, and what a slot sees in a step.
fn inputs(spec: &EnuSpec, members: usize) -> Vec<Vec<f32>> {
    // larger weights make a chaotic unit, which turns rounding into other motions
    let size = 2.0 / ((spec.unit.memory + spec.unit.outputs + spec.unit.inputs) as f32).sqrt();
    (0..members).map(|member| randoms(spec.n_params(&SHAPE), 40 + member as u32, size)).collect()
}

fn seen(slot: usize, step: usize) -> Vec<f32> {
    randoms(SHAPE.d_obs, (1000 + 100 * slot + step) as u32, 1.2)
}

/// States and actions of all slots.
type Seen = Vec<(Vec<f64>, Vec<f64>)>;

fn on_gpu(gpu: &Gpu, spec: &EnuSpec, crowd: &Crowd, (lanes, subgroup, neighbours): (usize, usize, usize)) -> Seen {
    let genome = spec.genome(&SHAPE);
    let launch = NetworkLaunch { lanes, subgroup, normaliser_clip: 10.0, action_bound: BOUNDED, neighbours };
    let kernels = spec.kernels(&SHAPE, &genome, &launch).expect("composes");
    let mut workspace =
        Workspace::new(gpu, &[kernels.reset.clone().checked(), kernels.step.clone().checked()]).expect("compiles");
    let slots = crowd.member_of.len();
    let theta = inputs(spec, 1 + crowd.member_of.iter().max().expect("a slot"));
    allocate(&mut workspace, spec, &genome, slots, theta.len());
    workspace.write(BufferId::Theta, &theta.concat());
    workspace.fill(BufferId::NetworkState, 0x7fc0_beef);
    workspace.write(BufferId::Run, &[RunParams { n_slots: slots as u32, ..Default::default() }]);
    let record = |slot: usize| EpisodeRecord {
        life: slot as u32,
        to_theta: (crowd.member_of[slot] as u32).wrapping_sub(slot as u32),
        status: if crowd.over.contains(&slot) { status::DONE } else { 0 },
        ..Default::default()
    };
    workspace.write(BufferId::Episode, &(0..slots).map(record).collect::<Vec<_>>());
    let list = |slots: &[u32]| [&[slots.len() as u32], slots].concat();
    workspace.write(BufferId::Live, &list(&crowd.live));
    workspace.write(BufferId::Fresh, &list(&(0..slots as u32).collect::<Vec<_>>()));
    let groups = fold(slots.div_ceil(spec.individuals_per_workgroup(&SHAPE, &launch)) as u32);
    workspace.dispatch(PassId::NetworkReset, groups).expect("runs");
    for step in 0..STEPS {
        workspace.write(BufferId::Obs, &(0..slots).flat_map(|slot| seen(slot, step)).collect::<Vec<f32>>());
        workspace.dispatch(PassId::NetworkStep, groups).expect("runs");
    }
    let states: Vec<f32> = workspace.read(BufferId::NetworkState).expect("reads");
    let actions: Vec<f32> = workspace.read(BufferId::Action).expect("reads");
    let wide = |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect();
    let states = states.chunks(spec.state_words(&SHAPE)).map(wide);
    states.zip(actions.chunks(SHAPE.d_act).map(wide)).collect()
}

fn allocate(workspace: &mut Workspace, spec: &EnuSpec, genome: &Genome, slots: usize, members: usize) {
    for (id, words) in [
        (BufferId::Run, size_of::<RunParams>() / 4),
        (BufferId::Live, slots + 1),
        (BufferId::Fresh, slots + 1),
        (BufferId::Theta, members * genome.n_words()),
        (BufferId::Obs, slots * SHAPE.d_obs),
        (BufferId::Action, slots * SHAPE.d_act),
        (BufferId::NetworkState, slots * spec.state_words(&SHAPE)),
        (BufferId::Episode, size_of::<EpisodeRecord>() / 4 * slots),
    ] {
        workspace.alloc(id, 4 * words as u64).expect("fits");
    }
}

fn reference(spec: &EnuSpec, law: Law, flaw: Flaw, crowd: &Crowd) -> Seen {
    let UnitSpec { memory, outputs, inputs: channels, .. } = spec.unit;
    let unit = Unit { law, memory, outputs, inputs: channels, flaw };
    let theta = inputs(spec, 1 + crowd.member_of.iter().max().expect("a slot"));
    let slot = |slot: usize| {
        let theta: Vec<f64> = theta[crowd.member_of[slot]].iter().map(|value| f64::from(*value)).collect();
        let weights = unit.matrices(&theta);
        let mut state = unit.rest();
        for step in 0..if crowd.steps(slot) { STEPS } else { 0 } {
            let mut x: Vec<f64> = seen(slot, step).into_iter().map(f64::from).collect();
            x.resize(channels, 0.0);
            unit.step(&weights, &mut state, &x, &vec![0.0; outputs]);
        }
        let State { h, o, c } = state;
        let actions = o[..SHAPE.d_act].to_vec();
        ([h, o, c].concat(), actions)
    };
    (0..crowd.member_of.len()).map(slot).collect()
}

/// Largest difference.
fn difference(ours: &Seen, theirs: &Seen) -> f64 {
    let flat =
        |seen: &Seen| seen.iter().flat_map(|(state, action)| [&state[..], action].concat()).collect::<Vec<f64>>();
    let (ours, theirs) = (flat(ours), flat(theirs));
    assert_eq!(ours.len(), theirs.len(), "as many numbers");
    let error = |(a, b): (&f64, &f64)| if a.is_finite() { (a - b).abs() } else { f64::INFINITY };
    ours.iter().zip(&theirs).map(error).fold(0.0, f64::max)
}

/// Layouts: lanes, size of a subgroup, episodes side by side. The first three are those of software drivers.
const LAYOUTS: [(usize, usize, usize); 6] = [(8, 8, 8), (8, 8, 16), (8, 8, 32), (8, 8, 1), (32, 0, 4), (64, 0, 1)];

#[test]
fn every_law_follows_its_equations() {
    let gpu = gpu();
    for (cell, law) in LAWS {
        let spec = spec((32, 16, 16), cell);
        let crowd = Crowd::even(2, 32);
        let theirs = reference(&spec, law, Flaw::None, &crowd);
        for layout in LAYOUTS {
            let off = difference(&on_gpu(&gpu, &spec, &crowd, layout), &theirs);
            assert!(off < BAR, "{law:?}, {layout:?}: off by {off}");
        }
    }
}

#[test]
fn sizes_are_free() {
    let gpu = gpu();
    for sizes in [(8, 4, 4), (12, 4, 8), (20, 20, 4), (128, 64, 64), (4, 4, 4)] {
        for (cell, law) in LAWS {
            let spec = spec(sizes, cell);
            if spec.unit.outputs > spec.unit.memory && matches!(law, Law::Gru | Law::Lstm) {
                continue;
            }
            let crowd = Crowd::even(3, 8);
            let theirs = reference(&spec, law, Flaw::None, &crowd);
            for layout in [(8, 8, 8), (8, 0, 1)] {
                let off = difference(&on_gpu(&gpu, &spec, &crowd, layout), &theirs);
                assert!(off < BAR, "{sizes:?}, {law:?}, {layout:?}: off by {off}");
            }
        }
    }
}

/// A workgroup whose rows are of several members, some of which do not live, steps each with its own parameters.
#[test]
fn members_may_stand_in_any_order() {
    let gpu = gpu();
    let (spec, crowd) = (spec((8, 4, 4), UnitCell::Enu), Crowd::mixed());
    let theirs = reference(&spec, Law::Enu, Flaw::None, &crowd);
    let mut seen = vec![];
    for layout in LAYOUTS {
        let mut ours = on_gpu(&gpu, &spec, &crowd, layout);
        let mut theirs = theirs.clone();
        // those that never step have no action
        for slot in (0..ours.len()).filter(|slot| !crowd.steps(*slot)) {
            (ours[slot].1, theirs[slot].1) = (vec![], vec![]);
        }
        let off = difference(&ours, &theirs);
        assert!(off < BAR, "{layout:?}: off by {off}");
        seen.push(ours);
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "all layouts give the same bits");
    let other = Crowd { member_of: crowd.member_of.iter().map(|member| (member + 1) % 7).collect(), ..Crowd::mixed() };
    assert!(difference(&reference(&spec, Law::Enu, Flaw::None, &other), &theirs) > 0.1, "members differ");
}

/// The comparison sees a unit that is not the paper's.
#[test]
fn the_comparison_notices() {
    let gpu = gpu();
    let crowd = Crowd::even(1, 8);
    let flaws = [Flaw::ResetsAll, Flaw::Turned, Flaw::Unclipped, Flaw::ReadsOld];
    for (cell, law) in [LAWS[0], LAWS[1], LAWS[3]] {
        let spec = spec((8, 4, 4), cell);
        let ours = on_gpu(&gpu, &spec, &crowd, (8, 8, 8));
        let own: &[Flaw] = if law == Law::Lstm { &[Flaw::Forgets, Flaw::ReadsOld] } else { &flaws };
        for flaw in own {
            let off = difference(&ours, &reference(&spec, law, *flaw, &crowd));
            assert!(off > 100.0 * BAR, "{law:?}, {flaw:?}: off by {off} only");
        }
    }
}

/// The numbers of the paper, and of the specification's table.
#[test]
fn parameters_are_counted_as_published() {
    let count = |cell| spec((32, 16, 16), cell).n_params(&SHAPE);
    assert_eq!(LAWS.map(|(cell, _)| count(cell)), [6656, 5120, 4608, 6144], "one unit");
    assert_eq!(spec((8, 4, 4), UnitCell::Enu).n_params(&SHAPE), 416, "the small one");
}
