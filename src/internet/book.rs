//! The address book: each name an address of its own in either family, so that an address in
//! a later packet gives its name back exactly.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Where IPv4 addresses are taken from: the block for benchmarking between networks (RFC 2544),
/// which no real host has.
pub const V4_BLOCK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15);
/// Where IPv6 addresses are taken from: documentation addresses (RFC 3849), which address
/// selection (RFC 6724) treats as global ones.
pub const V6_BLOCK: Ipv6Net =
    Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0x198, 0x18, 0, 0, 0, 0), 64);

/// How many names have room: a block's addresses but for those ending in 0 and 255, which
/// some programs take for a network or a broadcast address.
const CAPACITY: u32 = 512 * 254;

/// Hears of a name and its addresses before anybody is told them; false where it cannot be given
/// them.
pub type OnNamed = Box<dyn FnMut(&str, [IpAddr; 2]) -> bool + Send>;

/// Names and the addresses they were given, in order of their first lookup.
#[derive(Default)]
pub struct AddressBook {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    on_named: Option<OnNamed>,
}

impl fmt::Debug for AddressBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressBook").field("names", &self.names).finish_non_exhaustive()
    }
}

impl AddressBook {
    /// Has somebody hear of each name from now on.
    pub(super) fn when_named(&mut self, hear: OnNamed) {
        self.on_named = Some(hear);
    }

    /// The name's addresses, given out now where it has none yet; none where the book is full.
    /// The name must be lower-cased and without the final dot.
    pub fn addresses(&mut self, name: &str) -> Option<(Ipv4Addr, Ipv6Addr)> {
        let number = match self.numbers.get(name) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.names.len()).ok()?;
                if number >= CAPACITY {
                    return None;
                }
                let (v4, v6) = numbered(number);
                if let Some(hear) = &mut self.on_named
                    && !hear(name, [v4.into(), v6.into()])
                {
                    return None;
                }
                self.numbers.insert(name.to_owned(), number);
                self.names.push(name.to_owned());
                number
            }
        };
        Some(numbered(number))
    }

    /// The name that was given this address.
    pub fn name(&self, address: IpAddr) -> Option<&str> {
        let number = match address {
            IpAddr::V4(v4) if V4_BLOCK.contains(&v4) => {
                let offset = u32::from(v4) - u32::from(V4_BLOCK.addr());
                (offset / 256 * 254).checked_add((offset % 256).checked_sub(1)?)?
            }
            IpAddr::V6(v6) if V6_BLOCK.contains(&v6) => {
                let offset = u128::from(v6) - u128::from(V6_BLOCK.addr());
                u32::try_from(offset.checked_sub(1)?).ok()?
            }
            _ => return None,
        };
        self.names.get(number as usize).map(String::as_str)
    }

    /// The blocks that addresses are taken from.
    pub fn blocks() -> [IpNet; 2] {
        [IpNet::V4(V4_BLOCK), IpNet::V6(V6_BLOCK)]
    }
}

/// The addresses of the name of this number, which is below the capacity.
fn numbered(number: u32) -> (Ipv4Addr, Ipv6Addr) {
    let v4 = u32::from(V4_BLOCK.addr()) + (number / 254) * 256 + number % 254 + 1;
    let v6 = u128::from(V6_BLOCK.addr()) + u128::from(number) + 1;
    (Ipv4Addr::from(v4), Ipv6Addr::from(v6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_gives_its_name_back() {
        let mut book = AddressBook::default();
        for number in 0..CAPACITY {
            let name = format!("{number}.example");
            let (v4, v6) = book.addresses(&name).expect("room");
            assert!(V4_BLOCK.contains(&v4) && !matches!(v4.octets()[3], 0 | 255), "{v4}");
            assert_eq!(book.name(v4.into()), Some(name.as_str()), "{v4}");
            assert_eq!(book.name(v6.into()), Some(name.as_str()), "{v6}");
        }
        assert_eq!(book.addresses("one.more"), None);
        assert!(book.addresses("0.example").is_some());
    }

    #[test]
    fn somebody_hears_of_each_name_once_and_may_object() {
        let mut book = AddressBook::default();
        let (tell, told) = std::sync::mpsc::channel();
        book.when_named(Box::new(move |name, [v4, _]| {
            tell.send(format!("{name} {v4}")).is_ok() && name != "no.example"
        }));
        assert!(book.addresses("a.example").is_some() && book.addresses("a.example").is_some());
        assert_eq!(book.addresses("no.example"), None);
        assert!(book.addresses("b.example").is_some());
        let told: Vec<String> = told.try_iter().collect();
        let expected = ["a.example 198.18.0.1", "no.example 198.18.0.2", "b.example 198.18.0.2"];
        assert_eq!(told, expected);
    }

    #[test]
    fn foreign_addresses_have_no_name() {
        let mut book = AddressBook::default();
        book.addresses("a.example");
        for text in ["8.8.8.8", "198.18.0.0", "198.18.0.2", "198.19.255.254", "2001:db8::1"] {
            assert_eq!(book.name(text.parse().expect("address")), None, "{text}");
        }
    }
}
