"""The process that runs one job at a time on behalf of a node: data in, workers, results out."""
