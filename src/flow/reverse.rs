//! Names that stand for addresses (RFC 1035 section 3.5, RFC 3596 section 2.5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that a whole reverse name stands for. The name is in lower case, without the
/// final dot.
pub(super) fn address(name: &str) -> Option<IpAddr> {
    if let Some(octets) = name.strip_suffix(".in-addr.arpa") {
        let octets: Option<Vec<u8>> = octets.rsplit('.').map(|octet| octet.parse().ok()).collect();
        return <[u8; 4]>::try_from(octets?).ok().map(|octets| Ipv4Addr::from(octets).into());
    }
    let nibbles = name.strip_suffix(".ip6.arpa")?;
    if nibbles.len() != 63 {
        return None;
    }
    let mut value = 0;
    for nibble in nibbles.rsplit('.') {
        let single = nibble.len() == 1;
        value = value << 4 | u128::from(u8::from_str_radix(nibble, 16).ok().filter(|_| single)?);
    }
    Some(Ipv6Addr::from(value).into())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn whole_reverse_names_are_read_and_nothing_else() {
        let six = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.1.0.0.8.9.1.0.8.b.d.0.1.0.0.2.ip6.arpa";
        for (name, expected) in [
            ("1.0.18.198.in-addr.arpa", Some("198.18.0.1")),
            (six, Some("2001:db8:198:18::1")),
            ("0.18.198.in-addr.arpa", None),
            ("1.1.0.18.198.in-addr.arpa", None),
            ("1.0.18.300.in-addr.arpa", None),
            (&six[2..], None),
            (&six.replace("8.b", "8bb"), None),
            ("example.org", None),
            (".ip6.arpa", None),
        ] {
            assert_eq!(address(name), expected.map(|text| text.parse().unwrap()), "{name}");
        }
    }
}
