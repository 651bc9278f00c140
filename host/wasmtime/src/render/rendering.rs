//! Rendering, each shape on the thread that fits: what takes microseconds here and now,
//! expressions apart from the threads that do the input and output.

use crate::awake::timeout_at;
use crate::config::webhook::Webhook;
use crate::connector::{Connector, Sandbox, Shape};
use crate::render::parcel::Occasion;
use crate::render::rendered_request::{Parcel, ParcelError};
use futures_util::future::join_all;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// What each shape makes of an occasion, in their order; an expression that has not come
/// to an end by the deadline has failed.
pub async fn render_all(
    connector: &Connector,
    occasion: &Occasion<'_>,
    shapes: &[&Shape],
    deadline: Option<Instant>,
) -> Vec<Result<Parcel, ParcelError>> {
    let warm = shapes.iter().any(|shape| shape.warm);
    if !warm {
        let shapes = shapes.iter();
        return shapes
            .map(|shape| occasion.render(connector, shape))
            .collect();
    }
    let owned = Arc::new(occasion.clone().into_owned());
    join_all(shapes.iter().map(|shape| async {
        if shape.warm {
            render_apart(connector, &owned, shape, deadline).await
        } else {
            occasion.render(connector, shape)
        }
    }))
    .await
}

/// The same where no shape has expressions, with the instance of the first, to sign in.
pub fn render_to_sign(
    connector: &Connector,
    occasion: &Occasion<'_>,
    shapes: &[&Shape],
) -> (Vec<Result<Parcel, ParcelError>>, Option<Sandbox>) {
    let mut left = None;
    let mut render = |(place, shape): (usize, &&Shape)| {
        if place > 0 {
            return occasion.render(connector, shape);
        }
        let (parcel, sandbox) = occasion.render_to_sign(connector, shape)?;
        left = sandbox;
        Ok(parcel)
    };
    let rendered = shapes.iter().enumerate().map(&mut render).collect();
    (rendered, left)
}

/// What the shape of one webhook makes of an occasion; a warning is logged.
///
/// # Errors
/// Why it makes nothing of it.
pub async fn render(
    connector: &Connector,
    occasion: &Occasion<'_>,
    webhook: &Webhook,
) -> Result<Parcel, ParcelError> {
    let shape = &webhook.shape;
    let parcel = if shape.warm {
        let owned = Arc::new(occasion.clone().into_owned());
        render_apart(connector, &owned, shape, None).await?
    } else {
        occasion.render(connector, shape)?
    };
    parcel.log_warning(webhook, &occasion.id);
    Ok(parcel)
}

async fn render_apart(
    connector: &Connector,
    occasion: &Arc<Occasion<'static>>,
    shape: &Shape,
    deadline: Option<Instant>,
) -> Result<Parcel, ParcelError> {
    let rendering = async {
        let turn = connector.turn(deadline.is_some()).await;
        let (connector, occasion) = (connector.clone(), Arc::clone(occasion));
        let shape = shape.clone();
        let rendered = spawn_blocking(move || {
            // Held to the end, even if nobody waits for it any more.
            let _turn = turn;
            occasion.render(&connector, &shape)
        });
        rendered.await.unwrap_or_else(|error| {
            Err(ParcelError::Failed(format!(
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
        .unwrap_or_else(|_| Err(ParcelError::Failed(late.to_owned())))
}
