"""Azure on a laptop: a stand-in that speaks the wire protocols of Azure's services."""
