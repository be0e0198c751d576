"""The smallest app: says which storage account it was given."""

import os

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="storage")
def tell_storage(req: func.HttpRequest) -> func.HttpResponse:
    """Answer the address of the storage account, as the settings give it."""
    return func.HttpResponse(os.environ["STORAGE_URI"])
