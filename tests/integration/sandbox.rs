//! What the application sees of the machine, and what it cannot reach: as root and as an
//! ordinary user alike.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use crate::support::{Project, User};

#[test]
fn the_application_sees_a_fixed_machine_and_its_own_user() {
    for user in User::all() {
        // Neither an open file of the caller's must come through nor the signals it ignores.
        let caller = ["sh", "-c", "exec 9</; trap '' INT HUP; exec \"$@\"", "sh"];
        let project = Project::of(user).wrapped(&caller);
        let id = user.id().to_string();
        let questions = [
            ("id -u", id.as_str()),
            ("cat /proc/sys/kernel/hostname", "sandbox"),
            ("cat /etc/hostname", "sandbox"),
            ("wc -c < /etc/machine-id", "33"),
            ("cat /etc/resolv.conf", "nameserver 192.0.2.1"),
            ("grep ^hosts: /etc/nsswitch.conf", "hosts: files dns"),
            ("cut -d ' ' -f 1 /etc/hosts", "127.0.0.1 127.0.1.1 ::1"),
            ("date +%Z", "UTC"),
            // Process 1, this shell, and its copy that counts.
            ("set -- /proc/[0-9]*; echo $#", "3"),
            ("ls /sys/class/net", "eth0 lo"),
            ("grep -o '[a-z0-9]*:' /proc/net/dev", "lo: eth0:"),
            ("readlink /proc/self/fd/0", "/dev/null"),
            ("ls /proc/self/fd", "0 1 2 3"),
            // The low ones: a C library may ignore those of its own (32 and 33) at spawn.
            ("grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -c 18- | tr -d 0", ""),
            // The database by which Chromium trusts the simulated internet, and nothing else.
            ("find $HOME -type f -printf '%P '", ".pki/nssdb/cert9.db"),
            ("stat -c %a $HOME", "700"),
            (
                "find /tmp /var/tmp /dev/shm -path $HOME/.pki -prune -o -type f -print -o -type s -print",
                "",
            ),
            ("find /run -type s -o -type f", ""),
            ("ls /run", "lock user"),
        ];
        let script: Vec<String> =
            questions.iter().map(|(script, _)| format!("x=$({script})\necho $x")).collect();
        let seen = project.inside(&script.join("\n"));
        assert_eq!(seen.lines().count(), questions.len(), "{seen}");
        for ((script, expected), answer) in questions.iter().zip(seen.lines()) {
            assert_eq!(answer, *expected, "{script} as {user:?}");
        }
    }
}

#[test]
fn the_environment_is_built_up_from_nothing() {
    let project = Project::new();
    let words = ["trace", "--phases", "none", "--env", "GIVEN=on purpose", "--", "env"];
    let silencing =
        [("CI", "true"), ("DO_NOT_TRACK", "1"), ("SECRET", "x"), ("http_proxy", "http://x")];
    let ran = project.apptrace_with(&words, &silencing);
    let mut keys: Vec<&str> = ran
        .expect_code(0)
        .stderr
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    keys.sort_unstable();
    let expected = [
        "DENO_CERT",
        "GIVEN",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
        "HOME",
        "LANG",
        "LOGNAME",
        "NODE_EXTRA_CA_CERTS",
        "PATH",
        "REQUESTS_CA_BUNDLE",
        "SHELL",
        "SSL_CERT_FILE",
        "TERM",
        "TZ",
        "USER",
        "XDG_RUNTIME_DIR",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn the_machines_files_are_read_only_and_what_is_written_is_gone_afterwards() {
    for user in User::all() {
        let project = Project::of(user);
        let beside = project.write("beside", "untouched");
        // As root a write outside must fail for the mount's sake, whatever the permissions.
        for folder in ["/", "/usr", "/etc/init.d", "/var", "."] {
            let script = format!("echo x > {folder}/apptrace-was-here");
            let ran = project.apptrace(&["trace", "--phases", "none", "--", "sh", "-c", &script]);
            let refused = ["Read-only file system", "Permission denied"];
            let is_refused = refused.iter().any(|reason| ran.stderr.contains(reason));
            assert!(is_refused, "{folder} as {user:?}: {ran:#?}");
        }
        let script = "for f in $HOME /tmp /var/tmp /dev/shm $XDG_RUNTIME_DIR; do
                          echo x > $f/apptrace-was-here && echo written; done";
        assert_eq!(project.inside(script), "written\n".repeat(5), "{user:?}");
        for path in ["/tmp/apptrace-was-here", "/var/tmp/apptrace-was-here"] {
            assert!(!fs::exists(path).unwrap(), "{path} as {user:?}");
        }
        assert_eq!(fs::read_dir(project.home()).unwrap().count(), 0, "{user:?}");
        assert_eq!(fs::read_to_string(beside).unwrap(), "untouched");
    }
}

/// Over the sandbox itself the application has no power, not as the machine's root either:
/// what hides the machine cannot be taken away.
#[test]
fn the_sandbox_cannot_be_changed_from_inside() {
    for user in User::all() {
        let project = Project::of(user);
        let attempts = [
            "mount -t tmpfs none /mnt",
            "umount /run",
            "umount /tmp",
            "mount -o remount,rw /",
            "mount -o remount,bind,rw /",
            // With namespaces of its own it is root there, over nothing that came before.
            "unshare --user --map-root-user --mount umount /run",
            "unshare --user --map-root-user --mount mount -o remount,bind,rw /",
            "unshare --user --map-root-user hostname elsewhere",
            "hostname elsewhere",
            "echo 1 > /proc/sys/net/ipv4/ip_forward",
            // Opened and not written: were it possible, it would concern the machine itself.
            ": >> /proc/sys/kernel/core_pattern",
            ": >> /proc/sys/vm/drop_caches",
            ": >> /proc/sysrq-trigger",
            // Process 1 is root of the user namespace above: its descriptors and its file
            // system would be the way out.
            "kill -9 1; sleep 0.1; ! kill -0 1",
            "readlink /proc/1/root",
            "readlink /proc/1/fd/3",
            "cat /proc/1/environ",
            "nsenter --target 1 --net true",
        ];
        let each: Vec<String> = attempts
            .iter()
            .map(|script| {
                format!("if ( {script} ) >/dev/null 2>&1; then echo done; else echo refused; fi")
            })
            .collect();
        let seen = project.inside(&each.join("\n"));
        let answered: Vec<_> = attempts.into_iter().zip(seen.lines()).collect();
        let refused: Vec<_> = attempts.iter().map(|script| (*script, "refused")).collect();
        assert_eq!(answered, refused, "{user:?}");
    }
}

#[test]
fn the_machines_own_services_are_out_of_reach() {
    let unix = |path: &std::path::Path| UnixListener::bind(path).unwrap();
    let outside = tempfile::Builder::new().prefix("services-").tempdir().unwrap();
    let by_path = unix(&outside.path().join("socket"));
    let name = format!("apptrace-test-{}", std::process::id());
    let hidden = SocketAddr::from_abstract_name(&name).unwrap();
    let by_name = UnixListener::bind_addr(&hidden).unwrap();
    let tcp = TcpListener::bind("0.0.0.0:0").unwrap();
    let udp = UdpSocket::bind("0.0.0.0:0").unwrap();
    let own_address = own_address();

    for user in User::all() {
        let project = Project::of(user);
        let (tcp_port, udp_port) =
            (tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port());
        let path = outside.path().join("socket");
        let script = format!(
            "use Socket; use IO::Socket::INET; use IO::Socket::UNIX; $| = 1;
             sub unix {{ IO::Socket::UNIX->new(Peer => shift) ? 'reached' : 'out of reach' }}
             print 'path: ', unix('{path}'), \"\\n\";
             print 'abstract: ', unix(\"\\0{name}\"), \"\\n\";
             for my $host ('127.0.0.1', '{own_address}') {{
                 my $tcp = IO::Socket::INET->new(PeerAddr => $host, PeerPort => {tcp_port});
                 print \"tcp: out of reach\\n\" if $host =~ /^127/ && !$tcp;
                 my $udp = IO::Socket::INET->new(
                     PeerAddr => $host, PeerPort => {udp_port}, Proto => 'udp');
                 $udp->send('x');
             }}",
            path = path.display(),
        );
        let ran = project.apptrace(&["trace", "--phases", "none", "--", "perl", "-e", &script]);
        let expected = "path: out of reach\nabstract: out of reach\ntcp: out of reach\n";
        assert_eq!(ran.expect_code(0).stderr, expected, "{user:?}");
    }
    // The machine's own address may lead to the simulated internet like any other, not here.
    for nobody in [
        {
            tcp.set_nonblocking(true).unwrap();
            tcp.accept().map(drop)
        },
        {
            udp.set_nonblocking(true).unwrap();
            udp.recv(&mut [0; 9]).map(drop)
        },
        {
            by_path.set_nonblocking(true).unwrap();
            by_path.accept().map(drop)
        },
        {
            by_name.set_nonblocking(true).unwrap();
            by_name.accept().map(drop)
        },
    ] {
        assert_eq!(nobody.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
}

/// An address of this machine's beside the loopback's, or one like it where it has none.
fn own_address() -> String {
    // Connecting a datagram socket sends nothing, and makes the kernel choose a source.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    match socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr()) {
        Ok(address) => address.ip().to_string(),
        Err(_) => "10.0.0.1".to_owned(),
    }
}

#[test]
fn a_scenario_can_ask_for_root_a_terminal_and_what_is_hidden() {
    for user in User::all() {
        let project = Project::of(user);
        project.write("data/shown", "shown");
        let folder = project.folder().join("data");
        let folder = folder.to_string_lossy();
        for (option, script, expected) in [
            (&["--root"][..], "id -u", "0"),
            (&["--terminal"], "test -t 0 && test -t 1 && tty | cut -c 1-5", "/dev/"),
            (&["--show", &*folder], &format!("cat {folder}/shown"), "shown"),
            (&["--home", &*folder], "cat $HOME/shown", "shown"),
        ] {
            let words = [&["trace", "--phases", "none"], option, &["--", "sh", "-c", script]];
            let ran = project.apptrace(&words.concat());
            assert_eq!(ran.expect_code(0).stderr.trim_end(), expected, "{option:?} {user:?}");
        }
    }
}
