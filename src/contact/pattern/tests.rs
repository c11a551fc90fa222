//! Patterns against hosts, as tables.

use super::*;

#[test]
fn patterns_match_hosts() {
    for (pattern, host, expected) in [
        ("example.org", "example.org", true),
        ("Example.ORG.", "example.org", true),
        ("example.org", "EXAMPLE.org.", true),
        ("example.org", "www.example.org", false),
        ("example.org", "198.51.100.7", false),
        ("*.example.org", "www.example.org", true),
        ("*.example.org", "a.b.example.org", true),
        ("*.example.org", "example.org", false),
        ("*.example.org", "badexample.org", false),
        ("*.example.org", "example.org.evil.test", false),
        ("sip*.voip.ms", "sip.voip.ms", true),
        ("sip*.voip.ms", "sip12.voip.ms", true),
        ("sip*.voip.ms", "sip.ca1.voip.ms", false),
        ("sip.*.voip.ms", "sip.ca1.voip.ms", true),
        ("sip.*.voip.ms", "sip.a.b.voip.ms", false),
        ("a*b*c.test", "axxbxbyc.test", true),
        ("a*b*c.test", "axxbxby.test", false),
        ("*", "example.org", true),
        ("*", "2001:db8::1", true),
        ("*", "", true),
        ("198.51.100.7", "198.51.100.7", true),
        ("198.51.100.7", "::ffff:198.51.100.7", true),
        ("198.51.100.7", "198.51.100.8", false),
        ("2001:DB8::1", "2001:db8:0::1", true),
        ("[2001:db8::1]", "2001:db8::1", true),
        ("198.51.100.0/24", "198.51.100.7", true),
        ("198.51.100.0/24", "198.51.101.7", false),
        ("198.51.100.0/24", "www.example.org", false),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("224.0.0.0/4", "239.255.255.250", true),
    ] {
        let parsed: HostPattern = pattern.parse().expect(pattern);
        assert_eq!(parsed.matches(&Host::from_text(host)), expected, "{pattern} on {host}");
    }
}

#[test]
fn texts_that_are_no_patterns() {
    for (text, expected) in [
        ("", PatternError::Empty),
        (" ", PatternError::Empty),
        ("https://example.org/x", PatternError::Url),
        ("example.org:443", PatternError::Port),
        ("[2001:db8::1]:443", PatternError::Port),
        ("10.0.0.1/8", PatternError::HostBits("10.0.0.0/8".parse().unwrap())),
        ("10.0.0.0/33", PatternError::Address),
        ("300.1.1.1", PatternError::Address),
        ("2001:db8::g", PatternError::Address),
        ("exa mple.org", PatternError::Character(' ')),
        ("exa\u{7}mple.org", PatternError::Character('\u{7}')),
        ("bücher.example", PatternError::NotAscii),
        ("a..b", PatternError::EmptyLabel),
        (".example.org", PatternError::EmptyLabel),
        ("**.example.org", PatternError::DoubleStar),
        (&"a.".repeat(200), PatternError::TooLong),
        (&"a".repeat(64), PatternError::TooLong),
    ] {
        assert_eq!(text.parse::<HostPattern>(), Err(expected), "{text}");
    }
}

#[test]
fn shown_as_it_can_be_read_again() {
    for (text, shown) in [
        ("*", "*"),
        ("Example.ORG.", "example.org"),
        ("*.Example.org", "*.example.org"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("10.0.0.0/8", "10.0.0.0/8"),
    ] {
        let pattern: HostPattern = text.parse().unwrap();
        assert_eq!(pattern.to_string(), shown);
        assert_eq!(shown.parse::<HostPattern>().unwrap(), pattern);
    }
}
