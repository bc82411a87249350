//! Cursors: where a page ended, bound to the list that it was a page of.
//!
//! A cursor is no secret and gives no right: what the actor may see is asked anew with
//! every page. It only must not be used with another list, where it would skip rows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gpuaas_domain::Kind;
use gpuaas_log::hash::Hash;
use gpuaas_log::payload;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Filter, Order, QueryError};

/// Tells lists apart.
pub(super) type Fingerprint = [u8; 8];

/// After which row the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    /// In a list by creation.
    Position(u64),
    /// In a list by name.
    Name(String, Uuid),
}

/// The fingerprint of a list, without what its actor may see.
pub(super) fn fingerprint(kind: Kind, filter: &Filter, order: Order) -> Fingerprint {
    let list = payload::encode(&(kind.as_str(), filter, order)).expect("a filter is of types that can be encoded");
    let Hash([a, b, c, d, e, f, g, h, ..]) = Hash::of_blob(&list);
    [a, b, c, d, e, f, g, h]
}

/// The cursor of a place.
pub(super) fn seal(place: &Place, fingerprint: Fingerprint) -> String {
    let place = payload::encode(place).expect("a place is of types that can be encoded");
    URL_SAFE_NO_PAD.encode([&fingerprint[..], &place].concat())
}

/// The place of a cursor that was made by the list of this fingerprint.
pub(super) fn open(cursor: &str, fingerprint: Fingerprint) -> Result<Place, QueryError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| QueryError::InvalidCursor)?;
    let place = bytes.strip_prefix(&fingerprint).ok_or(QueryError::InvalidCursor)?;
    let place: Place = payload::decode(place).map_err(|_| QueryError::InvalidCursor)?;
    // Anybody can put a cursor together; Postgres takes no NUL.
    if matches!(&place, Place::Name(name, _) if name.contains('\0')) {
        return Err(QueryError::InvalidCursor);
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn projects() -> Fingerprint {
        fingerprint(Kind::Project, &Filter::default(), Order::Name)
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let place = Place::Name("größe".into(), Uuid::from_u128(7));
        assert_eq!(open(&seal(&place, projects()), projects()), Ok(place));
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = seal(&Place::Position(7), projects());
        let filtered = Filter { name_prefix: Some("a".into()), ..Filter::default() };
        for other in [
            fingerprint(Kind::User, &Filter::default(), Order::Name),
            fingerprint(Kind::Project, &filtered, Order::Name),
            fingerprint(Kind::Project, &Filter::default(), Order::Created),
        ] {
            assert_eq!(open(&cursor, other), Err(QueryError::InvalidCursor));
        }
    }

    #[test]
    fn what_an_actor_may_see_can_change_between_pages() {
        let seen = Filter { organizations: Some([].into()), ..Filter::default() };
        assert_eq!(fingerprint(Kind::Project, &seen, Order::Name), projects());
    }

    #[test]
    fn a_cursor_that_nobody_made_is_refused() {
        let nul = seal(&Place::Name("\0".into(), Uuid::from_u128(7)), projects());
        for cursor in ["", "a", "!", "AAAA", &nul, &URL_SAFE_NO_PAD.encode(projects())] {
            assert_eq!(open(cursor, projects()), Err(QueryError::InvalidCursor), "{cursor}");
        }
    }
}
