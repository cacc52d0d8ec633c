//! Numbers of every size in every field: each is refused at its place, or its kernels are sound.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gpu_ec::config::{FieldSpec, Kind, Range};

use super::plans::{Validated, validate};
use super::sites::{Site, sites};

/// Ends of the types that a number may pass through, and what lies next to them.
const EXTREMES: &[&str] = &[
    "0",
    "-0.0",
    "-1",
    "1",
    "1.1754944e-38",
    "1e-45",
    "2.2250738585072014e-308",
    "5e-324",
    "1e-320",
    "1e-40",
    "1e-13",
    "3.4028235e38",
    "1.7976931348623157e308",
    "3e38",
    "-3e38",
    "1e39",
    "1e400",
    "inf",
    "-inf",
    "NaN",
    "2147483648",
    "4294967295",
    "4294967296",
    "4294967297",
    "9007199254740992",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
];

/// Tasks and networks whose plans are cheap: each value is followed to its kernels; of the others the ends of all
/// ranges are.
const CHEAP: [&str; 7] =
    ["CartPole()", "InvertedPendulum(", "Locomotion(", "ArmBalance(", "IntegrateAndFire(", "Stdp(", "TMaze("];

/// Whether a value of this type holds numbers.
fn is_numeric(kind: &Kind) -> bool {
    match kind {
        Kind::Integer(_) | Kind::Real | Kind::Interval | Kind::AutoOrInteger | Kind::Vector => true,
        Kind::Optional(inner) | Kind::List(inner) => is_numeric(inner),
        _ => false,
    }
}

/// How a number stands in a field.
fn spelt(kind: &Kind, number: &str) -> Vec<String> {
    match kind {
        Kind::Optional(inner) => spelt(inner, number),
        Kind::List(inner) => spelt(inner, number).into_iter().map(|value| format!("[{value}]")).collect(),
        Kind::Interval => ["({}, inf)", "(-inf, {})", "({}, {})", "({}, 1000)", "(1, {})"]
            .map(|form| form.replace("{}", number))
            .to_vec(),
        Kind::Vector => vec![format!("({number}, 0, 0)"), format!("({number}, {number}, {number})")],
        _ => vec![number.into()],
    }
}

/// The ends of a field's range, as they are written.
fn ends(spec: &FieldSpec) -> Vec<String> {
    fn whole(kind: &Kind) -> Option<u64> {
        match kind {
            Kind::Optional(inner) | Kind::List(inner) => whole(inner),
            Kind::Integer(most) => Some(*most),
            Kind::AutoOrInteger => Some(u32::MAX.into()),
            _ => None,
        }
    }
    match (whole(&spec.kind), spec.range) {
        (Some(_), Range::Whole { min, max, .. }) => vec![min.to_string(), max.to_string()],
        (Some(most), _) => vec!["0".into(), most.to_string()],
        (None, range) => {
            let (low, high) = range.ends();
            vec![format!("{low:?}"), format!("{high:?}")]
        }
    }
}

/// What is wrong with the answer to a value, if anything: a refusal must name the field and its place.
fn complaint(site: &Site, value: &str, validated: &Validated) -> Option<String> {
    let set = format!("{}={value}", site.path);
    let problem = match site.load(std::slice::from_ref(&set)) {
        Err(message) => {
            let named = message.contains(&format!("`{}", site.path))
                || message.contains(&format!("`{}`", site.parent()))
                || message.contains("`task.observation` has no number in it");
            let placed = message.contains("--set:1:") || message.contains("`task.observation` has no number in it");
            (!named || !placed || message.contains("cannot be converted")).then_some(message)
        }
        Ok(config) if CHEAP.iter().any(|cheap| site.text.contains(cheap)) => validated.check(&config).err(),
        Ok(_) => None,
    };
    problem.map(|problem| format!("--set {set}: {}", problem.chars().take(600).collect::<String>()))
}

/// Runs `work` on all items with every core; returns what it complains of.
pub fn complaints<T: Sync>(items: &[T], work: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(vec![]));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, |cores| cores.get()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(complaint) = work(item) {
                        found.lock().expect("no thread panics").push(complaint);
                    }
                }
            });
        }
    });
    found.into_inner().expect("no thread panics")
}

#[test]
fn every_number_is_refused_or_reaches_sound_kernels() {
    let validated = Validated::default();
    let mut pairs = vec![];
    for site in sites().into_iter().filter(|site| is_numeric(&site.spec.kind)) {
        let numbers = EXTREMES.iter().map(ToString::to_string).chain(ends(site.spec));
        let values: Vec<String> = numbers.flat_map(|number| spelt(&site.spec.kind, &number)).collect();
        pairs.extend(values.into_iter().map(|value| (site.clone(), value)));
    }
    assert!(pairs.len() > 6000, "all fields are found: {} pairs", pairs.len());
    let found = complaints(&pairs, |(site, value)| complaint(site, value, &validated));
    assert!(found.is_empty(), "{} of {}:\n{}", found.len(), pairs.len(), found.join("\n"));
    assert!(validated.count() > 300, "values reach kernels: {}", validated.count());
}

/// Fields at the ends of their ranges together: all at the lower, all at the upper, and mixed.
#[test]
fn ranges_are_sound_at_their_ends_together() {
    let mut groups: BTreeMap<(String, &str), Vec<Site>> = BTreeMap::new();
    for site in sites().into_iter().filter(|site| matches!(site.spec.kind, Kind::Real | Kind::Interval | Kind::Vector))
    {
        groups.entry((site.text.clone(), site.robot.unwrap_or_default())).or_default().push(site);
    }
    let mut cases = vec![];
    for sites in groups.into_values() {
        let small = ["CartPole()", "Reservoir("].iter().any(|small| sites[0].text.contains(small));
        for mix in 0..if small { 24 } else { 2_u32 } {
            let sets: Vec<String> = sites.iter().enumerate().filter_map(|(k, site)| end(site, k, mix)).collect();
            cases.push((sites[0].clone(), sets));
        }
    }
    let validated = Validated::default();
    let loaded = AtomicUsize::new(0);
    let found = complaints(&cases, |(site, sets)| {
        let config = site.load(sets).ok()?; // two fields may exclude each other
        loaded.fetch_add(1, Ordering::Relaxed);
        validated.check(&config).err().map(|error| format!("{sets:?}: {}", error.chars().take(600).collect::<String>()))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
    let loaded = loaded.into_inner();
    assert!(loaded > cases.len() / 2, "{loaded} of {} cases are plans", cases.len());
}

/// A setting of field `k` to an end of its range: in mix 0 all are at the lower, in mix 1 at the upper.
fn end(site: &Site, k: usize, mix: u32) -> Option<String> {
    if ["network.dt_ms", "network.sim_time_ms"].contains(&site.path.as_str()) {
        return None; // a step has a bounded number of substeps
    }
    let pick = match mix {
        0 | 1 => mix as usize,
        _ => (mix.wrapping_mul(2_654_435_761).wrapping_add(k as u32 * 40_503) >> 11) as usize % 2,
    };
    let value = ends(site.spec)[pick].clone();
    Some(format!("{}={}", site.path, spelt(&site.spec.kind, &value).swap_remove(0)))
}

/// The check finds what it is for.
#[test]
fn a_number_that_is_none_would_be_found() {
    assert!(validate("const X = 1e12;").is_ok(), "a number");
    assert!(validate("const X = inf;").is_err() && validate("const N = 18446744073709551615u;").is_err(), "no numbers");
}
