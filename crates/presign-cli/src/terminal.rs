use std::env;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::arguments::Color;

/// How what is printed looks: with colours or without.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    colored: bool,
    /// In columns.
    pub width: usize,
}

impl Look {
    /// For what goes to standard output.
    pub fn of_stdout(color: Color) -> Self {
        let terminal = io::stdout().is_terminal();
        let quiet = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colored = match color {
            Color::Auto => terminal && !quiet,
            Color::Always => true,
            Color::Never => false,
        };
        let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        Self { colored, width: columns.unwrap_or(100_usize).clamp(40, 120) }
    }

    #[cfg(test)]
    pub fn plain(width: usize) -> Self {
        Self { colored: false, width }
    }

    pub fn bold(self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.styled(Style::new().dimmed(), text)
    }

    pub fn in_color(self, color: AnsiColor, text: &str) -> String {
        self.styled(Style::new().bold().fg_color(Some(color.into())), text)
    }

    fn styled(self, style: Style, text: &str) -> String {
        if self.colored { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Writes to standard output. A pipe that was closed is no error: who closed it has read enough.
pub fn print(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Writes to standard error what is not the output itself.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "presign: {text}");
}

/// Writes an error to standard error; there is no one to tell if that fails.
pub fn complain(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "presign: {error:#}");
}
