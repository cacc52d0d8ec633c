//! Trains CartPole as `gpu-ec run cartpole` does, files included: `cargo run --release --example train_cartpole`.

#![allow(clippy::print_stdout, reason = "examples print")]

use gpu_ec::{Observer, Session, config, report::GenerationMetrics};

struct Printer;

impl Observer for Printer {
    fn say(&mut self, text: &str) {
        println!("{text}");
    }

    fn begin(&mut self, _generation: u32, _frames: u64) {}

    fn within_generation(&mut self, _generation: u32, _done: usize, _episodes: usize) {}

    fn generation(&mut self, metrics: &GenerationMetrics) {
        println!("generation {}: mean return {:.1}", metrics.generation, metrics.return_mean);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sets = ["algorithm.population=64", "generations=20"].map(String::from);
    let config = config::load(config::find("cartpole")?, &sets)?;
    let out = std::env::args().nth(1).map(std::path::PathBuf::from);
    let session = Session::new(config, out.as_deref())?;
    let ending = session.run(&mut Printer)?;
    println!("best evaluation {:?}, kept in {}", ending.best_eval, session.dir.path().display());
    Ok(())
}
