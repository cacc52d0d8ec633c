//! Parse, run, exit code; nothing else.

fn main() -> std::process::ExitCode {
    gpu_ec::cli::main()
}
