//! The words that filters may have: pcap-filter(7)'s own, and names of ports and protocols.

/// Whether libpcap's language has this word, so that it is never looked up.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.split_ascii_whitespace().any(|keyword| keyword == word)
}

const KEYWORDS: &str = "\
    dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp \
    carp radio ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis \
    is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui host net mask port portrange proto \
    protochain gateway type subtype direction dir address1 addr1 address2 addr2 address3 addr3 \
    address4 addr4 ra ta less greater byte broadcast multicast and or not len length inbound \
    outbound vlan mpls pppoed pppoes geneve lane llc metac bcc oam oamf4 oamf4ec oamf4sc sc \
    ilmic vpi vci connectmsg metaconnect on ifname rset ruleset rnr rulenum srnr subrulenum \
    reason action fisu lssu lsu msu sio opc dpc sls hfisu hlssu hmsu";

/// What a word stands for that means a number: offsets of fields, and values of those.
pub(super) fn number(word: &str) -> Option<u8> {
    if let Some(kind) = word.strip_prefix("icmp6-") {
        return ICMP6_TYPES.iter().find(|(name, _)| *name == kind).map(|(_, number)| *number);
    }
    Some(match word {
        "icmptype" | "icmp6type" => 0,
        "icmpcode" | "icmp6code" => 1,
        "icmp-echoreply" => 0,
        "icmp-unreach" => 3,
        "icmp-sourcequench" => 4,
        "icmp-redirect" => 5,
        "icmp-echo" => 8,
        "icmp-routeradvert" => 9,
        "icmp-routersolicit" => 10,
        "icmp-timxceed" => 11,
        "icmp-paramprob" => 12,
        "icmp-tstamp" => 13,
        "icmp-tstampreply" => 14,
        "icmp-ireq" => 15,
        "icmp-ireqreply" => 16,
        "icmp-maskreq" => 17,
        "icmp-maskreply" => 18,
        "tcpflags" => 13,
        "tcp-fin" => 0x01,
        "tcp-syn" => 0x02,
        "tcp-rst" => 0x04,
        "tcp-push" => 0x08,
        "tcp-ack" => 0x10,
        "tcp-urg" => 0x20,
        "tcp-ece" => 0x40,
        "tcp-cwr" => 0x80,
        _ => return None,
    })
}

const ICMP6_TYPES: [(&str, u8); 26] = [
    ("destinationunreach", 1),
    ("packettoobig", 2),
    ("timeexceeded", 3),
    ("parameterproblem", 4),
    ("echo", 128),
    ("echoreply", 129),
    ("multicastlistenerquery", 130),
    ("multicastlistenerreportv1", 131),
    ("multicastlistenerdone", 132),
    ("routersolicit", 133),
    ("routeradvert", 134),
    ("neighborsolicit", 135),
    ("neighboradvert", 136),
    ("redirect", 137),
    ("routerrenum", 138),
    ("nodeinformationquery", 139),
    ("nodeinformationresponse", 140),
    ("ineighbordiscoverysolicit", 141),
    ("ineighbordiscoveryadvert", 142),
    ("multicastlistenerreportv2", 143),
    ("homeagentdiscoveryrequest", 144),
    ("homeagentdiscoveryreply", 145),
    ("mobileprefixsolicit", 146),
    ("mobileprefixadvert", 147),
    ("certpathsolicit", 148),
    ("certpathadvert", 149),
];

/// A port by its name in IANA's registry, or by one that is as usual.
pub(super) fn service(name: &str) -> Option<u16> {
    Some(match name {
        "ftp-data" => 20,
        "ftp" => 21,
        "ssh" => 22,
        "telnet" => 23,
        "smtp" => 25,
        "whois" => 43,
        "tacacs" => 49,
        "domain" | "dns" => 53,
        "bootps" => 67,
        "bootpc" => 68,
        "tftp" => 69,
        "finger" => 79,
        "http" | "www" => 80,
        "kerberos" => 88,
        "pop3" => 110,
        "sunrpc" => 111,
        "auth" | "ident" => 113,
        "nntp" => 119,
        "ntp" => 123,
        "netbios-ns" => 137,
        "netbios-dgm" => 138,
        "netbios-ssn" => 139,
        "imap" | "imap2" => 143,
        "snmp" => 161,
        "snmptrap" | "snmp-trap" => 162,
        "bgp" => 179,
        "irc" => 194,
        "ldap" => 389,
        "https" => 443,
        "microsoft-ds" => 445,
        "isakmp" => 500,
        "syslog" => 514,
        "dhcpv6-client" => 546,
        "dhcpv6-server" => 547,
        "rtsp" => 554,
        "submissions" => 465,
        "submission" => 587,
        "ipp" => 631,
        "ldaps" => 636,
        "domain-s" => 853,
        "rsync" => 873,
        "imaps" => 993,
        "pop3s" => 995,
        "socks" => 1080,
        "openvpn" => 1194,
        "ms-sql-s" => 1433,
        "l2tp" => 1701,
        "pptp" => 1723,
        "radius" => 1812,
        "radius-acct" => 1813,
        "mqtt" => 1883,
        "ssdp" => 1900,
        "nfs" => 2049,
        "mysql" => 3306,
        "ms-wbt-server" | "rdp" => 3389,
        "stun" | "turn" => 3478,
        "ipsec-nat-t" => 4500,
        "vxlan" => 4789,
        "sip" => 5060,
        "sips" | "sip-tls" => 5061,
        "xmpp-client" => 5222,
        "xmpp-server" => 5269,
        "stuns" | "turns" => 5349,
        "mdns" => 5353,
        "llmnr" => 5355,
        "postgresql" => 5432,
        "amqp" => 5672,
        "coap" => 5683,
        "coaps" => 5684,
        "x11" => 6000,
        "geneve" => 6081,
        "http-alt" => 8080,
        "secure-mqtt" => 8883,
        _ => return None,
    })
}

/// A protocol above IP by its name in IANA's registry.
pub(super) fn ip_protocol(name: &str) -> Option<u8> {
    Some(match name {
        "icmp" => 1,
        "igmp" => 2,
        "ipencap" | "ipip" => 4,
        "tcp" => 6,
        "egp" => 8,
        "igrp" => 9,
        "udp" => 17,
        "dccp" => 33,
        "ipv6" => 41,
        "ipv6-route" => 43,
        "ipv6-frag" => 44,
        "rsvp" => 46,
        "gre" => 47,
        "esp" => 50,
        "ah" => 51,
        "icmp6" | "ipv6-icmp" => 58,
        "ipv6-nonxt" => 59,
        "ipv6-opts" => 60,
        "eigrp" => 88,
        "ospf" => 89,
        "etherip" => 97,
        "pim" => 103,
        "ipcomp" => 108,
        "vrrp" => 112,
        "l2tp" => 115,
        "isis" => 124,
        "sctp" => 132,
        "udplite" => 136,
        _ => return None,
    })
}
