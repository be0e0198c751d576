"""What is PUT into the workspace: models, code, environments, endpoints and deployments.

``store`` keeps them, ``assets`` and ``serving`` hold the rules, ``routes`` and ``bodies`` speak
HTTP. ``cache`` is the nodes' side: it brings an asset's files from the lake. What the files of
``localazure.yml`` define is in ``catalog``, which shows both as one.
"""
