//! What the validation layer writes to its log.

/// The one rule that is excused: our compiler decorates variables of functions and workgroups with the layout of
/// buffers, which drivers ignore. Known upstream (wgpu's issue 7696, mended in part by its pull request 9295).
const EXCUSED: &str = "VUID-StandaloneSpirv-None-10684";

/// The log, read.
#[derive(Debug, Default, PartialEq)]
pub struct Messages {
    /// Whether the layer says that it validates synchronisation.
    pub synchronisation: bool,
    /// Messages of the rule that is excused.
    pub excused: usize,
    /// Errors and warnings of all other rules, by their first lines.
    pub faults: Vec<String>,
}

impl Messages {
    pub fn read(log: &str) -> Self {
        let mut messages = Self::default();
        let lines: Vec<&str> = log.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let spoken = line.trim().to_lowercase();
            // one layer lists it in a line, another names the flag
            messages.synchronisation |=
                spoken == "- synchronization" || spoken.contains("enable_synchronization_validation");
            let is_fault = line.contains("Validation Error: [") || line.contains("Warning: [");
            match is_fault {
                true if line.contains(&format!("[ {EXCUSED} ]")) => messages.excused += 1,
                true => messages.faults.push(lines[at..(at + 3).min(lines.len())].join("\n")),
                false => {}
            }
        }
        messages
    }
}

#[test]
fn messages_are_told_apart() {
    let newer = "Validation Information: [ CURRENT-VALIDATION-ENABLED ] | MessageID = 0xfd7b2292
vkCreateInstance(): Current Validation Enabled:
  - Core Checks
  - Synchronization
Validation Information: [ WARNING-cache-file-error ] | MessageID = 0xb8515d13
Validation Error: [ VUID-StandaloneSpirv-None-10684 ] | MessageID = 0xb210f7c2
";
    let quiet = Messages { synchronisation: true, excused: 1, faults: vec![] };
    assert_eq!(Messages::read(newer), quiet, "a newer layer");
    let older = "UNASSIGNED-khronos-validation-createinstance-status-message(INFO / SPEC): msgNum: -6 - Validation Information: [ U ]
    Current Enables: VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION.
";
    assert_eq!(Messages::read(older), Messages { excused: 0, ..quiet }, "an older layer");
    assert_eq!(Messages::read(""), Messages::default(), "no layer at all");
    for fault in [
        "Validation Error: [ VUID-StandaloneSpirv-None-10685 ] | MessageID = 0xb210f7c2",
        "SYNC-HAZARD-WRITE-AFTER-WRITE(ERROR / SPEC): msgNum: 1 - Validation Error: [ SYNC-HAZARD-WRITE-AFTER-WRITE ] Object",
        "Validation Warning: [ WARNING-Setting ] | MessageID = 0x1",
        "Validation Performance Warning: [ UNASSIGNED-BestPractices ] Object 0",
    ] {
        assert_eq!(Messages::read(&format!("{newer}{fault}\n")).faults, [fault], "after what is quiet");
    }
}
