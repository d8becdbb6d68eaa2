"""A network at one step as a graph: the next minibatch, or one sample of it, through every
multiplication and addition to the loss, and the penalty beside it.

Sample by sample, layer by layer, neuron by neuron. With one sample the parameters are in their
neurons; several samples share them, so they stand apart in groups of their own.
"""

from __future__ import annotations

from engine.losses import CrossEntropy, Loss
from engine.network import Network
from engine.scalar import Neuron, ScalarNet, unroll
from engine.tape import tape
from engine.training import Trainer
from engine.walkthrough.graph import ROOT, Graph, Labels

MOST_OPS = 4000


class TooManyOps(ValueError):
    """A graph of so many operations that nobody could go through them; how many one sample has."""

    def __init__(self, ops: int, of_one_sample: int) -> None:
        super().__init__(f"{ops} operations, and {MOST_OPS} are the most")
        self.ops, self.of_one_sample = ops, of_one_sample


class NotInScalars(ValueError):
    """A net of which some part cannot be gone through number by number: which one, and where."""

    def __init__(self, part: str, layer: int | None = None) -> None:
        where = "" if layer is None else f" of layer {layer + 1}"
        super().__init__(f"the {_WORDS.get(part, part.replace('_', ' '))}{where}")
        self.part, self.layer = part, layer


_WORDS = {"cut": "neuron cut out", "frozen": "frozen weights"}


def _check_scalars(network: Network, loss: Loss) -> None:
    for i, layer in enumerate(network.layers):
        if layer.norm is not None:
            raise NotInScalars(layer.norm.name, i)
        if layer.dropout.p:
            raise NotInScalars("dropout", i)
        if layer.residual:
            raise NotInScalars("residual", i)
        if layer.kept is not None:
            raise NotInScalars("cut", i)
    if isinstance(loss, CrossEntropy) and loss.class_weights is not None:
        raise NotInScalars("class_weights")


def network_graph(trainer: Trainer, sample: int | None = None) -> Graph:
    """The step to come, of the whole minibatch or of its `sample`-th alone.

    Raises:
        NotInScalars: of such a net there are no single numbers to go through.
        IndexError: there is no such sample.
        TooManyOps: go through one sample, or through a smaller net.
    """
    _check_scalars(trainer.network, trainer.loss)
    for i, frozen in enumerate(trainer.spec.network.frozen):
        if frozen:  # the update of a walk is that of all parameters
            raise NotInScalars("frozen", i)
    x, y = trainer.next_batch()
    first, whole = sample or 0, sample is None or len(y) == 1
    if not 0 <= first < len(y):
        raise IndexError(f"sample {sample} of {len(y)}")
    if sample is not None:
        x, y = x[first : first + 1], y[first : first + 1]
    each = _ops_of_neurons(trainer.network)
    if each * len(y) > MOST_OPS:  # found out before building it
        raise TooManyOps(each * len(y), each)
    net = unroll(trainer.network, trainer.loss, x, y, trainer.spec.regularization)
    if (ops := len(tape(net.objective))) > MOST_OPS:
        raise TooManyOps(ops, ops // len(y))
    return _Labelling(trainer.network, net, first, whole).graph()


def _ops_of_neurons(network: Network) -> int:
    """How many operations one sample takes up to the outputs: products, sums, activations."""
    ops = 0
    for layer in network.layers:
        fan_in, units = layer.weight.shape
        ops += units * (2 * fan_in + (layer.activation != "linear"))
    return ops


class _Labelling:
    """Puts names on everything in a scalar net."""

    def __init__(self, network: Network, net: ScalarNet, first: int, whole: bool) -> None:
        self.network, self.net = network, net
        self.first = first  # which sample of the minibatch the first one is
        self.whole = whole  # whether the loss is that of the whole minibatch
        self.labels = Labels("network")
        self.several = len(net.inputs) > 1

    def graph(self) -> Graph:
        labels, net = self.labels, self.net
        if self.several:
            self._shared()
        for sample, layers in enumerate(net.neurons):
            home = labels.group("sample", ROOT, self.first + sample) if self.several else ROOT
            for i, x in enumerate(net.inputs[sample]):
                labels.label(x, f"x_{i + 1}", home, "input", ("input", (self.first + sample, i)))
            for i, neurons in enumerate(layers):
                kind = self.network.layers[i].activation
                layer = labels.group("layer", home, i, kind)
                for neuron in neurons:
                    self._neuron(neuron, labels.group("neuron", layer, neuron.unit, kind))
            self._sample_loss(sample, labels.group("loss", home))
        if self.several:
            group = labels.group("loss")
            for i, running in enumerate(net.sums, 1):
                labels.label(running, f"S_{i}", group)
            labels.claim(net.loss, group)
        if self.whole:
            labels.label(net.loss, address=("loss", ()))
        if net.penalty is not None:
            self._penalty()
        labels.rename(net.objective, "L")
        return labels.read(net.objective)

    def _shared(self) -> None:
        """The parameters, apart from the samples that all use them."""
        top = self.labels.group("parameters")
        for i, layer in enumerate(self.net.neurons[0]):
            kind = self.network.layers[i].activation
            home = self.labels.group("layer", top, i, kind)
            for neuron in layer:
                self._parameters(neuron, self.labels.group("neuron", home, neuron.unit, kind))

    def _parameters(self, neuron: Neuron, group: int) -> None:
        layer, unit = f"layers.{neuron.layer}", neuron.unit
        for i, weight in enumerate(neuron.weights):
            address = (f"{layer}.weight", (i, unit))
            self.labels.label(weight, f"w_{i + 1}", group, "parameter", address)
        self.labels.label(neuron.bias, "b", group, "parameter", (f"{layer}.bias", (unit,)))

    def _neuron(self, neuron: Neuron, group: int) -> None:
        labels, layer = self.labels, f"layers.{neuron.layer}"
        at = (self.first + neuron.sample, neuron.unit)
        if not self.several:
            self._parameters(neuron, group)
        for i, product in enumerate(neuron.products, 1):
            labels.label(product, f"p_{i}", group)
        *running, z = neuron.sums
        name = "output" if neuron.output is z else "z"
        labels.label(z, "z", group, address=(f"{layer}.{name}", at))
        for i, total in enumerate(running, 1):
            labels.label(total, f"s_{i}", group)
        labels.label((neuron.products + running)[-1], address=(f"{layer}.product", at))
        labels.label(neuron.output, "a", group, address=(f"{layer}.output", at))

    def _sample_loss(self, sample: int, group: int) -> None:
        terms = self.net.terms[sample]
        self.labels.label(self.net.targets[sample], "y", group, "target")
        for name, tensor in terms.items():
            self.labels.label(tensor, name, group)
        self.labels.claim(list(terms.values())[-1], group)

    def _penalty(self) -> None:
        """Beside the loss D the penalty R; the objective L is their sum."""
        net, penalty = self.net, self.net.penalty
        assert penalty is not None
        self.labels.rename(net.loss, "D")
        group = self.labels.group("penalty")
        self.labels.label(penalty, "R", group, address=("penalty", ()))
        self.labels.claim(penalty, group)
        address = ("objective", ()) if self.whole else None
        self.labels.label(net.objective, "L", ROOT, address=address)
