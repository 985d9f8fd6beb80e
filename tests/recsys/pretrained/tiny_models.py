"""Models with two layers, 16 numbers a token, random weights and a vocabulary of a few words."""

from pathlib import Path
from typing import Any

WORDS = ("kem", "dưỡng", "ẩm", "da", "khô", "dầu", "son", "đỏ", "môi", "tốt", "tệ")
POSITIONS = 60
LAYERS = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": POSITIONS,
    "pad_token_id": 0,
}


def make_roberta(folder: Path, seed: int) -> Path:
    """A RoBERTa that encodes; `<s> words </s>`."""
    from transformers import RobertaConfig, RobertaModel

    words = save_tokenizer(folder, ("<pad>", "<unk>", "<s>", "</s>"))
    save_network(folder, RobertaModel, RobertaConfig(vocab_size=words, **LAYERS), seed)
    return folder


def make_classifier(
    folder: Path, labels: tuple[str, ...], seed: int = 0, head: bool = True
) -> Path:
    """A RoBERTa that classifies, or without its head one that only encodes; `[CLS] words [SEP]`."""
    from transformers import (
        RobertaConfig,
        RobertaForSequenceClassification,
        RobertaModel,
    )

    words = save_tokenizer(folder, ("[PAD]", "[UNK]", "[CLS]", "[SEP]"))
    config = RobertaConfig(
        vocab_size=words,
        initializer_range=1.0,  # so that texts differ
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        **LAYERS,
    )
    save_network(
        folder, RobertaForSequenceClassification if head else RobertaModel, config, seed
    )
    return folder


def save_tokenizer(folder: Path, special: tuple[str, str, str, str]) -> int:
    """A tokenizer of WORDS with these tokens for padding, unknown, begin and end; how many words it
    knows.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    _, unknown, begin, end = special
    vocabulary = {word: index for index, word in enumerate((*special, *WORDS))}
    words = Tokenizer(models.WordLevel(vocabulary, unknown))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        f"{begin} $A {end}", None, [(begin, 2), (end, 3)]
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token")
    tokens = dict(zip(names, special, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=words, **tokens).save_pretrained(folder)
    return len(vocabulary)


def save_network(folder: Path, kind: Any, config: Any, seed: int) -> None:
    import torch

    torch.manual_seed(seed)
    kind(config).save_pretrained(folder)


def pickle_weights(folder: Path) -> None:
    """Put the weights of a saved model into a pickle, as old repositories have them."""
    import torch
    from safetensors.torch import load_file

    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
