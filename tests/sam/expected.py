"""The events in tests/events, and the answers they must get."""

import json
import re
import uuid
from pathlib import Path

EVENTS = Path("tests/events")


def table(name):
    """What each event must be answered with, by the event's file."""
    answers = json.loads((EVENTS / "expected" / f"{name}.json").read_text())
    return {EVENTS / f"{event}.json": answer for event, answer in answers.items()}


EVENT_ID = re.compile(r'(eventID[\\"]*: *[\\"]*)([0-9a-f-]{36})')

TABLES = {
    "IssueUrls": table("issue-urls"),
    "InvalidateUrls": table("invalidate-urls"),
    "ReconcileUrls": table("reconcile-urls"),
    "OperateUrls": table("operate-urls"),
    "DiagnoseUrls": table("diagnose-urls"),
    "AuthorizeCallers": table("authorize-callers"),
}


def anew(event, folder):
    """A file with the event as if it told of another change: one with the same id would be a repetition."""
    ids = {}
    text = EVENT_ID.sub(lambda found: found[1] + ids.setdefault(found[2], str(uuid.uuid4())), event.read_text())
    file = folder / event.name
    file.write_text(text)
    return file


def as_written(answer):
    """A function's answer as the tables write it: an API's client sees no JSON in JSON."""
    if "statusCode" not in answer:
        return answer
    assert answer["isBase64Encoded"] is False
    return {
        "statusCode": answer["statusCode"],
        "headers": answer["headers"],
        "body": json.loads(answer["body"]),
    }


def differences(expected, answer, at="answer"):
    """Where an answer is not as expected. `"*"` stands for anything; it shows no value, so that no URL is in a log."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        for name in expected.keys() - answer.keys():
            yield f"{at} has no `{name}`"
        for name in answer.keys() - expected.keys():
            yield f"{at} has a `{name}`"
        for name in expected.keys() & answer.keys():
            yield from differences(expected[name], answer[name], f"{at}.{name}")
    elif isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        for i, (wanted, got) in enumerate(zip(expected, answer)):
            yield from differences(wanted, got, f"{at}[{i}]")
    elif expected not in ("*", answer):
        yield f"{at} is {json.dumps(answer)}, not {json.dumps(expected)}"
