//! `Server`: the trait of a kind of server of which clusters can be started.

use super::cluster_options::Options;
use super::nodes::NodeConfig;
use super::programs::Programs;
use super::run_as::RunAs;
use crate::fault::{Error, Launch};
use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A kind of server: how its programs are found, how a node is configured, started and promoted, and how replication is
/// awaited. [`Cluster`](super::Cluster) has the rest: processes, ports, proxies, folders, passwords, and which node is
/// the primary.
///
/// A value of the type holds the options that only this kind has. A new kind takes a folder and two lines: its `pub
/// mod` in `lib.rs`, under a feature that sets `cluster`, and its name in `servers.rs`. The folder of a server called
/// Shelf would have:
/// ```ignore
/// /// Shelf. Its own options stand in it, and `Default` is what they are by default.
/// #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
/// pub struct Shelf {
///     durable: bool,
/// }
///
/// pub type Cluster = crate::cluster::Cluster<Shelf>;
/// pub type Node<'c> = crate::cluster::Node<'c, Shelf>;
/// pub type Options = crate::cluster::Options<Shelf>;
///
/// impl Options {
///     /// Whether a write waits for the disk.
///     pub fn durable(mut self, durable: bool) -> Self {
///         self.server.durable = durable;
///         self
///     }
/// }
///
/// impl Server for Shelf {
///     const NAME: &'static str = "shelf";
///     const PROGRAMS: Programs = Programs { names: &["shelfd"], folders: &["/usr/sbin"], install: "apt-get install shelf" };
///     const RUN_AS: &'static str = "shelf";
///
///     fn launch(options: &Options, installed: &Installed, node: &NodeConfig) -> io::Result<Launch> {
///         let file = node.data.join("shelf.conf");
///         installed.run_as.write(&file, &configuration(options, node))?;
///         let mut command = installed.run_as.command(&installed.programs.join("shelfd"));
///         command.arg(&file);
///         Ok(Launch::new(command).ready(Ready::line("listening")))
///     }
///
///     // … `url`, `until_replicating`, `promote` and `catch_up`, in Shelf's protocol …
/// }
/// ```
/// `cluster/tests.rs` has a complete server of this name.
pub trait Server: Clone + Debug + Default + Send + Sync + 'static {
    /// Name in messages, in `BRUNT_REQUIRE` and in `BRUNT_…_BIN`: one of
    /// [`KNOWN_SERVERS`](crate::servers::KNOWN_SERVERS).
    const NAME: &'static str;
    /// Search rules for its programs.
    const PROGRAMS: Programs;
    /// System user that it runs as if the test runs as root; servers never run as root.
    const RUN_AS: &'static str;

    /// URL for clients of a node or proxy at `address`.
    fn url(address: SocketAddr, password: &str) -> String;

    /// The password set by the options; without one a random password is taken.
    fn password(_options: &Options<Self>) -> Option<&str> {
        None
    }

    /// Makes the data of the nodes, each in its folder of `nodes`, which does not exist yet. It may block. Returns the
    /// administrator's password in the new data, if the data has one already.
    ///
    /// # Errors
    /// A folder cannot be made.
    fn prepare(installed: &Installed, nodes: &[PathBuf]) -> io::Result<Option<String>> {
        nodes.iter().try_for_each(|data| installed.run_as.make(data))?;
        Ok(None)
    }

    /// Writes the configuration of a node and returns its command and ready check. It is called again, with another
    /// address, if the port was taken meanwhile.
    ///
    /// # Errors
    /// The configuration cannot be written.
    fn launch(options: &Options<Self>, installed: &Installed, node: &NodeConfig) -> io::Result<Launch>;

    /// Sets the password of the cluster on the running primary, if the data has another one (`initial`). The replicas
    /// are started afterwards.
    ///
    /// # Errors
    /// The primary does not answer.
    fn admit(primary: &NodeConfig, initial: Option<&str>) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (primary, initial);
        async { Ok(()) }
    }

    /// Waits until every replica replicates and answers.
    ///
    /// # Errors
    /// A replica does not replicate after `within`, or a node does not answer.
    fn until_replicating(
        primary: &NodeConfig,
        replicas: &[&NodeConfig],
        within: Duration,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Promotes a replica. When this returns, it accepts writes, and it still does so after a restart.
    ///
    /// # Errors
    /// The node is no replica, or does not answer.
    fn promote(node: &NodeConfig) -> impl Future<Output = Result<(), Error>> + Send;

    /// Waits until a replica has applied everything that the primary had written at the time of the call.
    ///
    /// # Errors
    /// The replica has not applied it after `within`, or one of the two does not answer.
    fn catch_up(
        primary: &NodeConfig,
        replica: &NodeConfig,
        within: Duration,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Removes what killed servers, whose data is in `folder`, left behind outside of it.
    fn remove_leftovers(_folder: &Path) {}
}

/// An installed server.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The folder of its programs.
    pub(crate) programs: PathBuf,
    pub(crate) run_as: RunAs,
}
