//! What comes of a request: an answer, or none.

use crate::attempt::answer_headers::legible;
use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::attempt::judgement;
use crate::attempt::publication::Unread;
use crate::attempt::result::AttemptResult;
use crate::attempt::verdict::Verdict;
use crate::config::retries::Retries;
use crate::config::webhook::Webhook;
use crate::connector::wit;
use crate::deadline::Deadline;
use crate::ledger::entry::KEPT;
use crate::outbound::{Answer, Body};
use http::{HeaderValue, header};
use lifecycle::Health;

impl AttemptContext {
    /// What a request without an answer comes to.
    pub(crate) fn without_answer(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        why: &str,
    ) -> AttemptResult {
        let ruling = self.judge(webhook, info, wit::Outcome::NoAnswer(why));
        let verdict = match ruling {
            Ok(ruling) => judgement::verdict(ruling.verdict, why),
            Err(error) => Verdict::Failed(format!("{why}; {error}")),
        };
        AttemptResult {
            health: Some(Health::Down),
            ..verdict.into()
        }
    }

    /// What an answer comes to.
    pub(crate) async fn with_answer(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        mut deadline: Deadline,
        mut answer: Answer,
    ) -> AttemptResult {
        let status = answer.status.as_u16();
        let headers = std::mem::take(&mut answer.headers);
        let content_type = headers.get(header::CONTENT_TYPE);
        let retries = webhook.retries(info.before);
        // A second one may be a cancel.
        let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
        let is_simple = kinds.nth(1).is_none();
        if is_simple && is_remembered(retries, status, content_type) {
            let kept = self.let_go(info, answer, &mut deadline).await;
            return AttemptResult {
                kept,
                ..AttemptResult::answered(status, Verdict::Delivered)
            };
        }
        let legible = legible(&headers);
        let found = webhook.judged_headers(&legible);
        let judged = self
            .judge_patiently(webhook, info, status, &found, &mut deadline)
            .await;
        let ruling = match judged {
            Ok(ruling) => ruling,
            Err(error) => {
                let verdict = Verdict::Failed(format!("answered {status}; {error}"));
                return AttemptResult::answered(status, verdict);
            }
        };
        judgement::warn(webhook, info, ruling.warning.as_deref());
        let wants_body = ruling.read_body;
        let mut verdict = judgement::verdict(ruling.verdict, &format!("answered {status}"));
        let (mut publish, mut kept) = (None, None);
        match &mut verdict {
            Verdict::Cancel(reason) if wants_body => {
                let body = answer.read_within(self.answer_cap, &mut deadline).await;
                if let Some(better) = self.reason(webhook, info, status, &found, &body) {
                    *reason = better;
                }
            }
            Verdict::Delivered if wants_body => {
                publish = Some(Unread {
                    answer,
                    headers: headers.clone(),
                    number: info.number,
                    first: info.first,
                    began: info.began,
                    deadline,
                });
            }
            Verdict::Delivered => {
                if is_simple && ruling.warning.is_none() {
                    let _ = retries.delivered.set((status, content_type.cloned()));
                }
                kept = self.let_go(info, answer, &mut deadline).await;
            }
            _ => kept = self.let_go(info, answer, &mut deadline).await,
        }
        AttemptResult {
            publish,
            kept,
            ..AttemptResult::answered(status, verdict)
        }
    }

    /// Lets an answer go whose body decides nothing; with its beginning, if that is kept.
    async fn let_go(
        &self,
        info: AttemptInfo<'_>,
        answer: Answer,
        deadline: &mut Deadline,
    ) -> Option<Body> {
        if !self.keeps_answer(info) {
            answer.finish().await;
            return None;
        }
        Some(answer.beginning(KEPT, deadline).await)
    }

    /// Whether the beginning of an answer is kept. Who asks before an event never waits for it.
    fn keeps_answer(&self, info: AttemptInfo<'_>) -> bool {
        let ledger = self.observer.ledger();
        !info.before && ledger.is_some_and(|ledger| ledger.keeps_answers())
    }
}

fn is_remembered(retries: &Retries, status: u16, content_type: Option<&HeaderValue>) -> bool {
    retries
        .delivered
        .get()
        .is_some_and(|(known, kind)| *known == status && kind.as_ref() == content_type)
}
