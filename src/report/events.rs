//! `events.out.tfevents...`: the metrics in the format of TensorBoard.
//!
//! A file is a list of records: length (u64), its checksum, the bytes, their checksum. Checksums are masked
//! CRC-32C. The bytes are protocol buffers of the messages `Event`, `Summary` and `Summary.Value`, of which only
//! scalars are written.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{
    files::atomic::write_atomically,
    report::{Error, GenerationMetrics, RunDir, metrics},
};

/// Content of the first record of a file.
const VERSION: &str = "brain.Event:2";
/// Field numbers with the type of what follows: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
const EVENT_WALL_TIME: u8 = 1 << 3 | 1;
const EVENT_STEP: u8 = 2 << 3;
const EVENT_VERSION: u8 = 3 << 3 | 2;
const EVENT_SUMMARY: u8 = 5 << 3 | 2;
const SUMMARY_VALUE: u8 = 1 << 3 | 2;
const VALUE_TAG: u8 = 1 << 3 | 2;
const VALUE_SIMPLE: u8 = 2 << 3 | 5;

/// Writer that appends generations to the event file of a run.
#[derive(Debug)]
pub struct EventWriter {
    file: File,
    path: PathBuf,
    /// Seconds since 1970 at the end of the last generation: the start of the run plus the time that its
    /// generations took.
    time: f64,
}

impl EventWriter {
    /// Writes the event file of `dir` anew from the lines of `metrics.jsonl`, so that a resumed run has each
    /// generation once.
    ///
    /// Errors: [`Error::File`]; [`Error::Metrics`].
    pub fn renew(dir: &RunDir) -> Result<Self, Error> {
        let (path, version, lines) = (dir.events(), dir.version(), dir.metrics());
        let begun = version.metadata().and_then(|version| version.modified()).unwrap_or(UNIX_EPOCH);
        let mut time = seconds(begun);
        let mut bytes = record(&[event(time, 0), field(EVENT_VERSION, VERSION.as_bytes())].concat());
        if lines.exists() {
            metrics::read(&lines)?.iter().for_each(|metrics| bytes.extend(next(&mut time, metrics)));
        }
        write_atomically(&path, &bytes)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(Error::io("open", &path))?;
        Ok(Self { file, path, time })
    }

    /// Writes one generation.
    ///
    /// Errors: [`Error::File`].
    pub fn write(&mut self, metrics: &GenerationMetrics) -> Result<(), Error> {
        let record = next(&mut self.time, metrics);
        self.file.write_all(&record).map_err(Error::io("write", &self.path))
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Returns the record of the generation that ends `timing.wall_seconds` after `time`, and advances `time`.
fn next(time: &mut f64, metrics: &GenerationMetrics) -> Vec<u8> {
    *time += metrics.timing.wall_seconds;
    let mut values = vec![];
    scalars("", &serde_json::to_value(metrics).unwrap_or_default(), &mut values);
    let summary: Vec<u8> = values.iter().flat_map(|(tag, value)| field(SUMMARY_VALUE, &scalar(tag, *value))).collect();
    record(&[event(*time, metrics.generation), field(EVENT_SUMMARY, &summary)].concat())
}

/// Lists every number below `value` with its path: `return_mean`, `timing/cpu_seconds`. It omits the generation,
/// which is the step of the event.
fn scalars(path: &str, value: &Value, list: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(entries) => entries.iter().filter(|(key, _)| *key != "generation").for_each(|(key, value)| {
            let slash = if path.is_empty() { "" } else { "/" };
            scalars(&format!("{path}{slash}{key}"), value, list);
        }),
        value => list.extend(value.as_f64().map(|number| (path.to_string(), number))),
    }
}

fn scalar(tag: &str, value: f64) -> Vec<u8> {
    let number = (value as f32).to_le_bytes();
    [&field(VALUE_TAG, tag.as_bytes())[..], &[VALUE_SIMPLE], &number].concat()
}

fn event(time: f64, step: u32) -> Vec<u8> {
    [&[EVENT_WALL_TIME][..], &time.to_le_bytes(), &[EVENT_STEP], &varint(step.into())].concat()
}

fn field(key: u8, bytes: &[u8]) -> Vec<u8> {
    [&[key][..], &varint(bytes.len() as u64), bytes].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), bytes, &masked(bytes)].concat()
}

/// Returns the checksum, masked as the format requires: checksums of data that holds checksums are weak.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the first bytes that TensorBoard's own writer writes for the time 0.
    #[test]
    fn the_first_record_is_that_of_the_format() {
        let record = record(&[&event(0.0, 0)[..9], &field(EVENT_VERSION, VERSION.as_bytes())].concat());
        let expected = [
            24, 0, 0, 0, 0, 0, 0, 0, 163, 127, 75, 34, 9, 0, 0, 0, 0, 0, 0, 0, 0, 26, 13, 98, 114, 97, 105, 110, 46,
            69, 118, 101, 110, 116, 58, 50,
        ];
        assert_eq!(record[..36], expected, "length, its checksum, wall time and version");
        assert_eq!(varint(300), [0xac, 2], "the example of the protocol buffers' own documentation");
    }

    #[test]
    fn every_number_of_a_generation_is_a_scalar() {
        let metrics = GenerationMetrics { generation: 3, return_mean: 2.5, density: f64::NAN, ..Default::default() };
        let mut list = vec![];
        scalars("", &serde_json::to_value(metrics).expect("JSON"), &mut list);
        let find = |tag: &str| list.iter().find(|(name, _)| name == tag).map(|(_, value)| *value);
        assert_eq!(find("return_mean"), Some(2.5), "{list:?}");
        assert_eq!(find("timing/wall_seconds"), Some(0.0), "nested ones have their path");
        assert_eq!((find("density"), find("generation")), (None, None), "no NaN, and the step is not a scalar");
    }
}
