//! Declares embedded shaders, presets, robots and brains as inputs of the build.

fn main() {
    for folder in ["shaders", "assets/brains", "assets/experiments", "assets/robots", "assets/runs"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
