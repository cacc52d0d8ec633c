//! Structs that the host shares with kernels, written once: kernels import text generated from them.
//! `tests/numerics/layout.rs` compares the two layouts through naga.

use crate::kernel::random::Key;

/// A field in the host's layout: name, byte offset, WGSL type.
pub type Field = (&'static str, usize, &'static str);

/// Declares a struct once for the host and for kernels, which `#import structs/NAME`.
macro_rules! shared_struct {
    ($(#[$doc:meta])* $name:ident as $wgsl:literal {
        $($(#[doc = $field_doc:literal])+ $field:ident: $ty:ty as $field_wgsl:literal),* $(,)?
    }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $($(#[doc = $field_doc])+ pub $field: $ty),* }

        impl $name {
            /// Name of the struct in WGSL.
            pub const WGSL: &'static str = $wgsl;
            /// Name, byte offset and WGSL type of every field.
            pub const FIELDS: &'static [$crate::kernel::records::Field] = &[$((stringify!($field), std::mem::offset_of!($name, $field), $field_wgsl)),*];
            /// WGSL declaration.
            pub const TEXT: &'static str = concat!(
                "struct ", $wgsl, " {\n",
                $($("    //", $field_doc, "\n",)+ "    ", stringify!($field), ": ", $field_wgsl, ",\n",)*
                "}\n"
            );
        }
    };
}

pub(crate) use shared_struct;

shared_struct! {
    /// Parameters of the current rollout, or of the current block of members.
    RunParams as "Run" {
        /// Key of the parameters.
        key_sample: Key as "vec2<u32>",
        /// Key of the start states.
        key_start: Key as "vec2<u32>",
        /// Key of the membranes.
        key_membrane: Key as "vec2<u32>",
        /// Key of the random actions.
        key_action: Key as "vec2<u32>",
        /// Generation, a counter word of all draws.
        generation: u32 as "u32",
        /// Outside a rollout: member in slot 0.
        member_base: u32 as "u32",
        /// Number of slots in use.
        n_slots: u32 as "u32",
        /// Number of lives that feed the normaliser, counted from life 0.
        n_moment_lives: u32 as "u32",
        /// Steps after which an episode is truncated.
        episode_cap: u32 as "u32",
        /// 1: uniform random actions.
        random_actions: u32 as "u32",
        /// 1: falls do not end the episode.
        no_termination: u32 as "u32",
        /// Number of lives of the rollout; they start as slots become free.
        population: u32 as "u32",
        /// Strengths of the harness: lift, upright, damping, turning.
        harness: [f32; 4] as "vec4<f32>",
        /// Factors of the reward terms, in their order.
        reward_factors: [f32; REWARD_FACTORS] as "mat2x4<f32>",
        /// Episodes per member beyond the first.
        extra_episodes: u32 as "u32",
        /// 1: episode k has the same start for all members.
        common_starts: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
    }
}

/// Maximum number of reward terms that phases can scale.
pub const REWARD_FACTORS: usize = 8;

impl Default for RunParams {
    /// Returns zeros, with unscaled reward terms.
    fn default() -> Self {
        Self { reward_factors: AS_WEIGHTED, ..bytemuck::Zeroable::zeroed() }
    }
}

/// Factors that leave every reward term unscaled.
pub const AS_WEIGHTED: [f32; REWARD_FACTORS] = [1.0; REWARD_FACTORS];

/// Upper bound on host memory per episode of a generation, in bytes: its record, and twice its entry in a
/// mid-generation checkpoint (6 numbers of 4 bytes).
pub const HOST_BYTES_AN_EPISODE: usize = size_of::<EpisodeRecord>() + 2 * 6 * 4;

/// Returns an upper bound on host memory per member, in bytes: its episodes, its place in the order (u64), its
/// utility (i32) and its return (f64).
pub const fn host_bytes_a_member(episodes: usize) -> usize {
    episodes * HOST_BYTES_AN_EPISODE + 8 + 4 + 8
}

shared_struct! {
    /// Record of one slot's episode.
    #[derive(Default)]
    EpisodeRecord as "Episode" {
        /// Sum of rewards.
        return_sum: f32 as "f32",
        /// Length so far, in steps.
        length: u32 as "u32",
        /// Bits of [`status`].
        status: u32 as "u32",
        /// Number of contacts that found no free contact slot.
        contact_overflow: u32 as "u32",
        /// Number of spikes of all neurons.
        spikes: u32 as "u32",
        /// Index of the life in the generation: with m episodes per member, life m i + k is episode k of member i.
        life: u32 as "u32",
        /// Offset from its own slot to the place of its parameters in theta, modulo 2^32.
        to_theta: u32 as "u32",
        /// 1: the parameters are there already, drawn for another episode of the member.
        inherits: u32 as "u32",
    }
}

shared_struct! {
    /// Header before the records of ended episodes.
    #[derive(Default)]
    EndedHeader as "EndedHeader" {
        /// Number of records in the list.
        count: u32 as "u32",
        /// Number of slots still alive.
        living: u32 as "u32",
        /// First life without a slot.
        next_life: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
        /// Padding, zero.
        pad2: u32 as "u32",
        /// Padding, zero.
        pad3: u32 as "u32",
        /// Padding, zero.
        pad4: u32 as "u32",
    }
}

/// Declares bits once for the host and for kernels.
macro_rules! shared_bits {
    ($($(#[doc = $doc:literal])+ $NAME:ident = $value:literal;)*) => {
        $($(#[doc = $doc])+ pub const $NAME: u32 = $value;)*
        /// WGSL declarations of the constants.
        pub const TEXT: &str = concat!($($("//", $doc, "\n",)+ "const ", stringify!($NAME), " = ", $value, "u;\n",)*);
    };
}

pub(crate) use shared_bits;

/// Bits of [`EpisodeRecord::status`].
pub mod status {
    shared_bits! {
        /// The episode has ended.
        DONE = 1;
        /// It ended by a fall.
        TERMINATED = 2;
        /// The state became non-finite.
        NON_FINITE = 4;
    }
}
