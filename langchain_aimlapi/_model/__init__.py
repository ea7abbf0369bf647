"""What a chat model is made of: fields, plan of a call, clients, token counts, parsed answers.

It may import everything below it and sends nothing itself.
"""
