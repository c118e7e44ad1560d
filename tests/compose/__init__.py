"""The services of the Compose files, without Docker.

project       what Compose makes of its files
containers    runs a project's services as processes of this machine
"""
