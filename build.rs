//! Embedded shaders and presets are inputs of the build.

fn main() {
    for folder in ["shaders", "assets/runs", "assets/robots"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
