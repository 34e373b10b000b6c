"""A report as CSV that Chinese Excel opens by double click: UTF-8 with BOM, CRLF."""

import csv
import io

from server.documents import flat
from server.documents.names import harmless
from server.domain.figures import Figure
from server.services.report import Report


def write_csv(report: Report) -> bytes:
    """The flat table, with the rules below it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(flat.HEADINGS)
    for row in flat.rows(report):
        writer.writerow(
            flat.plain(cell) if isinstance(cell, Figure) else harmless(cell) for cell in row
        )
    writer.writerow(())
    for line in (report.banner, *report.notes, report.credibility_text):
        if line:
            writer.writerow((harmless(line),))
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")
