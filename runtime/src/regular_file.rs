//! Opening regular files in folders where other users can put something in their place. A link is not followed, and a
//! pipe, which would block for ever, is refused.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Opens a regular file with the options.
///
/// # Errors
/// The file cannot be opened, or is no regular file.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    let no_file = || {
        let message = format!("{} is no file: remove what stands in its place", path.display());
        io::Error::new(io::ErrorKind::InvalidInput, message)
    };
    let is_other = |found: std::fs::Metadata| !found.is_file();
    match options.open(path) {
        Ok(file) if file.metadata()?.is_file() => Ok(file),
        // The system's error for a link, or for a pipe without a reader, does not say what to do.
        Err(_) if path.symlink_metadata().is_ok_and(is_other) => Err(no_file()),
        Ok(_) => Err(no_file()),
        Err(cause) => Err(cause),
    }
}

/// Reads a whole regular file.
///
/// # Errors
/// The file cannot be read, or is no regular file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    open(OpenOptions::new().read(true), path)?.read_to_end(&mut contents)?;
    Ok(contents)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_pipe_is_not_waited_for_and_a_link_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        fs::write(at("victim"), "precious").unwrap();
        symlink(at("victim"), at("link")).unwrap();
        symlink(at("made"), at("dangling")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        for name in ["pipe", "link", "dangling", "folder"] {
            let mut write = OpenOptions::new();
            let written = open(write.create(true).truncate(true).write(true), &at(name)).unwrap_err().to_string();
            let read = read(&at(name)).unwrap_err().to_string();
            for said in [written, read] {
                assert!(said.ends_with("is no file: remove what stands in its place"), "{name}: {said}");
            }
        }
        assert_eq!(fs::read_to_string(at("victim")).unwrap(), "precious");
        assert!(!at("made").exists());
        assert_eq!(read(&at("victim")).unwrap(), b"precious");
        assert_eq!(read(&at("missing")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
