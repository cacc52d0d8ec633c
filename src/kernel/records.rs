//! Structs that host and kernels share, written once: kernels import the text that is made of them.
//! `tests/numerics/layout.rs` compares the two layouts through naga.

use crate::kernel::random::Key;

/// A field as the host lays it out: name, byte offset, WGSL type.
pub type Field = (&'static str, usize, &'static str);

/// Declares a struct once, for the host and for kernels, which `#import structs/NAME`.
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
            /// Name, offset and WGSL type of every field.
            pub const FIELDS: &'static [Field] = &[$((stringify!($field), std::mem::offset_of!($name, $field), $field_wgsl)),*];
            /// The struct as kernels declare it.
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
    /// The rollout in flight, or the block of members in hand.
    RunParams as "Run" {
        /// Connections.
        key_sample: Key as "vec2<u32>",
        /// Start states.
        key_start: Key as "vec2<u32>",
        /// Membranes.
        key_membrane: Key as "vec2<u32>",
        /// Random actions.
        key_action: Key as "vec2<u32>",
        /// Counter word of all draws.
        generation: u32 as "u32",
        /// Outside a rollout: the member in slot 0.
        member_base: u32 as "u32",
        /// Slots in use.
        n_slots: u32 as "u32",
        /// Lives below this feed the normaliser.
        n_moment_lives: u32 as "u32",
        /// Steps after which an episode is truncated.
        episode_cap: u32 as "u32",
        /// 1: uniform random actions.
        random_actions: u32 as "u32",
        /// 1: a fall does not end the episode.
        no_termination: u32 as "u32",
        /// Lives below this are lived, as slots become free.
        population: u32 as "u32",
        /// Strengths of the helping force: lift, upright, damping, turning.
        harness: [f32; 4] as "vec4<f32>",
        /// What the terms of the reward are multiplied by, in their order.
        reward_factors: [f32; REWARD_FACTORS] as "mat2x4<f32>",
        /// Episodes of a member beside its first.
        extra_episodes: u32 as "u32",
        /// 1: episode k of all members begins alike.
        common_starts: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
    }
}

/// Terms of the reward that phases can make pay more or less.
pub const REWARD_FACTORS: usize = 8;

impl Default for RunParams {
    /// Nothing but zeros, and a reward whose terms pay what they weigh.
    fn default() -> Self {
        Self { reward_factors: AS_WEIGHTED, ..bytemuck::Zeroable::zeroed() }
    }
}

/// What changes no term of the reward.
pub const AS_WEIGHTED: [f32; REWARD_FACTORS] = [1.0; REWARD_FACTORS];

/// Bytes of the host's memory that an episode of a generation takes at most: its record, and twice what a checkpoint in
/// the middle of a generation says of it (6 numbers of 4 bytes).
pub const HOST_BYTES_AN_EPISODE: usize = size_of::<EpisodeRecord>() + 2 * 6 * 4;

/// Returns the bytes of the host's memory that a member of so many episodes takes at most: these, its place in the
/// order (u64), its utility (i32) and its return (f64).
pub const fn host_bytes_a_member(episodes: usize) -> usize {
    episodes * HOST_BYTES_AN_EPISODE + 8 + 4 + 8
}

shared_struct! {
    /// What is known of one slot's episode.
    #[derive(Default)]
    EpisodeRecord as "Episode" {
        /// Sum of rewards.
        return_sum: f32 as "f32",
        /// Steps lived.
        length: u32 as "u32",
        /// Bits of [`status`].
        status: u32 as "u32",
        /// Contacts that found no slot.
        contact_overflow: u32 as "u32",
        /// Spikes of all neurons.
        spikes: u32 as "u32",
        /// Which life of the generation it is: with m episodes per member, life m i + k is episode k of member i.
        life: u32 as "u32",
        /// Slots from its own to that in whose place its parameters stand, modulo 2^32.
        to_theta: u32 as "u32",
        /// 1: they stand there already, drawn for another episode of its member.
        inherits: u32 as "u32",
    }
}

shared_struct! {
    /// Before the records of the episodes that ended.
    #[derive(Default)]
    EndedHeader as "EndedHeader" {
        /// Records in the list.
        count: u32 as "u32",
        /// Slots still living.
        living: u32 as "u32",
        /// The first life that has no slot yet.
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

/// Declares bits once, for the host and for kernels.
macro_rules! shared_bits {
    ($($(#[doc = $doc:literal])+ $NAME:ident = $value:literal;)*) => {
        $($(#[doc = $doc])+ pub const $NAME: u32 = $value;)*
        /// The constants as kernels declare them.
        pub const TEXT: &str = concat!($($("//", $doc, "\n",)+ "const ", stringify!($NAME), " = ", $value, "u;\n",)*);
    };
}

/// Bits of [`EpisodeRecord::status`].
pub mod status {
    shared_bits! {
        /// The episode is over.
        DONE = 1;
        /// It ended by a fall.
        TERMINATED = 2;
        /// The state is not finite.
        NON_FINITE = 4;
    }
}

/// Returns the text that kernels import as `structs/NAME`.
pub fn shared_text(name: &str) -> Option<&'static str> {
    use super::arm_records::{ArmOutcome, ArmRecord, ArmRun};
    let texts = [
        (RunParams::WGSL, RunParams::TEXT),
        (EpisodeRecord::WGSL, EpisodeRecord::TEXT),
        (EndedHeader::WGSL, EndedHeader::TEXT),
        (ArmRun::WGSL, ArmRun::TEXT),
        (ArmRecord::WGSL, ArmRecord::TEXT),
        (ArmOutcome::WGSL, ArmOutcome::TEXT),
        ("status", status::TEXT),
    ];
    texts.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}
