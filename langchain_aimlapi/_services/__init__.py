"""What the service has beside chats: embeddings, batches, the catalogue and the account."""
