//! The fuzz targets on every test run: the seeds of `fuzz/seeds`, and some thousands of inputs that are made from them,
//! always the same. A fuzzer that learns from the code finds more; this sees that the targets are there and hold.

#[path = "../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use targets::{ALL, Target};

/// Inputs for each target, on a machine that is fast enough.
const ROUNDS: u64 = 3_000;
/// All targets together take no longer on a slower one.
const PATIENCE: Duration = Duration::from_secs(5);
/// Beyond this an input only takes longer.
const BYTES_MAX: usize = 16 << 10;
/// What breaks readers more often than chance would write it.
const TOKENS: [&str; 24] = [
    "\0",
    "\r\n",
    "\r\n\r\n",
    "\"",
    "'",
    "=",
    "&",
    "%",
    "%00",
    "%ff",
    ",",
    ";",
    ":",
    "{",
    "}",
    "[[",
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "\u{feff}",
    "\u{2028}",
    "ä",
    "t=1,v1=",
];

/// Numbers that look random and are always the same (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`; nothing for nothing.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from(self.next() % end).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The names of what is in a folder, without their endings, sorted.
fn names(folder: &Path) -> Vec<String> {
    let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| stem(entry.unwrap().path())).collect();
    names.sort();
    names
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder().join("seeds").join(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A seed with a few things done to it, or what came of it before with some more.
fn mutated(chance: &mut Chance, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = chance.one(seeds).clone();
    for _ in 0..=chance.below(4) {
        let at = chance.below(input.len() + 1);
        match chance.below(7) {
            0 if at < input.len() => input[at] ^= 1 << chance.below(8),
            1 if at < input.len() => input[at] = u8::try_from(chance.below(256)).unwrap(),
            2 => drop(input.drain(at..at + chance.below(input.len() - at + 1))),
            3 => {
                let token = *chance.one(&TOKENS);
                input.splice(at..at, token.bytes());
            }
            4 => {
                let end = at + chance.below(input.len() - at + 1);
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece);
            }
            5 => {
                let other = chance.one(seeds);
                input.truncate(at);
                input.extend_from_slice(&other[chance.below(other.len() + 1)..]);
            }
            _ => input.truncate(at),
        }
    }
    input.truncate(BYTES_MAX);
    input
}

/// How many inputs there was time for.
fn run((name, target): Target, until: Instant) -> u64 {
    let seeds = seeds(name);
    assert!(!seeds.is_empty(), "{name} has no seeds");
    let mut chance = Chance(1);
    for round in 0..ROUNDS {
        let place = usize::try_from(round).unwrap();
        let input = seeds.get(place).cloned().unwrap_or_else(|| mutated(&mut chance, &seeds));
        let stands = catch_unwind(AssertUnwindSafe(|| target(&input))).is_ok();
        assert!(stands, "{name} fell over input {round}: \"{}\"", input.escape_ascii());
        // The seeds are tried on the slowest machine, too.
        if place >= seeds.len() && Instant::now() > until {
            return round;
        }
    }
    ROUNDS
}

#[test]
fn what_strangers_send_breaks_no_reader() {
    let (begin, count) = (Instant::now(), u32::try_from(ALL.len()).unwrap());
    for (place, target) in (1..).zip(ALL) {
        let tried = run(target, begin + PATIENCE * place / count);
        assert!(tried > 0, "{} was not tried", target.0);
    }
}

#[test]
fn every_target_is_one_of_the_fuzzer_and_has_seeds() {
    let mut expected: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names(&folder().join("fuzz_targets")), expected);
    assert_eq!(names(&folder().join("seeds")), expected);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in expected {
        let own = fs::read_to_string(folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(own.contains(&format!("quittance_fuzz::targets::{name}(data)")), "{own}");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}

#[test]
fn a_target_that_falls_over_is_noticed_with_its_input() {
    fn falls(data: &[u8]) {
        assert!(!data.starts_with(b"1,234.5"), "as it was meant to");
    }
    let fell = catch_unwind(|| run(("money", falls), Instant::now() + PATIENCE)).unwrap_err();
    let words = fell.downcast_ref::<String>().unwrap();
    assert!(words.starts_with("money fell over input ") && words.contains("1,234.5"), "{words}");
}
