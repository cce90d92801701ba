use clap::CommandFactory;

use crate::arguments::{Arguments, Completions};
use crate::outcome::Outcome;
use crate::terminal;

/// `presign completions SHELL`
pub fn completions(completions: &Completions) -> anyhow::Result<Outcome> {
    let mut text = Vec::new();
    clap_complete::generate(completions.shell, &mut Arguments::command(), "presign", &mut text);
    terminal::print(&text)?;
    Ok(Outcome::Fine)
}

/// `presign man`: one page with all commands.
pub fn man() -> anyhow::Result<Outcome> {
    let mut command = Arguments::command();
    // Gives the subcommands their whole names.
    command.build();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for subcommand in command.get_subcommands() {
        let page = clap_mangen::Man::new(subcommand.clone());
        page.render_name_section(&mut text)?;
        page.render_synopsis_section(&mut text)?;
        page.render_description_section(&mut text)?;
        page.render_options_section(&mut text)?;
    }
    terminal::print(&text)?;
    Ok(Outcome::Fine)
}
