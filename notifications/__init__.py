"""A small, complete messaging engine: who may be texted, what was sent, what happened to it, what came back.

It does not know what a graduate is.
"""
