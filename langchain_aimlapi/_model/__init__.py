"""What a chat model is made of: fields, the plan of a call, clients, token counts, structured output.

It may import everything below it and sends nothing itself.
"""
