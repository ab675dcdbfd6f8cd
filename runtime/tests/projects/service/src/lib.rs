//! A service, and a load test among its unit tests.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

/// What the service does.
pub fn answer() -> u64 {
    42
}

#[cfg(test)]
mod tests {
    use brunt::prelude::*;

    #[brunt::load_test(users = 2, iterations = 10)]
    #[target(success_rate = "100%")]
    fn holds_in_the_crate(user: &User) -> brunt::Result {
        let answer = user.step_blocking("answer", || Ok::<_, std::io::Error>(crate::answer()))?;
        user.check("is right", answer == 42);
        Ok(())
    }
}
