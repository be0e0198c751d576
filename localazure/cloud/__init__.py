"""The https server of the local cloud, and the interface its services implement."""
