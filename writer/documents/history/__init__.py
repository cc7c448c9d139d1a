"""The histories of texts: what was saved, kept as versions beside the journals.

Each file that was saved has a folder below `histories`, named after a hash of its path.

    path              the path of the file, in the system's bytes
    TIME-HASH.version a version: a header with checksums, and the text, compressed (`version_file`)

A version is written once, atomically, and never changed; versions are deleted by `thinning`, which keeps
those of the last minutes and ever fewer of the older ones. No lock is needed: names of versions are unique,
and one that another process deletes meanwhile is no error.
"""
