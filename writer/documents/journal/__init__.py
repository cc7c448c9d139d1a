"""The write-ahead journal of unsaved edits, from which the text is recovered after a crash.

Each open document has a folder below `journals`, with a lock that is held while the document is open. A
folder whose lock is free was left by a process that has ended; its text is recovered.

    lock       the lock, held by the process that has the document open
    N.text     the base of generation N: the text that its edits apply to, with a checksum (`base_file`)
    N.base     the same as version 0.1 wrote it, without a checksum
    N.log      the log of generation N: records of the document and of each edit (`records`)

A new generation, begun after saving or when the log is long, is written beside the old one. It is valid from
the record `BEGUN` in its log on, and only then the old one is deleted.
"""
