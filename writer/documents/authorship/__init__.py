"""The record of authorship of a text: where each of its characters came from.

Beside the journals lies a folder with two kinds of files; the texts' own files say nothing of it.

    DIGEST.record   the origins of the characters of a file with this content (`record_file`)
    NAME.log        the origins of the text of the journal with this name (`edit_log`), until it is closed

A damaged or missing file costs the origins alone: the characters then count as imported.
"""
