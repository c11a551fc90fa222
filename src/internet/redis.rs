//! Redis (its "serialization protocol specification", RESP2 and RESP3), as an empty store that
//! takes everything and keeps nothing.

use std::io;
use std::time::Duration;

use super::lines::Lines;
use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Protocol, Request};

/// So many words of a command are looked at, and so much of each; the rest is read and dropped.
const MOST_WORDS: usize = 16;
const MOST_KEPT: usize = 512;
/// A command that waits for something is answered after so long: nothing comes.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What is answered to a command.
#[derive(Debug, Default, PartialEq, Eq)]
struct Turn {
    reply: String,
    wait: Duration,
    is_last: bool,
}

/// Leads a session to its end.
pub(super) async fn serve(stream: Stream, talk: &Talk) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    while let Some(words) = read(&mut lines).await? {
        let Some(verb) = words.first().map(|verb| verb.to_ascii_uppercase()) else { continue };
        // What follows upon AUTH is secret, and of others it is a key.
        let key = words.get(1).filter(|_| verb != "AUTH").cloned().unwrap_or_default();
        talk.tell_request(Protocol::Redis, Request::new(verb.as_str(), key));
        let turn = answer(&verb, &words);
        if !turn.wait.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(turn.wait) => {}
                () = talk.ends() => {}
            }
        }
        lines.send(turn.reply.as_bytes()).await?;
        if turn.is_last {
            return lines.close().await;
        }
    }
    Ok(())
}

/// A command's words: an array of strings with their lengths, or a line of text; none at the end,
/// and where it is neither.
async fn read(lines: &mut Lines) -> io::Result<Option<Vec<String>>> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let Some(line) = lines.line().await? else { return Ok(None) };
    let line = text(&line);
    let Some(count) = line.strip_prefix('*') else {
        let words = line.split_whitespace().take(MOST_WORDS);
        return Ok(Some(words.map(|word| word.chars().take(MOST_KEPT).collect()).collect()));
    };
    let Ok(count) = count.trim().parse::<u32>() else { return Ok(None) };
    let mut words = Vec::new();
    for _ in 0..count {
        let Some(line) = lines.line().await? else { return Ok(None) };
        let length = line.strip_prefix(b"$").and_then(|length| text(length).trim().parse().ok());
        let Some(length) = length else { return Ok(None) };
        let Some(word) = lines.take(length, MOST_KEPT).await? else { return Ok(None) };
        if words.len() < MOST_WORDS {
            words.push(text(&word));
        }
        // The end of the line behind it.
        lines.line().await?;
    }
    Ok(Some(words))
}

fn answer(verb: &str, words: &[String]) -> Turn {
    let say = |reply: &str| Turn { reply: format!("{reply}\r\n"), ..Turn::default() };
    let first = words.get(1).map_or("", String::as_str);
    match verb {
        "PING" if !first.is_empty() => say(&bulk(first)),
        "PING" => say("+PONG"),
        "ECHO" => say(&bulk(first)),
        "QUIT" => Turn { is_last: true, ..say("+OK") },
        "HELLO" => say(&hello(first)),
        "INFO" => say(&bulk("redis_version:7.2.0\r\nredis_mode:standalone\r\nrole:master\r\n")),
        "CLIENT" if first.eq_ignore_ascii_case("ID") => say(":1"),
        "GET" | "GETDEL" | "GETEX" | "GETSET" | "HGET" | "LPOP" | "RPOP" | "SPOP" | "LINDEX"
        | "ZSCORE" | "RANDOMKEY" => say("$-1"),
        "MGET" => say(&format!("*{}{}", words.len() - 1, "\r\n$-1".repeat(words.len() - 1))),
        "KEYS" | "LRANGE" | "SMEMBERS" | "HGETALL" | "HKEYS" | "HVALS" | "ZRANGE" | "COMMAND"
        | "CONFIG" | "XRANGE" => say("*0"),
        "SCAN" | "SSCAN" | "HSCAN" | "ZSCAN" => say("*2\r\n$1\r\n0\r\n*0"),
        "EXISTS" | "DEL" | "UNLINK" | "DBSIZE" | "LLEN" | "SCARD" | "HLEN" | "ZCARD" | "STRLEN"
        | "HEXISTS" | "SISMEMBER" | "PUBLISH" | "HDEL" | "SREM" | "ZREM" => say(":0"),
        "INCR" | "INCRBY" | "SADD" | "HSET" | "ZADD" | "LPUSH" | "RPUSH" | "SETNX" | "EXPIRE"
        | "PEXPIRE" | "HINCRBY" | "PERSIST" => say(":1"),
        "TTL" | "PTTL" => say(":-2"),
        "TYPE" => say("+none"),
        "TIME" => say("*2\r\n$10\r\n1700000000\r\n$1\r\n0"),
        "SUBSCRIBE" | "PSUBSCRIBE" => {
            let each = (1_usize..).zip(words.iter().skip(1)).map(|(count, channel)| {
                let verb = bulk(&verb.to_ascii_lowercase());
                format!("*3\r\n{verb}\r\n{}\r\n:{count}\r\n", bulk(channel))
            });
            Turn { reply: each.collect(), ..Turn::default() }
        }
        "BLPOP" | "BRPOP" | "BZPOPMIN" | "BZPOPMAX" | "XREAD" | "XREADGROUP" | "BLMOVE" => {
            Turn { wait: patience(verb, words), ..say("*-1") }
        }
        _ => say("+OK"),
    }
}

/// How long a command is to wait, where it says so: seconds at the end, or milliseconds after
/// `BLOCK`. Zero there means forever.
fn patience(verb: &str, words: &[String]) -> Duration {
    let seconds: Option<f64> = if verb.starts_with('X') {
        let mut after = words.iter().skip_while(|word| !word.eq_ignore_ascii_case("BLOCK"));
        match after.next() {
            None => return Duration::ZERO,
            Some(_) => after.next().and_then(|text| text.parse::<f64>().ok()).map(|it| it / 1e3),
        }
    } else {
        words.last().and_then(|text| text.parse().ok())
    };
    let asked = seconds.filter(|seconds| *seconds > 0.0);
    let asked = asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    asked.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}", text.len())
}

/// What the server is, as a map in RESP3 and a list of its keys and values before.
fn hello(version: &str) -> String {
    let head = match version {
        "3" => "%4",
        "" | "2" => "*8",
        _ => return "-NOPROTO unsupported protocol version".to_owned(),
    };
    let version = if version == "3" { 3 } else { 2 };
    format!(
        "{head}\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n\
         $5\r\nproto\r\n:{version}\r\n$4\r\nrole\r\n$6\r\nmaster"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_their_answer() {
        for (command, reply) in [
            ("PING", "+PONG\r\n"),
            ("PING x", "$1\r\nx\r\n"),
            ("SET a b", "+OK\r\n"),
            ("GET a", "$-1\r\n"),
            ("MGET a b", "*2\r\n$-1\r\n$-1\r\n"),
            ("MGET", "*0\r\n"),
            ("SUBSCRIBE a", "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"),
            ("HELLO 4", "-NOPROTO unsupported protocol version\r\n"),
        ] {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            assert_eq!(answer(&words[0], &words).reply, reply, "{command}");
        }
        for (command, seconds) in [
            ("BLPOP a 2.5", 2.5),
            ("BLPOP a 0", 60.0),
            ("BLPOP a 1e300", 60.0),
            ("BLPOP a nan", 60.0),
            ("XREAD COUNT 1 BLOCK 1500 STREAMS a 0", 1.5),
            ("XREAD COUNT 1 STREAMS a 0", 0.0),
        ] {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            assert_eq!(answer(&words[0], &words).wait.as_secs_f64(), seconds, "{command}");
        }
    }
}
