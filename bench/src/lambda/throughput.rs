use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use axum::body::Bytes;
use tokio::process::Command;

use super::Environment;
use super::function::Function;
use bench::measure::{Effort, Figure};

/// A function that is kept running.
pub struct Handler<'a> {
    pub name: &'static str,
    pub program: &'a Path,
    pub environment: Environment,
    /// What it is sent, one after the other and then from the first on again.
    pub events: Vec<Bytes>,
    /// Must be in what it answers once it is warm.
    pub expected: &'static str,
}

/// What a function that is warm does with an event.
pub struct Warm {
    pub name: &'static str,
    /// Events in a second, one after the other.
    pub throughput: Figure,
    /// Seconds of processor time for one.
    pub processor: Figure,
}

/// Events of one round.
const EVENTS: u32 = 1000;
const EVENTS_QUICK: u32 = 20;

/// Events to each of the functions, in turns.
pub async fn warm(handlers: Vec<Handler<'_>>, effort: Effort) -> Result<Vec<Warm>> {
    let mut running = vec![];
    for Handler { name, program, environment, events, expected } in handlers {
        let mut function = Function::start(Command::new(program), &environment).await?;
        let mut events = events.into_iter().cycle();
        function.invoke_each(events.by_ref().take(10).collect()).await?;
        running.push((name, function, events, expected, (vec![], vec![])));
    }
    let of_a_round = if effort.is_for_figures() { EVENTS } else { EVENTS_QUICK };
    for round in 0..effort.rounds {
        let mut turns: Vec<_> = running.iter_mut().collect();
        let first = round % turns.len().max(1);
        turns.rotate_left(first);
        for (name, function, events, expected, (throughput, processor)) in turns {
            let events: Vec<Bytes> = events.take(of_a_round as usize).collect();
            let (begun, before) = (Instant::now(), function.processor_time()?);
            let answer = function.invoke_each(events).await?;
            throughput.push(f64::from(of_a_round) / begun.elapsed().as_secs_f64());
            ensure!(String::from_utf8_lossy(&answer).contains(*expected), "{name} answers without {expected}");
            processor.push(function.processor_time()?.saturating_sub(before).as_secs_f64() / f64::from(of_a_round));
        }
    }
    let mut measured = vec![];
    for (name, function, .., (throughput, processor)) in running {
        function.stop().await?;
        measured.push(Warm { name, throughput: Figure::of(throughput), processor: Figure::of(processor) });
    }
    Ok(measured)
}
