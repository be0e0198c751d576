"""The process in which a user's ``score.py`` runs, and nothing else of the job."""
