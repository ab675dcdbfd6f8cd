//! Subscriptions in SQLite.

use rusqlite::{Connection, params};

use super::profiles;
use crate::error::Error;

pub(super) fn insert(connection: &Connection, profile_id: i64, topic: &str) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT INTO subscriptions (profile_id, topic) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![profile_id, topic])
        .map_err(|error| profiles::unknown(error, profile_id))?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, profile_id: i64, topic: &str) -> Result<(), Error> {
    let removed = connection
        .prepare_cached("DELETE FROM subscriptions WHERE profile_id = ?1 AND topic = ?2")?
        .execute(params![profile_id, topic])?;
    if removed == 0 {
        return Err(Error::not_found("subscription to", topic));
    }
    Ok(())
}

pub(super) fn of_profile(connection: &Connection, profile_id: i64) -> Result<Vec<String>, Error> {
    profiles::find(connection, profile_id)?;
    let mut statement =
        connection.prepare_cached("SELECT topic FROM subscriptions WHERE profile_id = ?1 ORDER BY topic")?;
    let topics = statement.query_map([profile_id], |row| row.get(0))?;
    Ok(topics.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn popular(connection: &Connection, most: u32) -> Result<Vec<String>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT topic FROM subscriptions GROUP BY topic ORDER BY count(*) DESC, topic LIMIT ?1")?;
    let topics = statement.query_map([most], |row| row.get(0))?;
    Ok(topics.collect::<rusqlite::Result<_>>()?)
}
