//! How this program came here, by where it lies, and so how a newer one is put in its place.

use std::env::consts::ARCH;
use std::fs;
use std::path::Path;

/// What the kernel says behind the name of a program that was replaced while it runs.
const REPLACED: &str = " (deleted)";

/// The program that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it lies, or lay.
    pub path: String,
    /// Whether another one was put there since it was started.
    pub is_replaced: bool,
    pub package: Package,
}

/// What it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    Image,
    Debian,
    Rpm,
    Archive,
    None,
}

impl Program {
    #[must_use]
    pub fn of_this_process() -> Self {
        Self::in_root(Path::new("/"))
    }

    /// `root` is where paths of the machine begin.
    pub(super) fn in_root(root: &Path) -> Self {
        let shown = fs::read_link(root.join("proc/self/exe")).unwrap_or_default();
        let shown = shown.to_string_lossy();
        let (path, is_replaced) = shown.strip_suffix(REPLACED).map_or((&*shown, false), |was| (was, true));
        Self { path: path.to_owned(), is_replaced, package: Package::of(root, path) }
    }
}

impl Package {
    fn of(root: &Path, program: &str) -> Self {
        let is_there = |path: &str| root.join(path).exists();
        match program {
            "/quittance" => Self::Image,
            "/usr/bin/quittance" if is_there("var/lib/dpkg/info/quittance.list") => Self::Debian,
            "/usr/bin/quittance" if is_there("usr/lib/sysimage/rpm") || is_there("var/lib/rpm") => Self::Rpm,
            "/usr/local/bin/quittance" => Self::Archive,
            _ => Self::None,
        }
    }

    /// Behind a version.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Image => "from a container image",
            Self::Debian => "from the Debian package",
            Self::Rpm => "from the RPM package",
            Self::Archive => "from the archive",
            Self::None => "from no package",
        }
    }

    /// What installs another version of it, once that was downloaded into the present folder; `VERSION` is that one's.
    #[must_use]
    pub fn install(self) -> String {
        let other = match ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            arch => arch,
        };
        match self {
            Self::Image => format!(
                "docker load -i quittance-VERSION-oci-{other}.tar, then run quittance:VERSION with the same volume and \
                 ports in the place of this container"
            ),
            Self::Debian => format!("sudo apt install ./quittance_VERSION_{other}.deb"),
            Self::Rpm => format!("sudo dnf install ./quittance-VERSION-1.{ARCH}.rpm"),
            Self::Archive => format!(
                "sudo tar -xzf quittance-VERSION-{ARCH}-*.tar.gz -C /usr/local --strip-components=1 && {}",
                self.restart()
            ),
            Self::None => "put the other program in the place of this one, and start it again".to_owned(),
        }
    }

    /// What has the server run the program that lies there now.
    #[must_use]
    pub fn restart(self) -> &'static str {
        match self {
            Self::Image => "docker restart CONTAINER",
            Self::Debian | Self::Rpm | Self::Archive => "sudo systemctl restart quittance",
            Self::None => "end it, and start it again",
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::fs;

    use super::Package;

    #[test]
    fn the_package_is_known_by_where_the_program_lies() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Package::of(root.path(), "/usr/bin/quittance"), Package::None);
        fs::create_dir_all(root.path().join("usr/lib/sysimage/rpm")).unwrap();
        assert_eq!(Package::of(root.path(), "/usr/bin/quittance"), Package::Rpm);
        fs::create_dir_all(root.path().join("var/lib/dpkg/info/quittance.list")).unwrap();
        for (program, expected) in [
            ("/usr/bin/quittance", Package::Debian),
            ("/usr/local/bin/quittance", Package::Archive),
            ("/quittance", Package::Image),
            ("/home/jane/target/release/quittance", Package::None),
        ] {
            assert_eq!(Package::of(root.path(), program), expected, "{program}");
        }
    }

    #[test]
    fn each_is_installed_in_its_own_way() {
        for (package, beginning) in [
            (Package::Image, "docker load -i quittance-VERSION-oci-"),
            (Package::Debian, "sudo apt install ./quittance_VERSION_"),
            (Package::Rpm, "sudo dnf install ./quittance-VERSION-1."),
            (Package::Archive, "sudo tar -xzf quittance-VERSION-"),
            (Package::None, "put the other program"),
        ] {
            assert!(package.install().starts_with(beginning), "{}", package.install());
        }
    }
}
