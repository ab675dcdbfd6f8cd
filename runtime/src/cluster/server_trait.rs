//! `Server`: what a kind of server brings so that there can be clusters of it.

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

/// A kind of server: how it is found, configured, started, promoted and asked how far it is. Processes, ports, proxies,
/// folders, passwords and which node is the primary are [`Cluster`](super::Cluster)'s.
///
/// The type itself holds the options that only this kind has. A new kind is a folder and two lines: its `pub mod` in
/// `lib.rs`, under a feature that sets `cluster`, and its name in `servers.rs`. The folder, of a server called Shelf:
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
/// `cluster/tests.rs` has such a server as a whole.
pub trait Server: Clone + Debug + Default + Send + Sync + 'static {
    /// As messages, `BRUNT_REQUIRE` and `BRUNT_…_BIN` name it: one of [`servers::KNOWN_SERVERS`](crate::servers::KNOWN_SERVERS).
    const NAME: &'static str;
    /// How its programs are found on this machine.
    const PROGRAMS: Programs;
    /// The user it runs as where the test is root's, which servers never are.
    const RUN_AS: &'static str;

    /// The address of a node, or of a proxy before it, as clients write it.
    fn url(address: SocketAddr, password: &str) -> String;

    /// The password that the options choose; a random one is taken where they choose none.
    fn password(_options: &Options<Self>) -> Option<&str> {
        None
    }

    /// Makes the data of the nodes, each in its folder, which is not there yet. It may block. Returns the password by
    /// which such data lets an administrator in, where it has one of its own.
    ///
    /// # Errors
    /// A folder cannot be made.
    fn prepare(installed: &Installed, nodes: &[PathBuf]) -> io::Result<Option<String>> {
        nodes.iter().try_for_each(|data| installed.run_as.make(data))?;
        Ok(None)
    }

    /// Configures a node on its data, and says what to start and when it is ready. It is asked again, with another
    /// address, when the port was taken in between.
    ///
    /// # Errors
    /// The configuration cannot be written.
    fn launch(options: &Options<Self>, installed: &Installed, node: &NodeConfig) -> io::Result<Launch>;

    /// Makes a primary that runs accept the cluster's password, where its data has another one. The replicas are started
    /// after that.
    ///
    /// # Errors
    /// The primary does not answer.
    fn admit(primary: &NodeConfig, initial: Option<&str>) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (primary, initial);
        async { Ok(()) }
    }

    /// Waits until every replica replicates and can be asked.
    ///
    /// # Errors
    /// One of them does not `within` this time, or a node does not answer.
    fn until_replicating(
        primary: &NodeConfig,
        replicas: &[&NodeConfig],
        within: Duration,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Makes a replica accept writes. When this returns it does, also after a restart.
    ///
    /// # Errors
    /// It is no replica, or does not answer.
    fn promote(node: &NodeConfig) -> impl Future<Output = Result<(), Error>> + Send;

    /// Waits until a replica has applied all that the primary has written by now.
    ///
    /// # Errors
    /// It did not `within` this time, or one of the two does not answer.
    fn catch_up(
        primary: &NodeConfig,
        replica: &NodeConfig,
        within: Duration,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Removes what the killed servers of a folder left behind outside of it.
    fn remove_leftovers(_folder: &Path) {}
}

/// A server as this machine has it.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The folder of its programs.
    pub(crate) programs: PathBuf,
    pub(crate) run_as: RunAs,
}
