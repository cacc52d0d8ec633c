//! Where the golden data lies, and the models in it.

use std::{ffi::OsString, path::PathBuf};

use gpu_ec::physics::model::Model;

/// Path of a file of golden data: in `GPU_EC_GOLDEN_DIR`, else in `assets/reference`.
pub fn path(file: &str) -> PathBuf {
    folder(std::env::var_os("GPU_EC_GOLDEN_DIR")).join(file)
}

/// The folder of golden data, `elsewhere` if it is given.
pub fn folder(elsewhere: Option<OsString>) -> PathBuf {
    elsewhere.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/assets/reference").into()).into()
}

/// The constants that MuJoCo compiled for a robot.
pub fn model(robot: &str) -> Model {
    let path = path(&format!("{robot}_model.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
