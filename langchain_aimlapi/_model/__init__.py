"""What a chat model is made of: fields, one request, clients, structured output, token counts.

It may import everything below it and sends nothing itself.
"""
