//! What the closure of a load cannot be.
use brunt::prelude::*;
use std::rc::Rc;

#[brunt::resilience]
async fn a_load_that_is_not_send(lab: &Lab) {
    lab.load("rc", 5.per_second(), |_| async {
        let shared = Rc::new(1);
        std::future::ready(()).await;
        brunt::Result::<_>::Ok(drop(shared))
    });
}

#[brunt::resilience]
async fn a_load_without_a_result(lab: &Lab) {
    lab.load("unit", 5.per_second(), |_| async {});
}

fn main() {}
