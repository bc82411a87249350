"""Receives webhooks and checks their signatures with libraries that share nothing with ours.

Usage: receiver.py < KEYS, where KEYS is one line of JSON, sent once the port is known:
{"secret": "whsec_...", "public_key": "whpk_..."}. First it prints its port; then, for each
request, a line of JSON with its path, its webhook-id and whether its signature holds.
"""

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

KEYS = {}
KNOWN = threading.Event()


def holds_under_secret(body, headers):
    """Whether the library of Standard Webhooks accepts it."""
    try:
        Webhook(KEYS["secret"]).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def holds_under_public_key(body, headers):
    """The asymmetric signatures of the specification, which that library does not check."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(KEYS["public_key"].removeprefix("whpk_")))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    for signature in headers["webhook-signature"].split(" "):
        version, _, text = signature.partition(",")
        if version != "v1a":
            continue
        try:
            key.verify(base64.b64decode(text), content)
        except InvalidSignature:
            continue
        return True
    return False


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        KNOWN.wait()
        check = holds_under_secret if self.path == "/secret" else holds_under_public_key
        seen = {
            "path": self.path,
            "id": headers["webhook-id"],
            "event": json.loads(body)["event"],
            "holds": check(body, headers),
            "altered": check(body.replace(b"project", b"projekt"), headers),
        }
        # In one piece: requests are answered side by side.
        sys.stdout.write(json.dumps(seen) + "\n")
        sys.stdout.flush()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """What is asked is printed above."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    KEYS.update(json.loads(sys.stdin.readline()))
    KNOWN.set()
    # It ends with whoever started it.
    sys.stdin.read()


main()
