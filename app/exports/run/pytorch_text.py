"""The parts of a training program in PyTorch, where autograd goes back. A line that ends in `#? x`
is there if the run has an x."""

LOSSES = {
    "mse": """\
def mse(o, y):
    return (o - y) ** 2
""",
    "mae": """\
def mae(o, y):
    return (o - y).abs()
""",
    "huber": """\
def huber(o, y, delta):
    return F.huber_loss(o, y, delta=delta, reduction="none")
""",
    "bce_with_logits": """\
def bce_with_logits(o, y):
    return F.softplus(-y * o, threshold=40)
""",
    "hinge": """\
def hinge(o, y):
    return torch.relu(1 - y * o)
""",
    "cross_entropy": """\
def cross_entropy(o, y, class_weights):
    weight = None if class_weights is None else torch.tensor(class_weights, dtype=o.dtype)
    return F.cross_entropy(o, y, weight=weight, reduction="none")
""",
}

NET = """\
def total_loss(o, y):
    name, reduction, fields = settings["loss"]
    each = LOSSES[name](o, y, **fields)
    n = 1 if reduction == "sum" else len(y)
    if reduction == "mean" and fields.get("class_weights"):  #? class_weights
        n = float(torch.tensor(fields["class_weights"])[y].sum())  #? class_weights
    return each.sum() / n

#? norm
#? norm
def normalize(i, kind, z, step):  #? norm
    axis = 0 if kind == "batch" else 1  #? norm
    mean, var = z.mean(axis, keepdim=True), z.var(axis, correction=0, keepdim=True)  #? norm
    if kind == "batch" and step is None:  #? norm
        mean = measured[f"layers.{i}.running_mean"]  #? norm
        var = measured[f"layers.{i}.running_var"]  #? norm
    elif kind == "batch":  #? norm
        n = len(z)  #? norm
        for what, value in (("mean", mean[0]), ("var", var[0] * (n / (n - 1)))):  #? norm
            name = f"layers.{i}.running_{what}"  #? norm
            measured[name] = 0.9 * measured[name] + 0.1 * value.detach()  #? norm
    return (z - mean) / torch.sqrt(var + 1e-5)  #? norm


def forward(x, step=None):
    # with a step as in training at that step, without one as in evaluation  #? modes
    for i, layer in enumerate(settings["layers"]):
        z = x @ weights[f"layers.{i}.weight"] + weights[f"layers.{i}.bias"]
        if layer["normalization"] != "none":  #? norm
            normal = normalize(i, layer["normalization"], z, step)  #? norm
            z = normal * weights[f"layers.{i}.scale"] + weights[f"layers.{i}.shift"]  #? norm
        out = ACTIVATIONS[layer["activation"]](z)
        if layer["dropout"] > 0 and step is not None:  #? dropout
            rng = np.random.default_rng([SEED, {masks}, i, step])  #? dropout
            kept = rng.random(tuple(out.shape)) >= layer["dropout"]  #? dropout
            mask = kept / (1 - layer["dropout"])  #? dropout
            out = out * torch.from_numpy(mask.astype(DTYPE))  #? dropout
        if layer["cut"]:  #? cut
            alive = torch.ones(out.shape[1], dtype=out.dtype)  #? cut
            alive[list(layer["cut"])] = 0  #? cut
            out = out * alive  #? cut
        x = x + out if layer["residual"] else out  #? residual
        x = out  #? no_residual
    return x


def gradients(x, y, step):
    for w in weights.values():
        w.requires_grad_(True)
        w.grad = None
    objective = total_loss(forward(x, step), y)
    l1, l2 = settings["penalty"]  #? penalty
    for name, w in weights.items():  #? penalty
        if name.endswith(".weight"):  #? penalty
            objective = objective + l1 * w.abs().sum() + l2 / 2 * (w**2).sum()  #? penalty
    objective.backward()
    for w in weights.values():
        w.requires_grad_(False)
    return {name: w.grad for name, w in weights.items()}


def loss(x, y):
    return float(total_loss(forward(x), y))
"""
