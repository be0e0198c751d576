"""Brings a trained model into an Azure ML workspace: plan, apply, switch, switch back.

    python -m deploy_model plan                          what would be done; changes nothing
    python -m deploy_model apply [--slot green]          does it, and proves it with a smoke job
    python -m deploy_model switch --to fleet-green       makes a deployment the default
    python -m deploy_model switch-back                   returns to the one before
    python -m deploy_model status                        endpoint, deployments, models, default

What is wanted stands in Azure ML's own YAML (`scoring_model/*.yml`) and in the model's folder. The
tool is a stranger to the app: it knows neither the pipelines nor their settings, only a workspace,
its lake, and the model folder that `scoring_model/train.py` writes.
"""
