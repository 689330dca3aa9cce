//! Where the socket is, also in a folder whose name is too long for one.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use crate::store::SOCKET_NAME as NAME;

/// unix(7): a socket's address holds 108 bytes, its end included.
const PATH_BYTES_MAX: usize = 107;

/// The socket's address, and what must stay open while it is used.
pub(super) struct Place {
    pub path: PathBuf,
    _folder: Option<File>,
}

impl Place {
    /// A long folder is named through this process's own descriptor of it.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let path = folder.join(NAME);
        if path.as_os_str().len() <= PATH_BYTES_MAX {
            return Ok(Self { path, _folder: None });
        }
        let folder = File::open(folder)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{NAME}", folder.as_raw_fd()));
        Ok(Self { path, _folder: Some(folder) })
    }
}
