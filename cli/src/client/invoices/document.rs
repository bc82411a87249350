//! The document of an invoice: its lines for people, its bytes for programs. What it says is
//! in docs/money.md.

use gpuaas_domain::id::SkuId;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::output::{self, Failure, Format, Table, millionths, moment, money};

/// What is shown of a document.
#[derive(Deserialize)]
struct Document {
    currency: String,
    lines: Vec<Line>,
    late_lines: Vec<Line>,
    total: String,
}

#[derive(Deserialize)]
struct Line {
    amount: String,
    basis: String,
    from: i64,
    item: String,
    measure: String,
    price: Option<String>,
    resource: String,
    until: i64,
}

/// Prints the bytes: RFC 8785 JSON, so that its digest is the invoice's.
pub(super) fn print(document: &Value) -> Result<(), Failure> {
    output::print(&serde_jcs::to_string(document).map_err(Failure::other)?)
}

/// Prints the lines, and what they come to.
pub(super) fn show(format: Format, document: &Value) -> Result<(), Failure> {
    if format.json {
        return output::json(document);
    }
    let Document { currency, lines, late_lines, total } =
        Document::deserialize(document).map_err(|error| Failure::other(format!("the document: {error}")))?;
    let mut table = Table::new(["ITEM", "RESOURCE", "BASIS", "FROM", "TO", "MEASURE", "PRICE", "AMOUNT"]);
    for line in lines.iter().chain(&late_lines) {
        table.row(cells(line, &currency));
    }
    output::print(&table.to_string())?;
    output::line(&format!("total {}", money(&total, &currency)))
}

fn cells(line: &Line, currency: &str) -> [String; 8] {
    let per = if is_time(&line.item) { " per hour" } else { "" };
    let price = line.price.as_deref().map_or_else(|| "-".to_owned(), |price| format!("{price} {currency}{per}"));
    [
        line.item.clone(),
        line.resource.clone(),
        line.basis.clone(),
        time(line.from),
        time(line.until),
        measure(line),
        price,
        money(&line.amount, currency),
    ]
}

/// Of a SKU, microseconds; of a unit, millionths of one.
fn measure(line: &Line) -> String {
    let amount = millionths(&line.measure);
    if is_time(&line.item) { format!("{amount} s") } else { amount }
}

fn is_time(item: &str) -> bool {
    item.parse::<SkuId>().is_ok()
}

fn time(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds).map_or_else(|_| "-".to_owned(), |at| moment(&at.to_string()))
}
