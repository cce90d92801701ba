use std::path::Path;

use anyhow::Result;

use super::Environment;
use super::function::Function;
use bench::measure::{Effort, Figure};

/// What it takes a function to ask for its first event.
pub struct ColdStart {
    pub name: &'static str,
    /// Seconds of processor time, from its execution on.
    pub processor: Figure,
    /// Bytes of memory, with the pages of files and without.
    pub resident: Figure,
    pub own: Figure,
    /// Bytes of the program.
    pub size: u64,
}

/// Starts each of the functions in every round.
pub async fn cold_starts(functions: &[(&'static str, &Path, Environment)], effort: Effort) -> Result<Vec<ColdStart>> {
    let mut measured = vec![(vec![], vec![], vec![]); functions.len()];
    for _ in 0..effort.rounds {
        for ((_, program, environment), (processor, resident, own)) in functions.iter().zip(&mut measured) {
            let function = Function::start(program, environment).await?;
            processor.push(function.processor_time()?.as_secs_f64());
            let memory = function.memory()?;
            resident.push(memory.resident);
            own.push(memory.own);
            function.stop().await?;
        }
    }
    let started = functions.iter().zip(measured).map(|((name, program, _), (processor, resident, own))| {
        let size = std::fs::metadata(program)?.len();
        let [processor, resident, own] = [processor, resident, own].map(Figure::of);
        Ok(ColdStart { name, processor, resident, own, size })
    });
    started.collect()
}
