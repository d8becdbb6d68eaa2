"""How NumPy, PyTorch and plain Python write the functions of the expression language.

Where a formula would overflow (e**x of a large x), a program gets the form that does not, as the
engine does.
"""

from dataclasses import replace

from app.exports.code.writing import Dialect

NUMPY = Dialect(
    calls={
        "number": "np.float64({0})",
        "pow": "{0}**{1}",
        "exp": "np.exp({0})",
        "log": "np.log({0})",
        "sqrt": "np.sqrt({0})",
        "abs": "np.abs({0})",
        "sin": "np.sin({0})",
        "cos": "np.cos({0})",
        "sign": "np.sign({0})",
        "tanh": "np.tanh({0})",
        "sigmoid": "sigmoid({0})",
        "relu": "np.maximum({0}, 0)",
        "leaky_relu": "np.where({0} > 0, {0}, {1} * {0})",
        "elu": "elu({0}, {1})",
        "gelu": "gelu({0})",
        "gelu_slope": "gelu_slope({0})",
        "silu": "{0} * sigmoid({0})",
        "softplus": "softplus({0})",
        "maximum": "np.maximum({0}, {1})",
        "minimum": "np.minimum({0}, {1})",
        "clip": "np.clip({0}, {1}, {2})",
        "positive": "({0} > 0)",
        "between": "(({0} >= {1}) & ({0} <= {2}))",
        "choose": "np.where({0} > 0, {1}, {2})",
        "larger": "np.where({0} == {1}, 0.5, np.where({0} > {1}, {2}, {3}))",
    },
    helpers={
        "sigmoid": """\
def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))  # 1 / (1 + exp(-x)), without overflow
""",
        "softplus": """\
def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))  # log(1 + exp(x))
""",
        "elu": """\
def elu(x, alpha):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
""",
        "gelu": """\
def gelu(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
""",
        "gelu_slope": """\
def gelu_slope(x):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return (1 + t) / 2 + x / 2 * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 0.134145 * x**2)
""",
    },
)

# no derivatives among these: PyTorch has its own
PYTORCH = Dialect(
    calls={
        "number": "torch.tensor({0})",
        "pow": "{0}**{1}",
        "exp": "torch.exp({0})",
        "log": "torch.log({0})",
        "sqrt": "torch.sqrt({0})",
        "abs": "torch.abs({0})",
        "sin": "torch.sin({0})",
        "cos": "torch.cos({0})",
        "tanh": "torch.tanh({0})",
        "sigmoid": "torch.sigmoid({0})",
        "relu": "torch.relu({0})",
        "leaky_relu": "F.leaky_relu({0}, {1})",
        "elu": "F.elu({0}, {1})",
        "gelu": 'F.gelu({0}, approximate="tanh")',
        "silu": "F.silu({0})",
        "softplus": "F.softplus({0}, threshold=40)",
        "maximum": "torch.maximum({0}, {1})",
        "minimum": "torch.minimum({0}, {1})",
        "clip": "torch.clamp({0}, {1}, {2})",
    }
)

# an optimizer's formulas are about tensors and plain numbers alike: the corrections are numbers
PYTORCH_UPDATE = replace(
    PYTORCH,
    calls={
        "sqrt": "{0}**0.5",
        "abs": "abs({0})",
        "sign": "torch.sign({0})",
        "maximum": "torch.clamp({0}, min={1})",
    },
)

PYTHON = Dialect(
    calls={
        "exp": "math.exp({0})",
        "log": "math.log({0})",
        "sqrt": "math.sqrt({0})",
        "abs": "abs({0})",
        "sin": "math.sin({0})",
        "cos": "math.cos({0})",
        "sign": "(({0} > 0) - ({0} < 0))",
        "tanh": "math.tanh({0})",
        "sigmoid": "0.5 * (1 + math.tanh(0.5 * {0}))",
        "maximum": "max({0}, {1})",
        "minimum": "min({0}, {1})",
        "positive": "({0} > 0)",
        "between": "({1} <= {0} <= {2})",
        "choose": "({1} if {0} > 0 else {2})",
        "larger": "(0.5 if {0} == {1} else {2} if {0} > {1} else {3})",
    },
)
