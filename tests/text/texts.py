"""Texts as people and models produce them: Latin, Chinese, marks, emoji, Markdown, and their mixtures."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    *(
        "the",
        "great",
        "don't",
        "well-known",
        "e.g.",
        "naïve",
        "e\u0301te\u0301",
        "I",
        "a",
        "2025",
        "1,000.5",
        "C++",
    ),
    *("我们", "苹果", "天气", "在", "，", "。", "“", "”", "（", "）", "《", "》", "、", "……"),
    *(" ", " ", " ", "  ", "\n", "\n\n", "\t", "\u00a0", "\u3000"),
    *(".", ",", "!", "?", ":", ";", '"', "'", "’", "(", ")", "[", "]", "-", "—", "...", "/", "@", "#", "%"),
    *("- ", "* ", "1. ", "> ", "# ", "**", "_", "`", "```", "[link](x)"),
    *("😀", "👨‍👩‍👧", "👍🏽", "🇩🇪", "🇩", "❤️", "\u200d", "\ufe0f", "\u0301", "ท", "ที่", "नमस्ते", "각"),
)
pieces = st.sampled_from(PIECES)
texts = st.lists(pieces, max_size=14).map("".join)
lines = texts.map(lambda text: text.replace("\n", " "))
