//! Digests by which machines find out whether they have the same thing. They guard against mistakes, not against
//! attackers.

use xxhash_rust::xxh3::Xxh3;

/// Returns the digest of `parts`, 32 hexadecimal digits. Where one part ends and the next begins matters.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    format!("{:032x}", hash.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        let of = |parts: &[&str]| digest(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]), "the same");
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]), "the border moved");
        assert_eq!(of(&[]).len(), 32, "digits");
    }
}
