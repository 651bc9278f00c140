//! The faults.

/// A fault: where, what stands there, and what stands there instead. What a host does with a
/// store is told in the simulator, so a fault may be there as well.
pub struct Fault {
    pub name: &'static str,
    pub file: &'static str,
    pub right: &'static str,
    pub wrong: &'static str,
}

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "two probes are out at a time",
        file: "breaker.rs",
        right: "open.probing = true;",
        wrong: "open.probing = false;",
    },
    Fault {
        name: "four failures open a breaker",
        file: "breaker.rs",
        right: "const FEWEST: u32 = 5;",
        wrong: "const FEWEST: u32 = 4;",
    },
    Fault {
        name: "a hold never grows",
        file: "breaker.rs",
        right: "open.hold.saturating_mul(2)",
        wrong: "open.hold.saturating_mul(1)",
    },
    Fault {
        name: "a probe without a result is never given back",
        file: "delivery.rs",
        right: "webhook.breaker.release(probe);",
        wrong: "let _ = (&webhook, probe);",
    },
    Fault {
        name: "a breaker holds what it need not",
        file: "deliveries.rs",
        right: "delivery.is_held() && webhook.breaker.is_closed()",
        wrong: "delivery.is_held() && !webhook.breaker.is_closed()",
    },
    Fault {
        name: "a question is retried after the event's time",
        file: "question.rs",
        right: ".filter(|next| *next < budget)",
        wrong: "",
    },
    Fault {
        name: "no answer never cancels",
        file: "question.rs",
        right: "on_error == OnError::Cancel,",
        wrong: "false,",
    },
    Fault {
        name: "a later answer exchanges the decision",
        file: "question.rs",
        right: "self.decision().is_some() || !matches!",
        wrong: "!matches!",
    },
    Fault {
        name: "a question is held by a breaker",
        file: "question.rs",
        right: "webhook.is_gone() && self.attempts == 0",
        wrong: "(webhook.is_gone() || !webhook.breaker.is_closed()) && self.attempts == 0",
    },
    Fault {
        name: "a worker's right is lost",
        file: "endpoint.rs",
        right: "|queue| queue.in_flight -= 1",
        wrong: "|_| ()",
    },
    Fault {
        name: "one more than may is in flight",
        file: "endpoint.rs",
        right: "if queue.in_flight >= queue.bound {",
        wrong: "if queue.in_flight > queue.bound {",
    },
    Fault {
        name: "an attempt that hangs counts for ever",
        file: "worker.rs",
        right: "self.stalled += 1;",
        wrong: "",
    },
    Fault {
        name: "a timer is not set earlier",
        file: "deliveries.rs",
        right: "(Some(due), Some(armed)) => due < armed,",
        wrong: "(Some(_), Some(_)) => false,",
    },
    Fault {
        name: "what is under way at the end is forgotten",
        file: "deliveries.rs",
        right: "left.extend(self.workers.take_all());",
        wrong: "self.workers.take_all();",
    },
    Fault {
        name: "what this machine lacked counts as an attempt",
        file: "delivery.rs",
        right: "self.attempts.saturating_sub(1)",
        wrong: "self.attempts",
    },
    Fault {
        name: "a delivery's time begins anew at each attempt",
        file: "delivery.rs",
        right: "*self.first.get_or_insert(now);",
        wrong: "*self.first.insert(now);",
    },
    Fault {
        name: "the room of an endpoint is never free again",
        file: "capacity.rs",
        right: "part.deliveries -= 1;",
        wrong: "",
    },
    Fault {
        name: "a webhook that is gone is sent to",
        file: "delivery.rs",
        right: "if webhook.is_gone() {",
        wrong: "if false {",
    },
    Fault {
        name: "what a breaker holds is not written down",
        file: "deliveries.rs",
        right: "held(&turn.delivery, time);",
        wrong: "let _ = &mut held;",
    },
    Fault {
        name: "attempts are lost at a restart",
        file: "delivery.rs",
        right: "            attempts,\n            first: (progress",
        wrong: "            attempts: 0,\n            first: (progress",
    },
    Fault {
        name: "time that was used up is lost at a restart",
        file: "delivery.rs",
        right: ".then(|| now - spent)",
        wrong: ".then(|| now)",
    },
    Fault {
        name: "what kills its process is tried for ever",
        file: "delivery.rs",
        right: "self.attempts >= limits.max_tries",
        wrong: "self.attempts > limits.max_tries",
    },
    Fault {
        name: "a clock that was set back makes a wait longer",
        file: "restore.rs",
        right: "wait.due.since(now).min(longest)",
        wrong: "wait.due.since(now)",
    },
    Fault {
        name: "a wait goes beyond a patience that has become shorter",
        file: "restore.rs",
        right: "end.map_or(now + left, |end| end.min(now + left))",
        wrong: "now + left",
    },
    Fault {
        name: "a wait is given once more at each restart",
        file: "restore.rs",
        right: "delivery.has_waited(longest - left);",
        wrong: "",
    },
    Fault {
        name: "an endpoint is met with all that waits for it",
        file: "endpoint.rs",
        right: "|queue| queue.bound = first)",
        wrong: "|_| ())",
    },
    Fault {
        name: "an endpoint that fails is met with as many as before",
        file: "endpoint.rs",
        right: "Health::Down => 1,",
        wrong: "Health::Down => before,",
    },
    Fault {
        name: "an endpoint that was idle is met with all at once",
        file: "endpoint.rs",
        right: "if idle && queue.bound >= self.max_in_flight {",
        wrong: "if idle {",
    },
    Fault {
        name: "more may be in flight, and nobody sends it",
        file: "deliveries.rs",
        right: "let signals = if more {",
        wrong: "let signals = if false {",
    },
    Fault {
        name: "a webhook that is paused is sent to",
        file: "deliveries.rs",
        right: "(!pauses).then(",
        wrong: "(!pauses || true).then(",
    },
    Fault {
        name: "patience runs while a webhook is paused",
        file: "delivery.rs",
        right: "*first = *first + now.since(paused);",
        wrong: "let _ = (first, now, paused);",
    },
    Fault {
        name: "what waits for a webhook that is paused is forgotten at the end",
        file: "deliveries.rs",
        right: "left.append(&mut self.paused);",
        wrong: "self.paused.clear();",
    },
    Fault {
        name: "what is in memory is loaded once more",
        file: "../tests/simulation/disk.rs",
        right: " && !self.memory.contains(&id)",
        wrong: "",
    },
    Fault {
        name: "what has just been settled is loaded once more",
        file: "../tests/simulation/disk.rs",
        right: "row.stands == Stands::Waiting && ",
        wrong: "",
    },
    Fault {
        name: "what was spilled is forgotten before it is synced",
        file: "../tests/simulation/disk.rs",
        right: "cursor.behind = !self.store.is_clean();",
        wrong: "cursor.behind = false;",
    },
    Fault {
        name: "what waits for a webhook that is gone leaves no dead letter",
        file: "../tests/simulation/loader.rs",
        right: "disk.store.write(id, |row| row.stands = Stands::Orphaned);",
        wrong: "disk.cursors.entry(name).or_default().at = disk.store.newest(id).unwrap().queue;",
    },
    Fault {
        name: "an attempt is not written down before it is made",
        file: "../tests/simulation/deliveries.rs",
        right: "self.begins(id, progress);",
        wrong: "",
    },
    Fault {
        name: "it is acknowledged before it is synced",
        file: "../tests/simulation/store.rs",
        right: "self.committing = Some(std::mem::take(&mut self.batch));",
        wrong: "self.acknowledged.extend(self.batch.keys());\n            \
                self.committing = Some(std::mem::take(&mut self.batch));",
    },
    Fault {
        name: "a replay is never noticed",
        file: "../tests/simulation/disk.rs",
        right: "if std::mem::take(&mut self.unnoticed) {",
        wrong: "if std::mem::take(&mut self.unnoticed) && self.store.acknowledged.is_empty() {",
    },
];
