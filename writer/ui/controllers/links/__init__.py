"""Links and footnotes of a text that are followed."""
