"""The Event Hubs trigger: events in batches, partition by partition, delivered at least once.

`listener` opens a source for a function, one `pump` per partition reads from it and invokes the
function; the checkpoint follows what was delivered, never the other way round.
"""
