//! The distribution of a round as it travels.

use crate::hub::HubError;

/// Returns what the members of a round are drawn from, as it travels: the number of words of the distribution, these,
/// and the normaliser.
pub fn payload(distribution: &[u32], normaliser: &[f32]) -> Vec<u8> {
    let mut bytes = (distribution.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(bytemuck::cast_slice(distribution));
    bytes.extend_from_slice(bytemuck::cast_slice(normaliser));
    bytes
}

/// Reads [`payload`], which may come from anyone.
pub fn read_payload(bytes: &[u8]) -> Result<(Vec<u32>, Vec<f32>), HubError> {
    let cut = || HubError::Refused("the distribution on the hub is cut off".into());
    let (count, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    let words = (u32::from_le_bytes(*count) as usize).checked_mul(4).ok_or_else(cut)?;
    let (distribution, normaliser) = rest.split_at_checked(words).ok_or_else(cut)?;
    if normaliser.len() % 4 != 0 {
        return Err(cut());
    }
    Ok((bytemuck::pod_collect_to_vec(distribution), bytemuck::pod_collect_to_vec(normaliser)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_travels() {
        let bytes = payload(&[1, 2, 3], &[0.5, -1.0]);
        assert_eq!(read_payload(&bytes), Ok((vec![1, 2, 3], vec![0.5, -1.0])), "there and back");
        for end in [0, 3, 10, bytes.len() - 1] {
            assert!(read_payload(&bytes[..end]).is_err(), "cut after {end} bytes");
        }
        assert!(read_payload(&[255; 8]).is_err(), "a count beyond the end");
    }
}
