//! Embedded shaders, presets, robots and brains are inputs of the build.

fn main() {
    for folder in ["shaders", "assets/brains", "assets/experiments", "assets/robots", "assets/runs"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
