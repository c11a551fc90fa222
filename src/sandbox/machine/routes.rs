//! The routers that the machine sends to, by its routing tables (proc_net(5)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The routers of all routes that have one.
pub fn gateways() -> Vec<IpAddr> {
    let read = |file| std::fs::read_to_string(file).unwrap_or_default();
    let mut all = v4(&read("/proc/net/route"));
    all.extend(v6(&read("/proc/net/ipv6_route")));
    all.sort_unstable();
    all.dedup();
    all
}

/// The third column of each line but the first: an address in the machine's byte order.
fn v4(text: &str) -> Vec<IpAddr> {
    let column = |line: &str| {
        let number = u32::from_str_radix(line.split_whitespace().nth(2)?, 16).ok()?;
        Some(Ipv4Addr::from(number.to_ne_bytes()))
    };
    let all = text.lines().skip(1).filter_map(column).filter(|it| !it.is_unspecified());
    all.map(IpAddr::V4).collect()
}

/// The fifth column of each line.
fn v6(text: &str) -> Vec<IpAddr> {
    let column = |line: &str| {
        let word = line.split_whitespace().nth(4).filter(|word| word.len() == 32)?;
        Some(Ipv6Addr::from_bits(u128::from_str_radix(word, 16).ok()?))
    };
    let all = text.lines().filter_map(column).filter(|it| !it.is_unspecified());
    all.map(IpAddr::V6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routers_are_read() {
        let gateway = u32::from_ne_bytes([192, 0, 2, 1]);
        let table = format!(
            "Iface\tDestination\tGateway \tFlags\neth0\t00000000\t{gateway:08X}\t0003\n\
             eth0\t000200C0\t00000000\t0001\nbroken\n"
        );
        assert_eq!(v4(&table), [IpAddr::from([192, 0, 2, 1])]);
        let zeros = "0".repeat(32);
        let router = "fe800000000000000000000000000001";
        let line = |next| format!("{zeros} 00 {zeros} 00 {next} 00000400 0 0 3 eth0\n");
        let table = format!("{}{}short\n", line(router), line(&zeros));
        assert_eq!(v6(&table), ["fe80::1".parse::<IpAddr>().unwrap()]);
    }
}
