//! Device nodes on Linux: their presence, and this user's access to them.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{Check, Host, vulkan::in_container};
use crate::gpu::AdapterSummary;

/// Checks the nodes that GPU drivers open; returns nothing on other systems.
pub fn nodes(host: &dyn Host, adapters: &[AdapterSummary]) -> Vec<Check> {
    if host.system() != "linux" {
        return vec![];
    }
    let is_node = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("renderD") || name == "nvidiactl" || name == "dxg"
    };
    let folders = ["/dev/dri", "/dev"];
    let nodes: Vec<PathBuf> = folders.iter().flat_map(|folder| host.list(Path::new(folder))).filter(is_node).collect();
    let has_gpu = adapters.iter().any(|adapter| !adapter.is_software());
    if nodes.is_empty() && !has_gpu {
        return vec![none(host)];
    }
    nodes.iter().map(|node| check(host, node)).collect()
}

fn none(host: &dyn Host) -> Check {
    let advice = match in_container(host) {
        true => "give the container the host's GPU: `--device /dev/dri` (Intel, AMD), or `--gpus all` (NVIDIA)",
        false => {
            "if there is a GPU (`lspci`), load its kernel driver; without one, software drivers compute on the CPU"
        }
    };
    Check::warn("device node", "no GPU: neither /dev/dri/renderD* nor /dev/nvidia*", advice)
}

fn check(host: &dyn Host, node: &Path) -> Check {
    let shown = node.display();
    match host.open_node(node) {
        Ok(()) => Check::ok("device node", format!("{shown} can be opened")),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let advice = match in_container(host) {
                true => "start the container with `--group-add $(stat -c %g /dev/dri/renderD128)` (the node's group)",
                false => "join the node's group, usually `render`: `sudo usermod -aG render $USER`, then log in again",
            };
            Check::warn("device node", format!("{shown} must not be opened by this user"), advice)
        }
        Err(error) => Check::warn(
            "device node",
            format!("{shown}: {error}"),
            "load the GPU's kernel driver, or restart the machine",
        ),
    }
}
