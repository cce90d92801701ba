"""Each event gets the answer that tests/events/expected has for it, from the functions as `sam build` makes them."""

import re
import struct
from pathlib import Path

import pytest
from expected import EVENTS, TABLES, anew, as_written, differences
from stack import send

EVERY_EVENT = [(function, event) for function, events in TABLES.items() for event in events]
# A container each takes seconds: one for each kind of API and of delivery, one that is refused, one that fails.
BY_ITSELF = [
    ("IssueUrls", "http-api-get-object"),
    ("IssueUrls", "rest-api-put-object"),
    ("IssueUrls", "function-url-put-object"),
    ("IssueUrls", "http-api-without-caller"),
    ("InvalidateUrls", "iam-put-role-policy"),
    ("InvalidateUrls", "sqs-batch"),
    ("InvalidateUrls", "sns"),
    ("InvalidateUrls", "malformed-detail-missing"),
    ("ReconcileUrls", "schedule"),
    ("OperateUrls", "http-api-revoke"),
    ("OperateUrls", "http-api-list-issued"),
    ("OperateUrls", "schedule-of-operators"),
    ("DiagnoseUrls", "http-api-diagnose"),
    ("AuthorizeCallers", "authorizer-malformed-token"),
]
# Bytes of the functions that crates/issue-urls/called.ld finds in the issuer's program, at least.
CALLED = 1_000_000
# Amazon Linux 2023 has glibc 2.34; a stand-in for its image has a newer one.
GLIBC = 34
# What an ELF file says of a program that is not to be loaded anywhere: `ET_EXEC`.
EXECUTABLE = 2


def send_form(url, fields, file):
    parts = [f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    last = '--xyz\r\nContent-Disposition: form-data; name="file"; filename="cat.png"\r\n\r\n'
    body = "".join([*parts, last]).encode() + file + b"\r\n--xyz--\r\n"
    return send("POST", url, {"content-type": "multipart/form-data; boundary=xyz"}, body)


def check(function, event, answer):
    answer = as_written(answer)
    assert not list(differences(TABLES[function][event], answer))
    body = answer.get("body", {})
    if "fields" in body:
        response = send_form(body["url"], body["fields"], b"a picture")
        assert response.status == 204, response.code
    # A diagnosis has a URL too: of that which it is about.
    elif {"method", "url"} <= body.keys():
        response = send(body["method"], body["url"], body["headers"], b"" if body["method"] == "PUT" else None)
        assert response.status in (200, 204), response.code


@pytest.mark.parametrize(("function", "event"), EVERY_EVENT, ids=lambda value: getattr(value, "stem", value))
def test_each_event_gets_its_answer(invoked, function, event):
    check(function, event, invoked(function, event))


@pytest.mark.parametrize(("function", "event"), BY_ITSELF)
def test_sam_local_invoke_gives_the_same_answer(sam, tmp_path, function, event):
    event = EVENTS / f"{event}.json"
    check(function, event, sam.invoke(function, anew(event, tmp_path)))


@pytest.mark.parametrize("function", TABLES)
def test_a_function_needs_no_newer_c_library_than_lambda_has(function):
    program = Path(f".aws-sam/build/{function}/bootstrap").read_bytes()
    needed = {int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", program)}
    assert needed and max(needed) <= GLIBC


def sections(program):
    """The sizes of an ELF file's sections, by their names."""
    offset, size, count, names = struct.unpack_from("<40xQ10xHHH", program)
    headers = [struct.unpack_from("<I20xQQ", program, offset + size * i) for i in range(count)]
    _, names, _ = headers[names]
    return {program[names + name : program.index(0, names + name)].decode(): length for name, _, length in headers}


@pytest.mark.parametrize("function", TABLES)
def test_a_function_has_no_tables_to_unwind_by(function):
    program = Path(f".aws-sam/build/{function}/bootstrap").read_bytes()
    assert not {".eh_frame", ".gcc_except_table"} & sections(program).keys()


@pytest.mark.parametrize("function", TABLES)
def test_a_function_runs_at_fixed_addresses(function):
    program = Path(f".aws-sam/build/{function}/bootstrap").read_bytes()
    assert struct.unpack_from("<16xH", program) == (EXECUTABLE,)


def test_what_the_issuer_calls_lies_together():
    program = Path(".aws-sam/build/IssueUrls/bootstrap").read_bytes()
    assert sections(program)[".text.called"] > CALLED
