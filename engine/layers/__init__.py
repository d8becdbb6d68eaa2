"""Layers: functions with parameters, written with ops, so that their gradients need no code."""

from engine.layers.activations import ACTIVATIONS
from engine.layers.layer import Layer
from engine.layers.linear import Linear

__all__ = ["ACTIVATIONS", "Layer", "Linear"]
