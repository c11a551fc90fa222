//! What hosts told a DHCP server of themselves.

use anstyle::Style;

use super::text::Text;
use crate::contact::{DhcpClient, printable};
use crate::report::page::Page;

/// How many clients are shown.
const MOST: usize = 8;

impl Text<'_> {
    /// A line for each client that says more than that it is there.
    pub(super) fn clients(&self, page: &mut Page) {
        let telling = |it: &&DhcpClient| it.host_name.is_some() || !it.vendor_classes.is_empty();
        let clients: Vec<_> = self.inspection.dhcp.iter().filter(telling).collect();
        for client in clients.iter().take(MOST) {
            page.labelled(2, "dhcp:", Style::new(), &printable(&line(client)));
        }
        if let more @ 1.. = clients.len().saturating_sub(MOST) {
            page.labelled(2, "dhcp:", Style::new(), &format!("and {more} more"));
        }
    }
}

fn line(client: &DhcpClient) -> String {
    let name = client.host_name.as_deref().unwrap_or("a host without a name");
    let at = client.address.map(|address| format!(" at {address}")).unwrap_or_default();
    let classes = match client.vendor_classes.as_slice() {
        [] => String::new(),
        classes => format!(", vendor class {}", classes.join(", ")),
    };
    format!("{name}{at} ({}){classes}", client.client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Timestamp;

    #[test]
    fn a_client_is_a_line() {
        let client =
            |host_name: Option<&str>, classes: &[&str], address: Option<&str>| DhcpClient {
                client: "02:00:5e:10:00:09".to_owned(),
                host_name: host_name.map(str::to_owned),
                vendor_classes: classes.iter().map(|&class| class.to_owned()).collect(),
                address: address.map(|text| text.parse().unwrap()),
                server: None,
                first: Timestamp::default(),
                last: Timestamp::default(),
            };
        let check = |client: &DhcpClient, expected: &str| assert_eq!(line(client), expected);
        check(
            &client(Some("kiosk"), &["PXEClient", "MSFT 5.0"], Some("192.0.2.2")),
            "kiosk at 192.0.2.2 (02:00:5e:10:00:09), vendor class PXEClient, MSFT 5.0",
        );
        check(&client(Some("kiosk"), &[], None), "kiosk (02:00:5e:10:00:09)");
        let unnamed = client(None, &["udhcp"], None);
        check(&unnamed, "a host without a name (02:00:5e:10:00:09), vendor class udhcp");
    }
}
