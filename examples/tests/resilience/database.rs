//! A database that refuses single statements: what a full disk, a trigger of somebody else's or a policy does. It
//! breaks nothing else.

use std::net::SocketAddr;

use brunt::fault::{Error, Heal, Healing};
use brunt::postgres::Cluster;

/// The artifacts of a stage cannot be stored, or not be deleted, until it is healed.
pub(crate) struct Refusal {
    what: String,
    healing: String,
    primary: SocketAddr,
    password: String,
}

/// What is refused.
#[derive(Clone, Copy)]
pub(crate) enum Refused {
    Insert,
    Delete,
}

pub(crate) async fn refuse(cluster: &Cluster, refused: Refused, stage: &str) -> Result<Refusal, Error> {
    let (event, row) = match refused {
        Refused::Insert => ("INSERT", "NEW"),
        Refused::Delete => ("DELETE", "OLD"),
    };
    let name = format!("refuse_{event}_{stage}").to_lowercase();
    let trigger = format!(
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION '% of artifacts of {stage} is refused', TG_OP; END $$;
         CREATE TRIGGER {name} BEFORE {event} ON artifacts FOR EACH ROW WHEN ({row}.stage = '{stage}')
             EXECUTE FUNCTION {name}();"
    );
    cluster.primary().sql(&trigger).await?;
    Ok(Refusal {
        what: format!("refuse {event} of artifacts of {stage}"),
        healing: format!("DROP FUNCTION {name}() CASCADE"),
        primary: cluster.primary().direct_address(),
        password: cluster.password().to_owned(),
    })
}

impl Heal for Refusal {
    fn what(&self) -> String {
        self.what.clone()
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move {
            let failed = |cause: tokio_postgres::Error| Error::Server {
                name: "postgres primary".to_owned(),
                doing: self.healing.clone(),
                cause: cause.into(),
            };
            let mut server = tokio_postgres::Config::new();
            server.host(self.primary.ip().to_string()).port(self.primary.port()).user("postgres").dbname("postgres");
            server.password(&self.password);
            let (client, connection) = server.connect(tokio_postgres::NoTls).await.map_err(failed)?;
            tokio::spawn(connection);
            client.batch_execute(&self.healing).await.map_err(failed)
        })
    }
}
