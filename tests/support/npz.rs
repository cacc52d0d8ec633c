//! Reads arrays of an npz file.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use npyz::npz::NpzArchive;
use npyz::{DType, TypeChar};

/// An open npz file; a missing or odd array ends the test with its name.
pub struct Npz {
    path: PathBuf,
    archive: RefCell<NpzArchive<BufReader<File>>>,
}

impl Npz {
    /// Opens a file.
    pub fn open(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_path_buf();
        let archive = NpzArchive::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, archive: RefCell::new(archive) }
    }

    /// Whether the file holds an array.
    pub fn has(&self, name: &str) -> bool {
        self.archive.borrow().array_names().any(|known| known == name)
    }

    /// Bytes of an array as text.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.f64(name).1.into_iter().map(|byte| byte as u8).collect()).expect("text")
    }

    /// Shape and values (C order) of an array of f32, f64, i32, i64 or bytes, as f64.
    pub fn f64(&self, name: &str) -> (Vec<usize>, Vec<f64>) {
        self.read(name).unwrap_or_else(|error| panic!("{}: array `{name}`: {error}", self.path.display()))
    }

    /// Rows of an array: the values of each index of the first dimension.
    pub fn rows(&self, name: &str) -> Vec<Vec<f64>> {
        let (shape, values) = self.f64(name);
        let width = shape[1..].iter().product();
        (0..shape[0]).map(|row| values[row * width..][..width].to_vec()).collect()
    }

    fn read(&self, name: &str) -> std::io::Result<(Vec<usize>, Vec<f64>)> {
        let mut archive = self.archive.borrow_mut();
        let array = archive.by_name(name)?.ok_or_else(|| std::io::Error::other("is missing"))?;
        assert_eq!(array.order(), npyz::Order::C, "{name} is stored row by row");
        let shape: Vec<usize> = array.shape().iter().map(|length| *length as usize).collect();
        let DType::Plain(kind) = array.dtype() else { return Err(std::io::Error::other("is a record")) };
        let values = match (kind.type_char(), kind.size_field()) {
            (TypeChar::Float, 8) => array.into_vec::<f64>()?,
            (TypeChar::Float, 4) => array.into_vec::<f32>()?.into_iter().map(f64::from).collect(),
            (TypeChar::Int, 4) => array.into_vec::<i32>()?.into_iter().map(f64::from).collect(),
            (TypeChar::Int, 8) => array.into_vec::<i64>()?.into_iter().map(|value| value as f64).collect(),
            (TypeChar::Uint, 1) => array.into_vec::<u8>()?.into_iter().map(f64::from).collect(),
            other => return Err(std::io::Error::other(format!("has the element type {other:?}"))),
        };
        Ok((shape, values))
    }
}
