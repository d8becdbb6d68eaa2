"""The parts of a training program in NumPy, with the backward pass by hand. A line that ends in
`#? x` is there if the run has an x."""

LOSSES = {
    "mse": """\
def mse(o, y):
    return (o - y) ** 2, 2 * (o - y)
""",
    "mae": """\
def mae(o, y):
    return np.abs(o - y), np.sign(o - y)
""",
    "huber": """\
def huber(o, y, delta):
    error = np.abs(o - y)
    near = np.minimum(error, delta)
    return near**2 / 2 + delta * (error - near), np.clip(o - y, -delta, delta)
""",
    "bce_with_logits": """\
def bce_with_logits(o, y):
    margin = y * o
    return softplus(-margin), -y * sigmoid(-margin)
""",
    "hinge": """\
def hinge(o, y):
    margin = y * o
    return np.maximum(0, 1 - margin), -y * (margin < 1)
""",
    "cross_entropy": """\
def cross_entropy(o, y, class_weights):
    shifted = o - o.max(axis=1, keepdims=True)  # so that nothing overflows
    e = np.exp(shifted)
    right = np.arange(len(y)), y  # of each row the right class
    each = np.log(e.sum(axis=1)) - shifted[right]
    slope = e / e.sum(axis=1, keepdims=True)  # the probabilities, minus 1 for the right class
    slope[right] -= 1
    if class_weights is None:
        return each, slope
    weight = np.array(class_weights, DTYPE)[y]
    return each * weight, slope * weight[:, None]
""",
}

NET = """\
def loss_and_slope(o, y):
    name, reduction, fields = settings["loss"]
    each, slope = LOSSES[name](o, y, **fields)
    n = 1 if reduction == "sum" else len(y)
    if reduction == "mean" and fields.get("class_weights"):  #? class_weights
        n = float(np.array(fields["class_weights"])[y].sum())  #? class_weights
    return float(each.sum() / n), slope / n

#? norm
#? norm
def normalize(i, kind, z, step):  #? norm
    axis = 0 if kind == "batch" else 1  #? norm
    mean, var = z.mean(axis=axis, keepdims=True), z.var(axis=axis, keepdims=True)  #? norm
    if kind == "batch" and step is None:  #? norm
        mean = measured[f"layers.{i}.running_mean"]  #? norm
        var = measured[f"layers.{i}.running_var"]  #? norm
    elif kind == "batch":  #? norm
        n = len(z)  #? norm
        for what, value in (("mean", mean[0]), ("var", var[0] * (n / (n - 1)))):  #? norm
            name = f"layers.{i}.running_{what}"  #? norm
            measured[name] = 0.9 * measured[name] + 0.1 * value  #? norm
    spread = np.sqrt(var + 1e-5)  #? norm
    return (z - mean) / spread, spread  #? norm


def forward(x, step=None):
    # with a step as in training at that step, without one as in evaluation  #? modes
    kept = []  # of every layer what the backward pass needs
    for i, layer in enumerate(settings["layers"]):
        z = x @ weights[f"layers.{i}.weight"] + weights[f"layers.{i}.bias"]
        normal = spread = None  #? norm
        if layer["normalization"] != "none":  #? norm
            normal, spread = normalize(i, layer["normalization"], z, step)  #? norm
            z = normal * weights[f"layers.{i}.scale"] + weights[f"layers.{i}.shift"]  #? norm
        a = ACTIVATIONS[layer["activation"]][0](z)
        out, mask = a, None  #? masked
        if layer["dropout"] > 0 and step is not None:  #? dropout
            rng = np.random.default_rng([SEED, {masks}, i, step])  #? dropout
            mask = (rng.random(a.shape) >= layer["dropout"]) / (1 - layer["dropout"])  #? dropout
            out = a * mask.astype(DTYPE)  #? dropout
        if layer["cut"]:  #? cut
            alive = np.ones(a.shape[1])  #? cut
            alive[list(layer["cut"])] = 0  #? cut
            mask = alive if mask is None else mask * alive  #? cut
            out = out * alive.astype(DTYPE)  #? cut
        kept.append((x, z, a{kept}))
        x = x + {out} if layer["residual"] else {out}  #? residual
        x = {out}  #? no_residual
    return x, kept


def backward(kept, d):
    grads = {}
    for i in reversed(range(len(kept))):
        x, z, a{kept} = kept[i]
        layer, direct = settings["layers"][i], d  #? residual
        layer = settings["layers"][i]  #? no_residual
        if mask is not None:  #? masked
            d = d * mask.astype(DTYPE)  #? masked
        d = d * ACTIVATIONS[layer["activation"]][1](z, a)
        if normal is not None:  #? norm
            axis = 0 if layer["normalization"] == "batch" else 1  #? norm
            grads[f"layers.{i}.scale"] = (d * normal).sum(axis=0)  #? norm
            grads[f"layers.{i}.shift"] = d.sum(axis=0)  #? norm
            d = d * weights[f"layers.{i}.scale"]  #? norm
            along = normal * (d * normal).mean(axis=axis, keepdims=True)  #? norm
            d = (d - d.mean(axis=axis, keepdims=True) - along) / spread  #? norm
        grads[f"layers.{i}.weight"] = x.T @ d
        grads[f"layers.{i}.bias"] = d.sum(axis=0)
        d = d @ weights[f"layers.{i}.weight"].T
        if layer["residual"]:  #? residual
            d = d + direct  #? residual
    return grads


def gradients(x, y, step):
    outputs, kept = forward(x, step)
    _, slope = loss_and_slope(outputs, y)
    grads = backward(kept, slope)
    l1, l2 = settings["penalty"]  #? penalty
    for name in grads:  #? penalty
        if name.endswith(".weight"):  #? penalty
            pull = l1 * np.sign(weights[name]) + l2 * weights[name]  #? penalty
            grads[name] = grads[name] + pull  #? penalty
    return grads


def loss(x, y):
    return loss_and_slope(forward(x)[0], y)[0]
"""
