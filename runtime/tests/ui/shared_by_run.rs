struct Server;

fn alone() -> String {
    String::new()
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(alone))]
async fn without_what_is_kept(_address: &str) {}

async fn unwritable() -> brunt::Result<(Server, ())> {
    Ok((Server, ()))
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(unwritable))]
async fn no_address(_server: &Server) {}

fn borrowed() -> (&'static str, ()) {
    ("", ())
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(borrowed))]
async fn not_owned() {}

fn numbered() -> (u16, ()) {
    (1, ())
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(numbered))]
async fn another_type(_address: &String) {}

#[brunt::load_test(iterations = 1, setup = shared_by_run(numbered))]
async fn what_is_kept(_kept: &(u16, ())) {}

#[brunt::load_test(iterations = 1, setup = numbered, verify = shared_by_run(alone))]
async fn no_setup() {}

#[brunt::load_test(iterations = 1, setup = shared_by_run(numbered()))]
async fn called() {}

fn main() {}
