//! Kernels as the WGSL standard spells them, written down for a front end that is not ours (`scripts/wgsl-check.sh`).

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

use gpu_ec::kernel::{entry::Kernel, wgsl::shader};
use serde_json::{Value, json};

use super::kernels;

/// Where our parser takes what the standard does not, and what a kernel that uses it becomes for the standard.
pub struct Extension {
    /// What it is called.
    pub name: &'static str,
    /// Why our kernels use it.
    pub reason: &'static str,
    /// The standard's text of a kernel; `None`: the kernel does not use it.
    standard: fn(&str) -> Option<String>,
}

/// All of them: nothing else may keep a kernel from the other front end.
pub const EXTENSIONS: [Extension; 2] = [
    Extension {
        name: "subgroups without `enable`",
        reason: "our parser has subgroup functions and refuses the directive that the standard wants before them; that all lanes of \
                 the one subgroup hold the same slot, the standard's analysis of uniformity cannot see",
        standard: |text| {
            let directives = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);\n";
            text.contains("subgroup").then(|| format!("{directives}{text}"))
        },
    },
    Extension {
        name: "numerics/mul_high_64",
        reason: "the standard has no 64-bit integers; drivers that have them through our parser get the product from one \
                 multiplication, and numerics/mul_high, the same function in 32 bits, stands in its place for the standard",
        standard: |text| {
            let [wide, narrow] =
                ["numerics/mul_high_64", "numerics/mul_high"].map(|path| shader(path).expect("a file"));
            text.contains(wide).then(|| text.replace(wide, narrow))
        },
    },
];

/// The comparison that the standard forbids and our parser takes: kernels once held it.
pub const PLANTED: &str = "fn planted(a: bool, b: f32, c: f32) -> bool { return a != b < c; }\n";

/// The standard's text of a kernel's module, and the extensions that it does without.
pub fn standard(text: &str) -> (String, Vec<&'static str>) {
    EXTENSIONS.iter().fold((text.to_string(), vec![]), |(text, mut names), extension| {
        match (extension.standard)(&text) {
            None => (text, names),
            Some(standard) => {
                names.push(extension.name);
                (standard, names)
            }
        }
    })
}

/// What was written down.
#[derive(Default)]
pub struct Written {
    /// Distinct texts by their file.
    pub texts: HashMap<String, String>,
    /// Kernels that have them.
    pub kernels: usize,
    /// Shader files that they are made of.
    pub sources: BTreeSet<String>,
    list: Vec<Value>,
}

/// Writes every distinct text to `folder`, anew, and `kernels.json`: what each file is, which extensions there are and
/// which text must be refused.
pub fn write(folder: &Path) -> Written {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
    let mut written = Written::default();
    for collected in kernels::all().flatten() {
        collected.kernels.iter().for_each(|kernel| written.add(folder, kernel, &collected.from));
    }
    let extensions: Vec<_> =
        EXTENSIONS.iter().map(|extension| json!({ "name": extension.name, "reason": extension.reason })).collect();
    let planted = json!({ "text": PLANTED, "after": written.list.first().map(|entry| entry["file"].clone()) });
    let index =
        json!({ "extensions": extensions, "planted": planted, "kernels": written.list, "dispatched": written.kernels });
    fs::write(folder.join("kernels.json"), index.to_string()).expect("writable");
    written
}

impl Written {
    fn add(&mut self, folder: &Path, kernel: &Kernel, from: &str) {
        self.kernels += 1;
        let module = &kernel.module;
        if self.texts.contains_key(&module.wgsl) {
            return;
        }
        let (text, extensions) = standard(&module.wgsl);
        let file = format!("{:04}-{}.wgsl", self.texts.len(), kernel.id.name());
        fs::write(folder.join(&file), text).expect("writable");
        let lines = 1..=module.wgsl.lines().count() as u32;
        for line in lines {
            let (source, _) = module.origin(line);
            if !self.sources.contains(source) {
                self.sources.insert(source.into());
            }
        }
        self.list.push(json!({ "file": file, "kernel": kernel.id.name(), "from": from, "extensions": extensions }));
        self.texts.insert(module.wgsl.clone(), file);
    }
}
