//! Tasks of one unit that imitates a target.

use crate::config::schema::{Range, section};

section! {
    /// `integrate_and_fire@1`: spike whenever a sum of input currents reaches a threshold (Bertens and Lee 2020).
    pub struct IntegrateAndFireConfig {
        /// Steps of an episode.
        episode_length: u32 = 100, "steps", Range::whole(1, 1_000_000);
        /// Output above which the unit spikes.
        spike_threshold: f64 = 0.0, "", Range::FINITE;
        /// Lets spikes beyond those of the target cost as much as missing ones.
        count_surplus: bool = true, "", Range::Any;
    }
}

/// Declares a task of spike-timing plasticity.
macro_rules! stdp_task {
    ($(#[doc = $about:literal])+ $Name:ident) => {
        section! {
            $(#[doc = $about])+
            pub struct $Name {
                /// Steps of an episode.
                episode_length: u32 = 100, "steps", Range::whole(1, 1_000_000);
                /// Weight before the two spikes; the change adds to it.
                base_weight: f64 = 1.0, "", Range::FINITE;
                /// First step at which the presynaptic spike can come, from 0.
                pre_from: u32 = 25, "steps", Range::whole(1, 500_000);
                /// Last step at which the presynaptic spike can come.
                pre_to: u32 = 59, "steps", Range::whole(1, 500_000);
                /// Largest interval between presynaptic and postsynaptic spike, either of which may be the first.
                largest_interval: u32 = 20, "steps", Range::whole(1, 100_000);
                /// Share of episodes with the neurotransmitter.
                transmitter_share: f64 = 0.5, "", Range::real(0.0, 1.0);
            }
        }
    };
}

stdp_task! {
    /// `stdp@1`: a potential times a weight that two spikes change where a neurotransmitter is present (Bertens and Lee
    /// 2020).
    StdpConfig
}

stdp_task! {
    /// `complex_stdp@1`: a potential times a weight that two spikes change, differently with a neurotransmitter and
    /// without (Bertens and Lee 2020).
    ComplexStdpConfig
}
