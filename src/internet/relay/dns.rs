//! Lookups (RFC 1035): passed on to the machine's resolvers, or to the server that was asked,
//! and what comes back is learned before it is passed on. A name that may not be looked up is
//! refused.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::svcb::{SVCB, SvcParamValue};
use hickory_proto::rr::{Name, RData};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::run::Shared;
use super::tcp;
use crate::contact::Transport;

/// How long a resolver may take before the next is asked.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_DATAGRAM: usize = 65_536;

/// Answers the lookups of one TCP connection: messages with their length in front (RFC 7766
/// section 8).
pub(super) async fn converse(
    shared: &Shared,
    stream: &mut TcpStream,
    server: SocketAddr,
) -> io::Result<()> {
    loop {
        let query = match read_message(stream).await {
            Ok(query) => query,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(reply) = answer(shared, server, &query, Transport::Tcp).await else {
            return Ok(());
        };
        write_message(stream, &reply).await?;
    }
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn write_message(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await
}

/// The answer to a query; none where it is no query at all.
pub(super) async fn answer(
    shared: &Shared,
    server: SocketAddr,
    query: &[u8],
    transport: Transport,
) -> Option<Vec<u8>> {
    let id = u16::from_be_bytes([*query.first()?, *query.get(1)?]);
    let Ok(asked) = Message::from_vec(query) else {
        // A response that went astray must not be answered: two of them could go on forever.
        let is_query = query.get(2).is_some_and(|flags| flags & 0x80 == 0) && query.len() >= 12;
        let broken = || Message::error_msg(id, OpCode::Query, ResponseCode::FormErr);
        return is_query.then(broken)?.to_vec().ok();
    };
    if asked.metadata.message_type != MessageType::Query {
        return None;
    }
    let names: Vec<String> = asked.queries.iter().map(|query| text(&query.name)).collect();
    if names.is_empty() || !names.iter().all(|name| shared.may_resolve(name)) {
        return failure(&asked, ResponseCode::Refused);
    }
    let is_own = server.ip() == shared.reach.resolver;
    let servers = if is_own { shared.reach.resolvers.as_slice() } else { &[server] };
    for server in servers {
        let asking = async {
            match transport {
                Transport::Tcp => ask_over_tcp(shared, *server, query).await,
                _ => ask_over_udp(shared, *server, query).await,
            }
        };
        let Ok(Ok(reply)) = timeout(PATIENCE, asking).await else { continue };
        return match (Message::from_vec(&reply), shared.is_enforced()) {
            (Ok(message), _) => {
                for name in &names {
                    shared.learn(name, &addresses(name, &message));
                }
                Some(reply)
            }
            (Err(_), false) => Some(reply),
            // What cannot be read cannot be learned, and would be refused afterwards.
            (Err(_), true) => failure(&asked, ResponseCode::ServFail),
        };
    }
    failure(&asked, ResponseCode::ServFail)
}

fn failure(asked: &Message, code: ResponseCode) -> Option<Vec<u8>> {
    let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
    reply.metadata.recursion_desired = asked.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.metadata.response_code = code;
    reply.add_queries(asked.queries.iter().cloned());
    reply.to_vec().ok()
}

async fn ask_over_udp(shared: &Shared, server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::from_std(shared.socket(Transport::Udp, server)?.into())?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await?;
        // Another's number: an answer that came too late, or a forged one.
        if let Some(reply) = buffer.get(..length)
            && reply.get(..2) == query.get(..2)
        {
            return Ok(reply.to_vec());
        }
    }
}

async fn ask_over_tcp(shared: &Shared, server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = tcp::connect(shared, server).await?;
    write_message(&mut stream, query).await?;
    read_message(&mut stream).await
}

/// A name as rules have it.
fn text(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// The addresses that an answer gives a name, by way of its aliases (RFC 1034 section 3.6.2) and
/// as hints of its services (RFC 9460 section 7.3), each with how long it holds.
fn addresses(name: &str, message: &Message) -> Vec<(IpAddr, u32)> {
    let mut owners: HashSet<String> = HashSet::from([name.to_owned()]);
    let mut found = Vec::new();
    // Aliases may stand in any order: each pass follows one at least, or is the last.
    for _ in 0..=message.answers.len() {
        let before = owners.len();
        for record in &message.answers {
            if owners.contains(&text(&record.name))
                && let RData::CNAME(alias) = &record.data
            {
                owners.insert(text(&alias.0));
            }
        }
        if owners.len() == before {
            break;
        }
    }
    for record in message.answers.iter().chain(&message.additionals) {
        if !owners.contains(&text(&record.name)) {
            continue;
        }
        match &record.data {
            RData::A(address) => found.push((IpAddr::V4(address.0), record.ttl)),
            RData::AAAA(address) => found.push((IpAddr::V6(address.0), record.ttl)),
            RData::HTTPS(https) => hints(&https.0, record.ttl, &mut found),
            RData::SVCB(service) => hints(service, record.ttl, &mut found),
            _ => {}
        }
    }
    found
}

fn hints(service: &SVCB, ttl: u32, found: &mut Vec<(IpAddr, u32)>) {
    for (_, value) in &service.svc_params {
        match value {
            SvcParamValue::Ipv4Hint(hints) => {
                found.extend(hints.0.iter().map(|hint| (IpAddr::V4(hint.0), ttl)));
            }
            SvcParamValue::Ipv6Hint(hints) => {
                found.extend(hints.0.iter().map(|hint| (IpAddr::V6(hint.0), ttl)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::{A, AAAA, CNAME};

    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    #[test]
    fn aliases_are_followed_and_strangers_are_not() {
        let mut message = Message::response(7, OpCode::Query);
        let a = |owner: &str, address: &str, ttl| {
            Record::from_rdata(name(owner), ttl, RData::A(A(address.parse().unwrap())))
        };
        let alias = |owner: &str, target: &str| {
            Record::from_rdata(name(owner), 60, RData::CNAME(CNAME(name(target))))
        };
        message.add_answer(a("edge.example.", "198.51.100.1", 30));
        message.add_answer(alias("cdn.example.", "EDGE.example."));
        message.add_answer(alias("www.example.", "cdn.example."));
        message.add_answer(a("stranger.example.", "198.51.100.2", 30));
        let v6 = RData::AAAA(AAAA("2001:db8::1".parse().unwrap()));
        message.add_answer(Record::from_rdata(name("edge.example."), 20, v6));
        // Two that point at each other do not go on forever.
        message.add_answer(alias("edge.example.", "www.example."));
        let expected =
            [("198.51.100.1", 30), ("2001:db8::1", 20)].map(|(it, ttl)| (it.parse().unwrap(), ttl));
        assert_eq!(addresses("www.example", &message), expected);
        assert_eq!(addresses("other.example", &message), []);
    }
}
