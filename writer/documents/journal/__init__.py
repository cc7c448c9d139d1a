"""The journal: every edit on the disk as it is made, so that whatever ends the program takes no text along.

Each open document has a folder of its own below `journals`, with a lock that is held as long as the document
is open. A folder whose lock is free belongs to a program that is gone, and its text comes back.

    lock       held by the process that has the document open
    N.base     the text that the edits of generation N apply to; moved into place when it is whole
    N.log      records: what the document is, then every edit

A new generation (after saving, or when a log has grown long) is written beside the old one, and counts from
the moment when its log holds the record `BEGUN`; only then does the old one go.
"""
