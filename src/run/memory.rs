//! Memory of this process, if the system reports it (Linux).

/// Returns the size of the resident set, bytes.
pub fn rss_bytes() -> Option<u64> {
    status("VmRSS:")
}

/// Returns the largest size of the resident set so far, bytes.
pub fn peak_rss_bytes() -> Option<u64> {
    status("VmHWM:")
}

fn status(entry: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(entry))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
