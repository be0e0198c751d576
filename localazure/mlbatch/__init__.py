"""Azure ML batch endpoints for the local cloud: the REST calls of azure-ai-ml and what runs jobs.

Routes and responses speak HTTP; the catalog, the jobs and the store do not. A job runs in a
process of its own (``runner``), and the user's ``score.py`` runs in further ones (``worker``).
"""
