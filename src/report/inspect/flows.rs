//! The rows of flows.

use super::contacts::{bold, class};
use super::known::{Known, maker};
use super::text::{Grid, Text, WIDE};
use super::{Times, amounts, colours};
use crate::contact::{FlowRecord, Protocol};
use crate::report::table::Cell;

impl Text<'_> {
    /// A row a 5-tuple.
    pub(super) fn flows(&self, flows: &[FlowRecord]) -> Grid {
        let wide = self.look.width >= WIDE;
        let known: Vec<Known<'_>> = flows.iter().map(Known::from).collect();
        let mut grid = Grid::new(flows.len());
        grid.add("HOST", 10, known.iter().map(|known| bold(known.host())));
        grid.add(
            "PORT",
            8,
            flows.iter().map(|flow| {
                let (port, transport) = (flow.key.server.port(), flow.key.transport);
                let has_port = port != 0;
                Cell::plain(if has_port {
                    format!("{port}/{transport}")
                } else {
                    transport.to_string()
                })
            }),
        );
        grid.add(
            "PROTOCOL",
            8,
            flows.iter().map(|flow| {
                let name = flow.protocol.map_or("-", Protocol::name);
                Cell { text: name.to_owned(), style: colours::of(name) }
            }),
        );
        if wide {
            grid.add("CLIENT", 15, flows.iter().map(|it| Cell::plain(it.key.client.to_string())));
            grid.add(
                "ADDRESS",
                15,
                flows.iter().map(|it| Cell::plain(it.key.server.ip().to_string())),
            );
        }
        if self.look.times == Times::Relative {
            grid.amounts("FIRST", flows.iter().map(|it| self.seconds(it.first)));
        }
        grid.amounts("LASTED", flows.iter().map(|it| amounts::length(it.last.since(it.first))));
        let packets = |flow: &FlowRecord| flow.packets_out.saturating_add(flow.packets_in);
        grid.amounts("PACKETS", flows.iter().map(|it| packets(it).to_string()));
        grid.amounts("OUT", flows.iter().map(|it| amounts::bytes(it.bytes_out)));
        grid.amounts("IN", flows.iter().map(|it| amounts::bytes(it.bytes_in)));
        if wide {
            grid.add("CLASS", 13, flows.iter().map(|it| class(it.class)));
        }
        for ((flow, known), row) in flows.iter().zip(&known).zip(grid.rows()) {
            if !wide {
                let (client, server) = (flow.key.client, flow.key.server.ip());
                self.under(row, &format!("{client} to {server}, known by {}", known.kinds()));
            }
            if self.look.times == Times::Absolute {
                self.under(row, &format!("from {}", amounts::clock(flow.first, 6)));
            }
            let maker = flow.process.as_ref().map(maker);
            maker.iter().for_each(|text| self.under(row, text));
            known.others().iter().for_each(|text| self.under(row, text));
            if !flow.marks.is_empty() {
                let marks = flow.marks.iter().map(|(mark, count)| match count {
                    1 => (*mark).to_owned(),
                    count => format!("{mark} {count}×"),
                });
                self.under(row, &format!("marks: {}", marks.collect::<Vec<_>>().join(", ")));
            }
            row.under.extend(known.requests());
        }
        grid
    }
}
