//! `verify = counted(f)`: what was counted is told, by hook, case and step, whatever the load was.

use brunt::Counted;
use brunt::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

#[derive(Default)]
struct Shop {
    orders: AtomicU64,
    refused: AtomicU64,
}

async fn shop(_: u64) -> Shop {
    Shop::default()
}

async fn empty() -> Shop {
    Shop::default()
}

async fn all_is_there(shop: &Shop, counted: &Counted) -> brunt::Result {
    let (bought, refused) = (counted.step("buy").successes, counted.iterations().failures);
    if bought != shop.orders.load(SeqCst) || refused != shop.refused.load(SeqCst) || bought == 0 {
        brunt::fail!("lost", "{bought} bought and {refused} refused, {shop:?}", shop = shop.orders);
    }
    Ok(())
}

#[brunt::load_test(users = 4, iterations = 10, cases = [small: 1, large: 2], setup = shop, verify = counted(all_is_there))]
#[target(errors < 50%)]
async fn each_case_is_told_its_own(user: &User, shop: &Shop) -> brunt::Result {
    if user.iteration() % 4 == 3 {
        shop.refused.fetch_add(1, SeqCst);
        brunt::fail!("refused");
    }
    let bought = async {
        shop.orders.fetch_add(1, SeqCst);
        Ok::<(), brunt::Failed>(())
    };
    user.step("buy", bought).await
}

fn none_is_lost(shop: &Shop, counted: &Counted) -> bool {
    counted.iterations().successes == shop.orders.load(SeqCst)
}

#[brunt::load_test(rate = 100/s, duration = 300ms, setup = empty, verify = counted(the_rate_is_told))]
async fn an_open_load_is_told(_: &User, shop: &Shop) {
    shop.orders.fetch_add(1, SeqCst);
}

fn the_rate_is_told(shop: &Shop, counted: &Counted) -> brunt::Result {
    if none_is_lost(shop, counted) { Ok(()) } else { brunt::fail!("lost", "{counted:?}") }
}

#[brunt::stress(iterations = 1_000, setup = empty, verify = counted(calls_are_told))]
fn a_stress_test_is_told(shop: &Shop) {
    shop.orders.fetch_add(1, SeqCst);
}

fn calls_are_told(shop: &Shop, counted: &Counted) -> brunt::Result {
    let (there, counted) = (shop.orders.load(SeqCst), counted.iterations().successes);
    // Under the profile `smoke` there are three.
    if !(3..=there).contains(&counted) {
        brunt::fail!("lost", "{counted} counted of {there}");
    }
    Ok(())
}
