"""Ids of the special tokens; apart from the tokenizer, so that training needs no chemistry."""

PAD, BOS, EOS = 0, 1, 2
