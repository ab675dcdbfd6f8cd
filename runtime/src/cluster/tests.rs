//! A third kind of server, as a whole, and what a cluster of it does: its program is a real process (Perl, which nearly
//! every Unix has), of which nothing but its implementation of `Server` is known to the clusters.

use super::{Cluster, Installed, Node, NodeConfig, Options, Programs, Server, run_blocking};
use crate::fault::{Error, Heal, Launch, Ready};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A shelf of words. A connection is one line, the password and a command, and its answer. A replica copies what its
/// source has, again and again, and is read-only until it is promoted.
const SHELF: &str = r#"
use strict;
use IO::Select;
use IO::Socket::INET;
my ($data) = @ARGV;
my (%set, @words);
open(my $conf, '<', "$data/shelf.conf") or die $!;
while (<$conf>) { chomp; my ($name, $value) = split / /, $_, 2; $set{$name} = $value }
delete $set{source} if -e "$data/promoted";
if (open(my $kept, '<', "$data/words")) { @words = split / /, <$kept> // '' }
my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1', LocalPort => $set{port}, Listen => 16, ReuseAddr => 1, Timeout => 0.005) or die $@;
$| = 1;
print "the shelf is open\n";
sub keep { return unless $set{durable}; open(my $kept, '>', "$data/words") or die $!; print $kept "@words" }
sub answer {
    my ($password, $command, $word) = split / /, $_[0];
    return 'wrong password' unless $password eq $set{password};
    if ($command eq 'all') { return "@words" }
    if ($command eq 'setting') { return $set{$word} }
    if ($command eq 'role') { return $set{source} ? 'replica' : 'primary' }
    if ($command eq 'promote') { open(my $promoted, '>', "$data/promoted") or die $!; delete $set{source}; return 'ok' }
    return 'read-only' if $set{source};
    push @words, $word;
    keep();
    return 'ok';
}
my @clients;
while (1) {
    if (my $client = $server->accept) { push @clients, $client }
    # A client whose line is held up on its way, as by a fault, must not hold up the others.
    for my $client (IO::Select->new(@clients)->can_read(0)) {
        @clients = grep { $_ != $client } @clients;
        my $line = <$client>;
        if (defined $line) { chomp $line; print $client answer($line) }
        close $client;
    }
    next unless $set{source};
    my $source = IO::Socket::INET->new(PeerAddr => $set{source}, Timeout => 1) or next;
    print $source "$set{password} all\n";
    IO::Select->new($source)->can_read(0.2) or next;
    my $found = <$source>;
    if (defined $found && $found ne 'wrong password') { @words = split / /, $found; keep() }
}
"#;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shelf {
    durable: bool,
}

impl Options<Shelf> {
    fn durable(mut self, durable: bool) -> Self {
        self.server.durable = durable;
        self
    }
}

impl Node<'_, Shelf> {
    async fn ask(self, command: &str) -> Result<String, Error> {
        ask(&self.node().config, command).await
    }
}

impl Server for Shelf {
    const NAME: &'static str = "shelf";
    const PROGRAMS: Programs = Programs { names: &["perl"], folders: &[], install: "install Perl" };
    const RUN_AS: &'static str = "nobody";

    fn url(address: SocketAddr, password: &str) -> String {
        format!("shelf://{password}@{address}")
    }

    fn prepare(installed: &Installed, nodes: &[PathBuf]) -> io::Result<Option<String>> {
        let folder = nodes[0].parent().unwrap();
        std::fs::write(left_over(folder), "")?;
        nodes.iter().try_for_each(|data| installed.run_as.make(data))?;
        Ok(Some("as prepared".to_owned()))
    }

    fn launch(options: &Options<Self>, installed: &Installed, node: &NodeConfig) -> io::Result<Launch> {
        let mut text = format!("port {}\npassword {}\n", node.address.port(), node.password);
        text += if options.server.durable { "durable yes\n" } else { "" };
        text += &node.source.map(|source| format!("source {source}\n")).unwrap_or_default();
        text.extend(options.settings.iter().map(|(name, value)| format!("{name} {value}\n")));
        installed.run_as.write(&node.data.join("shelf.conf"), &text)?;
        let mut command = installed.run_as.command(&installed.programs.join("perl"));
        command.args(["-e", SHELF]).arg(&node.data);
        Ok(Launch::new(command).ready(Ready::line("the shelf is open")))
    }

    async fn admit(primary: &NodeConfig, initial: Option<&str>) -> Result<(), Error> {
        assert_eq!((primary.index, initial), (0, Some("as prepared")));
        ask(primary, "put first").await.map(drop)
    }

    async fn until_replicating(primary: &NodeConfig, replicas: &[&NodeConfig], within: Duration) -> Result<(), Error> {
        for replica in replicas {
            Self::catch_up(primary, replica, within).await?;
        }
        Ok(())
    }

    async fn promote(node: &NodeConfig) -> Result<(), Error> {
        match ask(node, "role").await?.as_str() {
            "replica" => ask(node, "promote").await.map(drop),
            role => Err(Error::server(&node.name, "promoting it", format!("it is a {role}"))),
        }
    }

    async fn catch_up(primary: &NodeConfig, replica: &NodeConfig, within: Duration) -> Result<(), Error> {
        let (written, start) = (ask(primary, "all").await?, Instant::now());
        while !ask(replica, "all").await?.starts_with(&written) {
            if start.elapsed() > within {
                return Err(Error::server(&replica.name, "catching up", format!("not in {within:?}")));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    fn remove_leftovers(folder: &Path) {
        let _ = std::fs::remove_file(left_over(folder));
    }
}

/// What a shelf leaves outside of its folder.
fn left_over(folder: &Path) -> PathBuf {
    folder.with_extension("left-over")
}

async fn ask(node: &NodeConfig, command: &str) -> Result<String, Error> {
    let line = format!("{} {command}\n", node.password);
    ask_at(node.address, &node.name, line).await
}

async fn ask_at(address: SocketAddr, name: &str, line: String) -> Result<String, Error> {
    run_blocking(name, line.clone().trim(), move || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(line.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    })
    .await
}

const LONG: Duration = Duration::from_secs(60);

fn run(body: impl Future<Output = Result<(), Error>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match runtime.block_on(body) {
        Err(Error::Missing(missing)) => eprintln!("skipped: {missing}"),
        ended => ended.unwrap(),
    }
}

#[test]
fn a_server_that_clusters_know_by_its_trait_alone_fails_over() {
    run(async {
        let options = Options::<Shelf>::new().replicas(2).set("colour", "green");
        let cluster = Cluster::start(options).await?;
        assert_eq!(format!("{cluster:?}"), "shelf::Cluster(shelf primary and 2 replicas)");
        assert_eq!(cluster.url(), format!("shelf://{}@{}", cluster.password(), cluster.address()));
        assert_eq!(cluster.replica(1).ask("setting colour").await?, "green");
        assert_eq!(cluster.replica(0).ask("put x").await?, "read-only");
        assert_eq!(cluster.replica(0).ask("all").await?, "first");
        cluster.primary().ask("put second").await?;
        cluster.catch_up(0, LONG).await?;

        let cut = cluster.partition_replication(1).await?;
        let killed = cluster.primary().kill().await?;
        let refused = cluster.first().ask("all").await.unwrap_err().to_string();
        assert!(refused.starts_with("shelf primary: ") && refused.contains("refused"), "{refused}");
        cluster.replica(0).promote().await?;
        assert_eq!(cluster.primary().name(), "shelf replica 0");
        let again = cluster.replica(0).promote().await.unwrap_err().to_string();
        assert_eq!(again, "shelf replica 0: promoting it: it is a primary");

        // Clients and the other replica are led to it, and the first primary stays down.
        let put = format!("{} put third\n", cluster.password());
        assert_eq!(ask_at(cluster.address(), "a client", put).await?, "ok");
        cut.heal()?;
        cluster.catch_up(1, LONG).await?;
        assert_eq!(cluster.replica(1).ask("all").await?, "first second third");
        let refused = cluster.first().restart().await.unwrap_err().to_string();
        assert!(refused.contains("stays down: `shelf replica 0` was promoted in its place"), "{refused}");
        Box::new(killed).heal().await?;
        assert!(cluster.first().process().ended().is_some());
        Ok(())
    });
}

#[test]
fn a_restarted_node_has_what_its_options_let_it_keep_and_a_dropped_cluster_leaves_nothing() {
    run(async {
        for durable in [false, true] {
            let cluster = Cluster::start(Options::<Shelf>::new().durable(durable)).await?;
            let data = cluster.primary().node().config.data.clone();
            let left_over = left_over(data.parent().unwrap());
            let killed = cluster.primary().kill().await?;
            Box::new(killed).heal().await?;
            assert_eq!(cluster.primary().ask("all").await?, if durable { "first" } else { "" });
            assert!(data.is_dir() && left_over.is_file());
            drop(cluster);
            assert!(!data.exists() && !left_over.exists());
        }
        Ok(())
    });
}
