"""The parts of a training program that are alike in every library: `xp` is NumPy or PyTorch. A line
that ends in `#? x` is there if the run has an x."""

UNPACK = """
def numbers(values):
    array = np.array(values, DTYPE)
    return {numbers}


def unpack(dtype, shape, text):
    array = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype).reshape(shape).copy()
    return {numbers}
"""

UPDATE = """
def frozen(name, g):  #? frozen
    # the elements that nothing moves, and of which nothing new is remembered  #? frozen
    _, i, kind = name.split(".")  #? frozen
    elements, mask = settings["layers"][int(i)]["frozen"], xp.zeros_like(g)  #? frozen
    for at in () if elements == "all" else elements:  #? frozen
        if kind == ("weight" if len(at) == 2 else "bias"):  #? frozen
            mask[tuple(at)] = 1  #? frozen
    return mask + 1 > 0 if elements == "all" else mask > 0  #? frozen

#? frozen
#? frozen
def update(grads, step):
    held = {name: frozen(name, g) for name, g in grads.items()}  #? frozen
    for name, g in grads.items():  #? frozen
        grads[name] = xp.where(held[name], xp.zeros_like(g), g)  #? frozen
    if settings["clipping"]:  #? clipping
        clipping, limit = settings["clipping"]  #? clipping
        grads = CLIPPINGS[clipping](grads, limit)  #? clipping
    schedule, options = settings["schedule"]
    factor = SCHEDULES[schedule](step, **options)
    rule, remembered = OPTIMIZERS[settings["optimizer"][0]]
    t = memory["t"] = memory.get("t", 0) + 1
    for name, g in grads.items():
        state = memory.setdefault(name, {key: xp.zeros_like(g) for key in remembered})
        before = {key: xp.zeros_like(g) + state.get(key, 0) for key in state}  #? frozen
        change = rule(weights[name], g, state, t, **settings["optimizer"][1])
        change = xp.where(held[name], xp.zeros_like(g), change)  #? frozen
        for key, value in state.items():  #? frozen
            state[key] = xp.where(held[name], before.get(key, xp.zeros_like(g)), value)  #? frozen
        weights[name] = weights[name] + factor * change
"""

LOOP = """
# --- training ---
rng = np.random.default_rng([SEED, {order}])  # the same samples in the same order as in the lab
order, position = rng.permutation(len(x_train)), 0
for step in range(STEPS):
    change(step)  #? changes
    rows = order[position : position + settings["batch_size"]]
    update(gradients(x_train[{rows}], y_train[{rows}], step), step)
    position += len(rows)
    if position == len(order):
        order, position = rng.permutation(len(order)), 0
        if settings["schedule"][0] == "reduce_on_plateau":  #? plateau
            look(loss(x_{watched}, y_{watched}), **settings["schedule"][1])  #? plateau
change(STEPS)  #? changes

print("train_loss", loss(x_train, y_train))
print("test_loss", loss(x_test, y_test))
print("validation_loss", loss(x_validation, y_validation))  #? validation
"""
