"""Trains a small tokenizer of each family and writes what it makes of generated texts.

    python vectors.py FOLDER [CASES [SEED]]

writes FOLDER/FAMILY.tokenizer.json and FOLDER/FAMILY.cases: a line a case, the text as hexadecimal UTF-8, a tab, and
the ids (of the text alone, then of the framed one) in hexadecimal. Needs the package `tokenizers`.
"""

import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LINES = r"|\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*" + LINES
DEEPSEEK = (
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|"""
    + "[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
)
UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
O200K = (
    r"[^\r\n\p{L}\p{N}]?" + UPPER + "*" + LOWER + "+" + CONTRACTIONS + r"?|[^\r\n\p{L}\p{N}]?" + UPPER + "+" + LOWER
    + "*" + CONTRACTIONS + r"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + LINES
)
WORDS = (
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by word but "
    "not what all were we when your can said there use an each which she do how their if will up other about out many "
    "then them these so some her would make like him into time has look two more write go see number no way could "
    "func return let var struct import self value index array string token cache router engine prefix block hash "
    "don't it's we're they've I'm you'll he'd DON'T IT'S WE'RE HTTPServer camelCase snake_case naïve café Zürich "
    "привет мир как дела это очень хорошо 日本語 こんにちは 世界 カタカナ 你好 谢谢 模型 推理 안녕하세요 세계 مرحبا العالم "
    "שלום עולם नमस्ते दुनिया สวัสดี Ελληνικά γειά"
).split()
SPACES = [" ", " ", " ", " ", " ", "\n", "\n\n", "\r\n", "\t", "  ", "    ", "\u00a0", "\u3000", " \n ", "\u2028", "\x85"]
SIGNS = list(".,;:!?()[]{}<>/\\|@#$%^&*-_=+~`'\"") + ["...", "==", "->", "//", "€", "£", "—", "“", "”", "。", "、", "«", "°"]
ODD = [
    "e\u0301", "a\u0323\u0302", "\u0344", "\u212b", "\u1100\u1161\u11a8", "\u0958", "\u0301", "\u200d", "\u200b", "\ufeff",
    "\ufffd", "👩‍👩‍👧", "👍🏽", "🇩🇪", "😀", "\u017f", "'\u017f", "ﬁ", "ß", "ǅ", "ʕ", "½", "Ⅷ", "٣", "\u0000", "\x1f", "\ue000",
    "\U0001d400", "\U00020000", "\U0010ffff", "\ua7ce", "\u1acf", "ª", "ः", "\u08d3", "\u1df6", "か\u3099", "\u0378", "◌", "★",
]
SPECIALS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<tool>", "<tool_call>", "[WORD]", "  [LEFT]", "[LEFT]", "[RIGHT]"]


def text(rng):
    kind = rng.random()
    parts = []
    if kind < 0.1:
        return "".join(chr(scalar(rng)) for _ in range(rng.randrange(12)))
    for _ in range(rng.randrange(1, 24)):
        draw = rng.random()
        if draw < 0.5:
            word = rng.choice(WORDS)
            parts.append(rng.choice([word, word, word.capitalize(), word.upper()]))
        elif draw < 0.6:
            parts.append(str(rng.randrange(10 ** rng.randrange(1, 9))))
        elif draw < 0.75:
            parts.append(rng.choice(SIGNS) * rng.choice([1, 1, 1, 2, 5]))
        elif draw < 0.83:
            parts.append(rng.choice(ODD))
        elif draw < 0.88:
            parts.append(rng.choice(SPECIALS))
        elif draw < 0.9:
            parts.append(rng.choice("abAB1 ") * rng.randrange(1, 60))
        else:
            parts.append("".join(rng.choice(SPACES) for _ in range(rng.randrange(1, 5))))
        if rng.random() < 0.7:
            parts.append(rng.choice(SPACES))
    return "".join(parts)


def scalar(rng):
    while True:
        value = rng.choice([rng.randrange(0x80), rng.randrange(0x3000), rng.randrange(0x20000), rng.randrange(0x110000)])
        if not 0xD800 <= value < 0xE000:
            return value


def byte_level(pre_tokenizer, normalizer=None, ignore_merges=False, size=1500):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    rng = random.Random(1)
    tokenizer.train_from_iterator((text(rng) for _ in range(3000)), trainer)
    return tokenizer


def split(*patterns):
    steps = [pre_tokenizers.Split(Regex(pattern), "isolated", invert=False) for pattern in patterns]
    return pre_tokenizers.Sequence(steps + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def pieces(prefix, metaspace=None, byte_fallback=True):
    """As SentencePiece's byte-pair models look once converted."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=byte_fallback))
    if metaspace:
        tokenizer.pre_tokenizer = metaspace
    else:
        steps = ([normalizers.Prepend("▁")] if prefix else []) + [normalizers.Replace(" ", "▁")]
        tokenizer.normalizer = normalizers.Sequence(steps)
    specials = ["<unk>", "<s>", "</s>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else [])
    trainer = trainers.BpeTrainer(
        vocab_size=1200, show_progress=False, special_tokens=specials, limit_alphabet=120)
    rng = random.Random(1)
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(split=True)
    trained.train_from_iterator((text(rng) for _ in range(3000)), trainer)
    import json

    model = json.loads(trained.to_str())["model"]
    tokenizer.model = models.BPE(
        vocab=model["vocab"], merges=[tuple(merge) for merge in model["merges"]], unk_token="<unk>", fuse_unk=True,
        byte_fallback=byte_fallback)
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


def add(tokenizer):
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>", "<|endoftext|>"])
    tokenizer.add_tokens([
        AddedToken("<tool>", normalized=False), AddedToken("<tool_call>", normalized=True),
        AddedToken("[WORD]", single_word=True), AddedToken("[LEFT]", lstrip=True, normalized=False),
        AddedToken("[RIGHT]", rstrip=True)])
    return tokenizer


def frame(tokenizer, before="<|im_start|>", after="<|im_end|>"):
    names = [name for name in (before, after) if name]
    single = " ".join(([before] if before else []) + ["$A"] + ([after] if after else []))
    template = processors.TemplateProcessing(
        single=single, special_tokens=[(name, tokenizer.token_to_id(name)) for name in names])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


FAMILIES = {
    "gpt2": lambda: add(byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))),
    "gpt2-space": lambda: add(byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), size=700)),
    "llama3": lambda: frame(add(byte_level(split(CL100K % "{1,3}"), ignore_merges=True)), after=None),
    "qwen2": lambda: add(byte_level(split(CL100K % ""), normalizers.NFC())),
    "deepseek": lambda: frame(add(byte_level(split(r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK)))),
    "o200k": lambda: frame(add(byte_level(split(O200K)))),
    "llama2": lambda: frame(add(pieces(prefix=True)), before="<s>", after=None),
    "mistral": lambda: frame(
        add(pieces(False, pre_tokenizers.Metaspace(prepend_scheme="first", split=False))), before="<s>", after="</s>"),
    "metaspace": lambda: add(pieces(False, pre_tokenizers.Metaspace(prepend_scheme="always"), byte_fallback=False)),
}


def main():
    folder = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 80
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    for family, make in FAMILIES.items():
        tokenizer = make()
        with open(f"{folder}/{family}.tokenizer.json", "w", encoding="utf-8") as file:
            file.write(tokenizer.to_str())
        rng = random.Random(seed)
        with open(f"{folder}/{family}.cases", "w", encoding="ascii") as file:
            for _ in range(cases):
                case = text(rng)
                plain = tokenizer.encode(case, add_special_tokens=False).ids
                framed = tokenizer.encode(case).ids
                row = [case.encode().hex()] + [" ".join(f"{i:x}" for i in ids) for ids in (plain, framed)]
                file.write("\t".join(row) + "\n")


main()
