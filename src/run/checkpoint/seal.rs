//! Checksum in the header, over the whole file.

use std::ops::Range;

/// Text before the checksum. It cannot occur inside a JSON string, where quotes are escaped.
const BEFORE: &[u8] = b"\"crc32\":\"";
/// Checksum of a file that is not sealed yet, and the value that stands in for it when a file is summed.
pub const UNSEALED: &str = "00000000";

/// Number of bytes before the header.
pub const LENGTH: usize = 8;

/// Returns the range of the header in `file` according to its first bytes; `None` if it would end beyond `size`.
pub fn header(file: &[u8], size: u64) -> Option<Range<usize>> {
    let length = u64::from_le_bytes(*file.first_chunk::<LENGTH>()?);
    let end = length.checked_add(LENGTH as u64).filter(|end| *end <= size)?;
    Some(LENGTH..usize::try_from(end).ok()?)
}

/// Writes the checksum into the header of `file`, which holds [`UNSEALED`].
pub fn seal(file: &mut [u8]) {
    if let Some(place) = place(file) {
        let sum = checksum(file, &place);
        file[place].copy_from_slice(sum.as_bytes());
    }
}

/// Returns the reason why the checksum of `file` is wrong, if it is.
pub fn broken(file: &[u8]) -> Option<String> {
    let Some(place) = place(file) else { return Some("it has no checksum".into()) };
    let (expected, found) = (String::from_utf8_lossy(&file[place.clone()]).into_owned(), checksum(file, &place));
    (expected != found).then(|| format!("its checksum is {expected}, that of its contents {found}"))
}

fn place(file: &[u8]) -> Option<Range<usize>> {
    let header = header(file, file.len() as u64)?;
    let start = file[header.clone()].windows(BEFORE.len()).position(|bytes| bytes == BEFORE)?;
    let start = header.start + start + BEFORE.len();
    Some(start..start + UNSEALED.len()).filter(|place| place.end <= header.end)
}

fn checksum(file: &[u8], place: &Range<usize>) -> String {
    let mut sum = crc32fast::Hasher::new();
    for part in [&file[..place.start], UNSEALED.as_bytes(), &file[place.end..]] {
        sum.update(part);
    }
    format!("{:08x}", sum.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Vec<u8> {
        let header = br#"{"__metadata__":{"crc32":"00000000","seed":"7"},"a":{}}"#;
        let mut file = [&(header.len() as u64).to_le_bytes()[..], header, b"tensors"].concat();
        seal(&mut file);
        file
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let file = sealed();
        assert_eq!(broken(&file), None, "sound");
        for bit in 0..8 * file.len() {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(broken(&damaged).is_some(), "bit {bit}");
        }
        for length in 0..file.len() {
            assert!(broken(&file[..length]).is_some(), "cut to {length} bytes");
        }
    }

    #[test]
    fn a_header_beyond_the_file_is_none() {
        assert_eq!(header(&u64::MAX.to_le_bytes(), 100), None, "no overflow");
        assert_eq!(header(&93u64.to_le_bytes(), 100), None, "one byte too long");
        assert_eq!(header(&92u64.to_le_bytes(), 100), Some(8..100), "all of the file");
    }
}
