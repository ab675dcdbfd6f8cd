//! How the service's calculations and agents behave as their input grows and their callers become many.
//!
//! Calculations run on a real value tree. Agents really wait; where nothing but their timers is waited for, time is
//! virtual.

use std::sync::Arc;
use std::time::Duration;

use brunt::prelude::*;
use workflow_service::agent::{self, Agent, AgentError, Answer, Key, Request, Secured, Worker};
use workflow_service::value_tree::{self, Aggregate, CriticalPath, Distribution, Filter, Tree};

brunt::allocator!();

// Trees

/// A complete tree of this arity and so many levels.
fn complete((arity, levels): (usize, u32)) -> Tree {
    Tree::complete(arity, levels)
}

fn medium() -> Tree {
    complete((4, 5))
}

fn large() -> Tree {
    complete((5, 6))
}

fn of_size(nodes: usize) -> Tree {
    Tree::filled(4, nodes)
}

/// V1: the total value at each size.
#[brunt::stress(cases = [small: (3, 4), medium: (4, 5), large: (5, 6)], setup = complete, check = is_positive)]
#[target(small.p99 < 10ms, medium.p99 < 50ms, large.p99 < 500ms)]
#[critical(small.p99 < 50ms, medium.p99 < 100ms, large.p99 < 1s)]
fn total_value(tree: &Tree) -> f64 {
    tree.total_value()
}

/// V2: the same, each level counting 0.9 of the one above.
#[brunt::stress(cases = [small: (3, 4), medium: (4, 5), large: (5, 6)], setup = complete, check = is_below_the_total)]
#[target(small.p99 < 10ms, medium.p99 < 50ms, large.p99 < 500ms)]
#[critical(small.p99 < 50ms, medium.p99 < 100ms, large.p99 < 1s)]
fn weighted_value(tree: &Tree) -> f64 {
    tree.weighted_value()
}

fn is_positive(_tree: &Tree, value: &f64) -> bool {
    *value > 0.0
}

fn is_below_the_total(tree: &Tree, value: &f64) -> bool {
    *value > 0.0 && *value < tree.total_value()
}

/// V3: the critical path of 341 nodes, and how its cost grows.
#[brunt::stress(sizes = [100, 341, 1_000, 3_906, 10_000, 30_000, 100_000], setup = of_size)]
#[target(size(341).p99 < 100ms, growth <= n_log_n)]
fn critical_path(tree: &Tree) -> CriticalPath {
    tree.critical_path()
}

/// V4: minimum, maximum, mean, median and standard deviation of the values.
#[brunt::stress(setup = medium)]
#[target(p99 < 100ms)]
fn value_distribution(tree: &Tree) -> Distribution {
    tree.distribution()
}

/// V5: the return on investment in five cost scenarios.
#[brunt::stress(setup = medium, check = falls_with_the_cost)]
#[target(p99 < 100ms)]
fn roi_in_five_scenarios(tree: &Tree) -> [Option<f64>; 5] {
    let total = tree.total_value();
    [100.0, 1_000.0, 5_000.0, 10_000.0, 50_000.0].map(|cost| value_tree::roi(total, cost))
}

fn falls_with_the_cost(_tree: &Tree, roi: &[Option<f64>; 5]) -> bool {
    roi.is_sorted_by(|cheaper, dearer| cheaper >= dearer)
}

/// V6: ten times the same calculation.
#[brunt::stress(iterations = 10, setup = large)]
#[target(mean < 200ms)]
fn repeated_calculation(tree: &Tree) -> (f64, Distribution) {
    (tree.weighted_value(), tree.distribution())
}

/// V7: a hundred calculations at once on one tree, all with the same result.
#[brunt::stress(concurrency = 100, iterations = 1, setup = large, check = is_the_same)]
#[target(elapsed < 1s)]
fn concurrent_on_one_tree(tree: &Tree) -> f64 {
    tree.total_value()
}

fn is_the_same(tree: &Tree, total: &f64) -> bool {
    *total == tree.total_value()
}

/// V8: fifty calculations at once, each on a tree of its own.
#[brunt::stress(concurrency = 50, iterations = 1, setup = forest)]
#[target(elapsed < 2s)]
fn concurrent_on_many_trees(user: &User, forest: &[Tree]) {
    let tree = &forest[user.id() as usize];
    user.check("every node counts", tree.total_value() >= tree.len() as f64);
}

fn forest() -> Vec<Tree> {
    (0..50).map(|i| Tree::filled(2 + i % 4, 3_000 + 20 * i)).collect()
}

/// V9: filters a large tree by value and aggregates what is left.
#[brunt::stress(setup = large)]
#[target(p99 < 500ms)]
fn complex_query(tree: &Tree) -> Option<Aggregate> {
    tree.aggregate(&Filter { values: 25.0..=75.0, ..Filter::default() })
}

/// V10: very deep, very wide, and a chain of a million nodes: no stack overflows, and memory is bounded.
#[brunt::stress(cases = [deep: Shape::Deep, wide: Shape::Wide, chain: Shape::Chain], setup = Shape::tree)]
#[target(deep.p95 < 100ms, wide.p95 < 500ms, peak_memory < 256MiB)]
fn extreme_shapes(tree: &Tree) -> (f64, f64, CriticalPath) {
    (tree.total_value(), tree.weighted_value(), tree.critical_path())
}

#[derive(Clone, Copy)]
enum Shape {
    Deep,
    Wide,
    Chain,
}

impl Shape {
    fn tree(self) -> Tree {
        match self {
            Self::Deep => Tree::complete(2, 10),
            Self::Wide => Tree::complete(10, 4),
            Self::Chain => Tree::chain(1_000_000),
        }
    }
}

/// V11: a sum visits every node once, and holds nothing.
#[brunt::stress(sizes = [100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000], setup = of_size)]
#[target(growth <= n, memory_growth <= 1, allocations = 0)]
fn total_grows_linearly(tree: &Tree) -> f64 {
    tree.total_value()
}

/// V11: a median sorts, in memory of the tree's size.
#[brunt::stress(sizes = [100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000], setup = of_size)]
#[target(growth <= n_log_n, memory_growth <= n)]
fn distribution_sorts(tree: &Tree) -> Distribution {
    tree.distribution()
}

// Agents

fn request() -> Request {
    Request::new("ada", "what does the fox say to the other fox")
}

/// A1: a hundred invocations of a fast agent.
#[brunt::stress(iterations = 100, setup = Worker::fast)]
#[target(mean < 50ms, throughput > 20/s)]
#[critical(mean < 100ms)]
async fn fast_agent(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

/// A2: fifty invocations of a medium agent.
#[brunt::stress(iterations = 50, setup = Worker::medium)]
#[target(mean = 50ms..200ms, throughput > 5/s)]
#[critical(mean < 500ms)]
async fn medium_agent(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

/// A3: twenty invocations of a slow agent.
#[brunt::stress(iterations = 20, setup = Worker::slow)]
#[target(mean = 200ms..500ms, throughput > 2/s)]
#[critical(mean < 1s)]
async fn slow_agent(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

struct Both {
    plain: Worker,
    secured: Secured<Worker>,
    signed: Request,
}

impl Both {
    fn new() -> Result<Self, AgentError> {
        let key = Key::new(b"the secret of this test")?;
        let signed = key.sign(request());
        Ok(Self { plain: Worker::fast(), secured: Secured::new(Worker::fast(), key, ["ada"]), signed })
    }
}

/// A4: what security costs, the plain and the secured agent asked in random order.
#[brunt::stress(iterations = 100, setup = Both::new)]
#[target(secured.mean < 1.2x plain.mean)]
async fn security_overhead(user: &User, both: &Both) -> brunt::Result {
    let (plain, secured) = (both.plain.invoke(&both.signed), both.secured.invoke(&both.signed));
    user.pair("plain", plain, "secured", secured).await?;
    Ok(())
}

fn brisk(count: usize) -> Vec<Worker> {
    vec![Worker::brisk(); count]
}

/// A5: three and five agents after one another.
#[brunt::stress(cases = [three: 3, five: 5], iterations = 20, setup = brisk, virtual_time)]
#[target(three.mean = 140ms..200ms, five.mean = 240ms..300ms)]
async fn sequence(agents: &[Worker]) -> Result<Vec<Answer>, AgentError> {
    agent::sequence(agents, &request()).await
}

fn shared_medium(count: usize) -> Vec<Arc<Worker>> {
    (0..count).map(|_| Arc::new(Worker::medium())).collect()
}

/// A6: three and ten agents beside one another.
#[brunt::stress(cases = [three: 3, ten: 10], iterations = 20, setup = shared_medium, virtual_time)]
#[target(three.mean < 150ms, ten.mean < 200ms)]
async fn parallel(agents: &[Arc<Worker>]) -> Result<Vec<Answer>, AgentError> {
    agent::parallel(agents, &request()).await
}

/// A7: fifty invocations at once.
#[brunt::stress(concurrency = 50, iterations = 1, setup = Worker::medium, virtual_time)]
#[target(elapsed < 200ms)]
async fn fifty_at_once(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

/// A7: a hundred invocations at once.
#[brunt::stress(concurrency = 100, iterations = 1, setup = Worker::medium, virtual_time)]
#[target(elapsed < 300ms)]
async fn a_hundred_at_once(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

/// A8: as many invocations as one caller gets done.
#[brunt::stress(duration = 5s, setup = Worker::fast)]
#[target(throughput > 50/s)]
async fn maximum_throughput(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

/// A9: ten callers for ten seconds.
#[brunt::stress(concurrency = 10, duration = 10s, setup = Worker::brisk)]
#[target(throughput > 100/s)]
async fn sustained_throughput(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

fn of_80_ms() -> Worker {
    Worker::new("steady", Duration::from_millis(80))
}

/// A10: the percentiles of an agent of 80 ms.
#[brunt::stress(iterations = 200, setup = of_80_ms, virtual_time)]
#[target(p50 < 100ms, p75 < 150ms, p90 < 200ms, p95 < 250ms, p99 < 300ms)]
async fn percentiles(agent: &Worker) -> Result<Answer, AgentError> {
    agent.invoke(&request()).await
}

brunt::main!();
