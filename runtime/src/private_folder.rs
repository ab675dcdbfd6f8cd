//! The private folder of a user for files that processes share: locks, templates, data of fixtures. Other users can
//! neither write nor read in it, so that its contents can be trusted.

use crate::regular_file;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The private folder of the user: `brunt` in `XDG_RUNTIME_DIR`, else `brunt-<uid>` in the folder of temporary files,
/// else `.cache/brunt` in the user's home: the first one that can be made and is accessible to the user alone. The
/// second one needs this check, since another user may have made a folder of this name.
///
/// # Errors
/// None of them can be made or is private.
pub(crate) fn of_user() -> io::Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let runtime = set("XDG_RUNTIME_DIR").filter(|dir| dir.is_absolute() && is_private(dir).is_ok());
    let home = set("HOME").filter(|dir| dir.is_absolute());
    first_of([
        runtime.map(|dir| dir.join("brunt")),
        Some(std::env::temp_dir().join(own_name())),
        home.map(|dir| dir.join(".cache").join("brunt")),
    ])
}

#[cfg(unix)]
fn own_name() -> String {
    format!("brunt-{}", rustix::process::geteuid().as_raw())
}

/// The folder of temporary files belongs to the user here.
#[cfg(not(unix))]
fn own_name() -> String {
    "brunt".to_owned()
}

fn first_of<const N: usize>(candidates: [Option<PathBuf>; N]) -> io::Result<PathBuf> {
    let mut trouble = None;
    for path in candidates.into_iter().flatten() {
        match make_private(&path) {
            Ok(()) => return Ok(path),
            Err(cause) => _ = trouble.get_or_insert(cause),
        }
    }
    Err(trouble.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no folder of the user's own")))
}

/// Makes the folder; if it exists, checks that it is accessible to the user alone.
fn make_private(path: &Path) -> io::Result<()> {
    match create_folder(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => is_private(path),
    }
}

#[cfg(unix)]
fn create_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// Checks that a path is a folder, not a link, that is accessible to the user alone.
#[cfg(unix)]
fn is_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(path)?;
    let ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0;
    let message = || {
        let path = path.display();
        format!("{path} is no folder of this user's alone: remove it, or `chmod 700` it where it is yours")
    };
    if ours { Ok(()) } else { Err(io::Error::new(io::ErrorKind::PermissionDenied, message())) }
}

#[cfg(not(unix))]
fn is_private(path: &Path) -> io::Result<()> {
    if path.is_dir() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::NotADirectory, "no folder")) }
}

/// Opens a regular file with the options; a new one is accessible to the user alone. Links and pipes are refused.
///
/// # Errors
/// The file cannot be opened, or is no regular file.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    regular_file::open(options, path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    #[test]
    fn it_is_the_users_alone_and_the_same_the_next_time() {
        let folder = of_user().unwrap();
        assert_eq!(fs::symlink_metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(of_user().unwrap(), folder);
    }

    #[test]
    fn what_others_can_write_to_or_have_planted_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir(at("open")).unwrap();
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o770)).unwrap();
        fs::create_dir(at("target")).unwrap();
        fs::set_permissions(at("target"), fs::Permissions::from_mode(0o700)).unwrap();
        symlink(at("target"), at("link")).unwrap();
        fs::write(at("file"), "").unwrap();
        for planted in ["open", "link", "file"] {
            assert_eq!(first_of([Some(at(planted)), None, Some(at("ours"))]).unwrap(), at("ours"));
            let error = first_of([Some(at(planted))]).unwrap_err().to_string();
            assert!(error.contains("is no folder of this user's alone"), "{error}");
        }
        if rustix::process::geteuid().is_root() {
            fs::create_dir(at("other")).unwrap();
            fs::set_permissions(at("other"), fs::Permissions::from_mode(0o700)).unwrap();
            std::os::unix::fs::chown(at("other"), Some(12_345), None).unwrap();
            assert!(first_of([Some(at("other"))]).is_err(), "another user's");
        }
    }

    #[test]
    fn a_pipe_is_not_waited_for_and_a_link_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let (pipe, link) = (root.path().join("pipe"), root.path().join("link"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        symlink(root.path().join("victim"), &link).unwrap();
        for path in [&pipe, &link] {
            assert!(open(OpenOptions::new().read(true), path).is_err());
            assert!(open(OpenOptions::new().create(true).append(true), path).is_err());
        }
        assert!(!root.path().join("victim").exists());
        let file = open(OpenOptions::new().create(true).append(true), &root.path().join("file")).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    }
}
