//! # Inconclusive: what now
//!
//! *Inconclusive* means that the run can neither call the target met nor missed: too little was measured, noise
//! explains the miss, or the load generator disturbed the figure. It fails the run, because a test without a clear
//! result must not be green. The report gives the reason in one sentence. Find its words here; `…` stands for names and
//! figures.
//!
//! Three remedies help most often:
//!
//! 1. *More samples*: a longer `duration`, more `iterations`, or [`settle = 60s`](super::load#until-it-is-sure), which
//!    lets the load go on only while a target is undecided.
//! 2. *A quieter machine*: run the test alone, build with `--release`, ask for a load below the limit of the machine.
//! 3. *A target that can be decided*: `p95` instead of `p99.9`, or a limit that is farther from the system's figures.
//!
//! On a laptop or in a first CI job, `BRUNT_INCONCLUSIVE=warn` turns inconclusive verdicts into warnings until the load
//! is right. The reports keep them as `forgiven`.
//!
//! # Noise, or too few samples
//!
//! | the report says | it means | what to do |
//! |---|---|---|
//! | `noise may explain it: it lies within … with … confidence; about … samples would decide it` | The target was missed, but a system that meets it would look like this in more than one of a thousand runs. | Run the number of samples that the report gives, or `settle`. If the system is that near its limit, this will come back: move the limit or mend the system. |
//! | `… the samples are too few for an upper end; …`, `… the samples are too few to tell; …` | So few samples allow no interval. | The same. |
//! | `no sensible number of samples would decide it` | The figure lies on the limit, or varies too much. | Move the limit, or judge a steadier figure: `p50`, a mean, a longer window. |
//! | `in the first … nothing can be completed, as an operation takes as long` | The load of a target on throughput is hardly longer than one operation. | A longer load. |
//! | `too few samples: … wants at least …` | A percentile needs one sample beyond it: 20 for p95, 100 for p99, 1,000 for p99.9. If the plan already has fewer, that is a compile error. | More iterations, or a lower percentile. |
//! | `too few operations: … at least are wanted where a share of … decides` | A share of 1 % needs 50 operations, one of 0.1 % needs 500. | More iterations, or a wider share. |
//! | `the ratio is …, and lies within … with … confidence` | Noise decides a relative target (`b.mean < 1.2x a.mean`). | More samples; or measure both sides at the same time with [`user.pair`](crate::User::pair). |
//! | `the samples are too few to tell the ratio` | One side of a relative target has nearly no samples. | More samples on both sides. |
//! | `the other side is not known: …` | The right-hand side of a relative target has no figure, for the reason that follows. | The remedy for that side. |
//! | `it holds in what was seen, but is not shown: …` | Only with `proven` or `BRUNT_PASS=proven`: the target held, but chance may explain that. | More samples, or leave `proven` out. |
//! | `there was no full window of … s with samples` | The load is shorter than one window, such as `each(10s)` over a load of less than ten seconds. | A longer load, or a narrower window. |
//! | `…; inconclusive in … of …` | That number of the groups of an `each(…)` is undecided; the verdict shows the worst. | More samples for each group. |
//!
//! # Nothing was measured
//!
//! | the report says | it means | what to do |
//! |---|---|---|
//! | `no samples` | The name exists, but no iteration had it in the part that the target selects. | Check the selection: was the step reached in that stage? |
//! | `no samples: all … failed, and latency is of successes` | The target limits a latency, and no iteration succeeded. | Mend the failures first; or judge `errors.p95`. |
//! | `nothing was measured: no iteration ended` | The load ended before the first iteration did. | A longer load, or a `timeout`. |
//! | `nothing was measured: all … arrivals were dropped` | No user was ever free. | Raise `max_users`. |
//! | `no samples: … was … in … only` | A recorded value or step appeared only in other phases or stages. | Select that phase, or record it everywhere. |
//! | `… of … users ended no iteration` | The target has `each(user)`, and some users never ended an iteration. | A longer load. |
//! | `the mean is zero` | `cv` divides by the mean. | Judge `stddev`. |
//! | `there was no … to go over` | An `each(…)` goes over tags, steps or stages that never appeared. | Check the name, and that the body reaches that code. |
//!
//! # The load was not the one you asked for
//!
//! | the report says | it means | what to do |
//! |---|---|---|
//! | `… of … arrivals found no free user and were not measured` | All `max_users` of an open model were busy. | Raise `max_users`; where shedding is expected, a target on `dropped`. |
//! | `… of … were sent: the load generator was too late for … of … arrivals and left them out` | This machine cannot send that rate. | A lower rate, `--release`, a bigger machine; or a target on `unsent`. |
//! | `the load generator started its arrivals late (…): without that it is …` | A latency was missed only because arrivals started late. | The same. Or judge `service.p95`, which counts from the actual start. |
//! | `the load generator itself was held up: its timers fired up to … late, …` | Something else used the CPU, or a body blocked its thread. | Run it alone; see the next two rows. |
//! | `the load generator itself was up to … late`, `the load generator itself was held up, for … at a time, which is enough for … timeouts` | The same, for a maximum and for timeouts. | The same. |
//! | `the load generator was too late for … arrivals, which were never started` | A throughput was missed only because this machine did not send all arrivals that were due. | A lower rate, `--release`, a bigger machine. |
//! | `this process was stopped or starved of CPU for … of the time` | The machine or container gave it no CPU. | More CPU for the container; no other builds beside it. |
//! | `the async body holds its thread (… in the median) without awaiting` | An `async fn` makes a blocking call, so the users wait for one another. | A plain `fn`, `tokio::task::spawn_blocking`, or `tokio::time::sleep`: [bodies that block](super::load#bodies-that-block). |
//! | `it includes waits of users for a thread: …`, `it leaves out … that users waited for a thread before their iterations: …` | The same, where it decides the target. | The same. |
//! | `… of … runs of the step … were cancelled before their end, and how they would have ended decides` | A `select!` or `timeout` dropped the step. | Allow a share of them: `pay.cancelled < 99%`. |
//! | `other tests ran in this process meanwhile, and what it used is theirs too` | The target limits memory, CPU or network of a process in which several tests ran at once. | nextest, or `-- --test-threads 1`. |
//! | `this system does not tell what a process sends and receives` | `network` is measured on Linux only. | Run it there, or leave the target out. |
//! | `` `sample` failed … of … times: … `` | A gauge is not known for that time. | Mend `sample`. |
//! | `there were too many combinations of names with tags, and some that this target covers were counted together`, `there were more than 1,000 of them, …` | Names or tags contain an id, so every request has a series of its own. | Name the sort (`GET /items/{id}`), not the instance (`GET /items/4711`). |
//! | `windows of … are not told apart: with this many series the timeline is kept in slots of …` | The same, for the timeline. | Fewer names; or wider windows. |
//! | `went on for …, which … still undecided` (a note) | `settle` ended, and the target is still inconclusive. | A longer `settle`, or the remedies for noise above. |
//!
//! # Stress tests and searches
//!
//! | the report says | it means | what to do |
//! |---|---|---|
//! | `… sizes lie on a curve of every class: measure at least …`, `sizes from … to … span …x, too little to tell classes apart` | `growth` needs three sizes over a factor of 16. | More sizes, a wider range. |
//! | `the figures do not exclude that it grows faster than …`, `the figures fit …, which grows faster than …` | The curve is not clear. | The remedy that the report names: larger sizes, more sizes near the end, or more iterations. |
//! | `from … to … the cost rises … times above …, which caches or a part that grows faster may cause` | The largest size just left a cache. | Larger sizes, so that the curve levels off or goes on. |
//! | `allocations were not counted: put …` | No counting allocator in the binary. | `brunt::allocator!();` |
//! | `a growth wants at least … readings of memory, one a second` | The test is too short for `memory_growth`. | A longer load. |
//! | `it is at least …: …`, `the highest level of the search held: raise its end to learn more` | The search ended before the system broke. | A higher end of the range. |
//! | `… could not be sent…`, `… could not be told…` | The generator, or too few samples, ended the search at that level. | A lower rate or a longer `duration` of each level. |
//! | `… held once and was not confirmed` | The level held by chance, or on the system's reserves. | A longer `duration`. |
//! | `no level broke after one that had held: there was nothing to recover from` | The target limits the `recovery_time` of a search that never overloaded the system. | A higher end of the range. |
//! | `the search ended because it took too long: begin it nearer to the capacity` | The range is too wide for the time that a search may take. | A narrower range. |
//!
//! # Experiments
//!
//! | the report says | it means | what to do |
//! |---|---|---|
//! | `the baseline was not steady, and nothing was broken: …` | The system misses its targets without any fault. | Mend that first; a longer `lab.baseline(…)` where it is still warming up. |
//! | `… affected no operation: …`, `… affected no connection: …` | The fault was over before an operation came, or the load goes another way. | Hold it longer; send the load through the proxy. |
//! | `nothing was broken: call …` | The test has a target on a fault, and no `lab.inject`. | Inject one. |
//! | `no operation failed: … was not noticed by any load` | The test has a target on `detection_time`, but no operation failed. | Leave that target out where the fault is to be invisible; else hold the fault longer. |
//! | `… operations are too few to tell`, `about … are wanted, at this rate … more` | Too few operations to show that the system recovered. | More load, or a longer `lab.recovery(…)`. |
//! | `… operations failed after the last fault was healed, …, and nobody waited for the recovery` | Without `lab.recovery` no failure after the fault is expected. | End with `lab.recovery(longest)`. |
//! | `nobody waited for a recovery: call …` | The test has a target on `recovery_time`, and no `lab.recovery`. | Call `lab.recovery(…)`. |
//! | `all … iterations were in the phases …, so that the steady state was not seen` | There was load only while something was broken. | `lab.baseline` before, `lab.recovery` after. |
//! | `no write was acknowledged: …`, `there is no ledger: …`, `… writes are not there that were acknowledged since …` | `lost_writes` lacks its ledger, or the loads went on while it was read. | The remedy that the report names; await `lab.stop()` before reading back. |
//! | `there was no bystander: …`, `no operation of a bystander was due while something was broken` | `isolation` lacks a bystander. | `lab.bystander(…)`, or a longer fault. |
//! | `what the process … uses is not measured: …` | The target is on a process that the experiment did not start. | Start it with `lab.process(…)`. |
//! | `it cannot be told whether the system recovered … after the injection` | The test has a target on `recovery_time`, and too few operations to show the recovery. | As above: more load, a longer `lab.recovery(…)`. |
//! | `nothing was broken, as the baseline was not steady: …` | The target is on the fault of an experiment that broke nothing. | Mend the cause of the unsteady baseline. |
//! | `… was measured: that is done by …` | The target is on `compensation_time` or `orphans`, which no call reported. | Make the call that the report names. |
//! | `no attempt at the dependency …`, `attempts are not counted: …`, `no operation was asked for, …` | `amplification` has nothing to count. | `lab.attempts()`, or `lab.proxy(…)`. |
//!
//! # When it comes back
//!
//! A target that is inconclusive in every third run has its limit where the system's figure is. `proven`, `settle` and
//! more samples only show that more clearly. Choose the limit by the change that you want to find. A limit at 1.5 times
//! today's figure finds a change that makes the system twice as slow, in few samples and without a doubt; a change of 2
//! % needs thousands of samples, or a relative target with [`user.pair`](crate::User::pair) in one run.
//!
//! Next: [running](super::running).
