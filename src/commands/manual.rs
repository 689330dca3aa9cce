//! `quittance completions` and `quittance man`: what the command line knows of itself, for shells and for readers.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::{Generator, shells};

use super::{CommandError, Verdict};
use crate::cli::{Cli, Shell};
use crate::say::print;

const NAME: &str = "quittance";

pub(super) fn complete(shell: Shell) -> Verdict {
    let script = match shell {
        Shell::Bash => script(shells::Bash),
        Shell::Zsh => script(shells::Zsh),
        Shell::Fish => script(shells::Fish),
    };
    print(&script);
    Verdict::Good
}

fn script(shell: impl Generator) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    script
}

/// The page of the program itself to standard output, or the pages of all commands into a folder.
pub(super) fn pages(folder: Option<&Path>) -> Result<Verdict, CommandError> {
    let Some(folder) = folder else {
        print(&page(Cli::command()).map_err(|source| CommandError::write(Path::new("the page"), source))?);
        return Ok(Verdict::Good);
    };
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    write(&program, folder)?;
    Ok(Verdict::Good)
}

fn write(command: &clap::Command, folder: &Path) -> Result<(), CommandError> {
    let name = command.get_display_name().unwrap_or(NAME);
    let path = folder.join(format!("{name}.1"));
    let written = page(command.clone()).and_then(|page| fs::write(&path, page));
    written.map_err(|source| CommandError::write(&path, source))?;
    command.get_subcommands().try_for_each(|command| write(command, folder))
}

fn page(command: clap::Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).manual("Quittance").render(&mut page)?;
    Ok(page)
}
