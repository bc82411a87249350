use gpuaas_commands::handlers::enrollment::IssueEnrollment;
use gpuaas_commands::handlers::node::{BanNode, ComeOnline, EnrollNode, NewCertificate, RegisterNode};
use gpuaas_commands::handlers::node_report::TakeReport;
use gpuaas_commands::{Actor, Context};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::{Digest, PublicKey, Serial};
use gpuaas_domain::id::{EnrollmentId, NodeId, TaskId, TypedId};
use gpuaas_domain::node_protocol::report::{ReportBody, ReportItem, TaskReport, TaskStep};
use gpuaas_domain::node_report::ChainPoint;
use gpuaas_domain::{Code, Timestamp};
use uuid::Uuid;

use crate::platform::Platform;

const KEY: PublicKey = PublicKey([7; 32]);
const SERIAL: Serial = Serial([1; 16]);

struct Enrolled {
    node: NodeId,
    enrollment: EnrollmentId,
    secret: String,
}

async fn token(platform: &Platform, name: &str) -> Enrolled {
    let register = RegisterNode { name: Text::new(name).unwrap(), simulated: false };
    let node = platform.engine.execute(&platform.admin, &register).await.unwrap().id;
    let issue = IssueEnrollment { node, seconds: 600 };
    let issued = platform.engine.execute(&platform.admin, &issue).await.unwrap();
    Enrolled { node, enrollment: issued.id, secret: issued.secret.unwrap() }
}

fn enroll(token: &Enrolled, node: NodeId, key: PublicKey) -> (Context, EnrollNode) {
    let actor = Actor::Enrolling { node, enrollment: token.enrollment };
    let certificate = NewCertificate { serial: SERIAL, not_before: Timestamp(0), not_after: Timestamp::MAX };
    let command =
        EnrollNode { node, enrollment: token.enrollment, secret: token.secret.clone(), public_key: key, certificate };
    (Context { actor, ..Context::system([9; 16]) }, command)
}

async fn enrolled(platform: &Platform, name: &str) -> (NodeId, Context) {
    let token = token(platform, name).await;
    let (context, command) = enroll(&token, token.node, KEY);
    platform.engine.execute(&context, &command).await.unwrap();
    let actor = Actor::Node { node: token.node, public_key: KEY, certificate: SERIAL };
    (token.node, Context { actor, ..Context::system([9; 16]) })
}

fn report(node: NodeId, chain: ChainPoint, hash: u8, items: Vec<ReportItem>) -> TakeReport {
    let body = ReportBody { node, chain, at: Timestamp(1), items };
    TakeReport::new(node, KEY, body, Digest([hash; 32]))
}

#[tokio::test]
async fn an_enrollment_token_lets_one_key_take_its_own_node_and_may_be_retried_with_it() {
    let platform = Platform::start().await;
    let (one, other) = (token(&platform, "one").await, token(&platform, "other").await);
    let (context, foreign) = enroll(&one, other.node, KEY);
    let refusal = platform.engine.execute(&context, &foreign).await.unwrap_err();
    assert_eq!(refusal.code, Code::EnrollmentTokenUnknown);

    let (context, command) = enroll(&one, one.node, KEY);
    platform.engine.execute(&context, &command).await.unwrap();
    platform.engine.execute(&context, &command).await.unwrap();
    let (context, second) = enroll(&one, one.node, PublicKey([8; 32]));
    let refusal = platform.engine.execute(&context, &second).await.unwrap_err();
    assert_eq!(refusal.code, Code::EnrollmentTokenUsed);
}

#[tokio::test]
async fn a_banned_node_and_a_certificate_that_does_not_count_cannot_speak() {
    let platform = Platform::start().await;
    let (node, context) = enrolled(&platform, "one").await;
    let online = ComeOnline { node, boot_id: Text::new("boot").unwrap(), agent_version: Text::new("1").unwrap() };
    platform.engine.execute(&context, &online).await.unwrap();

    let stranger = Actor::Node { node, public_key: KEY, certificate: Serial([2; 16]) };
    let stranger = Context { actor: stranger, ..Context::system([9; 16]) };
    let refusal = platform.engine.execute(&stranger, &online).await.unwrap_err();
    assert_eq!(refusal.code, Code::NodeCertificateUnknown);

    platform.engine.execute(&platform.admin, &BanNode { node }).await.unwrap();
    assert_eq!(platform.engine.authenticate(&context).await.unwrap_err().code, Code::NodeBanned);
    assert_eq!(platform.engine.execute(&context, &online).await.unwrap_err().code, Code::NodeBanned);
}

#[tokio::test]
async fn a_node_speaks_for_no_other() {
    let platform = Platform::start().await;
    let (_, context) = enrolled(&platform, "one").await;
    let other = token(&platform, "other").await.node;
    let online = ComeOnline { node: other, boot_id: Text::new("b").unwrap(), agent_version: Text::new("1").unwrap() };
    assert_eq!(platform.engine.execute(&context, &online).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn a_report_is_taken_once_and_an_unknown_task_in_it_is_refused_alone() {
    let platform = Platform::start().await;
    let (node, context) = enrolled(&platform, "one").await;
    let item = ReportItem::Task(Box::new(TaskReport {
        task: TaskId::from_uuid(Uuid::from_u128(5)),
        generation: 1,
        at: Timestamp(1),
        step: TaskStep::Accepted,
    }));
    let first = report(node, ChainPoint::first(KEY), 1, vec![item]);
    let answer = platform.engine.execute(&context, &first).await.unwrap();
    assert!(answer.positions.is_some());
    assert_eq!(first.refused().iter().map(|refused| refused.code.as_str()).collect::<Vec<_>>(), ["not_found"]);
    assert_eq!(platform.engine.execute(&context, &first).await.unwrap().positions, None);
}

#[tokio::test]
async fn a_second_agent_with_the_same_key_bans_the_node_at_the_next_report() {
    let platform = Platform::start().await;
    let (node, context) = enrolled(&platform, "one").await;
    let second = ChainPoint::first(KEY).next(Digest([1; 32]));
    for (point, hash) in [(ChainPoint::first(KEY), 1), (second.clone(), 2)] {
        platform.engine.execute(&context, &report(node, point, hash, vec![])).await.unwrap();
    }
    let before = platform.head();
    platform.engine.execute(&context, &report(node, second, 9, vec![])).await.unwrap();
    assert_eq!(platform.events_after(before).await, ["node_report.forked", "node.banned"]);
    assert_eq!(platform.engine.authenticate(&context).await.unwrap_err().code, Code::NodeBanned);
}
