//! Surrogate gradients of the spiking network: its own text once more, with a tape, and its adjoint.

use std::sync::Arc;

use super::RsnnF32Spec;
use crate::{
    kernel::{
        buffers::BufferId,
        descent::{Blocks, ReadOut, Sizes},
        device::DeviceTraits,
        entry::{Kernel, PassId, fold},
        wgsl::{ComposeError, Constants, Module, compose, shader},
    },
    networks::{GradientKernels, IoDims, Network, NetworkLaunch, OfBits, rsnn::SUBGROUP},
};

/// Bytes of workgroup memory for the parts of products.
const PARTS: usize = 8 << 10;

impl RsnnF32Spec {
    /// Composes the kernels of the gradients; `None` for two hemispheres.
    pub(super) fn gradient_kernels(
        &self,
        sizes: &Sizes,
        launch: &NetworkLaunch,
        device: DeviceTraits,
    ) -> Option<Result<GradientKernels, ComposeError>> {
        (!self.neurons.bilateral).then(|| self.compose_gradients(sizes, launch, device))
    }

    /// Returns the vectors of neurons per step on the tape: rates, membranes of every substep, what reaches the inputs.
    pub(super) fn tape_vectors(&self) -> usize {
        2 + self.neurons.substeps()
    }

    fn compose_gradients(
        &self,
        sizes: &Sizes,
        launch: &NetworkLaunch,
        device: DeviceTraits,
    ) -> Result<GradientKernels, ComposeError> {
        let io = IoDims { d_obs: sizes.d_obs, d_act: sizes.d_act };
        let (n, lines) = (self.n_neurons(), self.lines(sizes.d_obs));
        let vectors = self.tape_vectors();
        let constants = sizes
            .wgsl_of_round(self.wgsl_constants(&io, &self.genome(&io), launch))
            .uint("TAPE_VECTORS", vectors)
            .float("HEIGHT", sizes.spikes.height)
            .float("SLOPE", sizes.spikes.slope)
            .uint("DETACH_RESET", usize::from(sizes.spikes.detach_reset))
            .import_instead("networks/rsnn_f32/surrogates/piecewise_linear", sizes.spikes.shader);
        let module = |path: &str, constants: &Constants| compose(path, shader(path).unwrap_or_default(), constants);
        let taped = [
            ("networks/entry", "networks/rsnn_f32/entry_taped"),
            ("networks/rsnn_f32/state", "networks/rsnn_f32/state_taped"),
            ("networks/sides/whole", "networks/sides/whole_taped"),
            ("rollout/theta", "algorithms/ppo/theta_shared"),
            ("networks/rate/opaque", "algorithms/ppo/opaque"),
        ];
        let taped =
            taped.into_iter().fold(constants.clone(), |constants, (path, other)| constants.import_instead(path, other));
        let forward = Kernel::new(PassId::PpoForward, &module(self.shader(launch), &taped)?, "forward");
        let backward = self.backward_module(constants.clone(), launch)?;
        let backward = Kernel::new(PassId::PpoBackward, &backward, "backward");
        let (quads, parts) = (n / 4, Blocks::new(vec![0, lines + n], vec![lines, sizes.d_act]));
        let outer = parts.wgsl(constants.clone(), quads, 0, device);
        let outer = Kernel::new(PassId::PpoOuter, &module("networks/rsnn_f32/outer", &outer)?, "outer");
        let lanes = if device.software { SUBGROUP } else { quads };
        let trains = constants.uint("TRAIN_LANES", lanes);
        let trains = Kernel::new(PassId::PpoTrains, &module("networks/rsnn_f32/trains", &trains)?, "trains");
        let sequences = sizes.round_sequences();
        let groups = fold(sequences as u32);
        let words = |words: usize| 4 * words as u64;
        let train_words = n * self.neurons.substeps().div_ceil(32);
        Ok(GradientKernels {
            forward: (forward, groups),
            backward: vec![(backward, groups), (outer, parts.workgroups(quads, device)), (trains, [n as u32, 1, 1])],
            units: n,
            vectors,
            read_out: ReadOut {
                first_row: lines + n,
                bias_at: 0,
                factor: self.constants(sizes.d_obs).r_out as f32,
                lanes: self.lanes(launch),
                spread: !self.is_in_registers(launch),
                by_sequence: true,
            },
            bits: match self.connections(&io) {
                None => None,
                Some(connections) => {
                    Some(OfBits { connections, acting: self.kernels(&io, &self.genome(&io), launch)? })
                }
            },
            buffers: vec![
                (BufferId::PpoTape, words(sequences * self.tape_words(&io, sizes.bptt))),
                (BufferId::PpoTrains, words(train_words * sizes.round_frames())),
                (BufferId::PpoScratch, words(sequences * self.state_words(&io))),
            ],
        })
    }

    fn backward_module(&self, constants: Constants, launch: &NetworkLaunch) -> Result<Arc<Module>, ComposeError> {
        let n = self.n_neurons();
        let constants = match self.is_in_registers(launch) {
            true => constants.import_instead("networks/rsnn_f32/back_workgroup", "networks/rsnn_f32/back_subgroup"),
            false => {
                // the parts of all rows that lanes multiply must fit
                let most = PARTS / (4 * n);
                let lanes = (1..=most.min(n / 4)).rev().find(|lanes| (n / 4).is_multiple_of(*lanes)).unwrap_or(1);
                constants.uint("LANES", lanes)
            }
        };
        let path = "networks/rsnn_f32/backward";
        compose(path, shader(path).unwrap_or_default(), &constants)
    }
}
