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
    /// Bytes of memory.
    pub resident: Figure,
    /// Bytes of the program.
    pub size: u64,
}

/// Starts each of the functions in every round.
pub async fn cold_starts(functions: &[(&'static str, &Path, Environment)], effort: Effort) -> Result<Vec<ColdStart>> {
    let mut measured = vec![(vec![], vec![]); functions.len()];
    for _ in 0..effort.rounds {
        for ((_, program, environment), (processor, resident)) in functions.iter().zip(&mut measured) {
            let function = Function::start(program, environment).await?;
            processor.push(function.processor_time()?.as_secs_f64());
            #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
            resident.push(function.resident()? as f64);
            function.stop().await?;
        }
    }
    let started = functions.iter().zip(measured).map(|((name, program, _), (processor, resident))| {
        let size = std::fs::metadata(program)?.len();
        Ok(ColdStart { name, processor: Figure::of(processor), resident: Figure::of(resident), size })
    });
    started.collect()
}
