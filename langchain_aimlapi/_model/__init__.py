"""What a chat model is made of.

Its fields, the plan of one call, its clients, token counts, structured output.
"""
