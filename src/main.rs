//! The executable: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    quittance::process::keep_to_itself();
    quittance::commands::main()
}
