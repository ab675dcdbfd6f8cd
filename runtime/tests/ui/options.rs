//! Mistakes in the options, all of one attribute at once.
use brunt::prelude::*;

#[brunt::load_test(usres = 10, iterations = 1)]
async fn misspelt(_user: &User) {}

#[brunt::load_test(users = 1, duraton = 1s, itertions = 2)]
async fn two_misspelt(_user: &User) {}

#[brunt::load_test(users = 0)]
async fn nobody(_user: &User) {}

#[brunt::load_test(users = 1, users = 2)]
async fn twice(_user: &User) {}

#[brunt::load_test(users = 1, iterations = 1, rate = 5/s)]
async fn two_models(_user: &User) {}

#[brunt::load_test(users = 1, duration = 10parsecs, ramp_up = 5 m, warm_up = 10sec)]
async fn units(_user: &User) {}

#[brunt::load_test(users, duration =, "users" = 3 timeout = 1s)]
async fn shapes(_user: &User) {}

#[brunt::load_test(users = 3, setup = open(), verify = |x| x)]
async fn hooks(_user: &User) {}

#[brunt::load_test(stages = [10 fro 30s, spike: 10 -> 20, 5 at noon], ramp_up = 3s)]
async fn stages(_user: &User) {}

#[brunt::load_test(users = 2, scenarios = [list: many], concurrency = 4)]
async fn scenarios(_user: &User) {}

#[brunt::load_test(users = 4, rate = 10ms, user_teardown = end)]
async fn one_of_each(_user: &User) {}

#[brunt::load_test(users = 10, virtual_time)]
fn blocking_on_a_paused_clock(_user: &User) {}

#[brunt::load_test(users = 10, per_core)]
fn blocking_per_core(_user: &User) {}

#[brunt::load_test(users = 10, iterations = 5, settle = 60)]
async fn settled_without_a_unit(_user: &User) {}

#[brunt::load_test(stages = [low: 10 for 20s, high: 50 for 20s], settle = 30s)]
async fn no_room_for_a_round(_user: &User) {}

#[brunt::load_test(users = 10, iterations = 5, settle = 30s)]
#[target(errors("shed") < 3, p99 < 1s)]
async fn more_failures_with_every_round(_user: &User) {}

fn main() {}
