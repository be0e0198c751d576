"""The demo's second act: ten minutes of a stream, from a fleet's senders to rows in SQL.

`plan.py` says what is streamed, `sending.py` sends it, `sent.py` remembers what was sent and when,
`collecting.py` waits until all of it was scored, and `outcome.py` compares the two ends.
"""
