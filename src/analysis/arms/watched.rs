//! The first arm before and after learning: angle, torque, spikes.

use super::{AnalysisError, figure};
use crate::{
    analysis::curves::thinned,
    config::Config,
    gpu::Gpu,
    kernel::random::Stream,
    plan::arms::RESET_STEP,
    plot::{Chart, Raster, Series},
    report::{
        RunDir,
        document::{Block, Figure},
    },
    run::arms::{ArmBatch, ArmEngine, ArmMotion, newest},
};

/// Maximum points per curve.
const POINTS: usize = 400;
/// Time after the start that a raster shows, in ms.
const RASTER_MS: f64 = 250.0;

/// Returns figures of an iteration without learning, with the first weights and with the newest.
pub fn blocks(gpu: &Gpu, dir: &RunDir, config: &Config, batch: &ArmBatch) -> Result<Vec<Block>, AnalysisError> {
    let Some(state) = newest(dir, config, batch.spec.network.neurons)? else { return Ok(vec![]) };
    let mut engine = ArmEngine::new(gpu, &batch.spec, &batch.model, &batch.setups)?;
    let start = batch.starts(u32::MAX, Stream::EvaluationStart)[0];
    let early = engine.watch(0, start)?;
    engine.set_learnt(&state.learnt);
    let late = engine.watch(0, start)?;
    let name = format!("after {} iterations", state.standing.generation);
    let both = [("before learning", &early), (name.as_str(), &late)];
    let step_ms = 1000.0 * batch.model.opt.timestep;
    let chart = |title: &str, y: &str, of: &dyn Fn(&ArmMotion) -> Vec<f64>| Chart {
        title: title.into(),
        x: "simulated time (s)".into(),
        y: y.into(),
        series: both
            .iter()
            .map(|(name, motion)| {
                let points = of(motion).into_iter().enumerate().map(|(k, value)| (k as f64 * step_ms / 1000.0, value));
                Series { name: (*name).into(), points: thinned(points.collect(), POINTS), band: vec![] }
            })
            .collect(),
    };
    let angle = chart("Angle", "angle (rad)", &|motion| motion.angle.iter().map(|x| f64::from(*x)).collect());
    let torque = chart("Torque of both muscles", "torque (uN m)", &|motion| {
        motion.torque.iter().map(|x| 1e6 * f64::from(*x)).collect()
    });
    let angle_caption = format!(
        "Angle of the first arm over an iteration in which it learns nothing. The network settles for {:.0} ms; \
         then the arm is put at its start angle.",
        RESET_STEP as f64 * step_ms
    );
    let mut blocks = vec![
        Block::Heading(2, "One arm, before and after".into()),
        figure("arm-angle", &angle_caption, &angle)?,
        figure("arm-torque", "Torque of its muscles.", &torque)?,
    ];
    for (file, (name, motion)) in [("arm-spikes-early", both[0]), ("arm-spikes-late", both[1])] {
        let svg = raster(name, motion, batch)?;
        let caption = format!("Its spikes, {name}: the reservoir, above it inputs and outputs.");
        blocks.push(Block::Figure(Figure { file: format!("{file}.svg"), caption, svg }));
    }
    Ok(blocks)
}

fn raster(name: &str, motion: &ArmMotion, batch: &ArmBatch) -> Result<String, AnalysisError> {
    let network = &batch.spec.network;
    let start = RESET_STEP as f64 * 1000.0 * batch.model.opt.timestep;
    let spikes: Vec<(f64, usize)> = motion
        .spikes
        .iter()
        .map(|(tick, neuron)| (f64::from(*tick) * network.dt_ms, *neuron as usize))
        .filter(|(time, _)| *time < start + RASTER_MS)
        .collect();
    let raster = Raster {
        title: format!("Spikes {name}"),
        x: "simulated time (ms)".into(),
        y: "neuron".into(),
        time: 0.0..start + RASTER_MS,
        neurons: network.neurons + 4,
        kinds: ["reservoir", "inputs and outputs"],
        is_second: &(0..network.neurons + 4).map(|neuron| neuron >= network.neurons).collect::<Vec<_>>(),
        spikes: &spikes,
    };
    Ok(raster.svg()?)
}
