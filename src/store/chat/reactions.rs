//! Reactions to messages, of either user.

use rusqlite::params;

use super::messages::Original;
use super::scene::{Scene, Stop, counted};
use crate::protocol::chat::{EventPayload, Payload, ReactionEvent, SetReaction, Taken};

/// Sets a reaction or takes it away. The other user is told of what was not so yet.
pub(super) fn set(scene: &mut Scene<'_>, asked: &SetReaction) -> Result<Payload, Stop> {
    let dialog = scene.dialog(&asked.chat_id)?;
    let original = Original::written(scene, &dialog, asked.message_id)?;
    let changed = match (&asked.reaction, asked.is_set) {
        (Some(reaction), true) => scene
            .database
            .prepare_cached(
                "INSERT INTO chat_reaction (chat, message, user, reaction, at) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![dialog.id, original.id, scene.user, reaction, scene.now])?,
        (reaction, _) => scene
            .database
            .prepare_cached(
                "DELETE FROM chat_reaction \
                 WHERE chat = ?1 AND message = ?2 AND user = ?3 AND reaction = coalesce(?4, reaction)",
            )?
            .execute(params![dialog.id, original.id, scene.user, reaction])?,
    };
    if changed > 0 {
        let event = EventPayload::Reaction(ReactionEvent {
            chat_id: scene.user.to_owned(),
            message_id: asked.message_id,
            user_id: scene.user.to_owned(),
            author_id: Some(original.sender.clone()),
            timestamp: Some(counted(scene.now)),
            reaction: asked.reaction.clone(),
            is_set: asked.is_set,
            client_message_id: original.client_id.clone(),
        });
        scene.tell(&dialog.other, &event)?;
    }
    Ok(Payload::of(&Taken {
        message_id: asked.message_id,
        timestamp: Some(counted(scene.now)),
        client_message_id: asked.client_message_id.clone(),
    }))
}
