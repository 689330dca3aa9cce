//! The real program, as somebody at a terminal or a service manager runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::PATIENCE;

/// A folder with a data folder in it, and the program run in it.
pub struct Bench {
    folder: tempfile::TempDir,
    pub data: PathBuf,
}

/// How a command ended and what it said.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What it printed, if it did what it was to do.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// What it said to standard error, if it failed with `code` and one line.
    #[track_caller]
    pub fn bad(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert_eq!(self.err.trim_end().lines().count(), 1, "one sentence: {}", self.err);
        self.err.trim_end().to_owned()
    }
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Self { folder, data }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with nothing around it but where to listen and where the data is.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("QUITTANCE_DATA_DIR", &self.data).env("QUITTANCE_SERVER__LISTEN", "127.0.0.1:0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    /// With something on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A command that wants no input may have ended already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        said(child.wait_with_output().unwrap())
    }

    /// Runs a command with the environment of a running server, whatever comes of it; what it printed.
    pub fn run_like(&self, arguments: &[&str], server: &Serving) -> String {
        let mut command = self.command(arguments);
        command.envs(server.environment.iter().cloned());
        said(command.output().unwrap()).out
    }

    /// The same under limits that the shell sets first.
    pub fn run_limited(&self, limits: &str, arguments: &[&str]) -> Said {
        let plain = self.command(arguments);
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{limits}; exec \"$0\" \"$@\"")).arg(plain.get_program()).args(plain.get_args());
        command.current_dir(self.folder.path()).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        said(command.stdin(Stdio::null()).output().unwrap())
    }

    /// Starts the server and waits until it listens.
    pub fn serve(&self) -> Serving {
        self.serve_with(|_| ())
    }

    /// As [`Bench::serve_with`], at a Unix socket.
    pub fn serve_socket(&self, add: impl FnOnce(&mut Command)) -> Serving {
        self.serve_until("listening socket=", add)
    }

    /// As [`Bench::serve`], with something added to the environment.
    pub fn serve_with(&self, add: impl FnOnce(&mut Command)) -> Serving {
        self.serve_until(ADDRESS, add)
    }

    /// As [`Bench::serve_with`], with a log of this format.
    pub fn serve_logging(&self, format: &str, add: impl FnOnce(&mut Command)) -> Serving {
        let listening = if format == "json" { "\"listening\",\"address\":\"" } else { "listening address=" };
        self.serve_until(listening, |command| {
            command.env("QUITTANCE_LOG__FORMAT", format);
            add(command);
        })
    }

    fn serve_until(&self, listening: &str, add: impl FnOnce(&mut Command)) -> Serving {
        let mut command = self.command(&["serve"]);
        add(&mut command);
        started(command, listening)
    }

    /// As [`Bench::serve_with`], by a shell that is told something first.
    pub fn serve_by(&self, first: &str, add: impl FnOnce(&mut Command)) -> Serving {
        let mut plain = self.command(&["serve"]);
        add(&mut plain);
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\"")).arg(plain.get_program()).args(plain.get_args());
        command.current_dir(self.folder.path()).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        started(command, ADDRESS)
    }
}

/// What a server says before the address that it listens at.
pub const ADDRESS: &str = "listening address=";

/// Starts this program and waits until it says `listening`, and where.
pub fn started(mut command: Command, listening: &str) -> Serving {
    let named = command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let environment = named.collect();
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let address = loop {
        let mut line = String::new();
        assert!(log.read_line(&mut line).unwrap() > 0, "the server ended: {said}");
        said.push_str(&line);
        if let Some((_, rest)) = line.split_once(listening) {
            break rest.split([' ', '"']).next().unwrap().trim_end().to_owned();
        }
    };
    Serving { child, address, environment, said, log }
}

pub fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A running server, killed if a test forgets it.
pub struct Serving {
    child: Child,
    pub address: String,
    /// What it was started with: nobody may look into its own.
    environment: Vec<(OsString, OsString)>,
    /// What it logged until it listened.
    pub said: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Serving {
    /// Of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Ends it; what it printed, and all that it logged.
    pub fn stop(self) -> (String, String) {
        self.signal("TERM");
        let said = self.said.clone();
        let (_, out, log) = self.end();
        (out, format!("{said}{log}"))
    }

    /// Waits for the end; what it printed, and what it logged since it listened.
    pub fn end(mut self) -> (ExitStatus, String, String) {
        let status = wait(&mut self.child);
        let (mut out, mut log) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.log.read_to_string(&mut log).unwrap();
        (status, out, log)
    }

    /// Waits until it logs a line with these words; the line.
    pub fn heard(&mut self, words: &str) -> String {
        let find = |said: &str| said.lines().find(|line| line.contains(words)).map(str::to_owned);
        loop {
            if let Some(line) = find(&self.said) {
                return line;
            }
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "it ended without '{words}': {}", self.said);
            self.said.push_str(&line);
        }
    }

    /// Waits until it prints a line with these words; the line. What was printed is not printed again at the end.
    pub fn printed(&mut self, words: &str) -> String {
        let out = self.child.stdout.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        loop {
            assert!(out.read(&mut byte).unwrap() == 1, "it ended without '{words}'");
            if byte != *b"\n" {
                line.push(byte[0]);
                continue;
            }
            let whole = String::from_utf8(std::mem::take(&mut line)).unwrap();
            if whole.contains(words) {
                return whole;
            }
        }
    }

    /// The status of an answer, and all of it.
    pub fn get(&self, path: &str) -> (u16, String) {
        get(&self.address, path)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(child: &Child, name: &str) {
    let done = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", child.id())).status().unwrap();
    assert!(done.success());
}

pub fn wait(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begin.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// The permission bits of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
