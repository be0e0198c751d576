"""A blueprint."""

import azure.functions as func

blueprint = func.Blueprint()


@blueprint.route(route="blueprint", methods=["GET"])
def from_blueprint(req: func.HttpRequest) -> str:
    """Answer with plain text."""
    return "from a blueprint"
