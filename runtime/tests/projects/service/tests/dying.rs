// Tests in the middle of which the process ends, each when `DIES` names it. `dying_fully.rs` has them under
// `brunt::main!()`.

use brunt::prelude::*;

fn dies(how: &str) -> bool {
    std::env::var("DIES").is_ok_and(|named| named == how)
}

#[brunt::load_test]
async fn a_holds() {}

#[brunt::load_test]
async fn b_exits() {
    if dies("exits") {
        std::process::exit(0);
    }
}

#[brunt::load_test]
async fn c_aborts() {
    if dies("aborts") {
        std::process::abort();
    }
}

#[brunt::load_test]
async fn d_overflows() {
    if dies("overflows") {
        std::hint::black_box(deep(0));
    }
}

#[allow(unconditional_recursion)]
fn deep(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 128]);
    deep(depth + 1) + frame[7]
}

#[brunt::load_test(setup = slow)]
async fn e_is_killed_in_setup(user: &User, made: &u32) {
    let _ = (user, made);
}

fn slow() -> u32 {
    if dies("in setup") {
        std::thread::sleep(std::time::Duration::from_secs(60));
    }
    1
}

#[brunt::load_test]
async fn f_is_shaky() -> brunt::Result {
    if dies("shaky") && std::env::var("NEXTEST_ATTEMPT").is_ok_and(|attempt| attempt == "1") {
        brunt::fail!("shaky", "the first attempt fails");
    }
    Ok(())
}
