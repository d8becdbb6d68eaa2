"""The ways to run one training step that `engine.py` compares.

Each class takes a workload and a dtype, and has `run(steps)`, which goes on training, and
`parameters()`, the weights and biases as they are, so that all can be seen to do the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers import Linear, Sequential
from engine.losses import LOSSES
from engine.ops import Array as EngineArray
from engine.optimizers import SGD, Adam, Memory, Optimizer
from engine.regularizers import L2, NoPenalty
from engine.replay import Replay
from engine.tensor import Tensor
from tests.benchmarks.workloads import Array, Workload

Parameters = list[tuple[Array, Array]]


# --- the engine ---


def half_mse(output: Tensor, targets: EngineArray) -> Tensor:
    return LOSSES["mse"]()(output, targets) * 0.5


class Engine:
    """What both ways of the engine start from."""

    def __init__(self, work: Workload, dtype: str) -> None:
        self.work, self.dtype = work, dtype
        self.net = Sequential(
            *(
                Linear(np.random.default_rng(0), len(w), len(b), activation, dtype=dtype)
                for (w, b), activation in zip(work.weights(), work.activations, strict=True)
            )
        )
        for layer, (weight, bias) in zip(self.net.layers, work.weights(), strict=True):
            for (_, tensor), value in zip(layer.named_parameters(), (weight, bias), strict=True):
                tensor.data = value.astype(dtype)
        self.loss: Any = half_mse if work.loss == "half_mse" else LOSSES[work.loss]()
        rate = work.learning_rate
        self.optimizer: Optimizer = SGD(rate) if work.optimizer == "sgd" else Adam(rate)
        self.penalty = L2(work.l2) if work.l2 else NoPenalty()
        self.taken = 0

    def parameters(self) -> Parameters:
        found = [tensor.data for _, tensor in self.net.named_parameters()]
        return list(zip(found[::2], found[1::2], strict=True))


class Eager(Engine):
    """Record, walk back, update: the readable way."""

    def __init__(self, work: Workload, dtype: str) -> None:
        super().__init__(work, dtype)
        self.memory = Memory()
        self.batches = work.batches(dtype)

    def run(self, steps: int) -> None:
        named = self.net.named_parameters()
        tensors = [tensor for _, tensor in named]
        for _ in range(steps):
            x, y = self.batches[self.taken % len(self.batches)]
            loss = self.loss(self.net(Tensor(x, requires_grad=False)), y)
            cost = self.penalty.penalty(tensors)
            for tensor in tensors:
                tensor.grad = None
            (loss if cost is None else loss + cost).backward()
            grads = {name: tensor.grad for name, tensor in named if tensor.grad is not None}
            weights = {name: tensor.data for name, tensor in named}
            terms, self.memory = self.optimizer.propose(weights, grads, self.memory)
            for name, tensor in named:
                tensor.data = weights[name] + terms[name]["update"]
            self.taken += 1


class Replayed(Engine):
    """The same, traced once and run again."""

    def __init__(self, work: Workload, dtype: str) -> None:
        super().__init__(work, dtype)
        named, (x, y) = self.net.named_parameters(), work.data()
        tensors = [tensor for _, tensor in named]
        args = (named, self.net.forward, self.loss, x, y, self.optimizer, tensors, self.penalty)
        self.replay = Replay(*args)
        self.program = self.replay.program(work.batch)
        self.batches = [
            tuple(
                table[i : i + work.batch].copy(order="K")
                for table in self.replay.rows.ordered(self.program.tables)
            )
            for i in range(0, work.rows - work.batch + 1, work.batch)
        ]

    def run(self, steps: int) -> None:
        step, batches, count = self.replay.step, self.batches, len(self.batches)
        for i in range(self.taken, self.taken + steps):
            step(self.program, batches[i % count])
        self.taken += steps


# --- NumPy by hand ---


class Naive:
    """A forward and a backward pass as one writes them down, with new arrays at each step."""

    def __init__(self, work: Workload, dtype: str) -> None:
        self.work, self.batches, self.taken = work, work.batches(dtype), 0
        self.arrays = [a.astype(dtype) for pair in work.weights() for a in pair]
        self.m = [np.zeros_like(a) for a in self.arrays]
        self.v = [np.zeros_like(a) for a in self.arrays]

    def parameters(self) -> Parameters:
        return list(zip(self.arrays[::2], self.arrays[1::2], strict=True))

    def run(self, steps: int) -> None:
        for _ in range(steps):
            x, y = self.batches[self.taken % len(self.batches)]
            self.taken += 1
            self.update(self.gradients(x, y))

    def gradients(self, x: Array, y: Array) -> list[Array]:
        values = [x]
        for (weight, bias), activation in zip(
            self.parameters(), self.work.activations, strict=True
        ):
            z = values[-1] @ weight + bias
            values.append(
                np.tanh(z)
                if activation == "tanh"
                else np.maximum(z, 0)
                if activation == "relu"
                else z
            )
        g = self.loss(values[-1], y)
        found: list[Array] = []
        for i in reversed(range(len(values) - 1)):
            weight, out = self.arrays[2 * i], values[i + 1]
            if self.work.activations[i] == "tanh":
                g = g * (1 - out * out)
            elif self.work.activations[i] == "relu":
                g = g * (out > 0)
            found = [values[i].T @ g, g.sum(axis=0), *found]
            g = g @ weight.T
        return [g + self.work.l2 * a for g, a in zip(found, self.arrays, strict=True)]

    def loss(self, output: Array, y: Array) -> Array:
        """Sets the value of the loss and returns its gradient."""
        n = len(y)
        if self.work.loss == "cross_entropy":
            e = np.exp(output - output.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            self.value = -np.log(p[np.arange(n), y]).mean()
            p[np.arange(n), y] -= 1
            return p / n
        if self.work.loss == "hinge":
            margin = 1 - output * y[:, None]
            self.value = np.maximum(margin, 0).mean()
            return np.where(margin > 0, -y[:, None], 0).astype(output.dtype) / n
        error = output - y[:, None]
        self.value = 0.5 * (error * error).mean()
        return error / n

    def update(self, grads: list[Array]) -> None:
        rate, t = self.work.learning_rate, self.taken
        for i, g in enumerate(grads):
            if self.work.optimizer == "sgd":
                self.arrays[i] = self.arrays[i] - rate * g
                continue
            self.m[i] = 0.9 * self.m[i] + 0.1 * g
            self.v[i] = 0.999 * self.v[i] + 0.001 * g * g
            m_hat, v_hat = self.m[i] / (1 - 0.9**t), self.v[i] / (1 - 0.999**t)
            self.arrays[i] = self.arrays[i] - rate * m_hat / (np.sqrt(v_hat) + 1e-8)


class Preallocated:
    """What somebody who knows NumPy's costs writes for just this net.

    Samples are columns, each with a 1 at its end; a layer is one matrix (units, inputs + 1) with
    the bias in its last column, and all layers are pieces of one array.
    """

    def __init__(self, work: Workload, dtype: str) -> None:
        self.work, self.taken = work, 0
        n, depth = work.batch, len(work.sizes) - 1
        self.batches = [self._columns(x, y, dtype) for x, y in work.batches(dtype)]
        shapes = [
            (units, fan_in + 1) for fan_in, units in zip(work.sizes, work.sizes[1:], strict=False)
        ]
        ends = np.cumsum([a * b for a, b in shapes])
        self.flat, self.grad, self.m, self.v, self.spare = np.zeros((5, ends[-1]), dtype)

        def pieces(flat: Array) -> list[Array]:
            parts = np.split(flat, ends[:-1])
            return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

        self.layers, self.grads = pieces(self.flat), pieces(self.grad)
        for layer, (weight, bias) in zip(self.layers, work.weights(), strict=True):
            layer[:, :-1], layer[:, -1] = weight.T, bias
        self.values = [np.ones((shapes[i][0] + 1, n), dtype) for i in range(depth)]
        self.slopes = [np.zeros((shapes[i][0], n), dtype) for i in range(depth)]
        # without the bias, and whole: BLAS copies what is not
        self.backs = [np.zeros((shapes[i][0] + 1, n), dtype) for i in range(depth)]
        self.total, self.row = np.zeros((), dtype), np.zeros((1, n), dtype)
        self.dtype = np.dtype(dtype)

    def _columns(self, x: Array, y: Array, dtype: str) -> tuple[Array, Array]:
        ones = np.ones((1, len(x)), dtype)
        if self.work.loss != "cross_entropy":
            return np.concatenate([x.T, ones]), y[None, :].copy()
        chosen = np.zeros((self.work.sizes[-1], len(y)), dtype)
        chosen[y, np.arange(len(y))] = 1
        return np.concatenate([x.T, ones]), chosen

    def parameters(self) -> Parameters:
        return [(layer[:, :-1].T, layer[:, -1]) for layer in self.layers]

    def run(self, steps: int) -> None:
        work, layers, grads, values = self.work, self.layers, self.grads, self.values
        backs, slopes, batches = self.backs, self.slopes, self.batches
        tanh, multiply, subtract = np.tanh, np.multiply, np.subtract
        maximum, sign, add = np.maximum, np.sign, np.add
        one, zero = np.array(1, self.dtype), np.array(0, self.dtype)
        heads = [v[:-1] for v in values]
        deltas = [back[:-1] for back in backs]
        last, activations, learn = len(layers) - 1, work.activations, self._learner()
        forward = [layer.dot for layer in layers]  # bound once, which np.dot is not
        to_weights = [delta.dot for delta in deltas]
        to_inputs = [layer.T.dot for layer in layers]
        inputs = [value.T for value in values]
        for i in range(self.taken, self.taken + steps):
            x, t = batches[i % len(batches)]
            h = x
            for k, activation in enumerate(activations):
                head = heads[k]
                forward[k](h, head)
                if activation == "tanh":
                    tanh(head, head)
                elif activation == "relu":
                    maximum(head, zero, out=head)
                h = values[k]
            self._loss(heads[last], t, deltas[last])
            for k in range(last, -1, -1):
                delta, slope, head = deltas[k], slopes[k], heads[k]
                if activations[k] == "tanh":
                    multiply(head, head, slope)
                    subtract(one, slope, slope)
                    multiply(delta, slope, delta)
                elif activations[k] == "relu":
                    sign(head, slope)
                    multiply(delta, slope, delta)
                to_weights[k](inputs[k - 1] if k else x.T, grads[k])
                if k:
                    to_inputs[k](delta, backs[k - 1])
            if work.l2:
                multiply(self.flat, work.l2, self.spare)
                add(self.grad, self.spare, self.grad)
            learn(i + 1)
        self.taken += steps

    def _loss(self, output: Array, t: Array, delta: Array) -> None:
        n = self.work.batch
        if self.work.loss == "half_mse":
            np.subtract(output, t, delta)
            np.dot(delta.reshape(-1), delta.reshape(-1), self.total)
            np.multiply(delta, self.dtype.type(1 / n), delta)
        elif self.work.loss == "hinge":
            np.multiply(output, t, delta)
            np.subtract(1, delta, delta)
            np.maximum(delta, 0, out=delta)
            np.add.reduce(delta, None, None, self.total)
            np.sign(delta, delta)
            np.multiply(delta, t, delta)
            np.multiply(delta, self.dtype.type(-1 / n), delta)
        else:
            np.maximum.reduce(output, 0, None, self.row, True)
            np.subtract(output, self.row, output)
            np.dot(output.reshape(-1), t.reshape(-1), self.total)
            np.exp(output, delta)
            np.add.reduce(delta, 0, None, self.row, True)
            np.divide(delta, self.row, delta)
            np.subtract(delta, t, delta)
            np.multiply(delta, self.dtype.type(1 / n), delta)
            np.log(self.row, self.row)
            np.subtract(np.add.reduce(self.row, None), self.total, self.total)

    def _learner(self) -> Any:
        flat, grad, m, v, spare = self.flat, self.grad, self.m, self.v, self.spare
        rate, number = self.work.learning_rate, self.dtype.type
        multiply, add, subtract = np.multiply, np.add, np.subtract
        step_size, keep_m, keep_v = number(rate), number(0.9), number(0.999)

        def sgd(step: int) -> None:
            multiply(grad, step_size, grad)
            subtract(flat, grad, flat)

        def adam(step: int) -> None:  # on m / 0.1 and v / 0.001, which saves two calls
            multiply(m, keep_m, m)
            add(m, grad, m)
            multiply(v, keep_v, v)
            multiply(grad, grad, spare)
            add(v, spare, v)
            scale = (0.001 / (1 - 0.999**step)) ** 0.5
            np.sqrt(v, spare)
            add(spare, number(1e-8 / scale), spare)
            np.divide(m, spare, spare)
            multiply(spare, number(rate * 0.1 / (1 - 0.9**step) / scale), spare)
            subtract(flat, spare, flat)

        return sgd if self.work.optimizer == "sgd" else adam


# --- frameworks, where they are installed ---


class Torch:
    """PyTorch, eager, as in its own tutorials."""

    def __init__(self, work: Workload, dtype: str, threads: int = 1) -> None:
        import torch

        torch.set_num_threads(threads)
        self.torch, self.work, self.taken = torch, work, 0
        modules: list[Any] = []
        for (weight, bias), activation in zip(work.weights(), work.activations, strict=True):
            linear = torch.nn.Linear(*weight.shape, dtype=getattr(torch, dtype))
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(weight.T.copy()))
                linear.bias.copy_(torch.from_numpy(bias))
            modules.append(linear)
            if activation != "linear":
                modules.append(torch.nn.Tanh() if activation == "tanh" else torch.nn.ReLU())
        self.net = torch.nn.Sequential(*modules)
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        self.optimizer = kinds[work.optimizer](self.net.parameters(), lr=work.learning_rate)
        column = work.loss != "cross_entropy"
        self.batches = [
            (torch.from_numpy(x), torch.from_numpy(y[:, None].copy() if column else y))
            for x, y in work.batches(dtype)
        ]

    def parameters(self) -> Parameters:
        found = [p.detach().numpy() for p in self.net.parameters()]
        return [(w.T, b) for w, b in zip(found[::2], found[1::2], strict=True)]

    def run(self, steps: int) -> None:
        functions = self.torch.nn.functional
        for i in range(self.taken, self.taken + steps):
            x, y = self.batches[i % len(self.batches)]
            self.optimizer.zero_grad()
            output = self.net(x)
            if self.work.loss == "half_mse":
                loss = 0.5 * functions.mse_loss(output, y)
            elif self.work.loss == "cross_entropy":
                loss = functions.cross_entropy(output, y)
            else:
                loss = functions.relu(1 - y * output).mean()
            if self.work.l2:
                squares = sum((p * p).sum() for p in self.net.parameters())
                loss = loss + 0.5 * self.work.l2 * squares
            loss.backward()
            self.optimizer.step()
        self.taken += steps


class Jax:
    """JAX: one compiled step per call."""

    def __init__(self, work: Workload, dtype: str) -> None:
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        self.work, self.taken = work, 0
        start = [(jnp.asarray(w, dtype), jnp.asarray(b, dtype)) for w, b in work.weights()]
        m, v = (jax.tree_util.tree_map(jnp.zeros_like, start) for _ in range(2))
        self.state: Any = (start, m, v, jnp.zeros((), dtype))
        self.batches = [(jnp.asarray(x), jnp.asarray(y)) for x, y in work.batches(dtype)]
        each = jax.tree_util.tree_map

        def loss(parameters: Any, x: Any, y: Any) -> Any:
            h = x
            for (weight, bias), activation in zip(parameters, work.activations, strict=True):
                h = h @ weight + bias
                h = {"tanh": jnp.tanh, "relu": jax.nn.relu}.get(activation, lambda z: z)(h)
            if work.loss == "cross_entropy":
                return -jnp.take_along_axis(jax.nn.log_softmax(h), y[:, None], 1).mean()
            if work.loss == "half_mse":
                return 0.5 * ((h[:, 0] - y) ** 2).mean()
            squares = sum((w * w).sum() + (b * b).sum() for w, b in parameters)
            return jax.nn.relu(1 - y * h[:, 0]).mean() + 0.5 * work.l2 * squares

        def step(state: Any, x: Any, y: Any) -> Any:
            p, m, v, t = state
            value, g = jax.value_and_grad(loss)(p, x, y)
            if work.optimizer == "sgd":
                return (each(lambda a, b: a - work.learning_rate * b, p, g), m, v, t), value
            t = t + 1
            m = each(lambda a, b: 0.9 * a + 0.1 * b, m, g)
            v = each(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)

            def move(a: Any, b: Any, c: Any) -> Any:
                root = jnp.sqrt(c / (1 - 0.999**t)) + 1e-8
                return a - work.learning_rate * b / (1 - 0.9**t) / root

            return (each(move, p, m, v), m, v, t), value

        self.step = jax.jit(step, donate_argnums=0)  # its arrays are used again
        self.wait = jax.block_until_ready

    def parameters(self) -> Parameters:
        return [(np.asarray(w), np.asarray(b)) for w, b in self.state[0]]

    def run(self, steps: int) -> None:
        state = self.state
        for i in range(self.taken, self.taken + steps):
            state, _ = self.step(state, *self.batches[i % len(self.batches)])
        self.state = self.wait(state)
        self.taken += steps
