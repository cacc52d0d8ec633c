//! A walk over the whole vocabulary of MJCF: each element and attribute acts, is refused by name, or is listed as
//! skipped.
//!
//! `tests/physics/mjcf/vocabulary.txt` holds MuJoCo's own schema with a value for each attribute;
//! `tests/peer/vocabulary.py` wrote it.

use std::collections::BTreeMap;

use gpu_ec::physics::mjcf::{Compiled, Refusals, compile};

const VOCABULARY: &str = include_str!("vocabulary.txt");

/// What became of an attribute or element.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Outcome {
    Acts,
    Refused,
    Skipped,
    /// It was accepted, and nothing became of it.
    Lost,
}

/// Attributes that stand for others which the file of their place gives.
const INSTEAD: [(&str, &str); 3] = [("fromto", "pos"), ("fullinertia", "diaginertia"), ("tendon", "joint")];

/// The file with an attribute in the place marked `@`, which replaces one of the same name.
fn written(template: &str, name: &str, value: &str) -> String {
    let mark = template.find('@').expect("a place");
    let start = template[..mark].rfind('<').expect("an element");
    let end = mark + template[mark..].find('>').expect("its end");
    let mut tag = template[start..end].replace('@', "");
    let others = INSTEAD.iter().filter(|(this, _)| *this == name).map(|(_, other)| *other);
    for other in others.chain([name]) {
        if let Some(at) = tag.find(&format!(" {other}=\"")) {
            let length = tag[at..].match_indices('"').nth(1).expect("a value").0 + 1;
            tag.replace_range(at..at + length, "");
        }
    }
    let close = if tag.ends_with('/') { tag.len() - 1 } else { tag.len() };
    tag.insert_str(close, &format!(" {name}=\"{value}\""));
    format!("{}{tag}{}", &template[..start], &template[end..])
}

/// What became of an attribute of the elements `tag`, compared with the file without it.
fn of_attribute(
    tag: &str,
    name: &str,
    without: &Result<Compiled, Refusals>,
    with: &Result<Compiled, Refusals>,
) -> Outcome {
    let count = |compiled: &Compiled| {
        let rows = compiled.skipped.iter().filter(|one| one.element == tag);
        rows.filter(|one| one.attribute.as_deref().is_none_or(|attribute| attribute == name))
            .map(|one| one.count)
            .sum::<usize>()
    };
    match (without, with) {
        (_, Err(refusals)) => {
            let named = refusals.list.iter().any(|one| &*one.element == tag && one.attribute.as_deref() == Some(name));
            if named { Outcome::Refused } else { Outcome::Lost }
        }
        (_, Ok(with)) if count(with) > 0 => Outcome::Skipped,
        (Err(_), Ok(_)) => Outcome::Acts,
        (Ok(without), Ok(with)) if (&without.model, &without.elements) != (&with.model, &with.elements) => {
            Outcome::Acts
        }
        _ => Outcome::Lost,
    }
}

/// What became of a whole element, or of the section that it stands in.
fn of_element(place: &str, compiled: &Result<Compiled, Refusals>) -> Outcome {
    let named = |element: &str| place.split('/').any(|part| part == element);
    match compiled {
        Err(refusals) if refusals.list.iter().any(|one| named(&one.element)) => Outcome::Refused,
        Ok(compiled) if compiled.skipped.iter().any(|one| named(&one.element)) => Outcome::Skipped,
        _ => Outcome::Lost,
    }
}

#[test]
fn every_word_of_mjcf_acts_or_is_named() {
    let (mut counts, mut lost) = (BTreeMap::<Outcome, usize>::new(), vec![]);
    let mut note = |outcome: Outcome, what: String| {
        *counts.entry(outcome).or_default() += 1;
        if outcome == Outcome::Lost {
            lost.push(what);
        }
    };
    let (mut place, mut template) = ("", "");
    let mut without = compile("robot.xml", "");
    for line in VOCABULARY.lines().filter(|line| !line.starts_with('#')) {
        if let Some((head, file)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            (place, template) = (head, file);
            without = compile("robot.xml", &template.replace('@', ""));
            if !template.contains('@') {
                note(of_element(place, &without), format!("<{place}>"));
            }
            continue;
        }
        let (name, value) = line.split_once(' ').expect("a name and a value");
        let xml = written(template, name, value.trim_start_matches('!'));
        let with = compile("robot.xml", &xml);
        let tag = place.rsplit('/').next().expect("a tag");
        note(
            of_attribute(tag, name, &without, &with),
            format!("<{place}> {name}=\"{value}\": {:?}", with.as_ref().err()),
        );
    }
    eprintln!("words of MJCF: {counts:?}");
    assert!(lost.is_empty(), "accepted without a word: {lost:#?}");
    assert!(counts[&Outcome::Acts] > 100 && counts[&Outcome::Refused] > 100, "the walk is long: {counts:?}");
    assert!(counts[&Outcome::Skipped] > 100, "some are skipped: {counts:?}");
}
