//! What the script answers to SIP requests: a status, or a digest challenge (RFC 3261 section 22)
//! and what becomes of the credentials that come upon it.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use ring::hmac;
use ring::rand::SystemRandom;

use super::digest::{Credentials, hexadecimal};
use super::serve::World;
use super::sip::canonical;
use crate::contact::Host;
use crate::script::{SipAnswer, SipChallenge};

/// A nonce is the microsecond in which it was made, and so many bytes that sign it.
const SIGNATURE: usize = 16;

/// What a request is answered in place of the usual.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Departure {
    pub(super) status: String,
    /// Whole header fields.
    pub(super) fields: Vec<String>,
}

impl Departure {
    fn status(code: u16) -> Self {
        Self { status: format!("{code} {}", reason(code)), fields: Vec::new() }
    }
}

/// Makes nonces, and knows them again without keeping them.
#[derive(Debug)]
pub(super) struct Nonces {
    key: hmac::Key,
    begin: Instant,
}

impl Nonces {
    /// With a key of their own; none where the machine has no randomness.
    pub(super) fn new() -> Option<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok()?;
        Some(Self { key, begin: Instant::now() })
    }

    fn make(&self) -> String {
        // Half a million years fit.
        self.made_at(self.begin.elapsed().as_micros() as u64)
    }

    fn made_at(&self, moment: u64) -> String {
        let moment = moment.to_be_bytes();
        let signature = hmac::sign(&self.key, &moment);
        let signature = signature.as_ref().get(..SIGNATURE).unwrap_or_default();
        hexadecimal(&[&moment, signature].concat())
    }

    /// How long ago it was made; none where it is none of these.
    fn age(&self, nonce: &str) -> Option<Duration> {
        let moment = u64::from_str_radix(nonce.get(..16)?, 16).ok()?;
        if self.made_at(moment) != nonce {
            return None;
        }
        self.begin.elapsed().checked_sub(Duration::from_micros(moment))
    }
}

/// What the script answers to a request that goes to an address, where the client knows it by a
/// name; none where it leaves the request to the usual answer.
pub(super) fn departure(world: &World, request: &str, host: Host, port: u16) -> Option<Departure> {
    if world.script.sip.is_empty() {
        return None;
    }
    let (method, rest) = request.lines().next()?.split_once(' ')?;
    let host = match (host, host_of(rest)) {
        (Host::Address(_), Some(said)) => Host::from_text(said),
        (known, _) => known,
    };
    match &world.scripted_sip(&host, port, method)?.answer {
        SipAnswer::Status(code) => Some(Departure::status(*code)),
        SipAnswer::Challenge(challenge) => meet(&world.nonces, challenge, method, request),
    }
}

/// The host of a URI: `sip:alice@voip.example:5060;transport=udp SIP/2.0` (RFC 3261 section 19.1.1).
fn host_of(rest: &str) -> Option<&str> {
    let (_, rest) = rest.split(' ').next()?.split_once(':')?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = match rest.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => rest.split([':', ';', '?']).next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// What becomes of a request that is challenged; none where it is let in.
fn meet(
    nonces: &Nonces,
    challenge: &SipChallenge,
    method: &str,
    request: &str,
) -> Option<Departure> {
    let fields = request.lines().skip(1).take_while(|line| !line.is_empty());
    let mut shown = fields
        .filter_map(canonical)
        .filter(|(name, _)| *name == "authorization")
        .filter_map(|(_, value)| Credentials::read(value));
    let meant = shown.find_map(|read| {
        let algorithm = read.algorithm(&challenge.algorithms)?;
        (read.realm == challenge.realm).then_some((read, algorithm))
    });
    let Some((read, algorithm)) = meant else { return Some(ask(nonces, challenge, false)) };
    let is_known = challenge.user.as_ref().is_none_or(|user| *user == read.user);
    let proves = |password: &String| read.prove(password, method, algorithm);
    let is_right = is_known && challenge.password.as_ref().is_none_or(proves);
    let is_fresh = nonces.age(&read.nonce).is_some_and(|age| age <= challenge.stale_after);
    match (is_fresh, is_right) {
        (true, true) => None,
        (true, false) => Some(Departure::status(403)),
        // RFC 7616 section 3.3: the client need not ask its user for another password.
        (false, is_right) => Some(ask(nonces, challenge, is_right)),
    }
}

/// One header field an algorithm, the preferred one first (RFC 8760 section 2.4).
fn ask(nonces: &Nonces, challenge: &SipChallenge, stale: bool) -> Departure {
    let nonce = nonces.make();
    let stale = if stale { ", stale=true" } else { "" };
    let fields = challenge.algorithms.iter().map(|algorithm| {
        format!(
            "WWW-Authenticate: Digest realm=\"{}\", nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}",
            challenge.realm,
            algorithm.name()
        )
    });
    Departure { fields: fields.collect(), ..Departure::status(401) }
}

/// Whom a datagram goes to.
pub(super) fn asked(world: &World, address: IpAddr) -> Host {
    world.name(address).map_or(Host::Address(address), |name| Host::from_text(&name))
}

/// What a status is called (RFC 3261 section 21); it may be called anything.
fn reason(code: u16) -> &'static str {
    match code {
        200 => "OK",
        202 => "Accepted",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        410 => "Gone",
        420 => "Bad Extension",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        486 => "Busy Here",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        _ => "As Scripted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::DigestAlgorithm;

    const REALM: &str = "voip.example";

    fn challenge(user: Option<&str>, password: Option<&str>, seconds: u64) -> SipChallenge {
        SipChallenge {
            realm: REALM.to_owned(),
            algorithms: vec![DigestAlgorithm::Sha256, DigestAlgorithm::Md5],
            user: user.map(str::to_owned),
            password: password.map(str::to_owned),
            stale_after: Duration::from_secs(seconds),
        }
    }

    /// A request with credentials, whose response is right for the password `p` of `me` where it
    /// is `right`.
    fn request(nonce: &str, response: &str, algorithm: &str) -> String {
        use md5::{Digest, Md5};
        let hash = |text: &str| hexadecimal(&Md5::digest(text));
        let right =
            hash(&format!("{}:{nonce}:{}", hash("me:voip.example:p"), hash("REGISTER:sip:x")));
        let response = if response == "right" { &right } else { response };
        format!(
            "REGISTER sip:x SIP/2.0\r\nVia: x\r\nAuthorization: Digest username=\"me\", \
             realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"sip:x\", response=\"{response}\"{algorithm}\r\n\r\n"
        )
    }

    #[test]
    fn credentials_let_in_or_do_not() {
        let nonces = Nonces::new().expect("randomness");
        let other = Nonces::new().expect("randomness");
        let (ours, foreign) = (nonces.make(), other.make());
        std::thread::sleep(Duration::from_millis(2));
        let (let_in, asked, stale, forbidden) = ("let in", "401", "401 stale", "403");
        for (user, password, seconds, nonce, response, algorithm, expected) in [
            // Any password is fine where the scenario gives none.
            (None, None, 60, &ours, "any", "", let_in),
            (None, None, 0, &ours, "any", "", stale),
            (None, None, 60, &foreign, "any", "", stale),
            (Some("me"), None, 60, &ours, "any", ", algorithm=MD5", let_in),
            (Some("you"), None, 60, &ours, "any", "", forbidden),
            (None, Some("p"), 60, &ours, "right", "", let_in),
            (None, Some("p"), 60, &ours, "any", "", forbidden),
            (None, Some("q"), 60, &ours, "right", "", forbidden),
            (None, Some("p"), 0, &ours, "right", "", stale),
            (None, Some("p"), 0, &ours, "any", "", asked),
            (None, Some("p"), 60, &foreign, "any", "", asked),
            // One that was not offered.
            (None, None, 60, &ours, "any", ", algorithm=MD5-sess", asked),
        ] {
            let challenge = challenge(user, password, seconds);
            let request = request(nonce, response, algorithm);
            let told = match meet(&nonces, &challenge, "REGISTER", &request) {
                None => let_in.to_owned(),
                Some(departure) => {
                    let code = departure.status.split(' ').next().unwrap_or_default().to_owned();
                    let stale = departure.fields.iter().any(|field| field.contains("stale=true"));
                    if stale { format!("{code} stale") } else { code }
                }
            };
            assert_eq!(told, expected, "{user:?} {password:?} {seconds} {response} {algorithm}");
        }
    }

    #[test]
    fn who_shows_nothing_is_asked_with_each_algorithm() {
        let nonces = Nonces::new().expect("randomness");
        let request = request("", "", "").replace(REALM, "another.example");
        let asked = meet(&nonces, &challenge(None, None, 60), "REGISTER", &request);
        let asked = asked.expect("a challenge");
        assert_eq!(asked.status, "401 Unauthorized");
        let [first, second] = asked.fields.as_slice() else { panic!("{asked:?}") };
        let begin = "WWW-Authenticate: Digest realm=\"voip.example\", nonce=\"";
        assert!(first.starts_with(begin) && first.ends_with(", algorithm=SHA-256, qop=\"auth\""));
        assert!(second.ends_with(", algorithm=MD5, qop=\"auth\""), "{second}");
    }

    #[test]
    fn a_nonce_is_known_again_and_no_other() {
        let nonces = Nonces::new().expect("randomness");
        let nonce = nonces.make();
        assert!(nonces.age(&nonce).is_some());
        for broken in
            ["", "x", "é€é€é€é€", &nonce[1..], &nonce.replace('0', "1"), &format!("{nonce}0")]
        {
            assert_eq!(nonces.age(broken), None, "{broken}");
        }
        // From a time that has not come.
        assert_eq!(nonces.age(&nonces.made_at(u64::MAX)), None);
    }

    #[test]
    fn a_uri_gives_its_host() {
        for (rest, host) in [
            ("sip:voip.example SIP/2.0", Some("voip.example")),
            ("sips:a:b@voip.example:5061;transport=tls SIP/2.0", Some("voip.example")),
            ("sip:a@[2001:db8::1]:5060 SIP/2.0", Some("2001:db8::1")),
            ("sip:voip.example?x=y SIP/2.0", Some("voip.example")),
            ("tel SIP/2.0", None),
            ("sip: SIP/2.0", None),
        ] {
            assert_eq!(host_of(rest), host, "{rest}");
        }
    }
}
