//! Files of arrays, written for the program and read back.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gpu_ec::npz::{Column, Element, Header, NpzWriter};

/// A folder of files for one test.
pub struct Files(tempfile::TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("a plain path").into()
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), bytes).expect("writable");
        self.name(name)
    }

    /// An `.npz` of f32 arrays.
    pub fn npz(&self, name: &str, arrays: &[(&'static str, &[usize], &[f32])]) -> String {
        let column = |(name, shape, _): &(&'static str, &[usize], &[f32])| Column {
            name,
            element: Element::F32,
            shape: shape.to_vec(),
        };
        let mut writer = NpzWriter::create(&self.path(name), arrays.iter().map(column).collect()).expect("writable");
        for (index, (_, _, values)) in arrays.iter().enumerate() {
            writer.append(index, &bytes(values)).expect("space");
        }
        writer.finish().expect("space");
        self.name(name)
    }

    /// An `.npy` of f32 or f64.
    pub fn npy(&self, name: &str, element: Element, shape: &[usize], values: &[f32]) -> String {
        let mut file = Header { element, big_endian: false, shape: shape.to_vec() }.encode();
        match element {
            Element::F64 => file.extend(values.iter().flat_map(|value| f64::from(*value).to_le_bytes())),
            _ => file.extend(bytes(values)),
        }
        self.write(name, file)
    }
}

pub fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// An array of a written file, by another library than the one that wrote it: shape, and f32 values or bytes as f32.
pub fn array(path: &str, name: &str) -> (Vec<usize>, Vec<f32>) {
    let mut file = npyz::npz::NpzArchive::open(path).expect("an archive");
    let array = file.by_name(name).expect("readable").unwrap_or_else(|| panic!("{path} holds {name}"));
    let shape = array.shape().iter().map(|length| *length as usize).collect();
    let values = match name {
        "terminated" => array.into_vec::<u8>().expect("bytes").into_iter().map(f32::from).collect(),
        _ => array.into_vec::<f32>().expect("f32"),
    };
    (shape, values)
}

/// Names of the arrays of a file.
pub fn arrays(path: &str) -> Vec<String> {
    let file = npyz::npz::NpzArchive::<std::io::BufReader<fs::File>>::open(path).expect("an archive");
    file.array_names().map(String::from).collect()
}
