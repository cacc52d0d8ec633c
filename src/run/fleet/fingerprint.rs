//! What results may depend on, beside a run's configuration.

use crate::{gpu::AdapterSummary, hub::digest, plan::Plan};

/// Returns the fingerprint of a machine that computes `plan` on `adapter`: names and values.
pub fn fingerprint(adapter: &AdapterSummary, plan: &Plan) -> Vec<(String, String)> {
    let kernels = plan.kernels();
    let texts = kernels.iter().map(|kernel| kernel.module.wgsl.as_bytes());
    [
        ("adapter", adapter.name.clone()),
        ("driver", adapter.driver.clone()),
        ("backend", adapter.backend.clone()),
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("kernels", digest(texts)),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .into()
}

/// Returns how two fingerprints differ, in words; empty if they do not.
pub fn differences(own: &[(String, String)], leaders: &[(String, String)]) -> String {
    let value = |of: &[(String, String)], name: &str| {
        of.iter().find(|(known, _)| known == name).map_or("unknown".into(), |(_, value)| value.clone())
    };
    let names = leaders.iter().map(|(name, _)| name).filter(|name| value(own, name) != value(leaders, name));
    let texts: Vec<String> = names
        .map(|name| format!("{name} `{}`, the leader's is `{}`", value(own, name), value(leaders, name)))
        .collect();
    texts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        let of =
            |driver: &str| vec![("adapter".to_string(), "A".to_string()), ("driver".to_string(), driver.to_string())];
        assert_eq!(differences(&of("1"), &of("1")), "", "none");
        assert_eq!(differences(&of("1"), &of("2")), "driver `1`, the leader's is `2`", "one");
        assert!(differences(&[], &of("2")).contains("`unknown`"), "absent");
    }
}
