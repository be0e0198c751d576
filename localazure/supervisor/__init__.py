"""The processes of the local cloud: started in order, kept on a leash, stopped in order."""
