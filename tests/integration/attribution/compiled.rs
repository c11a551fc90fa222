//! Programs that bring no C library along, or none of this machine's kind.

use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json};

use super::elf::{Program, Value as Word};
use super::{expect_chain, trace};
use crate::support::Project;
use crate::support::result::{contact, list};

/// With as many threads as Go likes, and its preemption by signals.
const GO: &str = r#"
package main

import (
	"fmt"
	"net"
	"os/exec"
	"sync"
)

func main() {
	var all sync.WaitGroup
	for n := 0; n < 200; n++ {
		all.Add(1)
		go func(n int) {
			defer all.Done()
			link, err := net.Dial("udp", fmt.Sprintf("198.51.100.1:%d", 2000+n))
			if err != nil {
				panic(err)
			}
			link.Write([]byte("x"))
			link, err = net.Dial("tcp", fmt.Sprintf("198.51.100.1:%d", 2000+n))
			if err != nil {
				panic(err)
			}
			link.Close()
		}(n)
	}
	all.Wait()
	if _, err := net.LookupHost("go.example"); err != nil {
		panic(err)
	}
	exec.Command("perl", "-MSocket", "-e",
		"socket(S, PF_INET, SOCK_DGRAM, 0); send(S, 'x', 0, sockaddr_in(1001, inet_aton('198.51.100.1')))").Run()
}
"#;

const RUST: &str = r#"
use std::net::{TcpStream, UdpSocket};
use std::thread::spawn;

fn main() {
    let threads: Vec<_> = (0..50_u16)
        .map(|n| {
            spawn(move || {
                let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
                socket.send_to(b"x", ("198.51.100.1", 2000 + n)).unwrap();
                TcpStream::connect(("198.51.100.1", 2000 + n)).unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
"#;

/// A compiler's run, in a project's folder.
#[track_caller]
fn compile(project: &Project, words: &[&str]) {
    let folder = project.folder();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(&folder).env("CGO_ENABLED", "0");
    for (variable, value) in [("GO111MODULE", "off"), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local")]
    {
        command.env(variable, value);
    }
    command.env("GOCACHE", folder.join("cache")).env("GOPATH", folder.join("path"));
    command.timeout(Duration::from_secs(300)).assert().success();
}

/// All contacts of a kind, each of a port of its own from 2000 on, have this chain.
#[track_caller]
fn expect_all(result: &Value, count: usize, transport: &str, chain: &[&str]) {
    let contacts = list(result, "contacts").iter();
    let contacts: Vec<&Value> = contacts
        .filter(|it| it["transport"] == transport && it["port"].as_u64() >= Some(2000))
        .collect();
    assert_eq!(contacts.len(), count, "{transport}: {result:#}");
    for contact in contacts {
        assert_eq!(contact["process"]["chain"], json!(chain), "{contact:#}");
        assert_eq!(contact["process"]["known_by"], "call", "{contact:#}");
    }
}

#[test]
fn a_static_go_program_with_many_threads_is_told() {
    let project = Project::new();
    project.write("client.go", GO);
    compile(&project, &["go", "build", "-o", "gopher", "client.go"]);
    let result = trace(&project, &["./gopher"]);
    for transport in ["udp", "tcp"] {
        expect_all(&result, 200, transport, &["gopher"]);
    }
    expect_chain(&result, "198.51.100.1", 1001, &["gopher", "perl"]);
    assert_eq!(contact(&result, "go.example", Some(53), "udp")["process"]["name"], "gopher");
}

#[test]
fn a_static_rust_program_with_threads_is_told() {
    let project = Project::new();
    project.write("client.rs", RUST);
    let rustc = std::path::Path::new(env!("CARGO")).with_file_name("rustc");
    let words = ["-C", "target-feature=+crt-static", "-o", "crab", "client.rs"];
    compile(&project, &[&[rustc.to_str().unwrap()], words.as_slice()].concat());
    let result = trace(&project, &["./crab"]);
    for transport in ["udp", "tcp"] {
        expect_all(&result, 50, transport, &["crab"]);
    }
    let threads = list(&result, "contacts").iter();
    let threads: std::collections::BTreeSet<u64> =
        threads.filter_map(|it| it["process"]["thread"].as_u64()).collect();
    assert_eq!(threads.len(), 50, "{result:#}");
}

/// By socketcall(2), whose arguments lie in memory, and by calls of their own; a socket family
/// that is refused is so either way.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_32_bit_program_is_told() {
    let mut program = Program::new();
    let (socket, kept) = (program.numbers(&[2, 2, 0]), program.numbers(&[0]));
    let to = |port: u16| {
        let [a, b] = port.to_be_bytes();
        [2, 0, a, b, 198, 51, 100, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    };
    let text = program.data(b"x");
    let number = Word::Number;
    // socketcall: socket, then sendto.
    let address = program.data(&to(0));
    let [high, low] = 1001_u16.to_be_bytes();
    program.poke(address, u32::from_le_bytes([2, 0, high, low]));
    let send = program.numbers(&[0, text, 1, 0, address, 16]);
    program.call(102, &[number(1), number(socket)]);
    program.keep(send);
    program.call(102, &[number(11), number(send)]);
    // socketcall: connect, then send.
    let address = program.data(&to(1002));
    let connect = program.numbers(&[0, address, 16]);
    let send = program.numbers(&[0, text, 1, 0]);
    program.call(102, &[number(1), number(socket)]);
    program.keep(connect);
    program.keep(send);
    program.call(102, &[number(3), number(connect)]);
    program.call(102, &[number(9), number(send)]);
    // Calls of their own: socket, connect, sendto without an address.
    let address = program.data(&to(1003));
    program.call(359, &[number(2), number(2), number(0)]);
    program.keep(kept);
    program.call(362, &[Word::Kept(kept), number(address), number(16)]);
    let nothing = number(0);
    program.call(369, &[Word::Kept(kept), number(text), number(1), nothing, nothing, nothing]);
    // AF_VSOCK both ways: what comes back is sent.
    for (at, port) in [(0, 1004), (1, 1005)] {
        let vsock = program.numbers(&[40, 1, 0]);
        let answer = program.numbers(&[0]);
        let address = program.data(&to(port));
        if at == 0 {
            program.call(102, &[number(1), number(vsock)]);
        } else {
            program.call(359, &[number(40), number(1), number(0)]);
        }
        program.keep(answer);
        let arguments =
            [Word::Kept(kept), number(answer), number(4), nothing, number(address), number(16)];
        program.call(369, &arguments);
    }
    // A pointer that leads nowhere.
    program.call(102, &[number(3), number(8)]);
    let project = Project::new();
    project.program("old", program.file());
    let folder = project.folder();
    let kept = folder.join("kept");
    let save = ["--save-capture", kept.to_str().unwrap()];
    let words = [&["trace", "--phases", "none", "--format", "json"], &save[..], &["--", "./old"]];
    let result = project.apptrace(&words.concat()).expect_code(0).json();
    for port in 1001..=1005 {
        expect_chain(&result, "198.51.100.1", port, &["old"]);
    }
    // EAFNOSUPPORT, as the kernel gives it.
    let capture = std::fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let capture = std::fs::read(capture).unwrap();
    let refused = (-97_i32).to_le_bytes();
    let count = capture.windows(4).filter(|bytes| *bytes == refused).count();
    assert_eq!(count, 2, "{result:#}");
}
