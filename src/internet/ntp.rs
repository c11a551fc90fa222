//! NTP (RFC 5905): the time, as a server two steps from a reference clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const LENGTH: usize = 48;
const MODE_CLIENT: u8 = 3;
const MODE_SERVER: u8 = 4;
/// Seconds from 1900, NTP's epoch, to 1970 (RFC 5905 section 6).
const EPOCH_OFFSET: u64 = 2_208_988_800;

/// The answer to a request that arrived `now`; none where it is no client's request.
pub(super) fn answer(request: &[u8], now: SystemTime) -> Option<[u8; LENGTH]> {
    let request: &[u8; LENGTH] = request.first_chunk()?;
    let (version, mode) = (request[0] >> 3 & 7, request[0] & 7);
    if mode != MODE_CLIENT || version == 0 {
        return None;
    }
    let time = timestamp(now.duration_since(UNIX_EPOCH).ok()?);
    let mut reply = [0; LENGTH];
    reply[0] = version << 3 | MODE_SERVER;
    reply[1] = 2; // stratum
    reply[2] = request[2]; // poll interval
    reply[3] = 0xec; // precision: 2^-20 s
    reply[4..8].copy_from_slice(&0x0000_0100_u32.to_be_bytes()); // root delay, 4 ms
    reply[8..12].copy_from_slice(&0x0000_0100_u32.to_be_bytes()); // root dispersion
    reply[12..16].copy_from_slice(&[192, 0, 2, 1]); // reference: an address
    reply[16..24].copy_from_slice(&time); // reference
    reply[24..32].copy_from_slice(&request[40..48]); // origin: the client's transmit time
    reply[32..40].copy_from_slice(&time); // receive
    reply[40..48].copy_from_slice(&time); // transmit
    Some(reply)
}

fn timestamp(since_1970: Duration) -> [u8; 8] {
    let seconds = since_1970.as_secs() + EPOCH_OFFSET;
    let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
    // Era 0 ends in 2036; the low 32 bits are what is sent in every era.
    ((seconds & 0xffff_ffff) << 32 | fraction).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_the_time_and_its_own_back() {
        let mut request = [0; LENGTH];
        request[0] = 4 << 3 | MODE_CLIENT;
        request[40..48].copy_from_slice(b"transmit");
        let now = UNIX_EPOCH + Duration::new(1_000, 500_000_000);
        let reply = answer(&request, now).expect("an answer");
        assert_eq!(reply[0], 4 << 3 | MODE_SERVER);
        assert_eq!(&reply[24..32], b"transmit");
        assert_eq!(reply[40..44], (2_208_988_800_u32 + 1_000).to_be_bytes());
        assert_eq!(reply[44..48], 0x8000_0000_u32.to_be_bytes());
    }

    #[test]
    fn anything_else_gets_nothing() {
        for request in [&b""[..], &[0; 47], &[0; 48], &[4 << 3 | MODE_SERVER; 48]] {
            assert_eq!(answer(request, UNIX_EPOCH), None, "{request:?}");
        }
    }
}
