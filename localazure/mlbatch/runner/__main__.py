"""A node's agent: reads job folders from its input, runs them, writes events to its output.

It lives for many jobs, because loading Azure's SDKs costs more than a small job does.
``python -m localazure.mlbatch.runner`` - one folder per line.
"""

import sys
from pathlib import Path

from localazure.mlbatch.lifeline import Lifeline
from localazure.mlbatch.runner.job import run_job
from localazure.mlbatch.runner.reporter import Reporter


def main() -> None:
    """Run jobs until the service goes away."""
    reporter = Reporter(sys.stdout)
    # Whatever a library prints must not be taken for an event.
    sys.stdout = sys.stderr
    for line in Lifeline(sys.stdin.fileno()).lines():
        run_job(Path(line.decode()), reporter)


if __name__ == "__main__":
    main()
