"""`python -m demo`: a whole scoring run on a laptop, from raw readings to a picture of the scores.

The demo stands outside the system: it starts the stand-in as a user would, puts data into the
lake, trains a model, asks for a run over HTTP, and reads the scores from SQL.
"""
