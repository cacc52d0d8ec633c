//! Test kernel: its text, its twin on the host, and the comparison.

use crate::{
    gpu::{Gpu, GpuError, Workspace},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        random::philox4x32,
        wgsl::{ComposeError, Constants, compose, shader},
    },
};

/// Number of invocations of the test (`COUNT`) and of a workgroup (`WIDTH`).
const COUNT: u32 = 4096;
const WIDTH: usize = 64;
/// Content of the words before the kernel writes them.
const POISON: u32 = 0xdead_beef;

/// Returns the test kernel.
///
/// Errors: its shader is missing (a bug).
pub fn kernel() -> Result<Kernel, ComposeError> {
    let path = "doctor/check";
    Ok(Kernel::new(
        PassId::DoctorCheck,
        &compose(path, shader(path).unwrap_or_default(), &Constants::default())?,
        "check",
    ))
}

/// Returns the words that the kernel must write. Twin: `shaders/doctor/check.wgsl`.
pub fn expected() -> Vec<u32> {
    let draws: Vec<[u32; 4]> = (0..COUNT).map(|i| philox4x32([i, 1, 2, 3], [4, 5])).collect();
    let sums = draws.chunks(WIDTH).map(|group| group.iter().fold(0u32, |sum, bits| sum.wrapping_add(bits[2])));
    let groups = draws.chunks(WIDTH).zip(sums);
    let word = |bits: &[u32; 4], sum: u32| {
        let bytes = (0..4).map(|i| (bits[1] >> (8 * i)) & 0xff);
        bits[3] ^ bytes.fold(bits[0] & 0xfff, |x, byte| 3 * x + byte) ^ sum
    };
    groups.flat_map(|(group, sum)| group.iter().map(move |bits| word(bits, sum))).collect()
}

/// Runs the kernel and reads its words back.
///
/// Errors: whatever the device reports.
pub fn run(gpu: &Gpu) -> Result<Vec<u32>, GpuError> {
    let kernel = kernel().map_err(|error| GpuError::Device(error.to_string()))?;
    let mut workspace = Workspace::new(gpu, std::slice::from_ref(&kernel))?;
    workspace.alloc(BufferId::Probe, 4 * u64::from(COUNT))?;
    workspace.fill(BufferId::Probe, POISON);
    workspace.dispatch(kernel.id, [COUNT / WIDTH as u32, 1, 1])?;
    workspace.read(BufferId::Probe)
}

/// Returns a description of what is wrong with `words`, if anything is.
pub fn difference(words: &[u32]) -> Option<String> {
    let expected = expected();
    if words.len() != expected.len() {
        return Some(format!("{} words came back, {} were written", words.len(), expected.len()));
    }
    let wrong = words.iter().zip(&expected).filter(|(found, expected)| found != expected).count();
    let at = words.iter().zip(&expected).position(|(found, expected)| found != expected)?;
    let why = if words[at] == POISON { ", which was never written" } else { "" };
    Some(format!(
        "{wrong} of {} words are wrong; word {at} is {:#010x}{why}, not {:#010x}",
        expected.len(),
        words[at],
        expected[at]
    ))
}

/// Returns the checksum of words, as it is shown.
pub fn checksum(words: &[u32]) -> u32 {
    crc32fast::hash(&words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_found() {
        let words = expected();
        assert_eq!(difference(&words), None, "the twin agrees with itself");
        let mut wrong = words.clone();
        wrong[77] ^= 1;
        wrong[99] = POISON;
        let message = difference(&wrong).expect("seen");
        assert!(message.contains("2 of 4096 words") && message.contains("word 77"), "{message}");
        assert_ne!(checksum(&wrong), checksum(&words), "checksums differ");
        let unwritten = difference(&vec![POISON; words.len()]).expect("seen");
        assert!(unwritten.contains("never written"), "{unwritten}");
        assert!(difference(&words[1..]).is_some(), "a shorter answer");
    }

    /// Checks that sums and multiply-adds stay within what an f32 holds exactly, and that the words are spread.
    #[test]
    fn whole_numbers_stay_exact() {
        let largest = (0..4).fold(0xfffu32, |x, _| 3 * x + 0xff);
        assert!(largest < 1 << 24, "{largest} is a whole f32");
        let words = expected();
        let ones: u32 = words.iter().map(|word| word.count_ones()).sum();
        // half of 131,072 bits, within five standard deviations of 181
        assert!((f64::from(ones) - 65_536.0).abs() < 905.0, "{ones} of 131072 bits are ones");
    }
}
