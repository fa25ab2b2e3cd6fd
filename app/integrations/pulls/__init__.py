"""Pulls of rosters from a connection: asked for, carried on by the worker, ended as an import."""
