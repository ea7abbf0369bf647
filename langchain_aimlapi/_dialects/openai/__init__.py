"""OpenAI's dialect of `/chat/completions`, whose answers all models of that endpoint have."""
