use indicatif::{ProgressBar, ProgressStyle};

/// How much of a file S3 has, on standard error; nothing where that is no terminal.
#[derive(Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    pub fn new(length: u64, done: u64) -> Self {
        // It draws on standard error, and hides itself where that is no terminal.
        let bar = ProgressBar::new(length);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left")
        {
            bar.set_style(style);
        }
        bar.set_position(done);
        bar.reset_eta();
        Self(bar)
    }

    /// A part that S3 has now.
    pub fn sent(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    #[cfg(test)]
    pub fn position(&self) -> u64 {
        self.0.position()
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
