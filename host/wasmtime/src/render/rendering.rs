//! Rendering, each shape on the thread that fits: what takes microseconds here and now,
//! expressions apart from the threads that do the input and output.

use crate::config::webhook::Webhook;
use crate::connector::{Connector, Sandbox, Shape};
use crate::deadline::timeout_at;
use crate::render::notification::Notification;
use crate::render::rendered_request::{RenderError, RenderedRequest};
use futures_util::future::join_all;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// What each shape makes of a notification, in their order; an expression that has not come
/// to an end by the deadline has failed.
pub(crate) async fn render_all(
    connector: &Connector,
    notification: &Notification<'_>,
    shapes: &[&Shape],
    deadline: Option<Instant>,
) -> Vec<Result<RenderedRequest, RenderError>> {
    let warm = shapes.iter().any(|shape| shape.warm);
    if !warm {
        let shapes = shapes.iter();
        return shapes
            .map(|shape| notification.render(connector, shape))
            .collect();
    }
    let owned = Arc::new(notification.clone().into_owned());
    join_all(shapes.iter().map(|shape| async {
        if shape.warm {
            render_apart(connector, &owned, shape, deadline).await
        } else {
            notification.render(connector, shape)
        }
    }))
    .await
}

/// The same where no shape has expressions, with the instance of the first, to sign in.
pub(crate) fn render_to_sign(
    connector: &Connector,
    notification: &Notification<'_>,
    shapes: &[&Shape],
) -> (Vec<Result<RenderedRequest, RenderError>>, Option<Sandbox>) {
    let mut left = None;
    let mut render = |(place, shape): (usize, &&Shape)| {
        if place > 0 {
            return notification.render(connector, shape);
        }
        let (request, sandbox) = notification.render_to_sign(connector, shape)?;
        left = sandbox;
        Ok(request)
    };
    let rendered = shapes.iter().enumerate().map(&mut render).collect();
    (rendered, left)
}

/// What the shape of one webhook makes of a notification; a warning is logged.
///
/// # Errors
/// Why it makes nothing of it.
pub(crate) async fn render(
    notification: &Notification<'_>,
    webhook: &Webhook,
) -> Result<RenderedRequest, RenderError> {
    let (connector, shape) = (&webhook.connector, &webhook.shape);
    let request = if shape.warm {
        let owned = Arc::new(notification.clone().into_owned());
        render_apart(connector, &owned, shape, None).await?
    } else {
        notification.render(connector, shape)?
    };
    request.log_warning(webhook, notification.of());
    Ok(request)
}

async fn render_apart(
    connector: &Connector,
    notification: &Arc<Notification<'static>>,
    shape: &Shape,
    deadline: Option<Instant>,
) -> Result<RenderedRequest, RenderError> {
    let rendering = async {
        let permit = connector.permit(deadline.is_some()).await;
        let (connector, notification) = (connector.clone(), Arc::clone(notification));
        let shape = shape.clone();
        let rendered = spawn_blocking(move || {
            // Held to the end, even if nobody waits for it any more.
            let _permit = permit;
            notification.render(&connector, &shape)
        });
        rendered.await.unwrap_or_else(|error| {
            Err(RenderError::Failed(format!(
                "rendering did not end: {error}"
            )))
        })
    };
    let Some(deadline) = deadline else {
        return rendering.await;
    };
    let late = "its expressions took more than half of the event's budget";
    timeout_at(deadline, rendering)
        .await
        .unwrap_or_else(|_| Err(RenderError::Failed(late.to_owned())))
}
