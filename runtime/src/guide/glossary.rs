//! # Glossary
//!
//! The words of this guide, of the reports and of messages.
//!
//! | word | meaning |
//! |---|---|
//! | **allocator** | `brunt::allocator!()`: counts the allocations of the process. [Stress](super::stress#memory) |
//! | **amplification** | Attempts at a dependency per operation. |
//! | **arrival** | In the open model: the moment at which an iteration is due. |
//! | **arrival rate** | Arrivals per second: `rate = 500/s`. |
//! | **assertion** | Gatling's word for a *target*. |
//! | **attempt** | A request at a dependency; one operation may cause several by retries (*amplification*). Of nextest: one run of a test that it repeats. |
//! | **baseline** | The first phase of an experiment: the system unbroken. |
//! | **body** | The annotated function. Virtual users call it. |
//! | **bystander** | A load of an experiment that the fault should not disturb; *isolation* is the share of its operations that succeeded in time. |
//! | **capacity** | The highest load at which all targets hold. [Capacity](super::capacity) |
//! | **case** | One of several inputs: `cases = [small: 10, large: 10_000]` runs the whole test for each. |
//! | **check** | `user.check("found", …)`: a recorded flag whose `false` fails the iteration. |
//! | **closed model** | A fixed number of users; each user starts its next iteration when the one before has ended. A slow system gets less load. |
//! | **coordinated omission** | The mistake of leaving out the time that users waited before their request was sent. An open load of brunt counts it. |
//! | **critical** | `#[critical(…)]`: a target that ends the test early where it stays missed, and that still fails the test with `BRUNT_FAIL_ON=critical`. |
//! | **dropped** | An arrival for which no user was free. |
//! | **error** (of a test) | The test could not be run: a setting, a `setup`, a report that cannot be written. |
//! | **errors** | The metric: failed iterations, as a share or a number. |
//! | **executor** | k6's word for how users and iterations are scheduled. In brunt the options of the attribute describe it. [From k6](super::coming_from#k6) |
//! | **experiment** | A test of `#[brunt::resilience]`: baseline, fault, recovery. |
//! | **failure** | An iteration or step that returned an error, panicked, timed out, or whose check was `false`. |
//! | **fault** | Something that is broken on purpose: a delay, a refused connection, a killed process. Also the phase while one is at work. |
//! | **feed** | Rows of data that users draw from. [Data](super::data) |
//! | **fixture** | The value that `setup` made: a server, a client, a database. All users share it as `&T`. |
//! | **generator** | The part of brunt that puts the load on: the test process. *Saturated* where it cannot keep up. |
//! | **growth** | How the cost of a call rises with the size of its input: `1`, `log_n`, `n`, `n_log_n`, `n2`, `n3`. |
//! | **heal** | To end a fault. |
//! | **histogram** | Counts of latencies by size, from which percentiles are read (HDR: three significant digits). |
//! | **hook** | A function that the attribute names: `setup`, `verify`, `teardown`, `user_setup`, `user_teardown`, `sample`. |
//! | **inconclusive** | The verdict where the run can neither call a target met nor missed. [What now](super::inconclusive) |
//! | **interrupted** | An iteration that the end of the load cut off, after `graceful_stop`. |
//! | **isolation** | The share of bystanders' operations that succeeded in time while something was broken. |
//! | **iteration** | One call of the body by one user. |
//! | **kind** | The name by which failures are counted: `errors("sold out")`. [Failures](super::failures) |
//! | **latency** | The time that an iteration or step took. In the open model it counts from the time at which the iteration was due. |
//! | **ledger** | The comparison of the writes that were acknowledged with those that can be read back. |
//! | **limit** | The right-hand side of a target. |
//! | **load** | The users or arrivals that an attribute describes, and their time. |
//! | **margin** | The share of the limit that was left; negative where it was missed. |
//! | **metric** | The quantity that a target limits: `p95`, `throughput`, `errors`. |
//! | **noise** | Differences between runs of the same system. |
//! | **open model** | Arrivals come by the clock, whatever the system does. |
//! | **operation** | An iteration, or a call of a background load of an experiment. |
//! | **percentile** | `p95 < 200ms`: 95 of 100 operations took less than 200 ms. |
//! | **phase** | A part of an experiment: `baseline`, `fault`, `recovering`, `recovery`. |
//! | **piece** (of data) | The bytes that a proxy reads from a connection at once, at most 64 KiB. |
//! | **poisson** | Arrivals with random gaps instead of even ones, like those of independent clients. |
//! | **profile** | A named set of settings: `BRUNT_PROFILE=smoke`. |
//! | **ramp** | Users or arrivals that change evenly: `10 -> 200 over 1min`. |
//! | **recovery** | The last phase of an experiment, after it was shown that the system has recovered. |
//! | **report** | `report.json`, `junit.xml` and the text on the console. |
//! | **run** | All tests of one `cargo test` or `cargo nextest run`. |
//! | **sample** | One measured operation. Also the hook that records gauges once a second. |
//! | **scenario** | One of several ways to use the system, by weight or with a load of its own. |
//! | **seed** | The number from which everything random is drawn; the same seed draws the same. |
//! | **selector** | The names before a metric: `spike.login.p95`. |
//! | **service time** | The latency without the wait for the start: `service.p95`. |
//! | **slack** | A factor by which limits are widened on a slower machine. |
//! | **smoke** | The built-in profile with little load. |
//! | **stage** | A part of a load with its own amount: `spike: 500 for 10s`. |
//! | **steady-state hypothesis** | The targets of an experiment that name no phase: they hold before the fault and again after the recovery. |
//! | **step** | A named, measured part of an iteration: `user.step("login", …)`. |
//! | **tag** | A label of an iteration: `user.tag("tenant", "acme")`. |
//! | **target** | A condition that must hold, on a metric with a limit; *threshold* in k6, *assertion* in Gatling. |
//! | **think time** | A pause as people make it; not part of the latency. |
//! | **threshold** | k6's word for a *target*. |
//! | **throughput** | Successes per second, by the time of their end. |
//! | **unsent** | An arrival that the generator never started because it was too late itself. |
//! | **user, virtual user** | A task or thread that calls the body again and again; *VU* in k6. |
//! | **verdict** | pass, fail, inconclusive, skipped or error. [Verdicts](super::verdicts) |
//! | **virtual time** | A paused clock that jumps to the next timer. |
//! | **VU** | k6's word for a virtual user. |
//! | **warm-up** | Load before the measurement, whose samples are left out. |
//! | **window** | A part of the time: `each(10s)`. |
//!
//! Back to [the order of reading](super).
