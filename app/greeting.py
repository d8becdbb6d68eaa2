"""What the terminal says when the server is up: where it is, for a class with a code to scan, and
who the teacher is."""

import io
import socket
import sys

import segno

from app.settings import Settings
from app.teacher import Teacher, is_loopback

_EVERYWHERE = ("0.0.0.0", "::", "")


def greeting(settings: Settings, teacher: Teacher, address: str) -> str:
    """All of it. ``address`` is where this machine finds the server."""
    lines = [f"Backprop Lab is at {address}  (Ctrl+C ends it)"]
    if teacher.is_open:
        lines.append(f"Whoever sits at this machine is the teacher: {address}/status")
        return "\n".join(lines)
    if not is_loopback(settings.host):
        shared = class_address(settings.host, address)
        lines += [f"For the class: {shared}", code(shared)]
    if settings.teacher_key is None:
        lines += [
            f"Teacher key: {teacher.key}  (keep it to yourself)",
            f"Status page: {address}/status#key={teacher.key}",
        ]
    else:
        lines.append(f"Status page: {address}/status, with BACKPROP_LAB_TEACHER_KEY as its key")
    return "\n".join(lines)


def class_address(host: str, address: str) -> str:
    """Where others on the network find a server bound to ``host``."""
    port = address.rpartition(":")[2]
    name = network_address() if host in _EVERYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def network_address() -> str:
    """This machine's address on its network; its name where it has none. Nothing is sent: a
    datagram socket only looks up which way it would go."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # an address that is nobody's
            found = str(way.getsockname()[0])
        except OSError:
            found = "0.0.0.0"
    return socket.gethostname() if found in _EVERYWHERE or is_loopback(found) else found


def code(text: str) -> str:
    """A QR code of half blocks; empty where the terminal cannot show them."""
    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(drawn, border=2, compact=True)
    try:
        drawn.getvalue().encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return ""
    return drawn.getvalue().rstrip("\n")
