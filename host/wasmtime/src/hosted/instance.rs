//! One instance: from its request to the end of its work.

use super::cpu_time::{Counted, CpuTime};
use super::error::{Fault, Unanswered};
use super::guest::Guest;
use super::guest_stdio::GuestStdio;
use super::limits::{HANDLES, SLICE, TRANSFER};
use super::shared::{GuestBody, Inner};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot::{Receiver, Sender};
use tokio::time::timeout;
use wasmtime::Store;
use wasmtime::component::Resource;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::types::{HostIncomingRequest, HostResponseOutparam};

/// What a request is answered with, or the guest's word for why it is not.
pub(super) type Answered = Result<Response<GuestBody>, ErrorCode>;

/// An instance that has not begun.
pub(super) struct Instance {
    service: Arc<Inner>,
    number: u64,
    processor: Arc<CpuTime>,
    answered: Arc<AtomicBool>,
}

/// Its store, with the request in it.
pub(super) struct PreparedCall {
    store: Store<Guest>,
    request: Resource<HostIncomingRequest>,
    out: Resource<HostResponseOutparam>,
}

impl Instance {
    /// Known by its number in the log.
    pub(super) fn new(service: Arc<Inner>, number: u64) -> Self {
        Self {
            processor: Arc::new(CpuTime::new(service.limits.processor)),
            service,
            number,
            answered: Arc::default(),
        }
    }

    /// Everything but code.
    pub(super) fn prepare(
        &self,
        request: Request<Bytes>,
        sender: Sender<Answered>,
    ) -> Result<PreparedCall, Unanswered> {
        let service = &*self.service;
        let mut store = Store::new(
            service.engine.wasmtime(),
            Guest::new(
                &service.environment,
                &service.lines,
                GuestStdio::new(&service.log, self.number),
                &service.egress,
                service.limits.memory,
                &self.processor,
            ),
        );
        let ticks = service.engine.ticks(SLICE);
        store.limiter(|guest| &mut guest.memory);
        store.epoch_deadline_callback(move |store| Ok(store.data().processor.tick(ticks)));
        store.set_epoch_deadline(ticks);
        store.set_hostcall_fuel(TRANSFER);
        store.set_max_component_handles(HANDLES);
        let answered = Arc::clone(&self.answered);
        let answer = move |answer: Answered| {
            answered.store(true, Ordering::Relaxed);
            // Whoever asked may have gone.
            let _ = sender.send(answer);
        };
        let mut http = store.data_mut().http();
        let request = http.new_incoming_request(Scheme::Http, request.map(Full::new));
        let out = http.new_response_outparam_from_callback(answer);
        match (request, out) {
            (Ok(request), Ok(out)) => Ok(PreparedCall {
                store,
                request,
                out,
            }),
            _ => Err(Unanswered::Unfit),
        }
    }

    /// Runs it until its work is done, its time is over, all are ended, or nobody asks any
    /// more.
    pub(super) async fn run(self, prepared: PreparedCall, asked: Receiver<()>) {
        let service = &*self.service;
        let counted = Counted {
            future: Box::pin(self.work(prepared)),
            processor: Arc::clone(&self.processor),
            engine: &service.engine,
        };
        let life = service.limits.life;
        let mut ended = service.ended.subscribe();
        let withdrawn = async {
            if asked.await.is_ok() || self.answered.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let done = tokio::select! {
            done = timeout(life, counted) => done.unwrap_or(Err(Fault::Life(life))),
            _ = ended.wait_for(|ended| *ended) => Err(Fault::Ended),
            () = withdrawn => Ok(()),
        };
        if let Err(fault) = done {
            service.failed.fetch_add(1, Ordering::Relaxed);
            let instance = self.number;
            tracing::error!(instance, "instance {instance} of the component {fault}");
        }
    }

    async fn work(&self, prepared: PreparedCall) -> Result<(), Fault> {
        let PreparedCall {
            mut store,
            request,
            out,
        } = prepared;
        let limits = &self.service.limits;
        let worked = async {
            let proxy = self.service.pre.instantiate_async(&mut store).await?;
            let handler = proxy.wasi_http_incoming_handler();
            handler.call_handle(&mut store, request, out).await
        };
        match worked.await {
            Ok(()) if self.answered.load(Ordering::Relaxed) => Ok(()),
            Ok(()) => Err(Fault::Silent),
            Err(error) => {
                let refused = store.data().memory.0.was_refused();
                let memory = refused.then_some(limits.memory);
                Err(Fault::of(&error, limits.processor, memory))
            }
        }
    }
}
