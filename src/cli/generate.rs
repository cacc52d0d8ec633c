//! `gpu-ec generate`, hidden: completions and man pages for packages, and networks that come with the program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, Subcommand};
use clap_complete::Shell;

use super::{Cli, Error, Ui};
use crate::run::brain_export;

/// Write shell completions, man pages or a trained network.
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write a man page for the program and each subcommand into a folder.
    Man {
        /// The folder; it is created.
        dir: PathBuf,
    },
    /// Write the deterministic network of a checkpoint to a zip file, as `assets/brains` holds them.
    Brain {
        /// The checkpoint, of EC.
        checkpoint: PathBuf,
        /// The zip file.
        out: PathBuf,
        /// Replace a field of the configuration, such as one of evaluation.task.
        #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
        sets: Vec<String>,
    },
}

/// Prints or writes what was asked for.
///
/// Errors: a folder that cannot be written.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    match &arguments.what {
        What::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "gpu-ec", &mut script);
            ui.out(&String::from_utf8_lossy(&script))?;
        }
        What::Man { dir } => man_pages(dir)
            .map_err(|error| Error::Failed(format!("cannot write man pages to {}: {error}", dir.display())))?,
        What::Brain { checkpoint, out, sets } => brain_export::keep(checkpoint, out, sets)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn man_pages(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), dir)
}
