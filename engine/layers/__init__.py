"""Layers: functions with parameters, written with ops, so that their gradients need no code."""

from engine.layers.activations import ACTIVATIONS, Activation
from engine.layers.containers import Container, Residual, Sequential
from engine.layers.dense import NORMALIZATIONS, Dense
from engine.layers.dropout import Dropout
from engine.layers.layer import LAYERS, Layer
from engine.layers.linear import Linear
from engine.layers.normalization import BatchNorm, LayerNorm

__all__ = [
    "ACTIVATIONS",
    "LAYERS",
    "NORMALIZATIONS",
    "Activation",
    "BatchNorm",
    "Container",
    "Dense",
    "Dropout",
    "Layer",
    "LayerNorm",
    "Linear",
    "Residual",
    "Sequential",
]
