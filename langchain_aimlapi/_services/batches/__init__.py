"""`/batches`: states and results of requests that are handed in together, and when to ask."""
