//! `gpu-ec rollout --replay`: replays members of a run.

use super::Arguments;
use crate::{
    cli::Error,
    config,
    plan::rewards,
    report::RunDir,
    run::{
        checkpoint::Checkpoint,
        evolution::nonfinite,
        rollout::{Begin, Body, Drive, Policy, Request},
    },
};

/// Returns the request for the members asked for, or for the first one of the run `dir` whose state became non-finite.
///
/// Errors: there is no such member, or no checkpoint of its generation.
pub fn request(dir: &RunDir, arguments: &Arguments) -> Result<Request, Error> {
    let first = nonfinite::read(dir)?;
    let (member, generation, told) = match (arguments.member, arguments.generation, &first) {
        (Some(member), Some(generation), _) => (member, generation, None),
        (Some(member), None, Some(first)) => (member, first.generation, None),
        (None, _, Some(first)) => (first.member, first.generation, Some(first)),
        (_, _, None) => {
            return Err(Error::Usage(format!(
                "every state of {} has been finite; name others with --member M --generation G, of which there are checkpoints: {}",
                dir.path().display(),
                list(dir)?
            )));
        }
    };
    let episode = arguments.episode.unwrap_or(told.map_or(0, |first| first.episode));
    let steps = told.filter(|first| first.episode == episode).map(|first| first.steps as usize);
    let kept =
        first.as_ref().filter(|first| first.generation == generation).map(|first| dir.path().join(&first.checkpoint));
    let path = match dir.checkpoint(generation) {
        path if path.is_file() => path,
        path => kept.ok_or_else(|| missing(&path, generation, dir))?,
    };
    let checkpoint = Checkpoint::read(&path)?;
    let run = config::load(config::read(&dir.config())?, &[])?;
    let phase = checkpoint.phase(&run)?;
    let config = phase.config(&run, checkpoint.frames());
    let body = Body::Task(rewards::task(&config.task, &run)?);
    checkpoint.refuse_others(&run, body.task().id())?;
    let cap = phase.episode_cap(&run, body.task().episode_length(), checkpoint.frames());
    let reward_factors = phase.reward_factors(&run, checkpoint.frames(), &body.task().terms());
    let policy = Policy { checkpoint, config, first_member: Some(member), episode, reward_factors };
    Ok(Request {
        body,
        begin: Begin::Drawn { rows: arguments.rows.unwrap_or(1) as usize, seed: policy.config.seed },
        steps: arguments.steps.map_or(steps.unwrap_or(cap), |steps| steps as usize),
        reset: false,
        submission_ms: policy.config.device.submission_ms,
        drive: Drive::Policy(Box::new(policy)),
    })
}

fn missing(path: &std::path::Path, generation: u32, dir: &RunDir) -> Error {
    match list(dir) {
        Ok(list) => Error::Usage(format!(
            "there is no {}, from which generation {generation} was sampled; there are checkpoints of generations {list}",
            path.display()
        )),
        Err(error) => error,
    }
}

fn list(dir: &RunDir) -> Result<String, Error> {
    let generations: Vec<String> = dir.generations()?.iter().map(u32::to_string).collect();
    Ok(if generations.is_empty() { "none".into() } else { generations.join(", ") })
}
