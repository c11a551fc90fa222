//! A program that tries to leave: by every address of the machine, its services, its
//! neighbours, its resolver, raw and packet sockets, other namespaces. It does so in the simulated
//! internet and where there is none, as root and as an ordinary user. Every packet of it bears a
//! mark, and none of the machine's interfaces sees that mark.

use std::net::{TcpListener, UdpSocket};
use std::time::{Duration, Instant};

use crate::support::{Project, User};

/// What is tried from within. `%MARK%`, `%PORT%` and `%ADDRESSES%` are filled in. Every line
/// that it prints names a way out that was open.
const ATTEMPTS: &str = r#"
import ctypes, errno, glob, os, socket, struct, sys
mark, port = b'%MARK%', %PORT%
addresses = '%ADDRESSES%'.split()
tried = 0

def attempt(run):
    global tried
    tried += 1
    try:
        return run()
    except OSError:
        return None

def reach(address, port):
    link_local = address.startswith('fe80')
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    target = (address, port) if family == socket.AF_INET else (
        address, port, 0, socket.if_nametoindex('eth0') if link_local else 0)
    def tcp():
        s = socket.socket(family, socket.SOCK_STREAM)
        s.settimeout(0.3)
        s.connect(target)
        s.send(mark)
    def udp():
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(mark, target)
    attempt(tcp)
    attempt(udp)

for address in addresses:
    for wanted in (port, 53, 22):
        reach(address, wanted)
for address in ('127.0.0.1', '::1', '255.255.255.255', '224.0.0.251', 'ff02::1', '0.0.0.0'):
    reach(address, port)

def raw():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
    for address in addresses:
        if ':' not in address:
            s.sendto(mark, (address, 0))
def packet():
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)
    for name in os.listdir('/sys/class/net'):
        s.bind((name, 0))
        s.send(b'\xff' * 12 + b'\x08\x00' + mark)
attempt(raw)
attempt(packet)

# Families that no network namespace holds back.
for family in (40, 42, 31, 39):
    def open_family(family=family):
        socket.socket(family, socket.SOCK_STREAM)
        print('a socket of family', family)
    attempt(open_family)

# The namespaces of whoever can be seen.
own = os.readlink('/proc/self/ns/net')
for path in glob.glob('/proc/*/ns/net') + glob.glob('/proc/*/task/*/ns/net'):
    def enter(path=path):
        if os.readlink(path) == own:
            return
        print('another network namespace by', path)
    attempt(enter)
libc = ctypes.CDLL(None, use_errno=True)
for path in glob.glob('/proc/[0-9]*/ns/*') + glob.glob('/run/netns/*') + glob.glob('/var/run/docker/netns/*'):
    def join(path=path):
        fd = os.open(path, os.O_RDONLY)
        if libc.setns(fd, 0) == 0 and os.readlink('/proc/self/ns/net') != own:
            print('joined', path)
    attempt(join)

# Root of another user namespace is root over nothing that came before it.
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
if os.fork() == 0:
    uid = os.getuid()
    if libc.unshare(CLONE_NEWUSER) == 0:
        def become():
            open('/proc/self/setgroups', 'w').write('deny')
            open('/proc/self/uid_map', 'w').write(f'0 {uid} 1')
        attempt(become)
        attempt(raw)
        attempt(packet)
        def gateway():
            for pid in os.listdir('/proc'):
                if pid.isdigit():
                    os.listdir(f'/proc/{pid}/fd') if pid == '1' else None
            fd = os.open('/proc/1/ns/net', os.O_RDONLY)
            if libc.setns(fd, CLONE_NEWNET) == 0:
                print('the first process\'s network namespace')
        attempt(gateway)
    sys.stdout.flush()
    os._exit(0)
os.wait()
print('tried' if tried > 50 else f'tried only {tried}')
"#;

/// The machine's interfaces, watched for the mark.
struct Watch {
    captures: Vec<pcap::Capture<pcap::Active>>,
}

impl Watch {
    fn begin() -> Self {
        // The loopback among them: its services are the machine's own.
        let names: Vec<String> = std::fs::read_dir("/sys/class/net")
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "bonding_masters")
            .collect();
        // One that is down carries nothing, and cannot be captured from (IFF_UP, netdevice(7)).
        let is_up = |name: &String| {
            let flags = std::fs::read_to_string(format!("/sys/class/net/{name}/flags")).unwrap();
            let flags = flags.trim().trim_start_matches("0x");
            u32::from_str_radix(flags, 16).unwrap() & 1 == 1
        };
        let open = |name: &String| {
            pcap::Capture::from_device(name.as_str())
                .and_then(|inactive| inactive.timeout(50).buffer_size(8 << 20).open())
                .and_then(pcap::Capture::setnonblock)
                .ok()
        };
        let names: Vec<String> = names.into_iter().filter(is_up).collect();
        let captures: Vec<_> = names.iter().filter_map(open).collect();
        // Without the privilege there is none; with it, one that is left out would be a blind spot.
        assert!(captures.is_empty() || captures.len() == names.len(), "not all of {names:?}");
        Self { captures }
    }

    /// How many packets bear the mark.
    fn count(&mut self, mark: &[u8]) -> usize {
        let mut count = 0;
        for capture in &mut self.captures {
            let deadline = Instant::now() + Duration::from_millis(200);
            while Instant::now() < deadline {
                match capture.next_packet() {
                    Ok(packet) if packet.data.windows(mark.len()).any(|it| it == mark) => {
                        count += 1
                    }
                    Ok(_) => {}
                    Err(_) => std::thread::sleep(Duration::from_millis(10)),
                }
            }
        }
        count
    }
}

fn addresses() -> Vec<String> {
    let mut all = Vec::new();
    for interface in pcap::Device::list().unwrap() {
        all.extend(interface.addresses.iter().map(|address| address.addr.to_string()));
    }
    let neighbours = std::fs::read_to_string("/proc/net/arp").unwrap_or_default();
    all.extend(
        neighbours.lines().skip(1).filter_map(|line| line.split(' ').next()).map(str::to_owned),
    );
    let resolvers = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let of_line = |line: &str| line.strip_prefix("nameserver ").map(|it| it.trim().to_owned());
    all.extend(resolvers.lines().filter_map(of_line));
    all.sort();
    all.dedup();
    all
}

#[test]
fn nothing_gets_out() {
    let mark = format!("apptrace-escape-{}", std::process::id());
    let tcp = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let udp = UdpSocket::bind(("0.0.0.0", port)).unwrap();
    let addresses = addresses();
    assert!(!addresses.is_empty());
    let script = ATTEMPTS
        .replace("%MARK%", &mark)
        .replace("%PORT%", &port.to_string())
        .replace("%ADDRESSES%", &addresses.join(" "));
    let mut watch = Watch::begin();
    let is_watched = !watch.captures.is_empty();
    if !is_watched {
        assert!(
            std::env::var_os("CI").is_none(),
            "no right to capture on the machine's interfaces"
        );
    }
    // The watch sees what it is to see: a packet of the machine's own to itself.
    if is_watched {
        udp.send_to(mark.as_bytes(), ("127.0.0.1", port)).unwrap();
        assert!(watch.count(mark.as_bytes()) > 0, "the watch is blind");
        udp.recv(&mut [0; 64]).unwrap();
    }
    let ways = [
        &["--internet", "simulated"][..],
        &["--internet", "simulated", "--root"],
        &["--internet", "none"],
        &["--internet", "none", "--root"],
    ];
    for user in User::all() {
        for way in ways {
            let project = Project::of(user);
            project.write("leave.py", &script);
            let words = [&["trace", "--phases", "none"], way, &["--", "python3", "leave.py"]];
            let ran = project.apptrace(&words.concat());
            let said: Vec<&str> = ran.expect_code(0).stderr.lines().collect();
            assert_eq!(said, ["tried"], "{way:?} as {user:?}");
        }
    }
    for nobody in [
        tcp.set_nonblocking(true).and_then(|()| tcp.accept().map(drop)),
        udp.set_nonblocking(true).and_then(|()| udp.recv(&mut [0; 64]).map(drop)),
    ] {
        assert_eq!(nobody.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
    assert_eq!(
        watch.count(mark.as_bytes()),
        0,
        "packets of the sandbox on the machine's interfaces"
    );
}
