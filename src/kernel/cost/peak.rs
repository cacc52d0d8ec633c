//! The two kernels that a machine's peak is measured with, and what an invocation of them costs.

use crate::kernel::{
    cost::{Assumptions, Cost, CountError, Counter},
    entry::{Kernel, PassId},
    wgsl::{ComposeError, Constants, compose, shader},
};

/// Invocations per workgroup.
pub const WORKGROUP: u32 = 64;
/// Rounds of 32 multiply-adds of vectors' components an invocation.
const ROUNDS: usize = 128;
/// Vectors that an invocation streams.
pub const TILE: u32 = 16;

/// `bench.multiply_add` and `bench.stream`; both work on the buffer `bench`.
///
/// Errors: a shader file is missing or malformed (a bug).
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

/// Returns what one invocation of `kernel` costs, one of [`kernels`].
pub fn cost(kernel: &Kernel) -> Result<Cost, CountError> {
    Counter::default().count(kernel, &Assumptions::default())
}
