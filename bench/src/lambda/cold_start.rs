use std::path::Path;

use anyhow::{Result, ensure};
use axum::body::Bytes;
use tokio::process::Command;

use super::Environment;
use super::function::Function;
use bench::measure::{Effort, Figure};

/// What makes its first event, the nth of all, and what is in the answer.
pub type First = (fn(usize) -> Bytes, &'static str);

/// A function that is started anew in each round.
pub struct Start<'a> {
    pub name: &'static str,
    pub program: &'a Path,
    pub environment: Environment,
    pub first: First,
}

/// What it takes a function to ask for its first event, and to handle it.
pub struct ColdStart {
    pub name: &'static str,
    /// Seconds of processor time, from its execution on.
    pub processor: Figure,
    /// Bytes of memory, with the pages of files and without.
    pub resident: Figure,
    pub own: Figure,
    /// Seconds of processor time for the first event, until its answer.
    pub first: Figure,
    /// Bytes of the program.
    pub size: u64,
}

#[derive(Clone, Default)]
struct Rounds {
    processor: Vec<f64>,
    resident: Vec<f64>,
    own: Vec<f64>,
    first: Vec<f64>,
}

/// Starts each of the functions in every round.
pub async fn cold_starts(starts: &[Start<'_>], effort: Effort) -> Result<Vec<ColdStart>> {
    let mut measured = vec![Rounds::default(); starts.len()];
    let mut events = 0;
    for round in 0..effort.rounds {
        // What the one before has left in the processor's caches is not always the same.
        let mut turns: Vec<_> = starts.iter().zip(&mut measured).collect();
        turns.rotate_left(round % starts.len().max(1));
        for (start, rounds) in turns {
            let mut function = Function::start(Command::new(start.program), &start.environment).await?;
            let started = function.processor_time()?;
            rounds.processor.push(started.as_secs_f64());
            let memory = function.memory()?;
            rounds.resident.push(memory.resident);
            rounds.own.push(memory.own);
            let (event, expected) = start.first;
            events += 1;
            let answer = function.invoke(&event(events)).await?;
            rounds.first.push(function.processor_time()?.saturating_sub(started).as_secs_f64());
            let answer = String::from_utf8_lossy(&answer);
            ensure!(answer.contains(expected), "{} answers without {expected}", start.name);
            function.stop().await?;
        }
    }
    let measured = starts.iter().zip(measured).map(|(start, Rounds { processor, resident, own, first })| {
        let size = std::fs::metadata(start.program)?.len();
        let [processor, resident, own, first] = [processor, resident, own, first].map(Figure::of);
        Ok(ColdStart { name: start.name, processor, resident, own, first, size })
    });
    measured.collect()
}
