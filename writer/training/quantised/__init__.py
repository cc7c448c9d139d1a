"""A base in 4 bits under LoRA (QLoRA), for graphics cards into whose memory its usual weights do not fit."""
