//! Kernel settings of the application's network namespace, through /proc/sys/net, which shows
//! the settings of the namespace that the calling thread is in.

use std::fs;

/// Applies what makes the namespace quiet, and lets an ordinary user ping and listen as root
/// may. Each is an improvement, none a condition: where /proc/sys cannot be
/// written the sandbox still works, so refusals are passed over.
pub fn apply() {
    // The kernel's own chatter: router solicitations would be sent for seconds.
    for (key, value) in [
        ("ipv6/conf/all/accept_ra", "0"),
        ("ipv6/conf/default/accept_ra", "0"),
        ("ipv6/conf/eth0/accept_ra", "0"),
        ("ipv6/conf/eth0/router_solicitations", "0"),
        ("ipv6/conf/eth0/mldv2_unsolicited_report_interval", "1"),
        // Group 0 is the one that the sandbox's user namespace maps to the user's own.
        ("ipv4/ping_group_range", "0 0"),
        // A server on port 443 shall start for an ordinary user as it does for root: what it
        // contacts then is looked for, and the ports are the sandbox's own (IPv6 too).
        ("ipv4/ip_unprivileged_port_start", "0"),
    ] {
        let _ = fs::write(format!("/proc/sys/net/{key}"), value);
    }
}
