//! Kept answers.

use gpuaas_domain::Timestamp;
use gpuaas_log::hash::Hash;
use gpuaas_projections::Answers;

use crate::database::Database;
use crate::on_both;

const KEY: Hash = Hash([1; 32]);
const REQUEST: Hash = Hash([2; 32]);
const NOW: Timestamp = Timestamp(1_000_000);

on_both! {
    an_answer_is_kept_for_a_day_and_no_longer,
    the_first_answer_stays_until_it_expires,
    expired_answers_go_as_others_come,
}

async fn an_answer_is_kept_for_a_day_and_no_longer(database: &Database) {
    let answers = Answers::new(database.open().await);
    assert_eq!(answers.get(KEY, NOW).await.unwrap(), None);
    assert!(answers.put(KEY, REQUEST, b"no\0".to_vec(), NOW).await.unwrap());
    let reopened = Answers::new(database.open().await);
    let last_moment = Timestamp(NOW.plus_seconds(24 * 60 * 60).0 - 1);
    assert_eq!(reopened.get(KEY, last_moment).await.unwrap(), Some((REQUEST, b"no\0".to_vec())));
    assert_eq!(reopened.get(KEY, NOW.plus_seconds(24 * 60 * 60)).await.unwrap(), None);
}

async fn the_first_answer_stays_until_it_expires(database: &Database) {
    let answers = Answers::new(database.open().await);
    assert!(answers.put(KEY, REQUEST, b"first".to_vec(), NOW).await.unwrap());
    assert!(!answers.put(KEY, Hash([3; 32]), b"second".to_vec(), NOW.plus_seconds(1)).await.unwrap());
    assert_eq!(answers.get(KEY, NOW).await.unwrap(), Some((REQUEST, b"first".to_vec())));
    let later = NOW.plus_seconds(24 * 60 * 60);
    assert!(answers.put(KEY, REQUEST, b"third".to_vec(), later).await.unwrap());
    assert_eq!(answers.get(KEY, later).await.unwrap(), Some((REQUEST, b"third".to_vec())));
}

async fn expired_answers_go_as_others_come(database: &Database) {
    let answers = Answers::new(database.open().await);
    for number in 0..20 {
        answers.put(Hash([number; 32]), REQUEST, vec![number], NOW).await.unwrap();
    }
    let later = NOW.plus_seconds(24 * 60 * 60);
    for number in 100..102 {
        answers.put(Hash([number; 32]), REQUEST, vec![number], later).await.unwrap();
    }
    // Asked as of a moment when they had not expired: only the rows' absence hides them.
    for number in 0..20 {
        assert_eq!(answers.get(Hash([number; 32]), NOW).await.unwrap(), None, "answer {number}");
    }
}
