"""The rules of a training program as its text: how optimizers move a weight, what schedules do to
the rate, how gradients are clipped. `xp` is NumPy or PyTorch. A program holds those its run used.
"""

from __future__ import annotations

from engine.schedules import Constant

# --- optimizers: from weight, gradient and what is remembered to what is added to the weight ---

_MOMENTS = """\
    m = state["m"] = beta1 * state["m"] + (1 - beta1) * g
    v = state["v"] = beta2 * state["v"] + (1 - beta2) * g * g
"""

OPTIMIZERS = {
    "sgd": """\
def sgd(w, g, state, t, learning_rate, momentum, dampening, nesterov):
    if momentum == 0:
        return -learning_rate * g
    velocity = g  # the first one
    if "velocity" in state:
        velocity = momentum * state["velocity"] + (1 - dampening) * g
    state["velocity"] = velocity
    return -learning_rate * (g + momentum * velocity if nesterov else velocity)
""",
    "momentum": """\
def momentum(w, g, state, t, learning_rate, momentum):
    velocity = state["velocity"] = momentum * state["velocity"] + g
    return -learning_rate * velocity
""",
    "lion": """\
def lion(w, g, state, t, learning_rate, beta1, beta2, weight_decay):
    mix = beta1 * state["m"] + (1 - beta1) * g
    state["m"] = beta2 * state["m"] + (1 - beta2) * g
    return -learning_rate * xp.sign(mix) - learning_rate * weight_decay * w
""",
    "adagrad": """\
def adagrad(w, g, state, t, learning_rate, eps):
    squares = state["squares"] = state["squares"] + g * g
    return -learning_rate / (xp.sqrt(squares) + eps) * g
""",
    "rmsprop": """\
def rmsprop(w, g, state, t, learning_rate, rho, eps, momentum, centered):
    squares = state["squares"] = rho * state["squares"] + (1 - rho) * g * g
    mean = state["mean"] = rho * state["mean"] + (1 - rho) * g
    spread = xp.clip(squares - mean * mean, 0, None) if centered else squares
    scaled = g / (xp.sqrt(spread) + eps)
    velocity = state["velocity"] = momentum * state["velocity"] + scaled
    return -learning_rate * velocity
""",
    "adadelta": """\
def adadelta(w, g, state, t, learning_rate, rho, eps):
    squares = state["squares"] = rho * state["squares"] + (1 - rho) * g * g
    delta = xp.sqrt(state["updates"] + eps) / xp.sqrt(squares + eps) * g
    state["updates"] = rho * state["updates"] + (1 - rho) * delta * delta
    return -learning_rate * delta
""",
    "adam": f"""\
def adam(w, g, state, t, learning_rate, beta1, beta2, eps):
{_MOMENTS}\
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return -learning_rate / (xp.sqrt(v_hat) + eps) * m_hat
""",
    "adamw": f"""\
def adamw(w, g, state, t, learning_rate, beta1, beta2, eps, weight_decay):
{_MOMENTS}\
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    decay = -learning_rate * weight_decay * w
    return -learning_rate / (xp.sqrt(v_hat) + eps) * m_hat + decay
""",
    "amsgrad": f"""\
def amsgrad(w, g, state, t, learning_rate, beta1, beta2, eps):
{_MOMENTS}\
    v_max = state["v_max"] = xp.maximum(state["v_max"], v)
    m_hat, v_hat = m / (1 - beta1**t), v_max / (1 - beta2**t)
    return -learning_rate / (xp.sqrt(v_hat) + eps) * m_hat
""",
    "adamax": """\
def adamax(w, g, state, t, learning_rate, beta1, beta2, eps):
    m = state["m"] = beta1 * state["m"] + (1 - beta1) * g
    u = state["u"] = xp.maximum(beta2 * state["u"], xp.abs(g) + eps)
    return -learning_rate / u * m / (1 - beta1**t)
""",
    "nadam": f"""\
def nadam(w, g, state, t, learning_rate, beta1, beta2, eps, momentum_decay):
{_MOMENTS}\
    mu, mu_next = [beta1 * (1 - 0.96 ** (k * momentum_decay) / 2) for k in (t, t + 1)]
    left = state["mu_left"] = 1 - mu * (1 - state["mu_left"])
    v_hat = v / (1 - beta2**t)
    m_hat = (1 - mu) / left * g + mu_next / (1 - mu_next * (1 - left)) * m
    return -learning_rate / (xp.sqrt(v_hat) + eps) * m_hat
""",
    "radam": f"""\
def radam(w, g, state, t, learning_rate, beta1, beta2, eps):
{_MOMENTS}\
    m_hat = m / (1 - beta1**t)
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * t * beta2**t / (1 - beta2**t)
    if length <= 5:
        return -learning_rate * m_hat
    upper, lower = (length - 4) * (length - 2) * longest, (longest - 4) * (longest - 2) * length
    rate = learning_rate * math.sqrt(upper / lower) * math.sqrt(1 - beta2**t)
    return -rate / (xp.sqrt(v) + eps) * m_hat
""",
}

# --- schedules: what the rate is multiplied by after so many updates ---

_HALF_COSINE = """\
def half_cosine(start, end, progress):
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


"""

SCHEDULES = {
    Constant.name: """\
def constant(step):
    return 1.0
""",
    "linear": """\
def linear(step, steps, end):
    return 1 + (end - 1) * min(step / steps, 1)
""",
    "warmup": """\
def warmup(step, steps, start):
    return start + (1 - start) * min(step / steps, 1)
""",
    "step": """\
def step_decay(step, steps, gamma):
    return math.pow(gamma, step // steps)
""",
    "exponential": """\
def exponential(step, gamma):
    return math.pow(gamma, step)
""",
    "cosine": """\
def cosine(step, steps, minimum):
    return half_cosine(1, minimum, min(step / steps, 1))
""",
    "cosine_restarts": """\
def cosine_restarts(step, steps, growth, minimum):
    start, length = 0, steps
    if growth == 1:
        start = step - step % length
    while step >= start + length:
        start, length = start + length, length * growth
    return half_cosine(1, minimum, (step - start) / length)
""",
    "cyclic": """\
def cyclic(step, steps, minimum):
    phase = step % (2 * steps) / steps
    return minimum + (1 - minimum) * (1 - abs(phase - 1))
""",
    "one_cycle": """\
def one_cycle(step, steps, rise, divide, final_divide):
    top, last, start = rise * steps - 1, steps - 1, 1 / divide
    if top > 0 and step <= top:
        return half_cosine(start, 1, step / top)
    down = min((step - max(top, 0)) / (last - max(top, 0)), 1)
    return half_cosine(1, start / final_divide, down)
""",
    "reduce_on_plateau": """\
watch = {}  # what reducing on a plateau has seen: the factor, the best loss, how long ago


def reduce_on_plateau(step, **settings):
    return watch.get("factor", 1.0)


def look(loss, factor, patience, threshold, cooldown, minimum):
    best, cooling = watch.get("best", math.inf), watch.get("cooling", 0)
    better = loss < best * (1 - threshold)
    watch["best"] = loss if better else best
    watch["waited"] = 0 if better or cooling > 0 else watch.get("waited", 0) + 1
    watch["cooling"] = max(cooling - 1, 0)
    if watch["waited"] > patience:
        watch["factor"] = max(watch.get("factor", 1.0) * factor, minimum)
        watch["waited"], watch["cooling"] = 0, cooldown
""",
}


def schedule_function(name: str) -> str:
    """What a schedule is called in a program, where `step` is a number."""
    return "step_decay" if name == "step" else name


def schedules(names: set[str]) -> list[str]:
    """The functions of these schedules, and what they need."""
    texts = [text for name, text in SCHEDULES.items() if name in names]
    needed = [_HALF_COSINE] if any("half_cosine(" in text for text in texts) else []
    return [*needed, *texts]


# --- clipping ---

CLIPPINGS = {
    "value": """\
def clip_by_value(grads, limit):
    return {name: xp.clip(g, -limit, limit) for name, g in grads.items()}
""",
    "norm": """\
def clip_by_norm(grads, limit):
    largest = max(float(xp.abs(g).max()) for g in grads.values())
    if largest == 0:
        return grads
    squares = sum(float(((g / largest) ** 2).sum()) for g in grads.values())
    norm = largest * math.sqrt(squares)
    return {name: g * (limit / norm) for name, g in grads.items()} if norm > limit else grads
""",
}
