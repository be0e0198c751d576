"""From an accepted job to one that can run: the deployment as it is now, plus what the job asks.

All that can be known to be wrong before a node is taken is found here.
"""

from pathlib import Path

from pydantic import ValidationError

from localazure.mlbatch.catalog import Deployment, Terms
from localazure.mlbatch.datastores import LakePath, Resolver
from localazure.mlbatch.errors import DefinitionError, JobFailedError
from localazure.mlbatch.invocation import Invocation
from localazure.mlbatch.problems import problems_of
from localazure.mlbatch.settings import ScoringSettings
from localazure.mlbatch.spec import Asset, JobSpec


def prepare(
    name: str, deployment: Deployment, invocation: Invocation, resolver: Resolver, max_nodes: int
) -> JobSpec:
    """Return the job as a runner takes it.

    Raises:
        JobFailedError: when the deployment is broken, an address points nowhere, or the job wants
            more nodes than there are.
    """
    terms = deployment.require()
    settings = _settings(terms.settings, invocation)
    if settings.instance_count > max_nodes:
        raise JobFailedError(
            f"the job wants {settings.instance_count} instances, the compute has {max_nodes} nodes"
        )
    wanted = next(iter(invocation.input_data.values()))
    return JobSpec(
        name=name,
        code=terms.code.path,
        scoring_script=_code(deployment.name, terms),
        model=_model(deployment.name, terms),
        account_url=resolver.account_url,
        input_kind=wanted.job_input_type,
        input=resolver.resolve(wanted.uri),
        output=_output(name, invocation, settings, resolver),
        settings=settings,
        assets=_assets(terms),
    )


def _output(
    name: str, invocation: Invocation, settings: ScoringSettings, resolver: Resolver
) -> LakePath:
    """Return the file that the job writes; a job that names none gets one of its own."""
    for output in invocation.output_data.values():
        path = resolver.resolve(output.uri)
        if not path.path:
            raise JobFailedError(f"the output '{output.uri}' must be a file, not a container")
        return path
    folder = f"azureml://datastores/{resolver.default_datastore}/paths/azureml/{name}/score"
    return resolver.resolve(f"{folder}/{settings.output_file_name}")


def _settings(settings: ScoringSettings, invocation: Invocation) -> ScoringSettings:
    retry = invocation.retry_settings.model_dump(exclude_none=True)
    changed = {
        **settings.model_dump(),
        **invocation.overrides(),
        "retry_settings": {**settings.retry_settings.model_dump(), **retry},
    }
    try:
        return ScoringSettings.model_validate(changed)
    except ValidationError as error:
        raise JobFailedError("; ".join(problems_of(error))) from error


def _code(name: str, terms: Terms) -> Path:
    script = terms.code.path / terms.script
    # Code that is still in the lake is looked at on the node.
    if terms.code.origin is None and not script.is_file():
        raise DefinitionError(name, [f"`code_configuration`: there is no scoring script {script}"])
    return script


def _model(name: str, terms: Terms) -> Path | None:
    model = terms.model
    if model is None:
        return None
    if model.origin is None and not model.path.exists():
        raise DefinitionError(
            name, [f"`model.path`: {model.path} does not exist; train the model first"]
        )
    return model.path


def _assets(terms: Terms) -> tuple[Asset, ...]:
    sources = {"code": terms.code, "model": terms.model}
    return tuple(
        Asset(name=f"the {kind} {source.id}", origin=source.origin, path=source.path)
        for kind, source in sources.items()
        if source and source.origin
    )
