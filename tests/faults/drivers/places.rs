//! Where the validation layer and the second driver are looked for.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

/// A validation layer.
pub struct Layer {
    /// Folder of its manifest.
    pub folder: PathBuf,
    /// Whether it knows the settings of newer layers, which replace the older ones.
    pub newer: bool,
}

/// Files that `scripts/ensure-drivers.sh` has made.
fn own() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("drivers")
}

/// The system's folders of Vulkan's manifests of a kind: `icd.d`, `explicit_layer.d`.
fn folders(kind: &str) -> Vec<PathBuf> {
    let roots = env::var("XDG_DATA_DIRS").unwrap_or_else(|_| "/usr/local/share:/usr/share".into());
    let roots = format!("/etc:/usr/local/etc:{roots}:/run/opengl-driver/share");
    roots.split(':').map(|root| Path::new(root).join("vulkan").join(kind)).collect()
}

/// The validation layer: our own copy, which is newer, else the system's.
pub fn layer() -> Option<Layer> {
    let folders = [vec![own()], folders("explicit_layer.d")].concat();
    let found = folders.into_iter().find_map(|folder| {
        let text = fs::read_to_string(folder.join("VkLayer_khronos_validation.json")).ok()?;
        let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
        let version = manifest["layer"]["api_version"].as_str()?;
        let version: Vec<u32> = version.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        Some(Layer { folder, newer: version[..] >= [1, 3, 275][..] })
    });
    found.or_else(|| {
        skip("Khronos' validation layer is not installed (Debian, Ubuntu: apt-get install vulkan-validationlayers)")
    })
}

/// The manifests of lavapipe and SwiftShader.
pub fn drivers() -> Option<[PathBuf; 2]> {
    let is_lavapipe = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("lvp_icd") && name.ends_with(".json")
    };
    let list = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let lavapipe = folders("icd.d").into_iter().flat_map(list).find(is_lavapipe);
    let swiftshader = [own(), PathBuf::from("/usr/lib/chromium")].map(|folder| folder.join("vk_swiftshader_icd.json"));
    let swiftshader = swiftshader.into_iter().find(|manifest| manifest.is_file());
    match (lavapipe, swiftshader) {
        (None, _) => skip("lavapipe is not installed (Debian, Ubuntu: apt-get install mesa-vulkan-drivers)"),
        (_, None) => {
            skip("SwiftShader is not there (scripts/ensure-drivers.sh takes it from Debian's chromium-common)")
        }
        (Some(lavapipe), Some(swiftshader)) => Some([lavapipe, swiftshader]),
    }
}

/// Says why a test does nothing; past the test harness, which keeps what passing tests print.
fn skip<T>(why: &str) -> Option<T> {
    let name = std::thread::current().name().unwrap_or("a test").to_string();
    let _ = writeln!(std::io::stderr().lock(), "skipped: {name}: {why}");
    None
}
