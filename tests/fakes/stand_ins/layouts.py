"""Stand-ins for published models: the files, names and ids of their layouts, around small tokenizers.

Where the tokens of a model stand, which of its files name them, and whether its tokenizer puts one before a
text is as in the published files; vocabularies and weights are tiny and random.
"""

from __future__ import annotations

from typing import Any

from tests.fakes.stand_ins.layout import Layout

_ENDOFTEXT = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
_SENTENCEPIECE = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
_BERT_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_ROBERTA_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_GEMMA = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
_GEMMA_TOKENS = ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>")
_CHAT = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_CHAT_TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
_FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
_QWEN = {"tokenizer_class": "Qwen2Tokenizer", "add_bos_token": False, "bos_token": None, "unk_token": None}


def _ids(bos: str | None, eos: str | list[str]) -> dict[str, Any]:
    return {"bos_token_id": bos, "eos_token_id": eos}


def _byte_level(name: str, model_type: str, **changes: Any) -> Layout:
    """A model of GPT-2's manner: one token between documents, declared and never added."""
    settings: dict[str, Any] = {
        "kind": "bytes",
        "special": (),
        "late": ("<|endoftext|>",),
        "start": "<|endoftext|>",
        "stops": ("<|endoftext|>",),
        "config": _ids("<|endoftext|>", "<|endoftext|>"),
    }
    return Layout(name=name, model_type=model_type, **{**settings, **changes})


def _sentencepiece(name: str, model_type: str = "llama", **changes: Any) -> Layout:
    """A model of Llama 2's manner."""
    settings: dict[str, Any] = {
        "kind": "prepend",
        "special": ("<unk>", "<s>", "</s>"),
        "front": "<s>",
        "start": "<s>",
        "stops": ("</s>",),
        "config": _ids("<s>", "</s>"),
        "said": {"tokenizer_class": "LlamaTokenizer", "legacy": False, **_SENTENCEPIECE},
    }
    return Layout(name=name, model_type=model_type, **{**settings, **changes})


def _llama3(name: str, eos: str, **changes: Any) -> Layout:
    settings: dict[str, Any] = {
        "kind": "llama3",
        "special": (),
        "late": ("<|begin_of_text|>", "<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
        "front": "<|begin_of_text|>",
        "start": "<|begin_of_text|>",
        "stops": (eos,),
        "config": _ids("<|begin_of_text|>", eos),
        "said": {**_FAST, "bos_token": "<|begin_of_text|>", "eos_token": eos},
    }
    return Layout(name=name, model_type="llama", **{**settings, **changes})


def _qwen(name: str, model_type: str, eos: str = "<|endoftext|>", **changes: Any) -> Layout:
    settings: dict[str, Any] = {
        "kind": "qwen",
        "special": (),
        "late": _CHAT,
        "plain": ("<tool_call>", "<|fim_prefix|>"),
        "start": "<|endoftext|>",
        "stops": tuple(dict.fromkeys((eos, "<|endoftext|>"))),
        "config": _ids("<|endoftext|>", eos),
        "said": {**_QWEN, "eos_token": eos, "pad_token": "<|endoftext|>", "chat_template": _CHAT_TEMPLATE},
    }
    return Layout(name=name, model_type=model_type, **{**settings, **changes})


def _gemma(name: str, model_type: str, **changes: Any) -> Layout:
    settings: dict[str, Any] = {
        "kind": "gemma",
        "special": _GEMMA_TOKENS,
        "rest": ("<s>", "</s>", "<|endoftext|>"),
        "front": "<bos>",
        "start": "<bos>",
        "stops": ("<eos>",),
        "config": _ids("<bos>", "<eos>"),
        "said": {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, **_GEMMA},
    }
    return Layout(name=name, model_type=model_type, **{**settings, **changes})


def _bert(name: str, model_type: str = "bert", **changes: Any) -> Layout:
    settings: dict[str, Any] = {
        "kind": "words",
        "special": _BERT_TOKENS,
        "front": "[CLS]",
        "back": "[SEP]",
        "start": "[CLS]",
        "said": {"tokenizer_class": "BertTokenizer", "do_lower_case": True},
    }
    return Layout(name=name, model_type=model_type, **{**settings, **changes})


def _roberta(name: str, model_type: str = "roberta", **changes: Any) -> Layout:
    settings: dict[str, Any] = {
        "kind": "bytes",
        "special": _ROBERTA_TOKENS,
        "front": "<s>",
        "back": "</s>",
        "start": "<s>",
        "stops": ("</s>",),
        "config": _ids("<s>", "</s>") | {"pad_token_id": "<pad>"},
        "said": {"tokenizer_class": "RobertaTokenizer"},
    }
    return Layout(name=name, model_type=model_type, **{**settings, **changes})


_OPT: dict[str, Any] = {
    "special": ("<s>", "<pad>", "</s>", "<unk>"),
    "late": (),
    "rest": ("<|endoftext|>",),
    "start": "</s>",
    "stops": ("</s>",),
    "config": _ids("</s>", "</s>") | {"pad_token_id": "<pad>"},
    "said": {
        "tokenizer_class": "GPT2Tokenizer",
        "add_bos_token": True,
        **{f"{role}_token": {"__type": "AddedToken", "content": "</s>"} for role in ("bos", "eos", "unk")},
        "pad_token": {"__type": "AddedToken", "content": "<pad>"},
    },
}
_SPACES = ("  ", "    ", "        ")

LAYOUTS = (
    _byte_level("gpt2", "gpt2"),
    _byte_level("gpt2 of two lists", "gpt2", lists=True, said={"tokenizer_class": "GPT2Tokenizer"}),
    _byte_level("distilgpt2", "gpt2", said={"model_max_length": 1024}),
    _byte_level("cerebras-gpt", "gpt2", said={"tokenizer_class": "GPT2Tokenizer", **_ENDOFTEXT}),
    _byte_level("gpt-neo", "gpt_neo", said={"tokenizer_class": "GPT2Tokenizer", **_ENDOFTEXT}),
    _byte_level(
        "codegen", "codegen", said={"tokenizer_class": "CodeGenTokenizer", **_ENDOFTEXT}, plain=_SPACES
    ),
    _byte_level(
        "phi-1.5",
        "phi",
        config=_ids(None, "<|endoftext|>"),
        said={"tokenizer_class": "CodeGenTokenizer", **_ENDOFTEXT},
        plain=_SPACES,
    ),
    _byte_level(
        "pythia",
        "gpt_neox",
        kind="nfc bytes",
        special=("<|endoftext|>", "<|padding|>"),
        late=(),
        plain=_SPACES,
        said={"tokenizer_class": "GPTNeoXTokenizer", "add_bos_token": False, **_ENDOFTEXT},
    ),
    _byte_level("stablelm", "stablelm", kind="nfc bytes", said={**_FAST, **_ENDOFTEXT}),
    _byte_level("starcoder2", "starcoder2", said={"tokenizer_class": "GPT2Tokenizer", **_ENDOFTEXT}),
    _byte_level("falcon", "falcon", said={**_FAST, "eos_token": "<|endoftext|>"}),
    _byte_level(
        "olmo2",
        "olmo2",
        config=_ids(None, "<|endoftext|>"),
        said={"tokenizer_class": "GPT2Tokenizer", **_ENDOFTEXT},
        kind="llama3",
    ),
    _byte_level(
        "granite 4",
        "granite",
        late=("<|end_of_text|>", "<|start_of_role|>"),
        start="<|end_of_text|>",
        stops=("<|end_of_text|>",),
        config=_ids("<|end_of_text|>", "<|end_of_text|>"),
        said={"tokenizer_class": "GPT2Tokenizer", **dict.fromkeys(_ENDOFTEXT, "<|end_of_text|>")},
    ),
    _byte_level(
        "bloom",
        "bloom",
        special=("<unk>", "<s>", "</s>", "<pad>"),
        late=(),
        start="<s>",
        stops=("</s>",),
        config=_ids("<s>", "</s>"),
        said={**_FAST, **_SENTENCEPIECE},
    ),
    _byte_level("opt of two lists", "opt", lists=True, **_OPT),
    _byte_level("opt", "opt", **{**_OPT, "front": "</s>"}),
    _sentencepiece("llama 2", kind="metaspace"),
    _sentencepiece("llama 2, older files", said=None, mapped=_SENTENCEPIECE),
    _sentencepiece("tinyllama", said={**_FAST, **_SENTENCEPIECE}),
    _sentencepiece("mistral 7b", "mistral", said={**_FAST, **_SENTENCEPIECE}),
    _sentencepiece(
        "vicuna",
        generation=_ids("<s>", "</s>"),
        said={"tokenizer_class": "LlamaTokenizer", "bos_token": {"__type": "AddedToken", "content": "<s>"}},
        kind="metaspace",
    ),
    _sentencepiece(
        "phi-3",
        "phi3",
        front="",
        late=("<|endoftext|>", "<|end|>"),
        stops=("<|endoftext|>", "<|end|>"),
        config=_ids("<s>", "<|endoftext|>"),
        generation=_ids("<s>", ["<|endoftext|>", "<|end|>"]),
        said={**_FAST, "bos_token": "<s>", "eos_token": "<|endoftext|>", "unk_token": "<unk>"},
    ),
    _sentencepiece(
        "yi",
        front="",
        special=("<unk>", "<|startoftext|>", "<|endoftext|>"),
        start="<|startoftext|>",
        stops=("<|endoftext|>",),
        config=_ids("<|startoftext|>", "<|endoftext|>"),
        said={**_FAST, "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<unk>"},
    ),
    _sentencepiece(
        "ernie 4.5",
        "ernie4_5",
        late=("<|begin_of_sentence|>", "<mask:1>"),
        said={**_FAST, **_SENTENCEPIECE, "cls_token": "<|begin_of_sentence|>", "mask_token": "<mask:1>"},
    ),
    _llama3("llama 3 base", "<|end_of_text|>"),
    _llama3(
        "llama 3 instruct",
        "<|eot_id|>",
        config=_ids("<|begin_of_text|>", ["<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"]),
        stops=("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
    ),
    _llama3(
        "llama 3, one name in each file",
        "<|end_of_text|>",
        said=_FAST,
        mapped={"bos_token": "<|begin_of_text|>"},
    ),
    _llama3(
        "deepseek coder",
        "<｜end▁of▁sentence｜>",
        late=("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        front="<｜begin▁of▁sentence｜>",
        start="<｜begin▁of▁sentence｜>",
        config=_ids("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        said={**_FAST, "bos_token": "<｜begin▁of▁sentence｜>", "eos_token": "<｜end▁of▁sentence｜>"},
    ),
    _llama3(
        "mistral nemo",
        "</s>",
        special=("<unk>", "<s>", "</s>"),
        late=(),
        front="<s>",
        start="<s>",
        config=_ids("<s>", "</s>"),
        said={**_FAST, **_SENTENCEPIECE},
    ),
    Layout(
        name="smollm3 base",
        kind="llama3",
        special=(),
        late=("<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>"),
        model_type="smollm3",
        start="<|begin_of_text|>",
        stops=("<|end_of_text|>",),
        config=_ids("<|begin_of_text|>", "<|end_of_text|>") | {"pad_token_id": "<|end_of_text|>"},
        said={**_FAST, "bos_token": None, "eos_token": "<|end_of_text|>", "chat_template": _CHAT_TEMPLATE},
    ),
    _byte_level(
        "smollm2 base",
        "llama",
        kind="digits",
        special=("<|endoftext|>",),
        late=(),
        said={**_FAST, **_ENDOFTEXT},
    ),
    _byte_level(
        "smollm2 instruct",
        "llama",
        kind="digits",
        special=_CHAT,
        late=(),
        stops=("<|im_end|>",),
        config=_ids("<|im_start|>", "<|im_end|>"),
        said={
            **_FAST,
            "bos_token": "<|im_start|>",
            "eos_token": "<|im_end|>",
            "unk_token": "<|endoftext|>",
            "chat_template": _CHAT_TEMPLATE,
        },
    ),
    _qwen("qwen 2 base", "qwen2"),
    _qwen(
        "qwen 2.5 instruct",
        "qwen2",
        "<|im_end|>",
        generation=_ids("<|endoftext|>", ["<|im_end|>", "<|endoftext|>"]),
    ),
    _qwen("qwen 2 of two lists", "qwen2", lists=True),
    _qwen("qwen 3 base", "qwen3"),
    _qwen("qwen 3.5 base", "qwen3_5_text", config={"eos_token_id": "<|endoftext|>"}, kind="qwen3.5"),
    _gemma("gemma 2", "gemma2"),
    _gemma("gemma 3 270m", "gemma3_text"),
    _gemma(
        "gemma 3 instruct",
        "gemma3_text",
        generation=_ids("<bos>", ["<eos>", "<end_of_turn>"]),
        stops=("<eos>", "<end_of_turn>"),
    ),
    _bert(
        "chinese gpt-2",
        "gpt2",
        lists=True,
        config=_ids(50256, 50256),
        said={"tokenizer_class": "BertTokenizer"},
    ),
    _bert(
        "chinese gpt-2 with capitals",
        "gpt2",
        lists=True,
        kind="cased words",
        said={"tokenizer_class": "BertTokenizer", "do_lower_case": False},
    ),
    _bert("bert uncased"),
    _bert("bert uncased of a list", lists=True, said={"do_lower_case": True}),
    _bert(
        "bert cased", kind="cased words", said={"tokenizer_class": "BertTokenizer", "do_lower_case": False}
    ),
    _bert("bert cased of a list", lists=True, kind="cased words", said={"do_lower_case": False}),
    _bert("distilbert", "distilbert", said={"tokenizer_class": "DistilBertTokenizer", "do_lower_case": True}),
    _bert("electra", "electra", lists=True, said=None),
    _roberta("roberta"),
    _roberta("roberta of two lists", lists=True),
    _roberta("xlm-roberta", "xlm-roberta", kind="unigram", said={"tokenizer_class": "XLMRobertaTokenizer"}),
)
