//! Measures for how long the kernel has kept this process from running because its control group had used up its quota
//! of CPU.

use std::time::Duration;

/// The throttled time since the control group was created; `None` where the system does not report it.
#[cfg(target_os = "linux")]
pub(crate) fn throttled_time() -> Option<Duration> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = control_group_paths(&groups).find_map(|path| std::fs::read_to_string(path).ok());
    time_in_stat(&own?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn throttled_time() -> Option<Duration> {
    None
}

/// The files with the figures of the process's control group: `0::/path` in version 2, `4:cpu,cpuacct:/path` in version
/// 1 (cgroups(7)). In a container the path is often that of the host, and the group's own files lie at the root.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn control_group_paths(groups: &str) -> impl Iterator<Item = String> + '_ {
    groups
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            let root = match controllers {
                "" => "/sys/fs/cgroup".to_owned(),
                all if all.split(',').any(|one| one == "cpu") => format!("/sys/fs/cgroup/{all}"),
                _ => return None,
            };
            let of_path = format!("{root}{}/cpu.stat", path.trim_end_matches('/'));
            Some([of_path, format!("{root}/cpu.stat")])
        })
        .flatten()
}

/// Reads `throttled_usec` of version 2, or `throttled_time` (in nanoseconds) of version 1.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn time_in_stat(stat: &str) -> Option<Duration> {
    let of = |key: &str| {
        let lines = stat.lines().filter_map(|line| line.split_once(' '));
        lines.filter(|(name, _)| *name == key).find_map(|(_, value)| value.trim().parse().ok())
    };
    of("throttled_usec").map(Duration::from_micros).or_else(|| of("throttled_time").map(Duration::from_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_control_groups_are_read() {
        let two = "usage_usec 5\nnr_periods 9\nnr_throttled 4\nthrottled_usec 1500\n";
        assert_eq!(time_in_stat(two), Some(Duration::from_micros(1_500)));
        assert_eq!(time_in_stat("nr_throttled 4\nthrottled_time 1500\n"), Some(Duration::from_nanos(1_500)));
        assert_eq!(time_in_stat("usage_usec 5\n"), None);
    }

    #[test]
    fn a_group_s_figures_lie_at_its_path_or_at_the_root_of_its_namespace() {
        let found = |groups| control_group_paths(groups).collect::<Vec<_>>();
        assert_eq!(found("0::/ci/job\n"), ["/sys/fs/cgroup/ci/job/cpu.stat", "/sys/fs/cgroup/cpu.stat"]);
        assert_eq!(found("0::/\n")[0], "/sys/fs/cgroup/cpu.stat");
        let one = "5:memory:/a\n4:cpu,cpuacct:/a\n";
        assert_eq!(found(one), ["/sys/fs/cgroup/cpu,cpuacct/a/cpu.stat", "/sys/fs/cgroup/cpu,cpuacct/cpu.stat"]);
    }
}
