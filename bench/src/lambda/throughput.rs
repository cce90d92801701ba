use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use axum::body::Bytes;
use tokio::process::Command;

use super::Environment;
use super::function::Function;
use bench::measure::{Effort, Figure};

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

/// The same event to each of the functions, in turns. `expected` must be in what they answer once they are warm.
pub async fn warm(
    functions: &[(&'static str, &Path, Environment, &str)],
    event: &Bytes,
    effort: Effort,
) -> Result<Vec<Warm>> {
    let mut running = vec![];
    for (name, program, environment, expected) in functions {
        let mut function = Function::start(Command::new(program), environment).await?;
        let answer = function.invoke(event, 10).await?;
        ensure!(String::from_utf8_lossy(&answer).contains(expected), "{name} answers without {expected}");
        running.push((function, vec![], vec![]));
    }
    let events = if effort.rounds < Effort::FULL.rounds { EVENTS_QUICK } else { EVENTS };
    for _ in 0..effort.rounds {
        for (function, throughput, processor) in &mut running {
            let (begun, before) = (Instant::now(), function.processor_time()?);
            function.invoke(event, events).await?;
            throughput.push(f64::from(events) / begun.elapsed().as_secs_f64());
            processor.push(function.processor_time()?.saturating_sub(before).as_secs_f64() / f64::from(events));
        }
    }
    let mut measured = vec![];
    for ((name, ..), (function, throughput, processor)) in functions.iter().zip(running) {
        function.stop().await?;
        measured.push(Warm { name, throughput: Figure::of(throughput), processor: Figure::of(processor) });
    }
    Ok(measured)
}
