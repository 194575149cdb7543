"""A server on this machine that takes what ``wandb sync`` uploads, as far as W&B's client needs one."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stub(ThreadingHTTPServer):
    """Remembers what was uploaded: ``uploads`` by file name, and the lines of curves."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.uploads: dict[str, bytes] = {}
        self.streamed = b""
        self.unknown: list[str] = []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """The client closes connections as it likes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def log_message(self, format, *args):
        """Nothing is printed."""

    def do_GET(self):
        self._answer({})

    def do_PUT(self):
        self.server.uploads[self.path.removeprefix("/upload/")] = self._body()
        self._answer({})

    def do_POST(self):
        body = self._body()
        if self.path == "/graphql":
            asked = json.loads(body)
            self._answer({"data": self._data(asked["query"], asked.get("variables") or {})})
        else:
            self.server.streamed += body
            self._answer({})

    def _data(self, query, variables):
        me = {"id": "e", "name": "me"}
        if "createRunFiles" in query:
            files = [{"name": name, "uploadUrl": f"{self.server.address}/upload/{name}"} for name in variables["files"]]
            return {"createRunFiles": {"runID": "b", "uploadHeaders": [], "files": files}}
        if "upsertBucket" in query:
            bucket = {"id": "b", "name": variables["name"], "displayName": "x", "description": "", "config": "{}",
                      "sweepName": None, "historyLineCount": 0,
                      "project": {"id": "p", "name": "zpdgym", "entity": me}}  # fmt: skip
            return {"upsertBucket": {"bucket": bucket, "inserted": True}}
        self.server.unknown.append(query)
        return {}

    def _body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def stub_of_wandb():
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
