//! Host memory that grows with the population. It is requested before a run begins, so that a run that does not fit
//! is refused instead of aborted.

use crate::{kernel::records::host_bytes_a_member, report::bytes, run::RunError};

/// Makes room for `count` entries in total; `what` names them in the error.
///
/// Errors: [`RunError::Refused`] if the system does not provide it.
pub fn make_room<T>(list: &mut Vec<T>, count: usize, what: &str) -> Result<(), RunError> {
    let refused = |_| too_many(what, count, size_of::<T>());
    list.try_reserve_exact(count.saturating_sub(list.len())).map_err(refused)
}

/// Refuses `population` members with that many `episodes` each if the system cannot provide the memory a run needs
/// for them, minus `taken` bytes that it already has.
///
/// Errors: [`RunError::Refused`].
pub fn refuse_too_many(population: usize, episodes: usize, taken: usize) -> Result<(), RunError> {
    let mut room: Vec<u8> = vec![];
    let wanted = population.saturating_mul(host_bytes_a_member(episodes)).saturating_sub(taken);
    room.try_reserve_exact(wanted).map_err(|_| no_room(population, episodes))
}

/// Returns the error that `population` members with that many `episodes` each do not fit in memory.
pub fn no_room(population: usize, episodes: usize) -> RunError {
    too_many("members", population, host_bytes_a_member(episodes))
}

fn too_many(what: &str, count: usize, each: usize) -> RunError {
    let all = bytes(count.saturating_mul(each) as u64);
    RunError::Refused(format!(
        "{count} {what} need {all} of memory, {each} bytes each, and the system does not give as much: ask for fewer, \
         or raise its limit (`ulimit -v`)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::fields, kernel::records::HOST_BYTES_AN_EPISODE};

    #[test]
    fn what_no_machine_has_is_refused() {
        let mut list: Vec<u64> = vec![];
        let message = make_room(&mut list, usize::MAX / 16, "members").expect_err("refused").to_string();
        assert!(message.contains("members need") && message.contains("8 bytes each"), "{message}");
        make_room(&mut list, 10, "members").expect("room for ten");
        assert!(refuse_too_many(usize::MAX / 1000, 1, 0).is_err(), "refused");
        let message = refuse_too_many(1 << 40, 1 << 12, 0).expect_err("refused").to_string();
        assert!(message.contains("327700 bytes each"), "all episodes of a member: {message}");
        refuse_too_many(1000, 1, 32000).expect("room for a thousand");
    }

    #[test]
    fn the_field_says_what_a_member_takes() {
        let populations: Vec<_> = fields().into_iter().filter(|field| field.path.ends_with("population")).collect();
        assert!(!populations.is_empty(), "there are some");
        for field in populations {
            let bytes = format!("{} bytes each", host_bytes_a_member(1));
            assert!(field.text.contains(&bytes), "{}: {bytes} is not in: {}", field.path, field.text);
        }
        let mut episodes = fields().into_iter().filter(|field| field.path == "algorithm.episodes");
        let text = episodes.next().expect("it is a field").text;
        assert!(text.contains(&format!("{HOST_BYTES_AN_EPISODE} bytes each")), "of an episode: {text}");
    }
}
