//! The place where a run's packets are captured: the sandbox's addresses, networks and names.

use crate::flow::Setting;
use crate::internet::AddressBook;
use crate::sandbox::plan::HOSTNAME;
use crate::sandbox::{addresses, subnets};

/// What a survey is to know of the sandbox, whatever runs in it.
pub(super) fn setting() -> Setting {
    Setting {
        local: vec![
            addresses::APPLICATION_V4.into(),
            addresses::APPLICATION_V6.into(),
            addresses::APPLICATION_LINK_LOCAL.into(),
        ],
        gateway: vec![
            addresses::GATEWAY_V4.into(),
            addresses::GATEWAY_V6.into(),
            addresses::GATEWAY_LINK_LOCAL.into(),
        ],
        subnets: subnets(),
        outward: AddressBook::blocks().to_vec(),
        resolvers: vec![addresses::GATEWAY_V4.into()],
        own_names: vec![HOSTNAME.to_owned()],
        ..Setting::default()
    }
}
