"""Event Hubs for the local cloud: a partitioned log on disk, behind the service's REST send.

Consumers cannot speak AMQP to it; they have a plane of its own, ``consumer_routes``.
"""
