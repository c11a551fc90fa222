//! Fetches an address over TLS with one of Rust's TLS libraries and one of their ways to roots:
//! `tls-clients native-tls|rustls-native-certs|rustls-webpki-roots HOST PATH`.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, library, host, path] = arguments.as_slice() else {
        return Err("expected LIBRARY HOST PATH".into());
    };
    let connection = TcpStream::connect((host.as_str(), 443))?;
    match library.as_str() {
        "native-tls" => {
            let connector = native_tls::TlsConnector::new()?;
            fetch(connector.connect(host, connection)?, host, path)
        }
        "rustls-native-certs" => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            fetch(rustls_over(connection, host, roots)?, host, path)
        }
        "rustls-webpki-roots" => {
            let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
            fetch(rustls_over(connection, host, roots)?, host, path)
        }
        other => Err(format!("no library {other}").into()),
    }
}

fn rustls_over(
    connection: TcpStream,
    host: &str,
    roots: RootCertStore,
) -> Result<StreamOwned<ClientConnection, TcpStream>, Box<dyn Error>> {
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), host.to_owned().try_into()?)?;
    Ok(StreamOwned::new(client, connection))
}

fn fetch(mut stream: impl Read + Write, host: &str, path: &str) -> Result<(), Box<dyn Error>> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    println!("{}", answer.lines().next().unwrap_or_default());
    Ok(())
}
