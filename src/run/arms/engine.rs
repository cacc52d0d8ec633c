//! Device side of a batch of arms: weights and starts in, outcomes out.

use std::collections::{HashMap, HashSet};

use crate::{
    gpu::{Gpu, Workspace, fold},
    kernel::{
        arm_records::{ArmOutcome, ArmRecord, ArmRun},
        buffers::BufferId,
        entry::PassId,
        random::{Stream, stream_key},
        records::RunParams,
    },
    networks::reservoir::SCALARS,
    physics::{
        model::Model,
        muscle::{Muscle, Path},
    },
    plan::{
        PlanError,
        arms::{ArmLayout, ArmSpec, MOTION_HEAD},
    },
    run::RunError,
};

/// Maximum number of macro steps per dispatch, rounded up to whole windows.
const CHUNK: usize = 400;
/// Maximum number of macro steps per dispatch summed over all arms, unless one window has more. They take a second
/// or two on a software renderer, far less on a GPU.
const WORK: usize = 400 * 256;

/// Settings of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmSetup {
    /// Seed of the fixed weights and of the initial readout weights.
    pub seed: u64,
    /// Half width of the interval of the initial readout weights.
    pub weight_range: f64,
    /// Share of the tendon in the length of tendon and muscle at angle 0.
    pub tendon_ratio: f64,
    /// Step size, eta.
    pub learning_rate: f64,
}

/// State of an arm at the start of an iteration, after the run-in of the network.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ArmStart {
    /// Angle, rad.
    pub angle: f32,
    /// Angular velocity, rad/s.
    pub velocity: f32,
}

/// Learnt quantities, `[arms][neurons]`: per arm and neuron the weights to both outputs, and their momentum.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Learnt {
    /// Readout weights.
    pub weights: Vec<[f32; 2]>,
    /// Momentum of the gradient descent.
    pub momentum: Vec<[f32; 2]>,
}

impl Learnt {
    /// Returns the state of the arms `setups` before training: initial readout weights, zero momentum.
    pub fn untaught(spec: &ArmSpec, setups: &[ArmSetup]) -> Self {
        let n = spec.network.neurons;
        let readout = |setup: &ArmSetup| {
            let key = stream_key(setup.seed, Stream::Initial);
            spec.network.readout(key, setup.weight_range, n)
        };
        let weights: Vec<[f32; 2]> = setups.iter().flat_map(readout).collect();
        Self { momentum: vec![[0.0; 2]; weights.len()], weights }
    }
}

/// Record of one iteration of one arm, macro step by macro step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArmMotion {
    /// Angle, rad.
    pub angle: Vec<f32>,
    /// Torque of both muscles, N m.
    pub torque: Vec<f32>,
    /// Activation of flexor and extensor.
    pub act: Vec<[f32; 2]>,
    /// Spikes as (tick, neuron). The reservoir's neurons come first in the numbering, then inputs, then outputs.
    pub spikes: Vec<(u32, u32)>,
}

/// Batch of arms on a device.
pub struct ArmEngine<'gpu> {
    spec: ArmSpec,
    model: Model,
    layout: ArmLayout,
    setups: Vec<ArmSetup>,
    records: Vec<ArmRecord>,
    workspace: Workspace<'gpu>,
}

impl<'gpu> ArmEngine<'gpu> {
    /// Compiles the kernel for the body `model` and uploads the fixed weights of the arms.
    ///
    /// Errors: a body that is not such an arm; not enough device memory.
    pub fn new(gpu: &'gpu Gpu, spec: &ArmSpec, model: &Model, setups: &[ArmSetup]) -> Result<Self, RunError> {
        let traits = gpu.adapter.traits();
        Self::laid_out(gpu, spec, model, setups, ArmLayout::of(traits.software, traits.subgroup))
    }

    /// Does the same as [`Self::new`] with a given layout.
    ///
    /// Errors: as for [`Self::new`].
    pub fn laid_out(
        gpu: &'gpu Gpu,
        spec: &ArmSpec,
        model: &Model,
        setups: &[ArmSetup],
        layout: ArmLayout,
    ) -> Result<Self, RunError> {
        let kernel = spec.kernel(model, layout, 0).map_err(|error| PlanError::Refused(error.to_string()))?;
        let mut workspace = Workspace::new(gpu, &[kernel])?;
        let n = spec.network.padded(layout.lanes);
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut seeds = vec![];
        let records: Vec<ArmRecord> = setups
            .iter()
            .map(|setup| {
                let next = numbers.len() as u32;
                let reservoir = *numbers.entry(setup.seed).or_insert_with(|| {
                    seeds.push(setup.seed);
                    next
                });
                let [optimal, slack] = muscle_lengths(model, setup.tendon_ratio).map(|x| x as f32);
                let learning_rate = setup.learning_rate as f32;
                ArmRecord { optimal, slack, learning_rate, reservoir, ..ArmRecord::default() }
            })
            .collect();
        for (name, bytes) in Self::buffers(spec, setups, layout.lanes) {
            workspace.alloc(name, bytes)?;
        }
        let fixed: Vec<f32> = seeds.iter().flat_map(|seed| spec.network.fixed_weights(*seed, n)).collect();
        workspace.write(BufferId::Reservoir, &fixed);
        let engine = Self { spec: *spec, model: model.clone(), layout, setups: setups.to_vec(), records, workspace };
        engine.set_learnt(&Learnt::untaught(spec, setups));
        Ok(engine)
    }

    /// Returns the device buffers of the arms, with their sizes in bytes.
    pub fn buffers(spec: &ArmSpec, setups: &[ArmSetup], lanes: usize) -> Vec<(BufferId, u64)> {
        let (n, arms) = (spec.network.padded(lanes), setups.len());
        let reservoirs = setups.iter().map(|setup| setup.seed).collect::<HashSet<_>>().len();
        let words = |words: usize| 4 * words as u64;
        vec![
            (BufferId::ArmRun, size_of::<ArmRun>() as u64),
            (BufferId::Arm, (size_of::<ArmRecord>() * arms) as u64),
            (BufferId::ArmOutcome, (size_of::<ArmOutcome>() * arms) as u64),
            (BufferId::ArmWeights, words(4 * n * arms)),
            (BufferId::ArmState, words((SCALARS + 2 * n) * arms)),
            (BufferId::ArmSpikes, words((n + 4) * arms)),
            (BufferId::ArmMotion, words(1)),
            (BufferId::Reservoir, words((n + 2) * n * reservoirs)),
            (BufferId::Run, size_of::<RunParams>() as u64),
        ]
    }

    /// Returns the number of arms.
    pub fn arms(&self) -> usize {
        self.setups.len()
    }

    /// Returns the size of all buffers on the device, bytes.
    pub fn device_bytes(&self) -> u64 {
        self.workspace.bytes()
    }

    /// Uploads the weights and momentum of all arms.
    pub fn set_learnt(&self, learnt: &Learnt) {
        let (n, padded) = (self.spec.network.neurons, self.padded());
        let mut all = vec![[0.0f32; 2]; 2 * padded * self.arms()];
        for (arm, place) in all.chunks_exact_mut(2 * padded).enumerate() {
            place[..n].copy_from_slice(&learnt.weights[arm * n..][..n]);
            place[padded..padded + n].copy_from_slice(&learnt.momentum[arm * n..][..n]);
        }
        self.workspace.write(BufferId::ArmWeights, &all);
    }

    /// Reads the weights and momentum of all arms back.
    pub fn learnt(&mut self) -> Result<Learnt, RunError> {
        let (n, padded) = (self.spec.network.neurons, self.padded());
        let all: Vec<[f32; 2]> = self.workspace.read(BufferId::ArmWeights)?;
        let of =
            |first: usize| all.chunks_exact(2 * padded).flat_map(move |arm| arm[first..first + n].to_vec()).collect();
        Ok(Learnt { weights: of(0), momentum: of(padded) })
    }

    /// Runs one iteration of all arms; `None` if `keep_going` returned false.
    pub fn iterate(
        &mut self,
        starts: &[ArmStart],
        learns: bool,
        keep_going: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<ArmOutcome>>, RunError> {
        self.begin(starts);
        let chunk = (WORK / self.arms()).clamp(1, CHUNK).next_multiple_of(self.spec.window);
        for first in (0..self.spec.steps).step_by(chunk) {
            if !keep_going() {
                return Ok(None);
            }
            self.chunk(first, chunk.min(self.spec.steps - first), learns)?;
        }
        Ok(Some(self.workspace.read(BufferId::ArmOutcome)?))
    }

    /// Runs one window of all arms and discards it, because drivers compile at the first dispatch.
    pub fn warm_up(&mut self) -> Result<(), RunError> {
        self.begin(&vec![ArmStart::default(); self.arms()]);
        self.chunk(0, self.spec.window, false)?;
        Ok(self.workspace.wait()?)
    }

    /// Returns the spike counts of the last iteration, `[arms][neurons + 4]`: reservoir, two inputs, two outputs.
    pub fn spikes(&mut self) -> Result<Vec<Vec<u32>>, RunError> {
        let (n, padded) = (self.spec.network.neurons, self.padded());
        let all: Vec<u32> = self.workspace.read(BufferId::ArmSpikes)?;
        Ok(all.chunks_exact(padded + 4).map(|arm| [&arm[..n], &arm[padded..]].concat()).collect())
    }

    /// Runs an iteration of arm `arm` alone, without learning, and returns its record macro step by macro step.
    pub fn watch(&mut self, arm: usize, start: ArmStart) -> Result<ArmMotion, RunError> {
        let chunk = CHUNK.next_multiple_of(self.spec.window);
        let kernel = self.spec.kernel(&self.model, self.layout, chunk);
        let kernel = kernel.map_err(|error| PlanError::Refused(error.to_string()))?;
        self.workspace.replace(&[kernel])?;
        let words = self.spec.motion_words(&self.model, self.layout.lanes);
        self.workspace.alloc(BufferId::ArmMotion, 4 * (chunk * words) as u64)?;
        let mut starts = vec![ArmStart::default(); self.arms()];
        starts[arm] = start;
        self.begin(&starts);
        let mut motion = ArmMotion::default();
        for first in (0..self.spec.steps).step_by(chunk) {
            let steps = chunk.min(self.spec.steps - first);
            let run = ArmRun { first_arm: arm as u32, arms: arm as u32 + 1, ..self.chunk_of(first, steps, false) };
            self.workspace.write(BufferId::ArmRun, &[run]);
            self.workspace.dispatch(PassId::ArmsWatch, [1, 1, 1])?;
            let seen: Vec<u32> = self.workspace.read(BufferId::ArmMotion)?;
            seen.chunks_exact(words).take(steps).for_each(|step| self.take(step, &mut motion));
        }
        Ok(motion)
    }

    /// Appends a macro step of the device's record to `motion`.
    fn take(&self, step: &[u32], motion: &mut ArmMotion) {
        let float = |word: usize| f32::from_bits(step[word]);
        let (neurons, words) = (self.spec.network.neurons as u32, self.padded() / 32);
        let ticks = self.spec.ticks(&self.model);
        for (t, bits) in step[MOTION_HEAD..].chunks_exact(words + 1).enumerate() {
            let tick = (motion.angle.len() * ticks + t) as u32;
            for (w, &word) in bits.iter().enumerate() {
                let first = if w == words { neurons } else { 32 * w as u32 };
                let fired = (0..32u32).filter(|bit| word >> bit & 1 == 1).map(|bit| first + bit);
                motion.spikes.extend(fired.map(|neuron| (tick, neuron)));
            }
        }
        motion.angle.push(float(0));
        motion.torque.push(float(2));
        motion.act.push([float(3), float(4)]);
    }

    fn padded(&self) -> usize {
        self.spec.network.padded(self.layout.lanes)
    }

    fn begin(&mut self, starts: &[ArmStart]) {
        for (record, start) in self.records.iter_mut().zip(starts) {
            (record.angle, record.velocity) = (start.angle, start.velocity);
        }
        self.workspace.write(BufferId::Arm, &self.records);
    }

    fn chunk(&mut self, first: usize, steps: usize, learns: bool) -> Result<(), RunError> {
        self.workspace.write(BufferId::ArmRun, &[self.chunk_of(first, steps, learns)]);
        Ok(self.workspace.dispatch(PassId::ArmsIterate, fold(self.arms() as u32))?)
    }

    fn chunk_of(&self, first: usize, steps: usize, learns: bool) -> ArmRun {
        ArmRun {
            first: first as u32,
            steps: steps as u32,
            learns: u32::from(learns),
            arms: self.arms() as u32,
            half: (self.spec.steps / 2) as u32,
            ..ArmRun::default()
        }
    }
}

/// Returns the optimal length of the muscles and the length of their tendons, m. The tendon has the share `ratio`
/// of both at angle 0.
pub fn muscle_lengths(model: &Model, ratio: f64) -> [f64; 2] {
    let whole = match Muscle::of(model, 0).map(|muscle| muscle.laws.path) {
        Some(Path::Hinge { arms: [c1, c2], .. }) => c1.hypot(c2),
        _ => model.actuator_lengthrange[0][1],
    };
    [(1.0 - ratio) * whole, ratio * whole]
}
