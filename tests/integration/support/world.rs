//! An internet of the test's own, made of network namespaces: the *machine*, in which the test
//! runs and which has no way out but one, and the *world* at its other end, with a resolver and
//! servers. No packet can leave either.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use assert_cmd::Command;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::geteuid;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, Stream};

use super::User;
use super::background::PATIENCE;

/// Set in the environment of a test that runs in a machine of its own.
const INSIDE: &str = "APPTRACE_TEST_MACHINE";

/// The machine's own addresses.
pub(crate) const MACHINE: [&str; 2] = ["10.9.0.100", "fd09::100"];
/// The world's resolver.
pub(crate) const RESOLVER: &str = "10.9.0.1";

/// Names and their addresses. Every address below has servers: HTTP on port 80, and an echo of
/// datagrams on port 7; 10.9.0.3 and port 81 have none.
const RECORDS: [(&str, &[&str]); 6] = [
    ("a.example", &["10.9.0.11", "fd09::11"]),
    ("b.example", &["10.9.0.12"]),
    ("x.wild.example", &["10.9.0.13"]),
    ("six.example", &["fd09::11"]),
    ("gone.example", &["10.9.0.14"]),
    ("elsewhere.example", &["fd99::1"]),
];
const ADDRESSES: [&str; 6] =
    ["10.9.0.1", "10.9.0.2", "10.9.0.11", "10.9.0.12", "10.9.0.13", "10.9.0.14"];

/// Runs the named test again in a machine of its own; false where this is such a run.
pub(crate) fn repeat(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return false;
    }
    let root = geteuid().is_root();
    let mut words = vec!["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    if !root {
        words.extend(["--user", "--map-root-user"]);
    }
    let ran = Command::new("unshare")
        .args(words)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, if root { "root" } else { "mapped" })
        .timeout(PATIENCE * 3)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&ran.stdout);
    let errors = String::from_utf8_lossy(&ran.stderr);
    // A name that matches no test would pass as well.
    let is_passed = ran.status.success() && out.contains("test result: ok. 1 passed");
    assert!(is_passed, "{test}:\n{out}\n{errors}");
    true
}

/// Everyone that a test in a machine of its own can be.
pub(crate) fn users() -> Vec<User> {
    let is_root = std::env::var_os(INSIDE).is_some_and(|how| how == "root");
    if is_root { User::all() } else { vec![User::Own] }
}

/// The world, as long as the test lives.
pub(crate) struct World {
    seen: Arc<Mutex<Vec<String>>>,
    _resolv: tempfile::TempDir,
}

impl World {
    /// Makes it, and joins the machine to it; the machine asks these resolvers.
    pub(crate) fn with_resolvers(servers: &[&str]) -> Self {
        assert!(std::env::var_os(INSIDE).is_some(), "a real internet is never the machine's own");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (tell, told) = mpsc::channel();
        let (joined, begin) = mpsc::channel();
        let witness = Arc::clone(&seen);
        thread::spawn(move || {
            unshare(CloneFlags::CLONE_NEWNET).unwrap();
            let id = nix::unistd::gettid();
            tell.send(format!("/proc/{}/task/{id}/ns/net", std::process::id())).unwrap();
            let () = begin.recv().unwrap();
            ip("link set lo up");
            ip("link set w0 addrgenmode none");
            ip("link set w0 up");
            for address in ADDRESSES {
                ip(&format!("addr add {address}/24 dev w0"));
            }
            ip("addr add fd09::11/64 dev w0 nodad");
            let all = ADDRESSES.iter().copied().chain(["fd09::11"]);
            for address in all {
                let address: IpAddr = address.parse().unwrap();
                serve(address, &witness);
            }
            serve_tls("10.9.0.12".parse().unwrap());
            tell.send(String::new()).unwrap();
            // The namespace lives as long as a thread in it.
            loop {
                thread::park();
            }
        });
        let namespace = told.recv().unwrap();
        ip("link set lo up");
        ip("link add up0 type veth peer name w0");
        ip(&format!("link set w0 netns {namespace}"));
        // Addresses of the kernel's own are tentative for a while, and would seem a change.
        ip("link set up0 addrgenmode none");
        ip("link set up0 up");
        ip("addr add 10.9.0.100/24 dev up0");
        ip("addr add fd09::100/64 dev up0 nodad");
        ip("route add default via 10.9.0.1");
        joined.send(()).unwrap();
        told.recv().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resolv.conf");
        let lines: String = servers.iter().map(|it| format!("nameserver {it}\n")).collect();
        fs::write(&file, lines).unwrap();
        Command::new("mount").arg("--bind").arg(&file).arg("/etc/resolv.conf").assert().success();
        Self { seen, _resolv: folder }
    }

    /// What its servers have seen so far: `dns NAME`, `http HOST PATH from ADDRESS`, `udp TEXT`.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The same, from here on.
    pub(crate) fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// A resolver of the same names on the machine itself.
    pub(crate) fn resolve_on_machine(&self, address: &str) {
        resolve(address.parse().unwrap(), &self.seen);
    }
}

fn ip(words: &str) {
    Command::new("ip").args(words.split(' ')).assert().success();
}

type Seen = Arc<Mutex<Vec<String>>>;

fn serve(address: IpAddr, seen: &Seen) {
    resolve(address, seen);
    let (web, echo, witness) = (
        TcpListener::bind((address, 80)).unwrap(),
        UdpSocket::bind((address, 7)).unwrap(),
        Arc::clone(seen),
    );
    thread::spawn(move || {
        for stream in web.incoming().flatten() {
            let witness = Arc::clone(&witness);
            thread::spawn(move || answer_http(stream, &witness));
        }
    });
    let witness = Arc::clone(seen);
    thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok((length, client)) = echo.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            witness.lock().unwrap().push(format!("udp {}", &text[..text.len().min(20)]));
            let _ = echo.send_to(format!("echo {text}").as_bytes(), client);
        }
    });
}

/// HTTPS on port 443, by a certificate that nobody knows.
fn serve_tls(address: IpAddr) {
    let made = rcgen::generate_simple_self_signed(vec!["b.example".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], PrivateKeyDer::from(key))
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind((address, 443)).unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut talk = Stream::new(&mut session, &mut stream);
            let mut request = [0; 4096];
            let _ = talk.read(&mut request);
            let _ = talk.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            session.send_close_notify();
            let _ = session.complete_io(&mut stream);
        }
    });
}

fn resolve(address: IpAddr, seen: &Seen) {
    let (datagrams, streams) =
        (UdpSocket::bind((address, 53)).unwrap(), TcpListener::bind((address, 53)).unwrap());
    let witness = Arc::clone(seen);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = datagrams.recv_from(&mut buffer) {
            let _ = datagrams.send_to(&answer_dns(&buffer[..length], &witness), client);
        }
    });
    let witness = Arc::clone(seen);
    thread::spawn(move || {
        for mut stream in streams.incoming().flatten() {
            let mut length = [0; 2];
            while stream.read_exact(&mut length).is_ok() {
                let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut query).unwrap();
                let reply = answer_dns(&query, &witness);
                let length = u16::try_from(reply.len()).unwrap().to_be_bytes();
                stream.write_all(&[&length, reply.as_slice()].concat()).unwrap();
            }
        }
    });
}

/// Any of the records, by their name and type (RFC 1035 section 4.1).
fn answer_dns(query: &[u8], seen: &Seen) -> Vec<u8> {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let name = labels.join(".");
    seen.lock().unwrap().push(format!("dns {name}"));
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    let known = RECORDS.iter().find(|(known, _)| *known == name);
    let addresses = known.iter().flat_map(|(_, addresses)| addresses.iter());
    let wanted: Vec<Vec<u8>> = addresses
        .map(|address| address.parse().unwrap())
        .filter_map(|address| match (address, kind) {
            (IpAddr::V4(v4), 1) => Some(v4.octets().to_vec()),
            (IpAddr::V6(v6), 28) => Some(Ipv6Addr::octets(&v6).to_vec()),
            _ => None,
        })
        .collect();
    let mut reply = query[..2].to_vec();
    reply.extend(if known.is_some() { [0x81, 0x80] } else { [0x81, 0x83] });
    reply.extend([0, 1, 0, wanted.len() as u8, 0, 0, 0, 0]);
    reply.extend(&query[12..at + 5]);
    for data in wanted {
        reply.extend([0xc0, 12, 0, kind as u8, 0, 1, 0, 0, 0, 30, 0, data.len() as u8]);
        reply.extend(data);
    }
    reply
}

/// `/big` is ten million bytes, everything else its own path.
fn answer_http(stream: TcpStream, seen: &Seen) {
    let from = stream.peer_addr().map(|peer: SocketAddr| peer.ip().to_canonical());
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let host = headers.iter().find_map(|line| line.strip_prefix("Host: ")).unwrap_or_default();
    seen.lock().unwrap().push(format!("http {host} {path} from {}", from.unwrap()));
    let body = if path == "/big" { "x".repeat(10_000_000) } else { format!("hello {path}") };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = (&stream).write_all(format!("{head}{body}").as_bytes());
}
