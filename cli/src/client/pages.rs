//! Lists, page by page.

use gpuaas_sdk::Error;

/// Items that are asked for at once: the most that a page has.
pub(super) const LIMIT: Option<u64> = Some(200);

/// All items of a list, whose pages are asked for by cursor.
pub(super) async fn all<T>(
    page: impl AsyncFn(Option<String>) -> Result<(Vec<T>, Option<String>), Error>,
) -> Result<Vec<T>, Error> {
    let (mut items, mut next) = page(None).await?;
    while let Some(cursor) = next {
        let (more, after) = page(Some(cursor)).await?;
        items.extend(more);
        next = after;
    }
    Ok(items)
}
