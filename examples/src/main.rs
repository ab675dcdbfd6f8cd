//! Runs the service until Ctrl-C: `workflow-service [ADDRESS] [DATABASE] [PARTNER]`. The database is a file, or the URL
//! of PostgreSQL servers; the partner is the URL of another such service.

use std::error::Error;
use std::sync::Arc;

use workflow_service::store::postgres::{Postgres, Settings};
use workflow_service::{Partner, Server, Sqlite, Store};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let database = arguments.next().unwrap_or_else(|| "workflow-service.db".to_owned());
    let partner = arguments.next().map(|base| Partner::new(&base));
    if let Some(extra) = arguments.next() {
        return Err(
            format!("unexpected argument {extra:?}; usage: workflow-service [ADDRESS] [DATABASE] [PARTNER]").into()
        );
    }
    let server = Server::start(&address, open(&database).await?, partner).await?;
    println!("listening on http://{}, database {database}", server.address());
    tokio::signal::ctrl_c().await?;
    server.stop().await?;
    Ok(())
}

async fn open(database: &str) -> Result<Store, workflow_service::Error> {
    if ["postgres://", "postgresql://"].iter().any(|scheme| database.starts_with(scheme)) {
        return Ok(Arc::new(Postgres::connect(database, Settings::default()).await?));
    }
    Ok(Arc::new(Sqlite::open(database)?))
}
