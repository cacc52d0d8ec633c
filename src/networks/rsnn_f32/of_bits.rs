//! Gradients of a network of bits: its connections as numbers -1, 0 and 1, on which the text of this network runs.

use super::{RsnnF32Spec, Wiring};
use crate::{
    kernel::{descent::Connections, wgsl::Constants},
    networks::{IoDims, rsnn::RsnnSpec},
};

impl RsnnF32Spec {
    /// Returns the network of numbers that does what a network of bits does; `None` for two hemispheres.
    ///
    /// An excitatory neuron's connections are 1, an inhibitory one's -1, both to neurons and to the read-out.
    pub(in crate::networks) fn of_bits(neurons: &RsnnSpec) -> Option<Self> {
        (!neurons.bilateral).then(|| Self { neurons: neurons.clone(), wiring: Wiring::Bits })
    }

    /// Returns the connections that real parameters stand for; `None` for a network whose weights are what they are.
    pub(super) fn connections(&self, shape: &IoDims) -> Option<Connections> {
        let (neurons, lines) = (self.neurons.neurons, self.lines(shape.d_obs));
        let excitatory = self.neurons.n_exc();
        let rows = lines + neurons + shape.d_act;
        (self.wiring == Wiring::Bits).then_some(Connections { lines, neurons, excitatory, rows })
    }

    /// Lets texts receive the inputs of this wiring.
    pub(super) fn wire(&self, constants: Constants) -> Constants {
        match self.wiring {
            Wiring::Whole => constants,
            Wiring::Bits => constants
                .import_instead("networks/rsnn_f32/lines", "networks/rsnn_f32/lines_signed")
                .import_instead("networks/rsnn_f32/outer_lines", "networks/rsnn_f32/outer_lines_signed"),
        }
    }
}
