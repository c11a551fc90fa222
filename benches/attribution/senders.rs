//! Programs of each kind, which say of each contact that they make which process made it: a line
//! `sent TRANSPORT PORT PID NAME LOCAL-PORT` each, and `asked NAME PID PROGRAM LOCAL-PORT` of a
//! lookup.

use std::fs;
use std::io::{self, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::Path;

use crate::elf::{Program, Value};
use crate::{folder, me};

/// What all contacts go to.
const SERVER: &str = "198.51.100.1";
/// Written with one call, so that lines of several processes do not mix.
const PERL: &str = r#"use Socket; use POSIX ();
my $to = inet_aton('198.51.100.1');
sub told { my ($line) = @_; syswrite STDOUT, "$line\n" }
sub datagram { my ($port) = @_;
  socket(my $s, PF_INET, SOCK_DGRAM, 0); send($s, 'x', 0, sockaddr_in($port, $to));
  my ($local) = sockaddr_in(getsockname $s); told("sent udp $port $$ perl $local") }
sub connection { my ($port) = @_;
  socket(my $s, PF_INET, SOCK_STREAM, 0); connect($s, sockaddr_in($port, $to)) or die "connect: $!";
  my ($local) = sockaddr_in(getsockname $s); told("sent tcp $port $$ perl $local") }
sub question { my ($name) = @_;
  socket(my $s, PF_INET, SOCK_DGRAM, 0);
  my $query = pack('n6', 7, 256, 1, 0, 0, 0) . join('', map { pack('C/a', $_) } split(/\./, $name)) . pack('Cnn', 0, 1, 1);
  send($s, $query, 0, sockaddr_in(53, inet_aton('192.0.2.1')));
  recv($s, my $answer, 512, 0);
  my ($local) = sockaddr_in(getsockname $s); told("asked $name $$ perl $local") }
sub child { my ($work) = @_; my $pid = fork; if (!$pid) { $work->(); POSIX::_exit(0) } waitpid $pid, 0 }
"#;
const PYTHON: &str = r#"
import os, socket, sys, threading
def told(kind, port, s):
    os.write(1, f"sent {kind} {port} {os.getpid()} python3 {s.getsockname()[1]}\n".encode())
def connected(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("198.51.100.1", port)); s.send(b"x"); told("udp", port, s)
def message(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendmsg([b"x"], [], 0, ("198.51.100.1", port)); told("udp", port, s)
def connection(port):
    s = socket.create_connection(("198.51.100.1", port), 10); told("tcp", port, s)
def thread(work, port):
    t = threading.Thread(target=work, args=(port,)); t.start(); t.join()
"#;
const GO: &str = r#"
package main

import ("fmt"; "net"; "os"; "sync")

func main() {
	var all sync.WaitGroup
	for n := 0; n < 500; n++ {
		all.Add(1)
		go func(n int) {
			defer all.Done()
			for _, kind := range []string{"udp", "tcp"} {
				link, err := net.Dial(kind, fmt.Sprintf("198.51.100.1:%d", 16000+n))
				if err != nil { panic(err) }
				link.Write([]byte("x"))
				_, port, _ := net.SplitHostPort(link.LocalAddr().String())
				os.Stdout.Write([]byte(fmt.Sprintf("sent %s %d %d gopher %s\n", kind, 16000+n, os.Getpid(), port)))
				link.Close()
			}
		}(n)
	}
	all.Wait()
}
"#;

/// How many ports each kind has to itself.
pub(crate) const EACH: u16 = 1000;

/// The kinds: their names, in the order of their ports from `EACH` on.
pub(crate) const KINDS: [&str; 15] = [
    "children that live 1 ms, UDP",
    "children that live 1 ms, TCP",
    "double-forked daemons",
    "threads, UDP",
    "threads, TCP",
    "connected UDP",
    "sendmsg",
    "posix_spawn",
    "shell commands",
    "after exec in the same process",
    "inherited sockets",
    "500 threads of Rust, both",
    "32-bit, socketcall",
    "children of threads",
    "500 goroutines of static Go, both",
];

/// Writes the programs into a folder; the script that runs them all.
pub(crate) fn write(folder_of: &Path) -> io::Result<String> {
    let perl = |name: &str, code: &str| fs::write(folder_of.join(name), format!("{PERL}{code}"));
    let python =
        |name: &str, code: &str| fs::write(folder_of.join(name), format!("{PYTHON}{code}"));
    perl("kind1.pl", "for my $p (1000..1999) { child(sub { datagram($p) }) }")?;
    perl("kind2.pl", "for my $p (2000..2499) { child(sub { connection($p) }) }")?;
    perl(
        "kind3.pl",
        "for my $p (3000..3299) { child(sub { POSIX::setsid(); if (!fork) { \
         select(undef, undef, undef, 0.01); datagram($p); POSIX::_exit(0) } }) }",
    )?;
    python("kind4.py", "for p in range(4000, 4500): thread(connected if p % 2 else message, p)")?;
    python("kind5.py", "for p in range(5000, 5300): thread(connection, p)")?;
    python("kind6.py", "for p in range(6000, 6300): connected(p)")?;
    python("kind7.py", "for p in range(7000, 7300): message(p)")?;
    perl("one.pl", "datagram($ARGV[0])")?;
    python(
        "kind8.py",
        "for p in range(8000, 8100):\n    os.waitpid(os.posix_spawnp(\"perl\", [\"perl\", \
         \"one.pl\", str(p)], os.environ), 0)",
    )?;
    perl("kind10.pl", "for my $p (10000..10099) { child(sub { exec 'perl', 'one.pl', $p }) }")?;
    perl(
        "kind11.pl",
        "socket(my $s, PF_INET, SOCK_DGRAM, 0); for my $p (11000..11199) { my $work = sub { \
         send($s, 'x', 0, sockaddr_in($p, $to)); my ($l) = sockaddr_in(getsockname $s); \
         told(\"sent udp $p $$ perl $l\") }; $p % 2 ? child($work) : $work->() }",
    )?;
    python(
        "kind14.py",
        "import subprocess\nfor p in range(14000, 14050): thread(lambda p: \
         subprocess.run([\"perl\", \"one.pl\", str(p)]), p)",
    )?;
    perl("lookups.pl", "for my $n (1..500) { child(sub { question(\"n$n.example\") }) }")?;
    install(&folder_of.join("old32"), &old())?;
    let me = me()?;
    let mut script =
        "perl kind1.pl; perl kind2.pl; perl kind3.pl; python3 kind4.py; python3 kind5.py; \
         python3 kind6.py; python3 kind7.py; python3 kind8.py; \
         n=9000; while [ $n -lt 9100 ]; do perl one.pl $n; n=$((n + 1)); done; \
         perl kind10.pl; perl kind11.pl; ./old32; python3 kind14.py; perl lookups.pl; "
            .to_owned();
    script.push_str(&format!("{me} sends threads 12000; "));
    if duct::cmd!("go", "version").stdout_null().stderr_null().run().is_ok() {
        fs::write(folder_of.join("gopher.go"), GO)?;
        duct::cmd!("go", "build", "-o", "gopher", "gopher.go")
            .dir(folder_of)
            .env("CGO_ENABLED", "0")
            .env("GO111MODULE", "off")
            .env("GOCACHE", folder_of.join("cache"))
            .run()?;
        script.push_str("./gopher; ");
    }
    // What was detached is still to send.
    script.push_str("sleep 0.2");
    Ok(script)
}

/// Where the programs need this very one to be shown.
pub(crate) fn shown() -> io::Result<String> {
    Ok(folder(&me()?).to_owned())
}

fn install(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, content)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Some datagrams by socketcall(2) of one 32-bit program; it cannot say who it is.
fn old() -> Vec<u8> {
    let mut program = Program::new();
    let socket = program.numbers(&[2, 2, 0]);
    let text = program.data(b"x");
    let address = program.data(&[2, 0, 0, 0, 198, 51, 100, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let send = program.numbers(&[0, text, 1, 0, address, 16]);
    program.call(102, &[Value::Number(1), Value::Number(socket)]);
    program.keep(send);
    for port in old_ports() {
        let [high, low] = port.to_be_bytes();
        program.poke(address, u32::from_le_bytes([2, 0, high, low]));
        program.call(102, &[Value::Number(11), Value::Number(send)]);
    }
    program.call(6, &[Value::Kept(send)]);
    program.file()
}

/// Where the 32-bit program sends.
pub(crate) fn old_ports() -> std::ops::Range<u16> {
    13_000..13_020
}

/// Five hundred threads of this program, each with a datagram and a connection.
pub(crate) fn threads(from: &str) -> io::Result<()> {
    let from: u16 = from.parse().map_err(io::Error::other)?;
    let id = std::process::id();
    let name = std::env::current_exe()?;
    let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let tell = |kind: &str, port: u16, local: u16| {
        io::stdout().write_all(format!("sent {kind} {port} {id} {name} {local}\n").as_bytes())
    };
    std::thread::scope(|scope| {
        let work = |port: u16| -> io::Result<()> {
            let socket = UdpSocket::bind("0.0.0.0:0")?;
            socket.send_to(b"x", (SERVER, port))?;
            tell("udp", port, socket.local_addr()?.port())?;
            let stream = TcpStream::connect((SERVER, port))?;
            tell("tcp", port, stream.local_addr()?.port())
        };
        let threads: Vec<_> =
            (from..from + 500).map(|port| scope.spawn(move || work(port))).collect();
        for thread in threads {
            thread.join().map_err(|_| io::Error::other("a thread panicked"))??;
        }
        Ok(())
    })
}
