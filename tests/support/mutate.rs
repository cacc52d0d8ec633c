//! Damages files, the same way for the same seed.

use gpu_ec::kernel::random::philox4x32;

/// What numbers are replaced by.
const EXTREMES: [&str; 20] = [
    "-1",
    "0",
    "1e308",
    "-1e308",
    "1e999",
    "1e-320",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "4294967295",
    "4294967296",
    "2147483648",
    "0x7f",
    "1.5",
    "1_0",
    "",
];

/// Random numbers of one execution: Philox of (seed, reader) and (execution, draw).
pub struct Random {
    key: [u32; 2],
    execution: u64,
    draw: u32,
    words: Vec<u32>,
}

impl Random {
    pub fn new(seed: u32, reader: u32, execution: u64) -> Self {
        Self { key: [seed, reader], execution, draw: 0, words: vec![] }
    }

    fn word(&mut self) -> u32 {
        if self.words.is_empty() {
            let counter = [self.execution as u32, (self.execution >> 32) as u32, self.draw, 0];
            self.words = philox4x32(counter, self.key).to_vec();
            self.draw += 1;
        }
        self.words.pop().expect("four words were drawn")
    }

    /// A number below `count`; 0 if that is 0.
    pub fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.word()) * count as u64) >> 32) as usize
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// A short range within `length`.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        let most = [4, 40, 400][self.below(3)];
        start..(start + 1 + self.below(most)).min(length)
    }
}

/// Bytes at the beginning that are changed as often as all the rest: headers are there.
const FRONT: usize = 2048;

/// One to six changes to `bytes`, mostly one or two; `words` are those of the format, `other` another sound file.
pub fn damage(bytes: &mut Vec<u8>, words: &[&str], other: &[u8], random: &mut Random) {
    let most = 1 + random.below(6);
    for _ in 0..=random.below(most) {
        let within = [bytes.len(), bytes.len().min(FRONT)][random.below(2)];
        let at = random.below(within);
        match random.below(12) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.of(&[0, 1, 0x7f, 0x80, 0xff, b'(', b'"', b'<', b'\n', b'9']),
            2 if random.below(4) == 0 => bytes.truncate(at),
            3 => drop(bytes.drain(random.range(bytes.len()))),
            4 => {
                let piece = other[random.range(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            5 => {
                let range = random.range(bytes.len());
                let piece = bytes[range].repeat(1 + random.below(3));
                bytes.splice(at..at, piece);
            }
            6 => {
                let number = number_at(bytes, at);
                replace(bytes, number, random.of(&EXTREMES));
            }
            7 => {
                let word = word_at(bytes, at);
                replace(bytes, word, random.of(words));
            }
            8 => {
                let (a, b) = (word_at(bytes, at), random.below(bytes.len()));
                let word = String::from_utf8_lossy(&bytes[word_at(bytes, b)]).into_owned();
                replace(bytes, a, &word);
            }
            9 => replace(bytes, at..at, random.of(words)),
            10 if random.below(8) == 0 => {
                let count = [40, 5000][random.below(2)];
                replace(bytes, at..at, &random.of(words).repeat(count));
            }
            _ => {
                let numbers = [0, 1, 0xff, 0xffff, 1 << 31, u64::MAX, 1 << 63, 1 << 40, bytes.len() as u64];
                let width = [1, 2, 4, 8][random.below(4)];
                let end = (at + width).min(bytes.len());
                let number = random.of(&numbers).to_le_bytes();
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
        }
    }
}

fn replace(bytes: &mut Vec<u8>, range: std::ops::Range<usize>, by: &str) {
    bytes.splice(range, by.bytes());
}

/// The number after byte `at`; nothing at the end where there is none.
fn number_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    run(bytes, at, |byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

/// The word after byte `at`.
fn word_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    run(bytes, at, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn run(bytes: &[u8], at: usize, is_part: fn(u8) -> bool) -> std::ops::Range<usize> {
    let after = |from: usize, part: bool| {
        bytes[from..].iter().position(|byte| is_part(*byte) == part).map_or(bytes.len(), |length| from + length)
    };
    let start = after(at.min(bytes.len()), true);
    start..after(start, false)
}
