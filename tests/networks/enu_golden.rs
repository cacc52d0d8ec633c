//! Evolvable units against a table that NumPy made (`tests/support/enu_golden.py`): every law, and the published
//! network.

use serde_json::Value;

use crate::support::{
    drawn::drawn,
    golden,
    network::{Bench, gpu, words},
};
use gpu_ec::{
    config::{EnuNetworkConfig, UnitCell},
    kernel::{buffers::BufferId, entry::PassId, records::EpisodeRecord},
    networks::{
        IoDims, Network, Tensor, Weights,
        enu::{UnitSpec, network::EnuNetworkSpec, single::EnuSpec},
    },
};

const STEPS: usize = 8;
const BAR: f64 = 1e-5;

fn table() -> Value {
    let text = std::fs::read_to_string(golden::path("enu.json")).expect("readable");
    serde_json::from_str(&text).expect("JSON")
}

fn numbers(table: &Value, key: &str) -> Vec<f64> {
    table[key].as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// A matrix of the script as `theta` has it, four rows at a time.
fn stored(tensor: &Tensor, name: &str) -> Vec<f32> {
    let Tensor { rows, cols, by_fours, .. } = *tensor;
    assert!(by_fours, "matrices of units stand by fours");
    let values = drawn(name, rows * cols);
    let place = |at: usize| (at / (4 * cols) * 4 + at % 4, at / 4 % cols);
    (0..rows * cols).map(|at| 0.25 * values[place(at).0 * cols + place(at).1] as f32).collect()
}

/// Outputs of the network over all steps, then its last states.
fn on_gpu(spec: &dyn Network, shape: IoDims, lanes: usize, name: impl Fn(&str) -> String) -> (Vec<f64>, Vec<Vec<f64>>) {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, spec, shape, 1, lanes, true);
    let theta: Vec<f32> = spec.tensors(&shape).iter().flat_map(|tensor| stored(tensor, &name(tensor.name))).collect();
    bench.workspace.write(BufferId::Theta, &words(Weights::Floats, &theta));
    bench.dispatch(PassId::NetworkReset);
    let (mut actions, mut states) = (vec![], vec![]);
    for step in 0..STEPS {
        bench.workspace.write(BufferId::Episode, &[EpisodeRecord { length: step as u32, ..Default::default() }]);
        let seen: Vec<f32> = drawn(&format!("seen {step}"), shape.d_obs).iter().map(|x| *x as f32).collect();
        bench.workspace.write(BufferId::Obs, &seen);
        bench.dispatch(PassId::NetworkStep);
        actions.extend(bench.read::<f32>(BufferId::Action).into_iter().take(shape.d_act).map(f64::from));
        states.push(bench.read::<f32>(BufferId::NetworkState).into_iter().map(f64::from).collect());
    }
    (actions, states)
}

fn off(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len(), "as many numbers");
    let error = |(a, b): (&f64, &f64)| if a.is_finite() { (a - b).abs() } else { f64::INFINITY };
    ours.iter().zip(theirs).map(error).fold(0.0, f64::max)
}

#[test]
fn every_law_is_the_tables() {
    let table = table();
    let cells = [("enu", UnitCell::Enu), ("nfenu", UnitCell::Nfenu), ("gru", UnitCell::Gru), ("lstm", UnitCell::Lstm)];
    for (law, cell) in cells {
        let spec = EnuSpec { unit: UnitSpec { memory: 32, outputs: 16, inputs: 16, cell }, initial_std: 0.2 };
        let shape = IoDims { d_obs: 4, d_act: 16 };
        let (h, o) = (numbers(&table[law], "h"), numbers(&table[law], "o"));
        assert!(h.iter().chain(&o).any(|x| x.abs() > 0.1), "{law}: something moves");
        for lanes in [8, 32] {
            let (actions, states) = on_gpu(&spec, shape, lanes, |name| name.into());
            assert!(off(&actions, &o) < BAR, "{law}: outputs are off by {}", off(&actions, &o));
            let memory: Vec<f64> = states.iter().flat_map(|state| state[..32].to_vec()).collect();
            assert!(off(&memory, &h) < BAR, "{law}: memory is off by {}", off(&memory, &h));
            if cell == UnitCell::Lstm {
                let cells: Vec<f64> = states.iter().flat_map(|state| state[48..].to_vec()).collect();
                assert!(off(&cells, &numbers(&table[law], "c")) < BAR, "the LSTM's cells");
            }
        }
    }
    let (gru, nfenu) = (numbers(&table["gru"], "h"), numbers(&table["nfenu"], "h"));
    assert!(off(&gru, &nfenu) == 0.0, "by the table too, they differ in the read-out alone");
    assert!(off(&gru, &numbers(&table["enu"], "h")) > 100.0 * BAR, "and the unit's feedback shows");
}

#[test]
fn the_published_network_is_the_tables() {
    let table = &table()["network"];
    let spec = EnuNetworkSpec::from(&EnuNetworkConfig { noise: 0.0, ..Default::default() });
    let shape = IoDims { d_obs: 5, d_act: 3 };
    let votes = numbers(table, "votes");
    assert!(votes.iter().filter(|vote| **vote > 0.1).count() > 8, "outputs vote: {votes:?}");
    for lanes in [8, 32] {
        let name = |name: &str| match name.split_once('_').expect("of synapses or neurons") {
            ("neuron", matrix) => format!("body {matrix}"),
            (kind, matrix) => format!("{kind} {matrix}"),
        };
        let (actions, states) = on_gpu(&spec, shape, lanes, name);
        // the benches bound actions
        let votes: Vec<f64> = votes.iter().map(|vote| vote.clamp(-1.0, 1.0)).collect();
        assert!(off(&actions, &votes) < BAR, "votes are off by {}", off(&actions, &votes));
        let units: Vec<&[f64]> = states[STEPS - 1].chunks(48).collect();
        let memory: Vec<f64> = units[48..].iter().flat_map(|unit| unit[..32].to_vec()).collect();
        let outputs: Vec<f64> = units[..48].iter().flat_map(|unit| unit[32..].to_vec()).collect();
        let (h, o) = (numbers(table, "h"), numbers(table, "o"));
        assert!(off(&memory, &h) < BAR, "memory of neurons is off by {}", off(&memory, &h));
        assert!(off(&outputs, &o) < BAR, "outputs of synapses are off by {}", off(&outputs, &o));
        let turned: Vec<f64> = outputs.chunks(16).rev().flatten().copied().collect();
        assert!(off(&turned, &o) > 100.0 * BAR, "another order of synapses shows");
    }
}
