"""Findings as JUnit XML, for build servers: a test case a shot and group of checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from animecolor.qa.document import Document, FindingRow, Severity
from animecolor.qa.sighting import Check

PAINT = "paint"
STEADINESS = "steadiness"
PICTURE = "picture"
GROUPS: dict[str, str] = {
    Check.HOLE.value: PAINT,
    Check.STRAY.value: PAINT,
    Check.OFF_PALETTE.value: PAINT,
    Check.TEMPORARY_COLOR.value: PAINT,
    Check.TRACE_LINE.value: PAINT,
    Check.COLOR_JUMP.value: STEADINESS,
    Check.COLOR_CHANGE.value: STEADINESS,
    Check.FLICKER.value: STEADINESS,
    Check.BOIL.value: STEADINESS,
    Check.FADING.value: STEADINESS,
    Check.PHOTOSENSITIVE.value: STEADINESS,
}
"""Check -> group; the others, and numbers of a shot, are about the picture."""
NUMBERS = "numbers"
_NAMES = (PAINT, STEADINESS, PICTURE, NUMBERS)


def junit(document: Document) -> str:
    """Write the report as JUnit XML; a warning is output of a passing test, unless it is to fail.

    A test all of whose findings are suppressed is skipped, with the reason.
    """
    name = document.clip.clip
    suite = Element("testsuite", name=name)
    found = defaultdict(list)
    for finding in document.findings:
        found[finding.shot, _group(finding)].append(finding)
    failures = skipped = 0
    for shot in document.shots:
        for group in _NAMES:
            label = f"shot {shot.shot:04}"
            case = SubElement(suite, "testcase", classname=f"{name}.{label}", name=group, time="0")
            outcome = _outcome(case, found.get((shot.shot, group), ()), document)
            failures += outcome == "failure"
            skipped += outcome == "skipped"
    counts = {
        "tests": str(len(_NAMES) * len(document.shots)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(skipped),
    }
    root = Element("testsuites", name="animecolor qa")
    for key, value in counts.items():
        root.set(key, value)
        suite.set(key, value)
    root.append(suite)
    indent(root)
    text: str = tostring(root, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _group(finding: FindingRow) -> str:
    return NUMBERS if finding.kind == "column" else GROUPS.get(finding.topic, PICTURE)


def _outcome(case: Element, findings: Sequence[FindingRow], document: Document) -> str:
    """Say in a test case what was found; returns the kind of result."""
    counted = [finding for finding in findings if finding.suppressed is None]
    fails = [f for f in counted if f.severity is Severity.FAIL]
    if document.verdict.warn_as_fail:
        fails = counted
    if fails:
        titles = ", ".join(dict.fromkeys(finding.title for finding in fails))
        failure = SubElement(case, "failure", message=titles, type=fails[0].topic)
        failure.text = "\n".join(_lines(fails))
        return "failure"
    if counted:
        SubElement(case, "system-out").text = "\n".join(_lines(counted))
    elif findings:
        reasons = dict.fromkeys(finding.suppressed or "" for finding in findings)
        SubElement(case, "skipped", message="; ".join(reasons))
        return "skipped"
    return "passed"


def _lines(findings: Sequence[FindingRow]) -> Iterator[str]:
    return (f"{f.severity.value}: {f.sentence} {f.advice}" for f in findings)
