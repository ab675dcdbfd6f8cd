//! What no resilience test can be: its signature, its options, its targets.
use brunt::prelude::*;

struct Cluster;
fn cluster() -> Cluster {
    Cluster
}

#[brunt::resilience]
fn blocking(_lab: &Lab) {}

#[brunt::resilience(virtual_time)]
fn blocking_on_a_paused_clock(_lab: &Lab) {}

#[brunt::resilience]
async fn a_user(_user: &User) {}

#[brunt::resilience(setup = cluster)]
async fn a_user_before_the_fixture(_user: &brunt::User, _db: &Cluster) {}

#[brunt::load_test(users = 1)]
async fn a_lab(_lab: &Lab) {}

#[brunt::stress(setup = cluster)]
async fn a_lab_before_the_fixture(_lab: &Lab<'_>, _db: &Cluster) {}

#[brunt::resilience]
async fn exclusive(_lab: &mut Lab) {}

#[brunt::resilience]
async fn by_value(_lab: Lab) {}

#[brunt::resilience(setup = cluster)]
async fn order(_db: &Cluster, _lab: &Lab) {}

#[brunt::resilience]
async fn no_setup(_lab: &Lab, _db: &Cluster) {}

#[brunt::resilience]
async fn no_state(_lab: &Lab, _session: &mut Cluster) {}

#[brunt::resilience(setup = cluster)]
async fn shared(_lab: &Lab, _db: &mut Cluster) {}

#[brunt::resilience(setup = cluster)]
async fn lifetimes<'lab>(_lab: &Lab<'lab>, _db: &'lab Cluster) {}

#[brunt::resilience(users = 10, rate = 500/s, duration = 30s)]
async fn a_load(_lab: &Lab) {}

#[brunt::resilience(vus = 10, stages = [10 for 3s], iterations = 5, warm_up = 3s)]
async fn more_of_a_load(_lab: &Lab) {}

#[brunt::resilience(user_setup = cluster, per_core, sizes = [1, 2], concurrency = 3, check = cluster)]
async fn of_others(_lab: &Lab) {}

#[brunt::resilience(cases = [fault: 1])]
#[target(p95 < 1s, baseline.fault.p95 < 1s)]
async fn a_case_named_as_a_phase(_lab: &Lab) {}

#[brunt::resilience]
#[target(basline.p95 < 1s, recoverin.errors = 0, baseline.fault.p95 < 1s, fault.p95 < 5)]
#[critical(capacity > 5, growth <= n, memory_growth <= n, lost_writes < 5%)]
async fn targets(_lab: &Lab) {}

#[brunt::load_test(users = 5)]
#[target(recovery_time < 1s, fault.amplification < 3)]
async fn targets_of_an_experiment(_user: &User) {}

#[brunt::resilience(settle = 30s)]
async fn ends_when_its_body_ends(_lab: &Lab) {}

fn main() {}
