//! Numbers that tests and `networks_golden.py` both have.

/// `count` numbers in [-1, 1) by a hash of the name and the index: `drawn` of the script.
pub fn drawn(name: &str, count: usize) -> Vec<f64> {
    let seed = u64::from(crc32fast::hash(name.as_bytes()));
    (1..=count as u64)
        .map(|index| {
            let mut x = (index * 2_654_435_761 + seed) & 0xffff_ffff;
            for (shift, factor) in [(15, 2_246_822_519), (13, 3_266_489_917)] {
                x = ((x ^ (x >> shift)) * factor) & 0xffff_ffff;
            }
            (x >> 8) as f64 / f64::from(1 << 23) - 1.0
        })
        .collect()
}
