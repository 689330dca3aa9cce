//! The command line: which commands there are, what they take and how their help reads.
//!
//! Parsing only. Wrong usage ends here with exit status 2; what a command does is elsewhere.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Domain;

/// Send invoices, be paid through Stripe, and have every payment proven.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "quittance", version, max_term_width = 100)]
#[command(after_help = "New here? This shows the whole product, with nothing to set up: quittance demo")]
pub struct Cli {
    /// Configuration file [default: $QUITTANCE_CONFIG, then ./config.toml if it exists, then built-in defaults]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the appliance: web pages, mail delivery and scheduled work
    ///
    /// SIGTERM and SIGINT finish the requests that are open, then end the program with exit status 0.
    Serve(Serve),
    /// Try the whole product with sample data, a stand-in for Stripe and a mailbox page
    ///
    /// Nothing leaves this machine and nothing is kept: the data folder is temporary. Prints the addresses to open.
    Demo(Demo),
    /// Check the configuration, one line a finding
    ///
    /// Ends with exit status 1 if anything fails.
    Check(Check),
    /// Look at the whole machine and the books: a line and a remedy for each thing that may be wrong
    ///
    /// Nothing is changed, and it ends within half a minute. Beside a running server, that server looks. Each line begins with
    /// ok, warn, fail or skip (not looked at, and why). Ends with exit status 1 if anything fails; a warning is no failure.
    Doctor(Doctor),
    /// Show the settings that are in force
    Config(Settings),
    /// Manage the people who may sign in to the admin page
    Owner(Owner),
    /// Manage the tokens that programs sign in with
    Token(Token),
    /// Compare the books with Stripe now, repair what was missed, and print the report
    Reconcile(Reconcile),
    /// Prove the stored data: journal chain, ledger sums, indexes
    ///
    /// Ends with exit status 1 and a list if anything is broken.
    Verify(Verify),
    /// Write a consistent copy of all data to a file, also while the server is running
    ///
    /// Without a file: what is done with the backups that are made by themselves. A file that is named like one of these
    /// commands is written as ./list. The file appears under its name only when it is whole. It may take the place of an earlier backup, and of nothing
    /// else. The file master.key of the data folder is not in it: with that key alone the Stripe key, webhook secret and
    /// mail password that were typed into the admin page can be read. Keep a copy of it, apart from the backups.
    Backup(Backup),
    /// Put a backup back into the data folder, never while a server is running on it
    ///
    /// The data folder must be empty or missing, unless --force is given. Put master.key back afterwards, or enter what
    /// was typed into the admin page as secrets again.
    Restore(Restore),
    /// Write everything you put in to files in open formats
    Export(Export),
    /// Say whether an upgrade can begin, or has come to its end
    ///
    /// Which version this command is of and which one the server runs, the format of the books and whether a start would change
    /// it, how old the last good backup is, and the command that installs another version here. Nothing is changed, and nothing
    /// is asked of the network: which version is the newest, this program does not know. Ends with exit status 0 if there is
    /// nothing to do, and with 1 if something is.
    Upgrade(Upgrade),
    /// Ask the running server whether it is ready: exit status 0 if it is, 1 if not
    ///
    /// For containers and monitors. It asks /readyz at the address that server.listen names, for five seconds at most.
    Healthcheck,
    /// Print what teaches a shell to complete commands and options
    ///
    /// For bash: quittance completions bash > ~/.local/share/bash-completion/completions/quittance
    Completions(Completions),
    /// Print the manual page, or write a page for every command
    ///
    /// To read it here: quittance man | man -l -
    Man(Man),
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// Public name that HTTPS is obtained for, renewed and served (sets server.domain)
    #[arg(long, value_name = "NAME")]
    pub domain: Option<Domain>,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Address and port to listen on, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Also try what it names: data folder, Stripe key and its permissions, mail server, public address
    #[arg(long)]
    pub online: bool,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Doctor {
    /// Print the lines as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its value; secrets are masked
    ///
    /// What was typed into the admin page is not among them: it is in the store.
    Show {
        /// Also say where each value comes from: file and line, environment, credential, or the built-in default
        #[arg(long)]
        origin: bool,
        /// Print the settings, with their origins, as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    #[command(subcommand)]
    pub command: OwnerCommand,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum OwnerCommand {
    /// Create an owner; the password is asked for, or read from standard input
    Add {
        /// Address to sign in with
        #[arg(long, value_name = "E")]
        email: String,
    },
    /// Let an owner who forgot the password choose another one: prints a one-time address, ends all sessions and the old password
    ResetAccess {
        /// Address that the owner signs in with
        #[arg(long, value_name = "E")]
        email: String,
    },
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Token {
    #[command(subcommand)]
    pub command: TokenCommand,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TokenCommand {
    /// Print a new API token; it is shown this once
    Create {
        /// What the token is for, to recognise it by later
        #[arg(long, value_name = "N")]
        name: String,
        /// What the token may do
        #[arg(long, value_enum, default_value_t = Scope::Write)]
        scope: Scope,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// Look at everything, change nothing
    Read,
    /// Look at and change everything
    Write,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Reconcile {
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Verify {
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Backup {
    #[command(subcommand)]
    pub command: Option<BackupCommand>,
    /// File to write, outside of the data folder: a new one, an earlier backup, or a link to either
    #[arg(required = true)]
    pub file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum BackupCommand {
    /// Make one in every configured place now, as each night does
    Now,
    /// List what is in every configured place
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Prove a backup by putting it back into a temporary file
    Verify {
        /// Name of a backup as listed, or a file; the latest one in the data folder if left out
        backup: Option<PathBuf>,
        /// File with the private key, as age-keygen writes it, for a backup that is encrypted
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
    /// Remove the backups that backup.keep does not keep
    Prune {
        /// Only say which
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// Backup to read: a file, or a name that quittance backup list shows
    pub file: PathBuf,
    /// Say what it is, prove it, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// File with the private key, as age-keygen writes it, for a backup that is encrypted
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// Restore although the data folder is not empty; its data is kept there as quittance.replaced-MILLISECONDS
    #[arg(long)]
    pub force: bool,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Format of the files
    #[arg(long, value_enum, default_value_t = ExportFormat::Json)]
    pub format: ExportFormat,
    /// Folder to write into, made if it is missing
    #[arg(long, value_name = "DIR", default_value = "quittance-export")]
    pub out: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One file a kind of record, complete and exact
    Json,
    /// One table a kind of record, for spreadsheets
    Csv,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// Only look, which is all that this command does: your package manager upgrades
    #[arg(long, required = true)]
    pub check: bool,
    /// Print the lines as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Completions {
    /// Shell to teach
    #[arg(value_enum)]
    pub shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Man {
    /// Existing folder to write a page for every command into, instead of printing the first one
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Reads the command line of this process.
///
/// # Errors
/// The line is not understood, or asks for help or the version: what is to be printed about it.
pub fn parse() -> Result<Cli, clap::Error> {
    Cli::try_parse()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it is surprised")]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command, Export, ExportFormat, OwnerCommand, Scope, TokenCommand};

    fn read(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_commands_agree_with_one_another() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_line_of_the_contract_is_understood() {
        for line in [
            "quittance serve",
            "quittance serve --domain billing.example.com",
            "quittance demo",
            "quittance demo --listen 127.0.0.1:0",
            "quittance check",
            "quittance check --online",
            "quittance doctor",
            "quittance doctor --json",
            "quittance config show",
            "quittance config show --origin",
            "quittance config show --json",
            "quittance owner add --email jane@example.com",
            "quittance owner reset-access --email jane@example.com",
            "quittance token create --name till",
            "quittance token create --name till --scope read",
            "quittance reconcile",
            "quittance reconcile --json",
            "quittance verify",
            "quittance verify --json",
            "quittance backup copy.bin",
            "quittance backup ./list",
            "quittance backup now",
            "quittance backup list",
            "quittance backup list --json",
            "quittance backup verify",
            "quittance backup verify copy.bin",
            "quittance backup verify copy.bin --identity key.txt",
            "quittance backup prune",
            "quittance backup prune --dry-run",
            "quittance restore copy.bin --dry-run",
            "quittance restore copy.bin --identity key.txt",
            "quittance restore copy.bin",
            "quittance restore copy.bin --force",
            "quittance export",
            "quittance export --format csv --out books",
            "quittance upgrade --check",
            "quittance upgrade --check --json",
            "quittance healthcheck",
            "quittance completions bash",
            "quittance completions zsh",
            "quittance completions fish",
            "quittance man",
            "quittance man --out pages",
        ] {
            assert!(read(line).is_ok(), "{line}");
            assert!(read(&format!("{line} --config a.toml")).is_ok_and(|cli| cli.config.is_some()), "{line}");
            let before = line.replacen("quittance", "quittance --config a.toml", 1);
            assert_eq!(read(&before).unwrap().config.as_deref(), Some("a.toml".as_ref()), "{before}");
        }
    }

    #[test]
    fn what_is_left_out_has_the_promised_default() {
        let Command::Token(token) = read("quittance token create --name till").unwrap().command else { panic!() };
        let TokenCommand::Create { name, scope } = token.command;
        assert_eq!((name.as_str(), scope), ("till", Scope::Write));
        let Command::Owner(owner) = read("quittance owner add --email j@example.com").unwrap().command else {
            panic!()
        };
        assert_eq!(owner.command, OwnerCommand::Add { email: "j@example.com".to_owned() });
        assert_eq!(
            read("quittance export").unwrap().command,
            Command::Export(Export { format: ExportFormat::Json, out: "quittance-export".into() })
        );
    }

    #[test]
    fn wrong_usage_has_exit_status_2() {
        for line in [
            "quittance",
            "quittance pay",
            "quittance serve --listen 127.0.0.1:1",
            "quittance serve --domain https://a.example",
            "quittance demo --listen 8080",
            "quittance doctor all",
            "quittance config",
            "quittance owner",
            "quittance owner add",
            "quittance token create",
            "quittance token create --name a --scope admin",
            "quittance backup",
            "quittance backup a b",
            "quittance backup now a",
            "quittance backup a --json",
            "quittance restore --force",
            "quittance export --format xlsx",
            "quittance check --config",
            "quittance upgrade",
            "quittance upgrade --json",
            "quittance completions",
            "quittance completions tcsh",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn help_and_version_are_no_errors() {
        let commands = Cli::command();
        let names = commands.get_subcommands().map(clap::Command::get_name);
        let mut lines: Vec<String> = names.map(|name| format!("quittance {name} --help")).collect();
        lines.extend(["quittance --help", "quittance --version", "quittance owner add --help"].map(str::to_owned));
        for line in lines {
            assert_eq!(read(&line).unwrap_err().exit_code(), 0, "{line}");
        }
    }

    #[test]
    fn every_option_explains_itself() {
        let mut waiting = vec![Cli::command()];
        while let Some(command) = waiting.pop() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            waiting.extend(command.get_subcommands().cloned());
        }
    }
}
