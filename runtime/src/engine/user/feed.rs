//! Feeds of rows that bodies draw from: shared by all users, one row for each user, or at random.

use super::User;
use crate::failure::Failed;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Rows of data from any iterator, or from a CSV file with the feature `csv`.
///
/// A feed is made in `setup`, or in a `static` `LazyLock`. The body draws rows from it by the method that chooses them:
///
/// ```
/// use brunt::Feed;
///
/// async fn log_in(user: &brunt::User, accounts: &Feed<(String, String)>) -> brunt::Result {
///     let (name, password) = accounts.of(user)?; // this user's own, the same in each of its iterations
///     # let _ = (name, password);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Feed<T> {
    name: String,
    rows: Vec<T>,
    next: AtomicUsize,
    taken: AtomicUsize,
}

impl<T> Feed<T> {
    /// The kind of the failure when there is no row left.
    pub const DRY: &'static str = "feed";

    /// Creates a feed of all rows of an iterator. Messages refer to the feed by its name.
    pub fn new(name: impl Into<String>, rows: impl IntoIterator<Item = T>) -> Self {
        let rows = rows.into_iter().collect();
        Self { name: name.into(), rows, next: AtomicUsize::new(0), taken: AtomicUsize::new(0) }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the feed has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the next row, counted over all users; after the last row comes the first again.
    ///
    /// # Errors
    /// The feed has no rows.
    pub fn next(&self) -> Result<&T, Failed> {
        self.filled()?;
        Ok(&self.rows[self.next.fetch_add(1, Relaxed) % self.rows.len()])
    }

    /// Returns a row at random, by the test's seed.
    ///
    /// # Errors
    /// The feed has no rows.
    pub fn random(&self, user: &User) -> Result<&T, Failed> {
        self.filled()?;
        Ok(user.pick(&self.rows))
    }

    /// Takes a row that no other call gets.
    ///
    /// # Errors
    /// A failure of kind "feed" when all rows have been taken.
    pub fn take(&self) -> Result<&T, Failed> {
        let at = self.taken.fetch_add(1, Relaxed);
        self.rows.get(at).ok_or_else(|| self.dry("all of them have been taken, each once", "use `next`"))
    }

    /// Returns this user's own row: the same in each of its iterations, and no other user's.
    ///
    /// # Errors
    /// A failure of kind "feed" when there are fewer rows than users.
    pub fn of(&self, user: &User) -> Result<&T, Failed> {
        let row = usize::try_from(user.id()).ok().and_then(|id| self.rows.get(id));
        row.ok_or_else(|| {
            let wanted = format!("user {} has none of its own", user.id());
            self.dry(&wanted, "take fewer users or use `next`")
        })
    }

    fn filled(&self) -> Result<(), Failed> {
        if self.rows.is_empty() {
            Err(self.dry("there is nothing to draw", "look at where they come from"))
        } else {
            Ok(())
        }
    }

    fn dry(&self, why: &str, instead: &str) -> Failed {
        let (name, rows) = (&self.name, self.rows.len());
        let message = format_args!("the feed `{name}` has {rows} rows, and {why}: give it more, or {instead}");
        Failed::new(Self::DRY, message)
    }
}
