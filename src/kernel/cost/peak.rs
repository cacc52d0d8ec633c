//! The two kernels that measure a device's peak, and the cost of one invocation.

use crate::kernel::{
    cost::{Assumptions, Cost, CountError, Counter},
    entry::{Kernel, PassId},
    wgsl::{ComposeError, Constants, compose, shader},
};

/// Invocations per workgroup.
pub const WORKGROUP: u32 = 64;
/// Rounds per invocation, each of 32 scalar multiply-adds.
const ROUNDS: usize = 128;
/// Vectors that an invocation streams.
pub const TILE: u32 = 16;

/// Composes `bench.multiply_add` and `bench.stream`; both work on the buffer `bench`.
///
/// Errors: a missing or malformed shader file (a bug).
pub fn kernels() -> Result<[Kernel; 2], ComposeError> {
    let constants = Constants::default()
        .uint("BENCH_WORKGROUP", WORKGROUP as usize)
        .uint("ROUNDS", ROUNDS)
        .uint("TILE", TILE as usize);
    let kernel = |id, entry: &'static str| -> Result<Kernel, ComposeError> {
        let path = format!("bench/{entry}");
        Ok(Kernel::new(id, &compose(&path, shader(&path).unwrap_or_default(), &constants)?, entry))
    };
    Ok([kernel(PassId::MultiplyAdd, "multiply_add")?, kernel(PassId::Stream, "stream")?])
}

/// Returns the cost of one invocation of `kernel`, one of [`kernels`].
pub fn cost(kernel: &Kernel) -> Result<Cost, CountError> {
    Counter::default().count(kernel, &Assumptions::default())
}
