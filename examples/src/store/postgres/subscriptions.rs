//! Subscriptions in PostgreSQL.

use tokio_postgres::types::Type;

use super::connector::Connection;
use super::profiles;
use crate::error::Error;

pub(super) async fn insert(connection: &Connection, profile_id: i64, topic: &str) -> Result<(), Error> {
    connection
        .execute_typed(
            "INSERT INTO subscriptions (profile_id, topic) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            &[(&profile_id, Type::INT8), (&topic, Type::TEXT)],
        )
        .await
        .map_err(|error| profiles::unknown(error, profile_id))?;
    Ok(())
}

pub(super) async fn delete(connection: &Connection, profile_id: i64, topic: &str) -> Result<(), Error> {
    let removed = connection
        .execute_typed(
            "DELETE FROM subscriptions WHERE profile_id = $1 AND topic = $2",
            &[(&profile_id, Type::INT8), (&topic, Type::TEXT)],
        )
        .await?;
    if removed == 0 { Err(Error::not_found("subscription to", topic)) } else { Ok(()) }
}

pub(super) async fn of_profile(connection: &Connection, profile_id: i64) -> Result<Vec<String>, Error> {
    profiles::find(connection, profile_id).await?;
    let rows = connection
        .query_typed(
            "SELECT topic FROM subscriptions WHERE profile_id = $1 ORDER BY topic COLLATE \"C\"",
            &[(&profile_id, Type::INT8)],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) async fn popular(connection: &Connection, most: u32) -> Result<Vec<String>, Error> {
    let rows = connection
        .query_typed(
            "SELECT topic FROM subscriptions GROUP BY topic ORDER BY count(*) DESC, topic COLLATE \"C\" LIMIT $1",
            &[(&i64::from(most), Type::INT8)],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
