//! What nobody can guess: the passwords of a cluster and the names of its folders.

use std::fs::File;
use std::io::{self, Read};

/// 128 random bits of the system's, as 32 hexadecimal digits: text that no URL, file or statement has to quote.
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
