//! Usage for people.

use gpuaas_sdk::{AllocationUsage, UsageEvent};

use crate::output::{Show, moment};

impl Show for AllocationUsage {
    const COLUMNS: &'static [&'static str] = &["ALLOCATION", "PROJECT", "SKU", "METERED UNTIL", "UNKNOWN"];

    fn cells(&self) -> Vec<String> {
        let unknown: Vec<String> =
            self.unknown.iter().map(|time| format!("{} to {}", moment(&time.from), moment(&time.to))).collect();
        vec![
            self.allocation_id.clone(),
            self.project_id.clone(),
            self.sku_id.clone(),
            moment(&self.metered_until),
            if unknown.is_empty() { "-".to_owned() } else { unknown.join(", ") },
        ]
    }
}

impl Show for UsageEvent {
    const COLUMNS: &'static [&'static str] = &["ID", "PRODUCT", "UNIT", "QUANTITY", "FROM", "TO"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.product_id.clone(),
            self.usage_unit_id.clone(),
            self.quantity.clone(),
            moment(&self.bill_from),
            moment(&self.bill_to),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut about = vec![
            ("project", self.project_id.clone()),
            ("resource", format!("{} {}", self.resource_type, self.resource_id)),
            ("source", format!("{} {}", self.usage_source, self.usage_event_id)),
        ];
        about.extend(self.request_id.clone().map(|request| ("request", request)));
        about.extend(self.metadata.iter().map(|(name, value)| ("label", format!("{name}={value}"))));
        about.push(("created", moment(&self.created_at)));
        about
    }
}
