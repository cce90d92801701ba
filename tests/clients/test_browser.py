"""A page of another origin uploads and shows what it has uploaded, in a real browser."""

import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

PAGE = Path(__file__).with_name("page.html").read_bytes()
SECONDS = 60

pytestmark = pytest.mark.skipif("CHROMIUM_BIN" not in os.environ, reason="CHROMIUM_BIN names no Chromium")


class Pages:
    """A web server with one page, which sends its results back to it."""

    def __init__(self):
        pages = self
        self.results = None
        self.done = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(PAGE)

            def do_POST(self):
                pages.results = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.answer(b"")
                pages.done.set()

            def answer(self, body):
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def pages():
    pages = Pages()
    yield pages
    pages.server.shutdown()
    pages.server.server_close()


def adopt_orphans():
    """The browser's own processes outlive it for a moment: they become children of this process, wherever no init is."""
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans():
    """Until all that have a process of ours for a parent and have ended are gone; a stack is there still."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        names = {pid: Path(f"/proc/{pid}/comm").read_text().strip() for pid in children.read_text().split()}
        browsers = [int(pid) for pid, name in names.items() if name.startswith("chrom")]
        if not browsers:
            return
        for pid in browsers:
            os.waitpid(pid, 0)
    raise AssertionError("the browser does not end")


def visit(pages, api, folder):
    """What the page has to tell, once the browser has shown it."""
    adopt_orphans()
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    browser = subprocess.Popen(
        [os.environ["CHROMIUM_BIN"], *options, f"--user-data-dir={folder}", f"{pages.origin}/?api={quote(api)}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert pages.done.wait(SECONDS), "the page has told nothing"
    finally:
        # Asked to end, it ends its own processes, some of which are in no group of ours.
        browser.send_signal(signal.SIGTERM)
        browser.wait(10)
        reap_orphans()
    return pages.results


def test_a_page_of_an_origin_that_is_let_in_uploads_and_shows(start, pages, tmp_path):
    stack = start("--cors-origin", pages.origin)
    shown = {"width": 2, "height": 1}
    assert visit(pages, stack.api, tmp_path) == {
        "put": {"status": 200, "hasETag": True},
        "form": {"status": 204},
        "imageOfPut": shown,
        "imageOfForm": shown,
    }


def test_a_page_of_another_origin_gets_nothing(start, pages, tmp_path):
    stack = start("--cors-origin", "http://127.0.0.1:1")
    results = visit(pages, stack.api, tmp_path)
    assert (results["put"], results["form"]) == ("TypeError", "TypeError")
