"""Parts of a Markdown text that are worked with as a whole: check boxes, tables, links."""
