//! Random texts for passwords of clusters and names of folders.

use std::fs::File;
use std::io::{self, Read};

/// 128 random bits from the system as 32 hexadecimal digits. They need no quotes in URLs, configuration files and
/// statements.
pub(crate) fn random_secret() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_the_same() {
        let (one, other) = (random_secret().unwrap(), random_secret().unwrap());
        assert_ne!(one, other);
        assert!(one.len() == 32 && one.chars().all(|digit| digit.is_ascii_hexdigit()), "{one}");
    }
}
