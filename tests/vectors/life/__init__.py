"""The life of a breaker, of a delivery and of a question, in virtual time: an implementation of its own, written
from the rules in ../README.md, which says what the connector's hosts have to do.

Times are whole milliseconds. Every function takes a state and gives back another one: nothing is changed in place.
"""
