//! Mistakes in targets.
use brunt::prelude::*;

#[brunt::load_test(users = 100, iterations = 1)]
#[target(p95 < 10%, success_rate > 90s, success_rate > 101%)]
#[critical(p959 < 1s, troughput > 1/s)]
async fn units_and_names(_user: &User) {}

#[target(p95 < 3x)]
#[target(p95, < 3s, p95 => 4s)]
#[brunt::load_test(users = 100, iterations = 1)]
async fn shapes(_user: &User) {}

#[brunt::load_test(duration = 10s)]
#[target(elapsed < 5s, each(20s).p95 < 1s, each(shift).p95 < 1s, capacity > 5/s)]
async fn unanswerable(_user: &User) {}

#[brunt::load_test(users = 50)]
#[target(p99 < 1s)]
async fn too_few_for_a_percentile(_user: &User) {}

#[brunt::load_test(stages = [spike: 10 for 20s, after: 5 for 10s])]
#[target(spik.p95 < 1s, spike.after.p95 < 1s)]
async fn names_of_stages(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target]
#[critical = "p95 < 1s"]
async fn no_list(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target()]
#[critical()]
async fn empty_lists(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target(success_rate = 0%, errors = 100%, stale.share = 0%, errors("429") <= 100%, success_rate = 0%..100%)]
#[target("a".p95 < 3x "a".p95, low.a.p95 <= a.low.p95)]
async fn says_nothing(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target(tenant("acme").plan("gold").p95 < 1s, each(tenant).plan("gold").p95 < 1s)]
async fn two_tags(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target(hit.share > 80%, hit.throughput > 5/s)]
async fn a_value_and_a_step(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target(proven, prooven p95 < 1s, proven p95 < 10%, errors < 1%, proven errors < 1%)]
async fn proven(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target(p95 < 1s, p95 > 2s)]
#[critical(throughput > 500/s, throughput < 1/s)]
async fn no_figure_holds_both(_user: &User) {}

#[brunt::load_test(users = 100, iterations = 1)]
#[target(errors("") < 1%, p99 < 1s)]
#[target(p99 < 1s)]
async fn an_empty_kind_and_a_duplicate(_user: &User) {}

macro_rules! tests {
    ($limit:literal $name:ident) => {
        #[brunt::load_test(users = 100)]
        #[target($name.p95 < $limit, errors < $limit)]
        async fn $name(_user: &User) {}
    };
}
tests!(50ms from_a_fragment);

fn main() {}
