//! Servers of other makers, started as whoever runs the tests, on addresses that were free.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// In which one must have started.
const PATIENCE: Duration = Duration::from_secs(120);

/// In which one that is asked to end must have ended.
const GRACE: Duration = Duration::from_secs(10);

/// Ends when it is dropped.
pub struct Daemon {
    child: Child,
    folder: TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Asked first: killed, some leave what a later one of another user stumbles over.
        let script = format!("kill -TERM {}", self.child.id());
        let _ = Command::new("sh").args(["-c", &script]).status();
        let deadline = Instant::now() + GRACE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program, also where ordinary users do not look for it.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path);
    let system = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    folders
        .chain(system)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Addresses that are free, for servers that cannot be told to choose.
pub fn free<const N: usize>() -> [SocketAddr; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

impl Daemon {
    /// Starts a program in a folder with these files, and waits until it listens at all
    /// of the addresses; else an error with what it said.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        files: &[(&str, String)],
        addresses: &[SocketAddr],
    ) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        open_to_all(folder.path());
        for (name, text) in files {
            // Configurations name files of the folder by whole paths.
            let here = folder.path().display().to_string();
            std::fs::write(folder.path().join(name), text.replace("{folder}", &here)).unwrap();
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let mut daemon = Self { child, folder };
        daemon.until_it_listens(addresses)?;
        Ok(daemon)
    }

    fn until_it_listens(&mut self, addresses: &[SocketAddr]) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        for address in addresses {
            while TcpStream::connect(address).is_err() {
                if let Ok(Some(status)) = self.child.try_wait() {
                    return Err(format!("it ended with {status}: {}", self.said()));
                }
                if Instant::now() > deadline {
                    return Err(format!("it does not listen: {}", self.said()));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        Ok(())
    }

    /// All that it logged.
    pub fn said(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name));
        ["log", "more.log", "cache.log"]
            .map(|name| read(name).unwrap_or_default())
            .concat()
    }
}

/// Some that are started by root become another user.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
}
